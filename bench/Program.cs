// The workbench beside PyTorch, numpy on OpenBLAS and scikit-learn; `--help` (Arguments.Usage) says how it is asked.
//
//     dotnet run -c Release --project bench                                  all workloads, one table
//     dotnet run -c Release --project bench -- --filter gemm --threads 1     some of them, on one thread
//     dotnet run -c Release --project bench -- --json --rounds 2             a quick look, for programs
//     dotnet run -c Release --project bench -- (conv | scale | tsne | memory)
using System.Globalization;
using Workbench;
using Workbench.Bench;
using Workbench.Engine;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

try
{
    var options = Arguments.Parse(args);

    if (options.Help)
    {
        Console.WriteLine(Arguments.Usage);
        return 0;
    }

    Workers.Count = options.Threads;
    using var peers = new Peers(options.Threads);

    switch (options.Command)
    {
        case "memory": Memory.Run(); break;
        case "tsne": Placements.Judge(peers, options.Points); break;
        case "conv": Compare(Convolutions.Workloads, Unit.Milliseconds, options, peers); break;
        case "scale":
            var measured = Compare(Scale.Workloads, Unit.StepsPerSecond, options, peers);
            Scale.Draw(measured, options.Threads, options.Svg ?? Path.Combine(Repository.Root, "bench", "results", "scale.svg"));
            break;
        default: Compare(Suite.Workloads(peers, options.Points), Unit.Milliseconds, options, peers); break;
    }

    return 0;
}
catch (Exception error) when (error is InvalidOperationException or PeerMissing or BadInput)
{
    Console.Error.WriteLine(error.Message);
    return error is BadInput ? 2 : 1;
}

static IReadOnlyList<Measurement> Compare(IEnumerable<Workload> workloads, Unit unit, Arguments options, Peers peers)
{
    var chosen = workloads.Where(workload => workload.Name.Contains(options.Filter, StringComparison.OrdinalIgnoreCase)).ToArray();

    if (chosen.Length == 0)
        throw new BadInput($"--filter: no workload's name contains {options.Filter}");

    var peak = chosen.Any(workload => workload.Flops is not null) ? MatrixProducts.Peak : null;
    peers.Start(peak is null ? chosen : [peak, .. chosen]);
    var rate = peak is null ? null : Peak.Measure(peers, options.Rounds);
    var measured = new List<Measurement>();

    IEnumerable<Measurement> Measured()
    {
        foreach (var workload in chosen)
        {
            measured.Add(Interleaved.Measure(workload, peers, options.Rounds));
            yield return measured[^1];
        }
    }

    if (options.Json)
        Table.PrintJson(Measured(), rate);
    else
        Table.Print(Measured(), unit, options.Threads, rate);

    return measured;
}
