using System.Text.Json;

namespace Workbench.Bench;

/// <summary>Prints measurements.</summary>
internal static class Table
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>One table, row by row as the measurements come.</summary>
    /// <param name="measurements">Measured as they are enumerated.</param>
    /// <param name="unit">Of the figures.</param>
    /// <param name="peak">Null where no measurement is to be held against it.</param>
    internal static void Print(IEnumerable<Measurement> measurements, Unit unit, Peak? peak)
    {
        Console.WriteLine($"| workload | threads | managed, {unit.Name} (of peak) | torch, {unit.Name} (of peak) | peer, {unit.Name} "
            + "| torch / managed in time | peer / managed | peer / torch | between cores and back, ns |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");

        foreach (var measurement in measurements)
            Console.WriteLine(Row(measurement, unit, peak));
    }

    /// <summary>An array of objects, and nothing else.</summary>
    internal static void PrintJson(IEnumerable<Measurement> measurements, Peak? peak) =>
        Console.WriteLine(JsonSerializer.Serialize(measurements.Select(m => new
        {
            Workload = m.Workload.Name,
            m.Threads,
            ManagedMs = m.Median(Contender.Managed),
            TorchMs = m.Median(Contender.Torch),
            PeerMs = m.Median(m.Workload.Peer),
            Peer = m.Workload.Peer?.Name,
            TorchOverManaged = Numbers(m.Ratio(Contender.Torch, Contender.Managed)),
            PeerOverManaged = Numbers(m.Ratio(m.Workload.Peer, Contender.Managed)),
            PeerOverTorch = Numbers(m.Ratio(m.Workload.Peer, Contender.Torch)),
            ManagedPeakShare = m.Share(Contender.Managed, peak),
            TorchPeakShare = m.Share(Contender.Torch, peak),
        }), Json));

    internal static string Threads(int count) => count == 1 ? "1 thread" : $"{count} threads";

    private static string Row(Measurement m, Unit unit, Peak? peak)
    {
        string Ours(Contender engine) => $"{Figure(m, engine, unit)}{(m.Share(engine, peak) is { } share ? $" ({share:P0})" : "")}";
        var peer = m.Workload.Peer is { } who ? $"{Figure(m, who, unit)} ({who.Name})" : "";
        return $"| {m.Workload.Title} (`{m.Workload.Name}`) | {m.Threads} | {Ours(Contender.Managed)} | {Ours(Contender.Torch)} | {peer} "
            + $"| {Text(m.Ratio(Contender.Torch, Contender.Managed))} | {Text(m.Ratio(m.Workload.Peer, Contender.Managed))} "
            + $"| {Text(m.Ratio(m.Workload.Peer, Contender.Torch))} "
            + $"| {(m.RoundTrips.Count > 0 ? Text(new Spread(m.RoundTrips), "F0") : "")} |";
    }

    /// <summary>Three digits or more of a contender's median.</summary>
    private static string Figure(Measurement m, Contender contender, Unit unit)
    {
        var value = unit.Of(m.Median(contender)!.Value);
        return value.ToString(value switch { >= 100 => "F0", >= 10 => "F1", >= 1 => "F2", _ => "F4" });
    }

    /// <summary>Median, least and most.</summary>
    private static string Text(Spread? spread, string format = "F2") => spread is null
        ? ""
        : $"{spread.Middle.ToString(format)} ({spread.Least.ToString(format)} to {spread.Most.ToString(format)})";

    private static object? Numbers(Spread? spread) => spread is null ? null : new { Median = spread.Middle, Min = spread.Least, Max = spread.Most };
}

/// <summary>What a figure is told in.</summary>
/// <param name="Name">The unit.</param>
/// <param name="Of">From milliseconds a step.</param>
internal sealed record Unit(string Name, Func<double, double> Of)
{
    internal static readonly Unit Milliseconds = new("ms", milliseconds => milliseconds);

    internal static readonly Unit StepsPerSecond = new("steps/s", milliseconds => 1000 / milliseconds);
}
