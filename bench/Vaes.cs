using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>What the VAE does beside single training steps.</summary>
internal static class Vaes
{
    private const int Draws = 1_000;

    /// <summary>The default VAE with another width of its hidden layer.</summary>
    internal static Vae.Spec Hidden(int width)
    {
        var spec = Vae.defaults;
        return new(spec.Pixels, FSharpList<int>.Cons(width, FSharpList<int>.Empty), spec.Latent, spec.Activation, spec.Dropout, spec.Variance);
    }

    internal static Workload Sampling => new("sample:vae", $"{Draws:N0} draws of N(0, I), decoded to probabilities", Rival.PyTorch, Sample)
    {
        Flops = Draws * Arithmetic.VaeSample(Vae.defaults),
    };

    /// <summary>The glyphs' 10,000 training images, in the batches of <see cref="Metrics"/>.</summary>
    internal static Workload Evaluation => new("evaluate:vae", "ELBO of 10,000 images by the VAE, 500 at a time", Rival.PyTorch, Evaluate)
    {
        Flops = 10_000 * Arithmetic.VaeEvaluation(Vae.defaults),
    };

    /// <summary>On both sides the images lie in memory, loading is not timed, and nothing is measured at the epoch's end.</summary>
    internal static Workload Epoch => new("epoch:vae", "epoch of the VAE on MNIST: 60,000 images in memory, batch 100", Rival.PyTorch, Train)
    {
        Flops = Arithmetic.Vae(Vae.defaults, 60_000),
        Pace = Pace.Seconds,
        NeedsMnist = true,
    };

    private static Side Sample()
    {
        var (parameters, generator) = (Vae.init(1, Vae.defaults), new torch.Generator(1));
        return Stepping.Of(() =>
        {
            using var gradients = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            Vae.generate(Vae.defaults, parameters, generator, Draws);
        });
    }

    private static Side Evaluate()
    {
        var parameters = Vae.init(1, Vae.defaults);
        var images = Data.load("glyphs", FSharpOption<string>.None).Train.Images;
        return Stepping.Of(() => Metrics.elbo(Vae.defaults, parameters, Pixels.Grey, images));
    }

    private static Side Train()
    {
        var data = Data.load("mnist", FSharpOption<string>.None);
        var objective = TrainingSteps.VaeObjective(Vae.defaults, data);
        var state = Workbench.Train.start(objective, 1);
        return Stepping.Of(() => state = TrainingSteps.Advance(state, state.Epoch + 1, data, objective));
    }
}
