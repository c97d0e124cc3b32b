using Microsoft.FSharp.Collections;

namespace Workbench.Bench;

/// <summary>
/// The FLOP of models' steps: two for each multiply-add of matrix products and convolutions (taps on padding included), forward
/// and of the gradients that are computed; no bias, activation, loss, normalisation, random number or optimiser. A gradient is
/// counted where training needs it: not of an image, nor of the parameters of a network that a loss does not train.
/// </summary>
internal static class Arithmetic
{
    internal const int Batch = 100;

    internal static double Vae(Vae.Spec spec, int batch)
    {
        var (encoder, decoder) = (Of(Workbench.Vae.encoder(spec)), Of(Workbench.Vae.decoder(spec)));
        var heads = Heads(ListModule.Last(spec.Hidden), spec.Latent);
        return batch * (encoder.Pass + encoder.Weights + encoder.Inside + Step(heads) + Step(decoder));
    }

    /// <summary>The bound of an image, without gradients.</summary>
    internal static double VaeEvaluation(Vae.Spec spec) =>
        Of(Workbench.Vae.encoder(spec)).Pass + Heads(ListModule.Last(spec.Hidden), spec.Latent).Pass + VaeSample(spec);

    /// <summary>An image of a draw.</summary>
    internal static double VaeSample(Vae.Spec spec) => Of(Workbench.Vae.decoder(spec)).Pass;

    /// <summary>The discriminator's step on real and made images, then the generator's through the discriminator.</summary>
    internal static double Gan(Gan.Spec spec)
    {
        var (generator, discriminator) = (Of(Workbench.Gan.generator(spec)), Of(Workbench.Gan.discriminator(spec)));
        var judging = generator.Pass + 2 * Trained(discriminator);
        return Batch * (judging + Trained(generator) + discriminator.Pass + discriminator.Inputs);
    }

    /// <summary>Reconstruction; the discriminator on draws and codes; the encoder through the discriminator.</summary>
    internal static double AdversarialAutoencoder(AdversarialAutoencoder.Spec spec)
    {
        var encoder = Of(Workbench.AdversarialAutoencoder.encoder(spec));
        var decoder = Of(Workbench.AdversarialAutoencoder.decoder(spec));
        var discriminator = Of(Workbench.AdversarialAutoencoder.discriminator(spec));
        var reconstruction = Trained(encoder) + Step(decoder);
        var judging = encoder.Pass + 2 * Trained(discriminator);
        return Batch * (reconstruction + judging + Trained(encoder) + discriminator.Pass + discriminator.Inputs);
    }

    internal static double Autoencoder(Autoencoder.Spec spec) =>
        Batch * (Trained(Of(Workbench.Autoencoder.encoder(spec))) + Step(Of(Workbench.Autoencoder.decoder(spec))));

    /// <summary>One pass over a code, two decoded images and three judged ones; three gradients: of the encoder, through the
    /// similarity of the reconstruction; of the decoder, through both images that it made; of the discriminator.</summary>
    internal static double VaeGan(VaeGan.Spec spec)
    {
        var (features, decoder) = (Of(Workbench.VaeGan.features(spec)), Of(Workbench.VaeGan.decoder(spec)));
        var width = spec.Networks is VaeGan.Networks.Convolutional networks
            ? networks.dense
            : ListModule.Last(((VaeGan.Networks.FullyConnected)spec.Networks).hidden);
        var (heads, verdict) = (Heads(width, spec.Latent), new Network([2.0 * width]));
        var pass = 4 * features.Pass + heads.Pass + 2 * decoder.Pass + 3 * verdict.Pass;
        var encoder = features.Weights + features.Inside + heads.Weights + heads.Inputs + decoder.Inputs + features.Inputs;
        var ofDecoder = 2 * (verdict.Inputs + features.Inputs + decoder.Weights + decoder.Inside);
        var ofDiscriminator = 3 * (verdict.Weights + verdict.Inputs + features.Weights + features.Inside);
        return Batch * (pass + encoder + ofDecoder + ofDiscriminator);
    }

    /// <summary>Forward and all gradients.</summary>
    private static double Step(Network network) => network.Pass + network.Weights + network.Inputs;

    /// <summary>Forward and gradients, but for that of the network's input.</summary>
    private static double Trained(Network network) => network.Pass + network.Weights + network.Inside;

    /// <summary>A mean and a variance, side by side: both read all features.</summary>
    private static Network Heads(int features, int latent) => new([4.0 * features * latent]);

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
