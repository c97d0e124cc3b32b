namespace Workbench.Interop;

/// <summary>What a pixel's grey is taken for.</summary>
public enum PixelMode
{
    /// <summary>A target between 0 and 1 as it is; the summed cross-entropy is then no likelihood.</summary>
    Grey,

    /// <summary>The probability of ink, drawn once, always the same.</summary>
    Static,

    /// <summary>The probability of ink, drawn anew whenever the image is used.</summary>
    Dynamic,
}

/// <summary>What every training takes. Equal options give equal numbers, to the last bit: on libtorch with an equal number
/// of threads, on the managed engine with any.</summary>
public abstract record TrainingOptions
{
    private protected TrainingOptions() { }

    /// <summary>A data set's name (<c>glyphs</c>, which needs no download, <c>mnist</c>, <c>fashion-mnist</c>, ...) or the path of an
    /// <c>.npy</c>, <c>.npz</c> or IDX file, or of a folder of images.</summary>
    public string Data { get; init; } = "glyphs";

    /// <summary>The path of a file of labels for a data file.</summary>
    public string? Labels { get; init; }

    /// <summary>The path of a data file to test on; null: the last tenth of <see cref="Data"/> is for testing.</summary>
    public string? Test { get; init; }

    /// <summary>The path of a file of labels for <see cref="Test"/>.</summary>
    public string? TestLabels { get; init; }

    /// <summary>Only the first so many training examples, at least 1; null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>Passes over the training examples, at least 1.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Examples in a batch, at least 1 (with batch normalisation, at least 2).</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>Adam's learning rate, above 0.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>The seed of all randomness, at least 0.</summary>
    public int Seed { get; init; }

    /// <summary>Threads that compute, at least 1; null: as many as there are processors. One number for the whole process.</summary>
    public int? Threads { get; init; }

    /// <summary>What a pixel's grey is taken for.</summary>
    public PixelMode Pixels { get; init; }

    /// <summary>Throws where an option is out of its range.</summary>
    internal virtual void Check()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Data, nameof(Data));
        if (Limit is { } limit) ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1, nameof(Limit));
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1, nameof(Epochs));
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1, nameof(BatchSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(Seed, 0, nameof(Seed));
        if (Threads is { } threads) ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(Threads));
        Positive(LearningRate, nameof(LearningRate));
        if (!Enum.IsDefined(Pixels)) throw new ArgumentOutOfRangeException(nameof(Pixels), Pixels, "not a pixel mode");
    }

    private protected static void Positive(double value, string name)
    {
        if (!(value > 0) || double.IsInfinity(value)) throw new ArgumentOutOfRangeException(name, value, "must be a positive number");
    }

    private protected static void Share(double value, string name)
    {
        if (!(value >= 0 && value < 1)) throw new ArgumentOutOfRangeException(name, value, "must be at least 0 and below 1");
    }

    private protected static void Widths(IReadOnlyList<int> widths, string name)
    {
        ArgumentNullException.ThrowIfNull(widths, name);
        if (widths.Count == 0 || widths.Any(width => width < 1))
            throw new ArgumentOutOfRangeException(name, string.Join(", ", widths), "needs at least one layer, of at least one unit each");
    }
}
