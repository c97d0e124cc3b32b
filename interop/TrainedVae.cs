using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Interop;

/// <summary>A trained variational autoencoder. Its methods may be called from several threads, one at a time in each.</summary>
public sealed class TrainedVae
{
    private readonly Vae.Spec spec;
    private readonly Dataset data;
    private readonly State state;
    private readonly VaeOptions options;

    private TrainedVae(Vae.Spec spec, Dataset data, State state, VaeOptions options)
    {
        (this.spec, this.data, this.state, this.options) = (spec, data, state, options);
        ImageShape = [.. data.ImageShape];
        History = [.. state.History.Select(figures => Core.Report(figures, options.Epochs))];
    }

    /// <summary>Channels, height and width of an image.</summary>
    public IReadOnlyList<int> ImageShape { get; }

    /// <summary>Dimensions of a code.</summary>
    public int Latent => spec.Latent;

    /// <summary>An entry an epoch.</summary>
    public IReadOnlyList<EpochReport> History { get; }

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
        var spec = new Vae.Spec(data.ImageShape.Aggregate((a, b) => a * b), Core.List(options.Hidden), options.Latent,
            Activation.Tanh, options.Dropout, Variance.Exponential);
        var objective = Objectives.vae(spec, FuncConvert.FromFunc<int, double>(epoch => Schedule.warmup(options.KlWarmup, options.KlWeight, epoch)), data);
        var settings = Core.Settings(options);
        return new TrainedVae(spec, data, Core.Train(options, objective, settings, data, progress, cancellation), options);
    }

    /// <summary>The first test images.</summary>
    /// <param name="count">How many, at least 1; fewer where there are no more.</param>
    public ImageBatch TestImages(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return Core.Evaluate(options, () => Images(data.Test.Images.narrow(0, 0, Math.Min(count, data.Test.Images.shape[0]))));
    }

    /// <summary>New images, decoded from draws of N(0, I); the same ones for the same seed.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">At least 0.</param>
    public ImageBatch Sample(int count, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(seed);
        return Core.Evaluate(options, () => Images(Vae.generate(spec, state.Parameters, Random.generator(seed, Random.Purpose.Sampling, 0), count)));
    }

    /// <summary>The mean codes of images: N x latent.</summary>
    /// <exception cref="ArgumentException">The images are not of the model's size.</exception>
    public float[,] Encode(ImageBatch images)
    {
        Check(images, nameof(images));
        return Core.Evaluate(options, () => Core.Rows(Codes(images)));
    }

    /// <summary>Images of codes, N x latent.</summary>
    /// <exception cref="ArgumentException">The codes are of another width.</exception>
    public ImageBatch Decode(float[,] codes) =>
        Core.Evaluate(options, () => Decoded(Core.Tensor(codes, Latent, nameof(codes))));

    /// <summary>Images decoded from the mean codes of images.</summary>
    /// <exception cref="ArgumentException">The images are not of the model's size.</exception>
    public ImageBatch Reconstruct(ImageBatch images)
    {
        Check(images, nameof(images));
        return Core.Evaluate(options, () => Decoded(Codes(images)));
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
        return Core.Evaluate(options, () => Decoded(Core.Between(Codes(from.Slice(0, 1)), Codes(to.Slice(0, 1)), points)));
    }

    /// <summary>Writes one self-contained HTML page: figures, curves, images. A file that is there is replaced.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WriteReport(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var summary = VaeExperiment.summary(spec, data, options.Seed, state);
        Page.Write(path, "A variational autoencoder", options, data, summary.Sections);
    }

    private torch.Tensor Codes(ImageBatch images) => Vae.encode(spec, state.Parameters, Mode.Evaluation, images.ToTensor()).Mean;

    private ImageBatch Decoded(torch.Tensor codes) => Images(Vae.decode(spec, state.Parameters, codes).sigmoid());

    private ImageBatch Images(torch.Tensor images) => ImageBatch.OfTensor(images, ImageShape);

    private void Check(ImageBatch images, string name)
    {
        ArgumentNullException.ThrowIfNull(images, name);
        images.CheckShape(ImageShape, name);
    }
}
