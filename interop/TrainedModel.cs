using Microsoft.FSharp.Collections;
using TorchSharp;

namespace Workbench.Interop;

/// <summary>A trained model of images. Its methods may be called from several threads, one at a time in each.</summary>
public abstract class TrainedModel
{
    private readonly TrainingOptions options;
    private readonly State state;

    private protected TrainedModel(TrainingOptions options, Dataset data, State state)
    {
        (this.options, this.state, Data) = (options, state, data);
        Pass = PassModule.evaluation(state.Shown);
        ImageShape = [.. data.ImageShape];
        History = [.. state.History.Select(figures => Core.Report(figures, options.Epochs))];
    }

    /// <summary>Channels, height and width of an image.</summary>
    public IReadOnlyList<int> ImageShape { get; }

    /// <summary>An entry an epoch.</summary>
    public IReadOnlyList<EpochReport> History { get; }

    private protected Dataset Data { get; }

    /// <summary>The trained networks in evaluation.</summary>
    private protected Pass Pass { get; }

    private protected FSharpList<EpochFigures> Figures => state.History;

    private protected int Seed => options.Seed;

    /// <summary>What is drawn from N(0, I) and decoded to images: a code, or noise.</summary>
    private protected abstract int Width { get; }

    /// <summary>Images, N x pixels in 0 to 1, of N x width rows.</summary>
    private protected abstract torch.Tensor Generated(torch.Tensor rows);

    /// <summary>The page's sections.</summary>
    private protected abstract IEnumerable<Section> Sections();

    /// <summary>The page's title.</summary>
    private protected abstract string Title { get; }

    /// <summary>Draws of N(0, I), count x width of a code or of noise; the same ones for the same seed.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">At least 0.</param>
    public float[,] Draw(int count, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(seed);
        return Evaluated(() => Core.Rows(GaussianModule.prior(Random.generator(seed, Random.Purpose.Sampling, 0), count, Width)));
    }

    /// <summary>New images, decoded from draws of N(0, I); the same ones for the same seed.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">At least 0.</param>
    public ImageBatch Sample(int count, int seed = 0) => Decode(Draw(count, seed));

    /// <summary>Images of codes or noise, N x width.</summary>
    /// <exception cref="ArgumentException">The rows are of another width.</exception>
    public ImageBatch Decode(float[,] rows) => Evaluated(() => Images(Generated(Core.Tensor(rows, Width, nameof(rows)))));

    /// <summary>Images along the line from one code or draw of noise to another, both ends included.</summary>
    /// <param name="from">Its first row is one end.</param>
    /// <param name="to">Its first row is the other end.</param>
    /// <param name="points">How many images, at least 2.</param>
    /// <exception cref="ArgumentException">The rows are of another width.</exception>
    public ImageBatch Interpolate(float[,] from, float[,] to, int points = 10) =>
        Evaluated(() => Images(Generated(Core.Between(
            Core.Tensor(from, Width, nameof(from)).narrow(0, 0, 1), Core.Tensor(to, Width, nameof(to)).narrow(0, 0, 1), points))));

    /// <summary>Writes one self-contained HTML page: figures, curves, images. A file that is there is replaced.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WriteReport(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Page.Write(path, Title, options, Data, Evaluated(() => Core.List(Sections())));
    }

    private protected ImageBatch Images(torch.Tensor images) => ImageBatch.OfTensor(images, ImageShape);

    private protected T Evaluated<T>(Func<T> body) => Core.Evaluate(options, body);
}
