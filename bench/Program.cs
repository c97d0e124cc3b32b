// The workbench on both engines beside plain TorchSharp, numpy on OpenBLAS and scikit-learn; `--help` (Arguments.Usage) says how it is
// asked. It starts itself as the processes that measure, so that each has one engine.
using System.Globalization;
using Workbench;
using Workbench.Bench;
using Comparison = Workbench.Bench.Comparison; // not that of runs

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

try
{
    if (args is [Serving.Command, var part])
    {
        Serving.Run(part);
        return 0;
    }

    if (args is [WholeCommands.PlainVaeCommand, var threads])
    {
        PlainVae.Program(int.Parse(threads), WholeCommands.Epochs);
        return 0;
    }

    var arguments = Arguments.Parse(args);

    if (arguments.Help)
    {
        Console.WriteLine(Arguments.Usage);
        return 0;
    }

    using var peers = new Peers(arguments.Threads);

    switch (arguments.Command)
    {
        case "memory": Memory.Run(peers); break;
        case "busy": BusyCore.Run(peers); break;
        case "tsne": Placements.Judge(peers, arguments.Points); break;
        case "conv": Comparison.Run(Convolutions.Workloads, Unit.Milliseconds, arguments, peers); break;
        case "scale": Scale.Draw(Comparison.Run(Scale.Workloads, Unit.StepsPerSecond, arguments, peers), arguments); break;
        default: Comparison.Run(Suite.Workloads, Unit.Milliseconds, arguments, peers); break;
    }

    return 0;
}
catch (Exception error) when (error is InvalidOperationException or PeerMissing or BadInput or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(error.Message);
    return error is BadInput ? 2 : 1;
}
