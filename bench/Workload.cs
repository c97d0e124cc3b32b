namespace Workbench.Bench;

/// <summary>Does so many steps and tells the milliseconds that one took.</summary>
internal delegate double Side(int steps);

/// <summary>What is measured on both sides.</summary>
/// <param name="Name">Our name for it and the peer's, by which it is filtered.</param>
/// <param name="Title">What it is, with its sizes.</param>
/// <param name="Rival">Who does the same.</param>
/// <param name="Ours">Makes our side; what that needs is made here, before any time is taken.</param>
internal sealed record Workload(string Name, string Title, Rival Rival, Func<Side> Ours)
{
    /// <summary>The FLOP of a step as <see cref="Arithmetic"/> counts them; null where products are not what it is about.</summary>
    internal double? Flops { get; init; }

    internal Pace Pace { get; init; } = Pace.Steps;

    internal bool NeedsMnist { get; init; }
}

/// <summary>How both sides take turns. The untimed steps before each turn have threads awake and spread over the cores, as in a
/// long training.</summary>
/// <param name="Rounds">Turns of each side.</param>
/// <param name="Rehearsal">Seconds of steps before the first turn, for the compiler's sake; 0: none.</param>
/// <param name="Warmup">Seconds of untimed steps before each turn.</param>
/// <param name="Turn">Seconds of timed steps, at least one step.</param>
internal sealed record Pace(int Rounds, double Rehearsal, double Warmup, double Turn)
{
    /// <summary>Steps of milliseconds.</summary>
    internal static readonly Pace Steps = new(21, 1, 0.06, 0.12);

    /// <summary>One step of a second or more is a turn.</summary>
    internal static readonly Pace Seconds = new(5, 0.5, 0, 0);

    /// <summary>One step of a minute or more; there is no rehearsal.</summary>
    internal static readonly Pace Minutes = new(1, 0, 0, 0);
}

/// <summary>A library that does the same work, and the script that speaks for it.</summary>
internal sealed record Rival(string Name, string Script)
{
    internal static readonly Rival PyTorch = new("PyTorch", "peer.py");

    internal static readonly Rival PyTorchConvolutions = new("PyTorch", "peer_conv.py");

    internal static readonly Rival OpenBlas = new("OpenBLAS", "peer_gemm.py");

    internal static readonly Rival ScikitLearn = new("scikit-learn", "peer_tsne.py");
}
