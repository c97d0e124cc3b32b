using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Workbench.Bench;

/// <summary>The VAE-GAN by TorchSharp alone: a step of the discriminator, which pays for its steepness at real and at new images, then a
/// pass in which encoder and decoder each get the gradient of their own loss (Eq. 8 of Larsen et al.).</summary>
internal static class PlainVaeGan
{
    private const int Latent = 32;
    private const double Gamma = 0.01, OfKl = 3, Penalty = 1, Nudge = 0.1;

    /// <summary>784-512-256 and back, batch normalisation and ReLU; the discriminator does not normalise.</summary>
    internal static Steps Dense(torch.Tensor images) => Steps(
        images, 3e-4, 256,
        Sequential(Linear(784, 512), BatchNorm1d(512), ReLU(), Linear(512, 256), BatchNorm1d(256), ReLU()),
        Sequential(
            Linear(Latent, 256), BatchNorm1d(256), ReLU(), Linear(256, 512), BatchNorm1d(512), ReLU(), Linear(512, 784), Sigmoid()),
        Sequential(Linear(784, 512), ReLU(), Linear(512, 256), ReLU()));

    /// <summary>5 x 5 convolutions of stride 2, 1-32-64, dense 128; dense 7 x 7 x 64, 4 x 4 transposed 64-32-16, and 5 x 5 of stride 1,
    /// 16-1; the same.</summary>
    internal static Steps Convolutional(torch.Tensor images) => Steps(
        images, 1e-3, 128,
        Sequential(
            Unflatten(1, [1, 28, 28]), Conv2d(1, 32, 5, stride: 2, padding: 2), BatchNorm2d(32), ReLU(),
            Conv2d(32, 64, 5, stride: 2, padding: 2), BatchNorm2d(64), ReLU(),
            Flatten(), Linear(3136, 128), BatchNorm1d(128), ReLU()),
        Sequential(
            Linear(Latent, 3136), BatchNorm1d(3136), ReLU(), Unflatten(1, [64, 7, 7]),
            ConvTranspose2d(64, 32, 4, stride: 2, padding: 1), BatchNorm2d(32), ReLU(),
            ConvTranspose2d(32, 16, 4, stride: 2, padding: 1), BatchNorm2d(16), ReLU(),
            Conv2d(16, 1, 5, padding: 2), Flatten(), Sigmoid()),
        Sequential(
            Unflatten(1, [1, 28, 28]), Conv2d(1, 32, 5, stride: 2, padding: 2), ReLU(),
            Conv2d(32, 64, 5, stride: 2, padding: 2), ReLU(), Flatten(), Linear(3136, 128), ReLU()));

    private static Steps Steps(
        torch.Tensor images, double rate, long width, Sequential encoder, Sequential decoder, Sequential hidden)
    {
        var (mean, variance, verdict) = (Linear(width, Latent), Linear(width, Latent), Linear(width, 1));
        Parameter[] ofEncoder = Of(encoder, mean, variance), ofDecoder = Of(decoder);
        var ofModel = torch.optim.Adam(ofEncoder.Concat(ofDecoder), rate, 0.5);
        var ofDiscriminator = torch.optim.Adam(Of(hidden, verdict), rate, 0.5);

        (torch.Tensor Kl, torch.Tensor Copy, torch.Tensor Made) Imagine(torch.Tensor x)
        {
            var seen = encoder.call(x);
            var (code, kl) = PlainLoop.Reparametrise(mean.call(seen), variance.call(seen));
            return (kl, decoder.call(code), decoder.call(torch.randn(PlainLoop.Batch, Latent)));
        }

        void Distinguish(torch.Tensor x)
        {
            torch.Tensor copy, made;
            using (torch.no_grad()) (_, copy, made) = Imagine(x);
            torch.Tensor Judge(torch.Tensor y) => verdict.call(hidden.call(y));
            torch.Tensor Steepness(torch.Tensor y, torch.Tensor logits) =>
                (Judge(y + Nudge * torch.randn_like(y)) - logits).square().mean() / (2 * Nudge * Nudge);
            var (ofReal, ofMade) = (Judge(x), Judge(made));
            var loss = PlainLoop.HeldReal(ofReal) + PlainLoop.HeldMade(Judge(copy)) + PlainLoop.HeldMade(ofMade);
            PlainLoop.Follow(ofDiscriminator, loss + Penalty * (Steepness(x, ofReal) + Steepness(made, ofMade)));
        }

        void Deceive(torch.Tensor x)
        {
            var (kl, copy, made) = Imagine(x);
            var (real, likened) = (hidden.call(x), hidden.call(copy));
            var deviation = (torch.cat([likened, real]).var(0) + 1e-5).sqrt();
            var similarity = 0.5 * functional.mse_loss(likened / deviation, real / deviation, Reduction.Sum) / PlainLoop.Batch;
            var fooling = PlainLoop.HeldReal(verdict.call(likened)) + PlainLoop.HeldReal(verdict.call(hidden.call(made)));
            Give(ofEncoder, OfKl * kl + similarity, true);
            Give(ofDecoder, Gamma * similarity + fooling, false);
            ofModel.step();
            fooling.item<float>();
        }

        return PlainLoop.Of(images, x =>
        {
            Distinguish(x);
            Deceive(x);
        });
    }

    private static void Give(Parameter[] parameters, torch.Tensor loss, bool again)
    {
        foreach (var (parameter, gradient) in parameters.Zip(torch.autograd.grad([loss], parameters, retain_graph: again)))
            parameter.grad = gradient.DetachFromDisposeScope();
    }

    private static Parameter[] Of(params Module[] modules) => [.. modules.SelectMany(module => module.parameters())];
}
