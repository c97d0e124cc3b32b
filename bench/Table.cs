using System.Text.Json;

namespace Workbench.Bench;

/// <summary>Prints measurements.</summary>
internal static class Table
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>One table, row by row as the measurements come.</summary>
    /// <param name="measurements">Measured as they are enumerated.</param>
    /// <param name="unit">Of the two columns of figures.</param>
    /// <param name="threads">Of our side.</param>
    /// <param name="peak">Null where no measurement is to be held against it.</param>
    internal static void Print(IEnumerable<Measurement> measurements, Unit unit, int threads, Peak? peak)
    {
        if (peak is not null)
            Console.WriteLine($"Peak: {peak.Rate:F0} GFLOP/s, a float32 product of 2048 x 2048 matrices ({peak.Owner}).\n");

        Console.WriteLine($"| workload | ours, {Threads(threads)}, {unit.Name} | peer's best, {unit.Name} | peer / ours in time: median (min to max) | share of peak | between our cores and back, ns |");
        Console.WriteLine("|---|---|---|---|---|---|");

        foreach (var measurement in measurements)
            Console.WriteLine(Row(measurement, unit, peak));
    }

    /// <summary>An array of objects, and nothing else.</summary>
    internal static void PrintJson(IEnumerable<Measurement> measurements, Peak? peak) =>
        Console.WriteLine(JsonSerializer.Serialize(measurements.Select(m => new Entry(
            m.Workload.Name, m.OursMedian, m.TheirsMedian, m.Ratio.Middle, m.Ratio.Least, m.Ratio.Most, peak?.Share(m))), Json));

    private static string Row(Measurement m, Unit unit, Peak? peak) =>
        $"| {m.Workload.Title} (`{m.Workload.Name}`) | {Figure(unit.Of(m.OursMedian))} "
        + $"| {Figure(unit.Of(m.TheirsMedian))} ({m.Workload.Rival.Name}, {Threads(m.Threads)}) "
        + $"| {m.Ratio.Middle:F2} ({m.Ratio.Least:F2} to {m.Ratio.Most:F2}) | {peak?.Share(m):P0} "
        + $"| {(double.IsNaN(m.RoundTrip.Middle) ? "" : $"{m.RoundTrip.Middle:F0} ({m.RoundTrip.Least:F0} to {m.RoundTrip.Most:F0})")} |";

    private static string Threads(int count) => count == 1 ? "1 thread" : $"{count} threads";

    /// <summary>Three digits or more.</summary>
    private static string Figure(double value) => value.ToString(value switch { >= 100 => "F0", >= 10 => "F1", >= 1 => "F2", _ => "F4" });

    private sealed record Entry(string Workload, double OursMs, double PeerMs, double Ratio, double RatioMin, double RatioMax, double? PeakShare);
}

/// <summary>What a figure is told in.</summary>
/// <param name="Name">The unit.</param>
/// <param name="Of">From milliseconds a step.</param>
internal sealed record Unit(string Name, Func<double, double> Of)
{
    internal static readonly Unit Milliseconds = new("ms", milliseconds => milliseconds);

    internal static readonly Unit StepsPerSecond = new("steps/s", milliseconds => 1000 / milliseconds);
}
