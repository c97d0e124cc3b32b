namespace Workbench.Bench;

/// <summary>Measures the workloads that the arguments choose, and prints what comes of it.</summary>
internal static class Comparison
{
    /// <exception cref="BadInput">The filter leaves nothing.</exception>
    /// <exception cref="PeerMissing">A peer cannot be started.</exception>
    internal static IReadOnlyList<Measurement> Run(IEnumerable<Workload> workloads, Unit unit, Arguments arguments, Peers peers)
    {
        var chosen = Choose(workloads, arguments.Filter);
        var counted = chosen.Any(workload => workload.Flops is not null);
        peers.Start(counted ? [MatrixProducts.Peak, .. chosen] : chosen);
        var peak = counted ? Peak.Measure(peers) : null;
        var measured = new List<Measurement>();

        IEnumerable<Measurement> Measure()
        {
            foreach (var workload in chosen)
            {
                measured.Add(Interleaved.Measure(workload, peers, arguments.Rounds));
                yield return measured[^1];
            }
        }

        if (arguments.Json)
            Table.PrintJson(Measure(), peak);
        else
            Table.Print(Measure(), unit, arguments.Threads, peak);

        return measured;
    }

    /// <summary>Those whose name contains the text and whose data are there; missing data are said.</summary>
    private static Workload[] Choose(IEnumerable<Workload> workloads, string filter)
    {
        var named = workloads.Where(workload => workload.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToArray();

        if (named.Length == 0)
            throw new BadInput($"--filter: no workload's name contains {filter}");

        var lacking = named.Where(workload => workload.NeedsMnist && !Repository.HasMnist).ToArray();

        foreach (var workload in lacking)
            Console.Error.WriteLine($"left out: {workload.Name}, since {Repository.MnistMissing}");

        return [.. named.Except(lacking)];
    }
}
