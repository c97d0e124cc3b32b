using Microsoft.FSharp.Collections;

namespace Workbench.Bench;

/// <summary>
/// The FLOP of an example in models' steps: two for each multiply-add of matrix products and convolutions (taps on padding included), forward
/// and of the gradients that are computed; no bias, activation, loss, normalisation, random number or optimiser. A gradient is
/// counted where training needs it: not of an image, nor of the parameters of a network that a loss does not train.
/// </summary>
internal static class Arithmetic
{
    internal const int Batch = 100;

    internal static double Vae(Planned vae)
    {
        var (encoder, heads, decoder) = (Of(vae, "encoder"), Of(vae, "mean", "variance"), Of(vae, "decoder"));
        return encoder.Pass + encoder.Weights + encoder.Inside + Step(heads) + Step(decoder);
    }

    /// <summary>The bound, without gradients.</summary>
    internal static double VaeEvaluation(Planned vae) => Of(vae, "encoder", "mean", "variance").Pass + VaeSample(vae);

    /// <summary>An image of a draw.</summary>
    internal static double VaeSample(Planned vae) => Of(vae, "decoder").Pass;

    /// <summary>The discriminator's step on real and made images, then the generator's through the discriminator.</summary>
    internal static double Gan(Planned gan)
    {
        var (generator, discriminator) = (Of(gan, "generator"), Of(gan, "discriminator"));
        return generator.Pass + 2 * Trained(discriminator) + Trained(generator) + discriminator.Pass + discriminator.Inputs;
    }

    /// <summary>The autoencoder's step, through the discriminator as well; the discriminator's on draws and codes.</summary>
    internal static double AdversarialAutoencoder(Planned model)
    {
        var (encoder, heads) = (Of(model, "encoder"), Of(model, "mean", "variance"));
        var (decoder, discriminator) = (Of(model, "decoder"), Of(model, "discriminator"));
        var autoencoder = Trained(encoder) + Step(heads) + Step(decoder) + discriminator.Pass + discriminator.Inputs;
        return autoencoder + encoder.Pass + heads.Pass + 2 * Trained(discriminator);
    }

    internal static double Autoencoder(Planned model) => Trained(Of(model, "encoder")) + Step(Of(model, "decoder"));

    /// <summary>Passes over a code, two decoded images and three judged ones, and two moved ones; three gradients: of the encoder, through
    /// the similarity of the reconstruction; of the decoder, through both images that it made; of the discriminator, through five.</summary>
    internal static double VaeGan(Planned model)
    {
        var (encoder, heads, decoder) = (Of(model, "encoder"), Of(model, "mean", "variance"), Of(model, "decoder"));
        var (features, verdict) = (Of(model, "discriminator"), Of(model, "verdict"));
        // All of it forward for the discriminator's step, and once more for the others' but for the verdict on real images; the moved
        // images are the first's alone.
        var pass = 2 * (encoder.Pass + heads.Pass + 2 * decoder.Pass) + 8 * features.Pass + 7 * verdict.Pass;
        var ofEncoder = encoder.Weights + encoder.Inside + heads.Weights + heads.Inputs + decoder.Inputs + features.Inputs;
        var ofDecoder = 2 * (verdict.Inputs + features.Inputs + decoder.Weights + decoder.Inside);
        var ofDiscriminator = 5 * (verdict.Weights + verdict.Inputs + features.Weights + features.Inside);
        return pass + ofEncoder + ofDecoder + ofDiscriminator;
    }

    /// <summary>Forward and all gradients.</summary>
    private static double Step(Network network) => network.Pass + network.Weights + network.Inputs;

    /// <summary>Forward and gradients, but for that of the network's input.</summary>
    private static double Trained(Network network) => network.Pass + network.Weights + network.Inside;

    /// <summary>Networks one after the other, or side by side.</summary>
    private static Network Of(Planned model, params string[] names) => new([.. names.SelectMany(name => Of(model.Layers(name)).Layers)]);

    /// <summary>The FLOP of one example in each layer that multiplies.</summary>
    private static Network Of(FSharpList<Layer> layers)
    {
        var (side, flops) = (0, new List<double>());

        foreach (var layer in layers)
            switch (layer)
            {
                case Layer.Linear linear:
                    flops.Add(2.0 * linear.inputs * linear.outputs);
                    break;
                case Layer.Unflatten image:
                    side = image.height;
                    break;
                case Layer.Convolution { Item: var window }:
                    side = (side + 2 * window.Padding - window.Kernel) / window.Stride + 1;
                    flops.Add(Taps(window, side));
                    break;
                case Layer.TransposedConvolution { Item: var window }:
                    flops.Add(Taps(window, side));
                    side = (side - 1) * window.Stride - 2 * window.Padding + window.Kernel;
                    break;
            }

        return new(flops);
    }

    /// <summary>A convolution with so many positions a side of the smaller image.</summary>
    private static double Taps(Window window, int side) =>
        2.0 * window.Inputs * window.Outputs * window.Kernel * window.Kernel * side * side;

    /// <summary>Each layer's FLOP of an example: those of its forward pass, of its weights' gradient and of its input's are the
    /// same.</summary>
    private sealed record Network(IReadOnlyList<double> Layers)
    {
        internal double Pass => Layers.Sum();

        internal double Weights => Pass;

        internal double Inputs => Pass;

        /// <summary>Gradients of inputs that layers get from layers, the first one's left out.</summary>
        internal double Inside => Pass - Layers[0];
    }
}
