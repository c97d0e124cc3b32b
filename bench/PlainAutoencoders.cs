using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Workbench.Bench;

/// <summary>The convolutional autoencoder by TorchSharp alone: 5 x 5 convolutions of stride 2, 1-32-64, dense 128, and back by 4 x 4
/// transposed ones; ReLU.</summary>
internal static class PlainConvolutionalAutoencoder
{
    internal static Steps Steps(torch.Tensor images)
    {
        var model = Sequential(
            Unflatten(1, [1, 28, 28]), Conv2d(1, 32, 5, stride: 2, padding: 2), ReLU(), Conv2d(32, 64, 5, stride: 2, padding: 2), ReLU(),
            Flatten(), Linear(3136, 128), Linear(128, 3136), ReLU(), Unflatten(1, [64, 7, 7]),
            ConvTranspose2d(64, 32, 4, stride: 2, padding: 1), ReLU(), ConvTranspose2d(32, 1, 4, stride: 2, padding: 1),
            Flatten(), Sigmoid());
        var optimizer = torch.optim.Adam(model.parameters(), 1e-3);
        return PlainLoop.Of(images, x => PlainLoop.Follow(optimizer, functional.mse_loss(model.call(x), x, Reduction.Sum) / PlainLoop.Batch));
    }
}

/// <summary>The adversarial autoencoder by TorchSharp alone: 784-1000-1000-100 and back, discriminator 100-1000-1000-1, which sees codes
/// through noise; ReLU; three phases.</summary>
internal static class PlainAdversarialAutoencoder
{
    private const int Latent = 100;

    internal static Steps Steps(torch.Tensor images)
    {
        var encoder = Perceptron(784, Latent);
        var decoder = Sequential(Perceptron(Latent, 784), Sigmoid());
        var discriminator = Perceptron(Latent, 1);
        var ofBoth = torch.optim.Adam([.. encoder.parameters(), .. decoder.parameters()], 1e-3);
        var ofDiscriminator = torch.optim.Adam(discriminator.parameters(), 2e-4);
        var ofEncoder = torch.optim.Adam(encoder.parameters(), 1e-4);
        return PlainLoop.Of(images, x =>
        {
            PlainLoop.Follow(ofBoth, functional.mse_loss(decoder.call(encoder.call(x)), x, Reduction.Sum) / PlainLoop.Batch);
            var (real, made) = (Seen(torch.randn(PlainLoop.Batch, Latent)), Seen(encoder.call(x).detach()));
            PlainLoop.Follow(ofDiscriminator, PlainLoop.HeldReal(real) + PlainLoop.HeldMade(made));
            PlainLoop.Follow(ofEncoder, PlainLoop.HeldReal(Seen(encoder.call(x))));
        });

        torch.Tensor Seen(torch.Tensor codes) => discriminator.call(codes + torch.randn_like(codes));
    }

    private static Sequential Perceptron(long inputs, long outputs) =>
        Sequential(Linear(inputs, 1000), ReLU(), Linear(1000, 1000), ReLU(), Linear(1000, outputs));
}
