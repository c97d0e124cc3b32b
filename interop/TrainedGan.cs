using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Interop;

/// <summary>A trained generative adversarial network. Its methods may be called from several threads, one at a time in each.</summary>
public sealed class TrainedGan
{
    private readonly Gan.Spec spec;
    private readonly Dataset data;
    private readonly State state;
    private readonly GanOptions options;

    private TrainedGan(Gan.Spec spec, Dataset data, State state, GanOptions options)
    {
        (this.spec, this.data, this.state, this.options) = (spec, data, state, options);
        ImageShape = [.. data.ImageShape];
        History = [.. state.History.Select(figures => Core.Report(figures, options.Epochs))];
    }

    /// <summary>Channels, height and width of an image.</summary>
    public IReadOnlyList<int> ImageShape { get; }

    /// <summary>Numbers of a draw of noise.</summary>
    public int NoiseWidth => spec.Noise;

    /// <summary>An entry an epoch: both losses, and what the discriminator held likely.</summary>
    public IReadOnlyList<EpochReport> History { get; }

    /// <summary>Trains on a thread of the pool.</summary>
    /// <param name="options">The model, the data, the training.</param>
    /// <param name="progress">Told after each epoch.</param>
    /// <param name="cancellation">Ends the training after the step under way.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the data are missing or damaged.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The tensor engine cannot be loaded here, or computes wrongly; the message says what to do.</exception>
    /// <exception cref="TrainingDivergedException">Its numbers stopped being finite.</exception>
    public static Task<TrainedGan> TrainAsync(GanOptions options, IProgress<EpochReport>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return Task.Run(() => Train(options, progress, cancellation), cancellation);
    }

    private static TrainedGan Train(GanOptions options, IProgress<EpochReport>? progress, CancellationToken cancellation)
    {
        var data = Core.Load(options);
        var usual = Gan.defaults;
        var spec = new Gan.Spec(data.ImageShape.Aggregate((a, b) => a * b), options.Noise, usual.Generator, usual.Discriminator, usual.Dropout, 0);
        var objective = AdversarialObjectives.gan(spec, options.DiscriminatorSteps, options.Saturating);
        var settings = AdversarialTraining.settings(options.LearningRate, Core.Settings(options));
        return new TrainedGan(spec, data, Core.Train(options, objective, settings, data, progress, cancellation), options);
    }

    /// <summary>Draws of N(0, I): count x noise width; the same ones for the same seed.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">At least 0.</param>
    public float[,] Noise(int count, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(seed);
        return Core.Evaluate(options, () => Core.Rows(GaussianModule.prior(Random.generator(seed, Random.Purpose.Sampling, 0), count, spec.Noise)));
    }

    /// <summary>New images of draws of noise; the same ones for the same seed.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">At least 0.</param>
    public ImageBatch Sample(int count, int seed = 0) => Decode(Noise(count, seed));

    /// <summary>Images of noise, N x noise width.</summary>
    /// <exception cref="ArgumentException">The rows are of another width.</exception>
    public ImageBatch Decode(float[,] noise) =>
        Core.Evaluate(options, () => Generated(Core.Tensor(noise, NoiseWidth, nameof(noise))));

    /// <summary>Images along the line from one draw of noise to another, both ends included.</summary>
    /// <param name="from">Its first row is one end.</param>
    /// <param name="to">Its first row is the other end.</param>
    /// <param name="points">How many images, at least 2.</param>
    /// <exception cref="ArgumentException">The rows are of another width.</exception>
    public ImageBatch Interpolate(float[,] from, float[,] to, int points = 10) =>
        Core.Evaluate(options, () => Generated(Core.Between(
            Core.Tensor(from, NoiseWidth, nameof(from)).narrow(0, 0, 1), Core.Tensor(to, NoiseWidth, nameof(to)).narrow(0, 0, 1), points)));

    /// <summary>Writes one self-contained HTML page: curves and images. A file that is there is replaced.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WriteReport(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var images = Core.Evaluate(options, () => Sections.grid(data, "New images.", 8, Sample(32, options.Seed).ToTensor()));
        Page.Write(path, "A generative adversarial network", options, data, Core.List([.. GanReport.curves(state.History), images]));
    }

    private ImageBatch Generated(torch.Tensor noise) =>
        ImageBatch.OfTensor(Gan.generate(spec, state.Parameters, Mode.Evaluation, FSharpOption<torch.Tensor>.None, noise).Output, ImageShape);
}
