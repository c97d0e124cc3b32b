namespace Workbench.Bench;

/// <summary>Measures the workloads that the arguments choose, and prints what comes of it.</summary>
internal static class Comparison
{
    /// <exception cref="BadInput">The filter leaves nothing.</exception>
    /// <exception cref="PeerMissing">A contender cannot be started.</exception>
    internal static IReadOnlyList<Measurement> Run(IEnumerable<Workload> workloads, Unit unit, Arguments arguments, Peers peers)
    {
        var chosen = Choose(workloads, arguments.Filter);
        peers.Start(chosen);
        var peak = chosen.Any(workload => workload.Flops is not null) ? new Peak(peers.Threads) : null;
        var measured = new List<Measurement>();

        if (arguments.Json)
        {
            Table.PrintJson(Measure(), peak);
            return measured;
        }

        if (peak is not null)
            Console.WriteLine($"{peak.Text}{Kernel()}\n");

        Table.Print(Measure(), unit, peak);
        return measured;

        IEnumerable<Measurement> Measure()
        {
            foreach (var workload in chosen)
                foreach (var threads in workload.HasThreads ? peers.Choices : [peers.Threads])
                {
                    measured.Add(Interleaved.Measure(workload, threads, peers, arguments.Rounds));
                    yield return measured[^1];
                }
        }

        string Kernel() => chosen.Any(workload => workload.Peer == Contender.OpenBlas) ? $" OpenBLAS: {peers[Contender.OpenBlas].Ask("kernel")}." : "";
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
