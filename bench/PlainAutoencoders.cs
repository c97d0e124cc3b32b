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

/// <summary>The adversarial autoencoder by TorchSharp alone: 784-1000-1000, two heads of 100, and back from a draw of their Gaussian;
/// discriminator 100-1000-1000-1; ReLU; two steps.</summary>
internal static class PlainAdversarialAutoencoder
{
    private const int Latent = 100;
    private const double Weight = 10;

    internal static Steps Steps(torch.Tensor images)
    {
        var encoder = Sequential(Linear(784, 1000), ReLU(), Linear(1000, 1000), ReLU());
        var (mean, logVariance) = (Linear(1000, Latent), Linear(1000, Latent));
        var decoder = Sequential(Perceptron(Latent, 784), Sigmoid());
        var discriminator = Perceptron(Latent, 1);
        Module[] autoencoder = [encoder, mean, logVariance, decoder];
        var ofAutoencoder = torch.optim.Adam(autoencoder.SelectMany(part => part.parameters()), 1e-3);
        var ofDiscriminator = torch.optim.Adam(discriminator.parameters(), 1.5e-3);
        return PlainLoop.Of(images, x =>
        {
            var code = Code(x);
            var error = functional.mse_loss(decoder.call(code), x, Reduction.Sum) / PlainLoop.Batch;
            PlainLoop.Follow(ofAutoencoder, error + (Weight * PlainLoop.HeldReal(discriminator.call(code))));
            var (real, made) = (discriminator.call(torch.randn(PlainLoop.Batch, Latent)), discriminator.call(Code(x).detach()));
            PlainLoop.Follow(ofDiscriminator, PlainLoop.HeldReal(real) + PlainLoop.HeldMade(made));
        });

        torch.Tensor Code(torch.Tensor x)
        {
            var features = encoder.call(x);
            return PlainLoop.Draw(mean.call(features), logVariance.call(features));
        }
    }

    private static Sequential Perceptron(long inputs, long outputs) =>
        Sequential(Linear(inputs, 1000), ReLU(), Linear(1000, 1000), ReLU(), Linear(1000, outputs));
}
