namespace Workbench.Bench;

/// <summary>What the turns of a workload gave.</summary>
/// <param name="Workload">What was measured.</param>
/// <param name="Ours">Our milliseconds a step, turn by turn.</param>
/// <param name="Theirs">The peer's in the same rounds, with the number of threads whose median is least.</param>
/// <param name="Threads">That number of threads.</param>
/// <param name="RoundTrip">Nanoseconds between our cores, after each of our turns.</param>
internal sealed record Measurement(Workload Workload, double[] Ours, double[] Theirs, int Threads, Spread RoundTrip)
{
    /// <summary>The peer's time over ours, round by round: above 1, ours is faster.</summary>
    internal Spread Ratio { get; } = new([.. Theirs.Zip(Ours, (theirs, ours) => theirs / ours)]);

    internal double OursMedian => Spread.Median(Ours);

    internal double TheirsMedian => Spread.Median(Theirs);

    /// <summary>Our GFLOP/s; null where no FLOP are counted.</summary>
    internal double? Rate => Workload.Flops / OursMedian / 1e6;
}

/// <summary>How numbers spread.</summary>
internal sealed record Spread(double[] Values)
{
    internal double Middle => Median(Values);

    internal double Least => Values.Min();

    internal double Most => Values.Max();

    internal static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
