using TorchSharp;

namespace Workbench.Interop;

/// <summary>A trained generative adversarial network. Its methods may be called from several threads, one at a time in each.</summary>
public sealed class TrainedGan : TrainedModel
{
    /// <summary>How much of the parameters' averages, which make the images, a step keeps.</summary>
    private const double Average = 0.999;

    private readonly Models.Gan gan;

    private TrainedGan(Models.Gan gan, Dataset data, State state, GanOptions options) : base(options, data, state) => this.gan = gan;

    /// <summary>Numbers of a draw of noise.</summary>
    public int NoiseWidth => gan.Noise;

    private protected override int Width => NoiseWidth;

    private protected override string Title => "A generative adversarial network";

    /// <summary>Trains on a thread of the pool.</summary>
    /// <param name="options">The model, the data, the training.</param>
    /// <param name="progress">Told after each epoch: both losses, and what the discriminator held likely.</param>
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
        var gan = Models.denseGan(data.Size, options.Noise);
        var objective = Objectives.ganWith(gan, options.DiscriminatorSteps, options.Saturating);
        var settings = Core.Settings(options, Core.Schedule(_ => options.LearningRate), beta1: 0.5, Average);
        return new TrainedGan(gan, data, Core.Train(options, objective, settings, data, progress, cancellation), options);
    }

    private protected override torch.Tensor Generated(torch.Tensor rows) => gan.Generate.Invoke(Pass).Invoke(rows);

    private protected override IEnumerable<Section> Sections() =>
    [
        .. Workbench.Sections.adversarial(Figures, "generator", "D(x)", "D(G(z))"),
        Workbench.Sections.grid(Data, "New images.", 8, Sample(32, Seed).ToTensor()),
    ];
}
