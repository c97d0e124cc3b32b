namespace Workbench.Bench;

/// <summary>What the turns of a workload gave.</summary>
/// <param name="Workload">What was measured.</param>
/// <param name="Threads">Of every contender.</param>
/// <param name="Times">Each contender's milliseconds a step, turn by turn.</param>
/// <param name="RoundTrips">Nanoseconds between two cores, after each round; none with one thread.</param>
internal sealed record Measurement(Workload Workload, int Threads, Dictionary<Contender, List<double>> Times, List<double> RoundTrips)
{
    /// <summary>The median of its times; null where it is none of the contenders.</summary>
    internal double? Median(Contender? contender) => Of(contender) is { } times ? new Spread(times).Middle : null;

    /// <summary>One contender's time over another's, round by round: above 1, the second is faster.</summary>
    internal Spread? Ratio(Contender? of, Contender over) =>
        Of(of) is { } numerators && Of(over) is { } denominators ? new(numerators.Zip(denominators, (a, b) => a / b)) : null;

    /// <summary>The share of the peak that a contender reached, from 0 to 1; null where no FLOP are counted.</summary>
    internal double? Share(Contender contender, Peak? peak) => Workload.Flops / Median(contender) / 1e6 / peak?.Rate(Threads);

    private List<double>? Of(Contender? contender) => contender is null ? null : Times.GetValueOrDefault(contender);
}

/// <summary>How numbers spread.</summary>
internal sealed class Spread(IEnumerable<double> values)
{
    private readonly double[] sorted = [.. values.Order()];

    internal double Middle => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

    internal double Least => sorted[0];

    internal double Most => sorted[^1];
}
