using TorchSharp;
using static TorchSharp.torch.nn;

namespace Workbench.Bench;

/// <summary>The GAN by TorchSharp alone: generator 100-256-256-256-784, discriminator dropout 0.3-784-256-256-1, batch normalisation and
/// ReLU; new noise for each network's step.</summary>
internal static class PlainGan
{
    private const int Noise = 100;

    internal static Steps Steps(torch.Tensor images)
    {
        var generator = Sequential(
            Linear(Noise, 256), BatchNorm1d(256), ReLU(), Linear(256, 256), BatchNorm1d(256), ReLU(),
            Linear(256, 256), BatchNorm1d(256), ReLU(), Linear(256, 784), Sigmoid());
        var discriminator = Sequential(
            Dropout(0.3), Linear(784, 256), BatchNorm1d(256), ReLU(), Linear(256, 256), BatchNorm1d(256), ReLU(), Linear(256, 1));
        var ofGenerator = torch.optim.Adam(generator.parameters(), 1e-3, 0.5);
        var ofDiscriminator = torch.optim.Adam(discriminator.parameters(), 1e-3, 0.5);
        return PlainLoop.Of(images, real =>
        {
            var made = generator.call(torch.randn(PlainLoop.Batch, Noise)).detach();
            PlainLoop.Follow(ofDiscriminator, PlainLoop.HeldReal(discriminator.call(real)) + PlainLoop.HeldMade(discriminator.call(made)));
            PlainLoop.Follow(ofGenerator, PlainLoop.HeldReal(discriminator.call(generator.call(torch.randn(PlainLoop.Batch, Noise)))));
        });
    }
}
