using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Workbench.Bench;

/// <summary>The VAE-GAN by TorchSharp alone: one forward pass, each network the gradient of its own loss (Eq. 8 of Larsen et al.).</summary>
internal static class PlainVaeGan
{
    private const int Latent = 32;

    /// <summary>784-512-256 and back, batch normalisation and ReLU.</summary>
    internal static Steps Dense(torch.Tensor images) => Steps(
        images, 256,
        () => Sequential(Linear(784, 512), BatchNorm1d(512), ReLU(), Linear(512, 256), BatchNorm1d(256), ReLU()),
        Sequential(
            Linear(Latent, 256), BatchNorm1d(256), ReLU(), Linear(256, 512), BatchNorm1d(512), ReLU(), Linear(512, 784), Sigmoid()));

    /// <summary>5 x 5 convolutions of stride 2, 1-32-64, dense 128; dense 7 x 7 x 64, 4 x 4 transposed 64-32-1; normalised, ReLU.</summary>
    internal static Steps Convolutional(torch.Tensor images) => Steps(
        images, 128,
        () => Sequential(
            Unflatten(1, [1, 28, 28]), Conv2d(1, 32, 5, stride: 2, padding: 2), BatchNorm2d(32), ReLU(),
            Conv2d(32, 64, 5, stride: 2, padding: 2), BatchNorm2d(64), ReLU(),
            Flatten(), Linear(3136, 128), BatchNorm1d(128), ReLU()),
        Sequential(
            Linear(Latent, 3136), BatchNorm1d(3136), ReLU(), Unflatten(1, [64, 7, 7]),
            ConvTranspose2d(64, 32, 4, stride: 2, padding: 1), BatchNorm2d(32), ReLU(),
            ConvTranspose2d(32, 1, 4, stride: 2, padding: 1), Flatten(), Sigmoid()));

    private static Steps Steps(torch.Tensor images, long width, Func<Sequential> features, Sequential decoder)
    {
        var (encoder, hidden) = (features(), features());
        var (mean, variance, verdict) = (Linear(width, Latent), Linear(width, Latent), Linear(width, 1));
        Parameter[][] groups = [Of(encoder, mean, variance), Of(decoder), Of(hidden, verdict)];
        var optimizer = torch.optim.Adam(groups.SelectMany(group => group), 1e-3);
        return PlainLoop.Of(images, x =>
        {
            var seen = encoder.call(x);
            var (code, kl) = PlainLoop.Reparametrise(mean.call(seen), variance.call(seen));
            var (reconstruction, made) = (decoder.call(code), decoder.call(torch.randn(PlainLoop.Batch, Latent)));
            var (real, likened) = (hidden.call(x), hidden.call(reconstruction));
            var (fooled, fake) = (verdict.call(likened), verdict.call(hidden.call(made)));
            var similarity = 0.5 * functional.mse_loss(likened, real, Reduction.Sum) / PlainLoop.Batch;
            var fooling = PlainLoop.HeldReal(fooled) + PlainLoop.HeldReal(fake);
            var judging = PlainLoop.HeldReal(verdict.call(real)) + PlainLoop.HeldMade(fooled) + PlainLoop.HeldMade(fake);
            torch.Tensor[] losses = [kl + similarity, 0.01 * similarity + fooling, judging];

            foreach (var (index, group) in groups.Index())
                foreach (var (parameter, gradient) in group.Zip(torch.autograd.grad([losses[index]], group, retain_graph: index < 2)))
                    parameter.grad = gradient.DetachFromDisposeScope();

            optimizer.step();
            judging.item<float>();
        });
    }

    private static Parameter[] Of(params Module[] modules) => [.. modules.SelectMany(module => module.parameters())];
}
