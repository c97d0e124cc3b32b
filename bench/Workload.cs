namespace Workbench.Bench;

/// <summary>Takes steps for ever, and says when one is done.</summary>
internal delegate void Steps(Action stepDone);

/// <summary>What is measured on both engines, and beside a peer where there is one.</summary>
/// <param name="Name">By which it is filtered, and contenders are asked for it.</param>
/// <param name="Title">What it is, with its sizes.</param>
/// <param name="Ours">Makes the workbench's steps, on the engine of its process; what they need is made here, before any time is
/// taken.</param>
internal sealed record Workload(string Name, string Title, Func<Steps> Ours)
{
    /// <summary>The same by TorchSharp alone. A lambda: it may name types that the managed engine lacks, as long as they are not
    /// loaded before it is called.</summary>
    internal Func<Steps>? Plain { get; init; }

    /// <summary>Who does the same: <see cref="Contender.Plain"/> where there is such a way.</summary>
    internal Contender? Peer { get => field ?? (Plain is null ? null : Contender.Plain); init; }

    /// <summary>The FLOP of a step as <see cref="Arithmetic"/> counts them; null where products are not what it is about.</summary>
    internal double? Flops { get; init; }

    internal Pace Pace { get; init; } = Pace.Steps;

    internal bool NeedsMnist { get; init; }

    /// <summary>False: it is measured with all threads alone, since their number is not its own.</summary>
    internal bool HasThreads { get; init; } = true;

    internal IEnumerable<Contender> Contenders => Peer is { } peer ? [Contender.Managed, Contender.Torch, peer] : [Contender.Managed, Contender.Torch];
}

/// <summary>How contenders take turns. The untimed steps before each turn have threads awake and spread over the cores, as in a
/// long training.</summary>
/// <param name="Rounds">Turns of each.</param>
/// <param name="Rehearsal">Seconds of steps before the first turn, for the compiler's sake.</param>
/// <param name="Warmup">Seconds of untimed steps before each turn.</param>
/// <param name="Turn">Seconds of timed steps, at least one step.</param>
internal sealed record Pace(int Rounds, double Rehearsal, double Warmup, double Turn)
{
    /// <summary>Steps of milliseconds.</summary>
    internal static readonly Pace Steps = new(21, 1, 0.06, 0.12);

    /// <summary>One step of a second or more is a turn.</summary>
    internal static readonly Pace Seconds = new(5, 0.5, 0, 0);
}
