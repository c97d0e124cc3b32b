using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>What the VAE does beside single training steps.</summary>
internal static class Vaes
{
    internal const int Draws = 1_000;

    /// <summary>The default VAE with another width of its hidden layer.</summary>
    internal static Vae.Spec Hidden(int width)
    {
        var spec = Vae.defaults;
        return new(spec.Pixels, FSharpList<int>.Cons(width, FSharpList<int>.Empty), spec.Latent, spec.Activation, spec.Dropout, spec.Variance);
    }

    internal static Workload Sampling => new("sample:vae", $"{Draws:N0} draws of N(0, I), decoded to probabilities", Sample)
    {
        Plain = () => PlainVae.Sampling(),
        Flops = Draws * Arithmetic.VaeSample(Vae.defaults),
    };

    /// <summary>The glyphs' 10,000 training images, in the batches of <see cref="Metrics"/>.</summary>
    internal static Workload Evaluation => new("evaluate:vae", "ELBO of 10,000 images by the VAE, 500 at a time", Evaluate)
    {
        Plain = () => PlainVae.Evaluation(Glyphs),
        Flops = 10_000 * Arithmetic.VaeEvaluation(Vae.defaults),
    };

    /// <summary>The images lie in memory, loading is not timed, and nothing is measured at the epoch's end.</summary>
    internal static Workload Epoch => new("epoch:vae", "epoch of the VAE on MNIST: 60,000 images in memory, batch 100", Train)
    {
        Plain = () => PlainVae.Epochs(Mnist.Train.Images),
        Flops = Arithmetic.Vae(Vae.defaults, 60_000),
        Pace = Pace.Seconds,
        NeedsMnist = true,
    };

    private static torch.Tensor Glyphs => Data.load("glyphs", FSharpOption<string>.None).Train.Images;

    private static Dataset Mnist => Data.load("mnist", FSharpOption<string>.None);

    private static Steps Sample()
    {
        var (parameters, generator) = (Vae.init(1, Vae.defaults), new torch.Generator(1));
        return Stepping.Of(() =>
        {
            using var gradients = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            Vae.generate(Vae.defaults, parameters, generator, Draws);
        });
    }

    private static Steps Evaluate()
    {
        var parameters = Vae.init(1, Vae.defaults);
        var images = Glyphs;
        return Stepping.Of(() => Metrics.elbo(Vae.defaults, parameters, Pixels.Grey, images));
    }

    private static Steps Train()
    {
        var data = Mnist;
        var objective = TrainingSteps.VaeObjective(Vae.defaults, data);
        var state = Workbench.Train.start(objective, 1);
        return Stepping.Of(() => state = TrainingSteps.Advance(state, state.Epoch + 1, data, objective));
    }
}
