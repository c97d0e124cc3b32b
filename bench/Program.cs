// The workbench beside PyTorch, numpy on OpenBLAS and scikit-learn; `--help` (Arguments.Usage) says how it is asked.
//
//     dotnet run -c Release --project bench                                  all workloads, one table
//     dotnet run -c Release --project bench -- --filter gemm --threads 1     some of them, on one thread
//     dotnet run -c Release --project bench -- --json --rounds 2             a quick look, for programs
//     dotnet run -c Release --project bench -- (conv | scale | busy | tsne | memory)
using System.Globalization;
using Workbench;
using Workbench.Bench;
using Workbench.Engine;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

try
{
    var arguments = Arguments.Parse(args);

    if (arguments.Help)
    {
        Console.WriteLine(Arguments.Usage);
        return 0;
    }

    Workers.Count = arguments.Threads;
    using var peers = new Peers(arguments.Threads);

    switch (arguments.Command)
    {
        case "memory": Memory.Run(); break;
        case "busy": BusyCore.Run(); break;
        case "tsne": Placements.Judge(peers, arguments.Points); break;
        case "conv": Comparison.Run(Convolutions.Workloads, Unit.Milliseconds, arguments, peers); break;
        case "scale": Scale.Draw(Comparison.Run(Scale.Workloads, Unit.StepsPerSecond, arguments, peers), arguments); break;
        default: Comparison.Run(Suite.Workloads(peers, arguments.Points), Unit.Milliseconds, arguments, peers); break;
    }

    return 0;
}
catch (Exception error) when (error is InvalidOperationException or PeerMissing or BadInput or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(error.Message);
    return error is BadInput ? 2 : 1;
}
