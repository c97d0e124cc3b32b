namespace Workbench.NeighbourEmbedding;

/// <summary>t-SNE: points of many dimensions placed in the plane so that neighbours stay neighbours (van der Maaten and Hinton: Visualizing
/// data using t-SNE, JMLR 9, 2008), by Barnes and Hut's approximation (van der Maaten: Accelerating t-SNE using tree-based algorithms, JMLR
/// 15, 2014).</summary>
public static class TSne
{
    /// <summary>The standard deviation of the start along the first axis.</summary>
    private const double Spread = 1e-4;

    /// <summary>Places points y_i in the plane such that KL(P || Q) = sum over i and j of p_ij ln (p_ij / q_ij) is small, where
    /// p_ij = (p(j|i) + p(i|j)) / 2N, p(j|i) is a Gaussian of |x_i - x_j| over the nearest neighbours of x_i, as wide as the perplexity asks,
    /// and q_ij = 1 / ((1 + |y_i - y_j|^2) Z), which all q together make 1. Takes O(N^2 D) time for neighbours, O(N D^2 + D^3) for the start
    /// and O(N (perplexity + log N)) for each step.</summary>
    /// <param name="rows">N x D numbers, row by row.</param>
    /// <param name="count">N. With few points fewer than 3 * perplexity + 1 neighbours are looked at: all there are.</param>
    /// <param name="settings">Null: the defaults.</param>
    /// <param name="progress">Every 50 steps, on the calling thread: the step, from 1, and the KL divergence in nats. It cannot change the result.</param>
    /// <param name="cancel">Heeded several times a step.</param>
    /// <returns>The same bits for the same numbers and settings on any number of threads.</returns>
    /// <exception cref="ArgumentException">There are no numbers, they do not make up N equal rows, or one is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Embedding Run(ReadOnlySpan<float> rows, int count, TSneSettings? settings = null,
        Action<int, double>? progress = null, CancellationToken cancel = default)
    {
        settings ??= new();
        var points = new Points(rows, count, nameof(rows));
        settings.Check(count);
        var work = new Work(settings.Threads, cancel);
        var perPoint = Math.Min(count - 1, (int)(3 * settings.Perplexity + 1));
        var neighbours = new Neighbours(work, perPoint, points);
        var affinities = new Affinities(work, neighbours, Calibration.Conditional(work, settings.Perplexity, neighbours));
        return Descent.Run(work, settings, affinities, Start(work, settings.Seed, points), progress);
    }

    /// <summary>How far neighbourhoods of the positions are those of the points (Venna and Kaski: Neighborhood preservation in nonlinear
    /// projection methods, ICANN 2001), from 0 to 1: 1 - 2 / (N k (2N - 3k - 1)) * the sum, over each point's k nearest positions j, of
    /// max(0, r(j) - k), where j is the r(j)-th nearest point. Exact; equally far ones come in the order of their numbers. O(N^2 D).</summary>
    /// <param name="points">N x D numbers, row by row.</param>
    /// <param name="positions">N x any number of coordinates, row by row; two, from <see cref="Run"/>.</param>
    /// <param name="count">N.</param>
    /// <param name="neighbours">k, at least 1 and less than N / 2.</param>
    /// <param name="threads">How many threads work; null: as many as there are processors. The result has the same bits for any number.</param>
    /// <param name="cancel">Heeded.</param>
    /// <exception cref="ArgumentException">There are no numbers, they do not make up N equal rows, or one is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">So many neighbours, or threads, are out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static double Trustworthiness(ReadOnlySpan<float> points, ReadOnlySpan<float> positions, int count, int neighbours,
        int? threads = null, CancellationToken cancel = default)
    {
        var high = new Points(points, count, nameof(points));
        var low = new Points(positions, count, nameof(positions));
        if (neighbours < 1 || 2L * neighbours >= count)
            throw new ArgumentOutOfRangeException(nameof(neighbours), neighbours, $"must be at least 1 and less than half of {count} points");
        ArgumentOutOfRangeException.ThrowIfLessThan(threads ?? 1, 1, nameof(threads));

        var work = new Work(threads ?? Environment.ProcessorCount, cancel);
        double n = count, k = neighbours;
        var surplus = Ranks.Find(work, high, new Neighbours(work, neighbours, low)).Sum(before => (long)Math.Max(0, before + 1 - neighbours));
        return 1 - surplus / (n * k * (2 * n - 3 * k - 1) / 2);
    }

    /// <summary>The points along their principal axes, on a small scale, with a hundredth of noise, which parts equal points.</summary>
    private static float[] Start(Work work, int seed, Points points)
    {
        var (first, second) = PrincipalAxes.Find(work, points);
        var coordinates = new[] { PrincipalAxes.Coordinates(points, first), PrincipalAxes.Coordinates(points, second) };
        var deviation = Math.Sqrt(coordinates[0].Average(x => x * x));
        var scale = deviation > 0 ? Spread / deviation : 0;
        var start = new float[2 * points.Count];
        for (var at = 0; at < start.Length; at++)
            start[at] = (float)(coordinates[at % 2][at / 2] * scale + 0.01 * Spread * Noise.Bell(seed, at));
        return start;
    }
}
