namespace Workbench.NeighbourEmbedding;

/// <summary>How points are placed. The defaults are scikit-learn's: perplexity 30, theta 0.5, 1000 steps, of which 250 exaggerated 12-fold.</summary>
public sealed record TSneSettings
{
    /// <summary>The effective number of neighbours, at least 1 and less than the number of points: e to the entropy, in nats, of each point's
    /// affinities. Three times as many, and one, are looked at.</summary>
    public double Perplexity { get; init; } = 30;

    /// <summary>A cell acts as one point where its size is less than theta times its distance; 0 is exact, 1, the most, rough.</summary>
    public double Theta { get; init; } = 0.5;

    /// <summary>Affinities count this many times at first, which gathers clusters; above 0.</summary>
    public double Exaggeration { get; init; } = 12;

    /// <summary>Steps with exaggerated affinities and momentum 0.5, fewer where these draw all points to one place; later ones have momentum
    /// 0.8.</summary>
    public int ExaggeratedIterations { get; init; } = 250;

    /// <summary>Steps in all, the exaggerated ones included.</summary>
    public int Iterations { get; init; } = 1000;

    /// <summary>Above 0. Null: the greater of N / exaggeration / 4 and 50 (Belkina et al., 2019).</summary>
    public double? LearningRate { get; init; }

    /// <summary>Of the little noise in the start, which is otherwise the points along their principal axes.</summary>
    public int Seed { get; init; }

    /// <summary>How many threads work, at least 1. The result has the same bits for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    internal void Check(int points)
    {
        if (!(Perplexity >= 1 && Perplexity < points))
            throw new ArgumentOutOfRangeException(nameof(Perplexity), Perplexity, $"must be at least 1 and less than the number of points, {points}");
        if (!(Theta >= 0 && Theta <= 1))
            throw new ArgumentOutOfRangeException(nameof(Theta), Theta, "must lie in 0 to 1");
        Positive(Exaggeration, nameof(Exaggeration));
        Positive(LearningRate ?? 1, nameof(LearningRate));
        ArgumentOutOfRangeException.ThrowIfNegative(ExaggeratedIterations, nameof(ExaggeratedIterations));
        ArgumentOutOfRangeException.ThrowIfNegative(Iterations, nameof(Iterations));
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1, nameof(Threads));
    }

    private static void Positive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(name, value, "must be positive");
    }
}
