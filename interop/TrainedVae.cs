using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Interop;

/// <summary>A trained variational autoencoder. Its methods may be called from several threads, one at a time in each.</summary>
public sealed class TrainedVae : TrainedModel
{
    private readonly Models.Vae vae;

    private TrainedVae(Models.Vae vae, Dataset data, State state, VaeOptions options) : base(options, data, state) => this.vae = vae;

    /// <summary>Dimensions of a code.</summary>
    public int Latent => vae.Latent;

    private protected override int Width => Latent;

    private protected override string Title => "A variational autoencoder";

    /// <summary>Trains on a thread of the pool.</summary>
    /// <param name="options">The model, the data, the training.</param>
    /// <param name="progress">Told after each epoch.</param>
    /// <param name="cancellation">Ends the training after the step under way.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the data are missing or damaged.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The tensor engine cannot be loaded here, or computes wrongly; the message says what to do.</exception>
    /// <exception cref="TrainingDivergedException">Its numbers stopped being finite.</exception>
    public static Task<TrainedVae> TrainAsync(VaeOptions options, IProgress<EpochReport>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return Task.Run(() => Train(options, progress, cancellation), cancellation);
    }

    private static TrainedVae Train(VaeOptions options, IProgress<EpochReport>? progress, CancellationToken cancellation)
    {
        var data = Core.Load(options);
        var vae = Models.denseVae(data.Size, Core.List(options.Hidden), options.Latent, options.Dropout);
        var objective = Objectives.weightedVae(vae, Core.Schedule(epoch => Workbench.Schedule.warmup(options.KlWarmup, options.KlWeight, epoch)), data);
        var settings = Core.Settings(options, Core.Schedule(_ => options.LearningRate));
        return new TrainedVae(vae, data, Core.Train(options, objective, settings, data, progress, cancellation), options);
    }

    /// <summary>The first test images.</summary>
    /// <param name="count">How many, at least 1; fewer where there are no more.</param>
    public ImageBatch TestImages(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return Evaluated(() => Images(Data.Test.Images.narrow(0, 0, Math.Min(count, Data.Test.Images.shape[0]))));
    }

    /// <summary>The mean codes of images: N x latent.</summary>
    /// <exception cref="ArgumentException">The images are not of the model's size.</exception>
    public float[,] Encode(ImageBatch images)
    {
        Check(images, nameof(images));
        return Evaluated(() => Core.Rows(Codes(images)));
    }

    /// <summary>Images decoded from the mean codes of images.</summary>
    /// <exception cref="ArgumentException">The images are not of the model's size.</exception>
    public ImageBatch Reconstruct(ImageBatch images)
    {
        Check(images, nameof(images));
        return Evaluated(() => Images(Generated(Codes(images))));
    }

    /// <summary>Images along the line from one image's mean code to another's, both ends included.</summary>
    /// <param name="from">Its first image is one end.</param>
    /// <param name="to">Its first image is the other end.</param>
    /// <param name="points">How many images, at least 2.</param>
    /// <exception cref="ArgumentException">The images are not of the model's size.</exception>
    public ImageBatch Interpolate(ImageBatch from, ImageBatch to, int points = 10)
    {
        Check(from, nameof(from));
        Check(to, nameof(to));
        return Interpolate(Encode(from.Slice(0, 1)), Encode(to.Slice(0, 1)), points);
    }

    private protected override torch.Tensor Generated(torch.Tensor rows) => vae.Decode.Invoke(Pass).Invoke(rows).sigmoid();

    private protected override IEnumerable<Section> Sections()
    {
        var test = Metrics.elbo(vae, Pass, Data.Pixels, Data.Test.Images);
        static Tile Figure(string name, double value) => Workbench.Sections.tile(name, "nats", FSharpOption<Better>.None, value);

        yield return Workbench.Sections.testTiles(Data, Core.List(
            Figure("Negative ELBO", test.NegativeElbo), Figure("Reconstruction", test.Reconstruction), Figure("KL", test.Kl)));
        foreach (var (title, figure) in new[] { ("Negative ELBO", "nelbo"), ("Reconstruction", "reconstruction"), ("KL", "kl") })
            yield return Workbench.Sections.curves(Figures, title, "nats per image",
                Core.List(Tuple.Create("test", $"test_{figure}"), Tuple.Create("training", $"train_{figure}")));

        var originals = Data.Test.Images.narrow(0, 0, Math.Min(16, Data.Test.Images.shape[0]));
        var made = Models.generate(vae, Pass, Random.generator(Seed, Random.Purpose.Sampling, 0), (int)originals.shape[0]);
        yield return Workbench.Sections.rows(Data, "Test images, their reconstructions from the mean code, new images from draws of N(0, I).",
            Core.List(Tuple.Create("test images", originals), Tuple.Create("reconstructions", Models.reconstruct(vae, Pass, originals)), Tuple.Create("new", made)));
    }

    private torch.Tensor Codes(ImageBatch images) => vae.Encode.Invoke(Pass).Invoke(images.ToTensor()).Mean;

    private void Check(ImageBatch images, string name)
    {
        ArgumentNullException.ThrowIfNull(images, name);
        images.CheckShape(ImageShape, name);
    }
}
