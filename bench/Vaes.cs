using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>What the VAE does beside single training steps.</summary>
internal static class Vaes
{
    internal const int Draws = 1_000;

    private const int Hidden = 200;

    internal static Workload Sampling => new("sample:vae", $"{Draws:N0} draws of N(0, I), decoded to probabilities", Sample)
    {
        Plain = () => PlainVae.Sampling(),
        Flops = Draws * Arithmetic.VaeSample(Planned.Vae(Hidden, Arithmetic.Batch)),
    };

    /// <summary>The glyphs' 10,000 training images, in the batches of <see cref="Metrics"/>.</summary>
    internal static Workload Evaluation => new("evaluate:vae", "ELBO of 10,000 images by the VAE, 500 at a time", Evaluate)
    {
        Plain = () => PlainVae.Evaluation(Planned.Glyphs.Train.Images),
        Flops = 10_000 * Arithmetic.VaeEvaluation(Planned.Vae(Hidden, Arithmetic.Batch)),
    };

    /// <summary>The images lie in memory, loading is not timed, and nothing is measured at the epoch's end.</summary>
    internal static Workload Epoch => new("epoch:vae", "epoch of the VAE on MNIST: 60,000 images in memory, batch 100", Train)
    {
        Plain = () => PlainVae.Epochs(Mnist.Train.Images),
        Flops = 60_000 * Arithmetic.Vae(Planned.Vae(Hidden, Arithmetic.Batch)),
        Pace = Pace.Seconds,
        NeedsMnist = true,
    };

    internal static Dataset Mnist => Data.load("mnist", FSharpOption<string>.None);

    private static Models.Vae Dense => Models.denseVae(784, FSharpList<int>.Cons(Hidden, FSharpList<int>.Empty), 32, 0.1);

    private static Pass Fresh(Models.Vae vae) =>
        PassModule.evaluation(ObjectiveModule.create(vae.Nets, FSharpList<Update>.Empty, null).Init.Invoke(1));

    private static Steps Sample()
    {
        var (vae, generator) = (Dense, new torch.Generator(1));
        var pass = Fresh(vae);
        return Stepping.Of(() =>
        {
            using var gradients = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            Models.generate(vae, pass, generator, Draws);
        });
    }

    private static Steps Evaluate()
    {
        var (vae, images) = (Dense, Planned.Glyphs.Train.Images);
        var pass = Fresh(vae);
        return Stepping.Of(() => Metrics.elbo(vae, pass, Pixels.Grey, images));
    }

    private static Steps Train()
    {
        var planned = Planned.Vae(Hidden, Arithmetic.Batch, "mnist");
        State? state = null;
        return Stepping.Of(() => state = planned.Advance(state, (state?.Epoch ?? 0) + 1));
    }
}
