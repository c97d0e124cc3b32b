using System.Diagnostics;

namespace Workbench.Bench;

/// <summary>Our training step of the VAE alone, and beside a process that keeps one core busy, in turns.</summary>
internal static class BusyCore
{
    private const int Rounds = 21;
    private const double TurnSeconds = 0.3;

    internal static void Run()
    {
        var workload = TrainingSteps.OfVae(Vae.defaults.Hidden.Head, Arithmetic.Batch);
        var side = workload.Ours();
        side(200);
        var steps = Math.Max(1, (int)(TurnSeconds * 1000 / side(100)));
        var rounds = Enumerable.Range(0, Rounds).Select(_ => (Alone: Turn(side, steps), Beside: Beside(() => Turn(side, steps)))).ToArray();
        var slower = new Spread([.. rounds.Select(round => round.Beside / round.Alone)]);
        Console.WriteLine("| workload | alone, ms | beside a busy process, ms | slower by: median (min to max) |");
        Console.WriteLine("|---|---|---|---|");
        Console.WriteLine($"| {workload.Title} | {Spread.Median([.. rounds.Select(round => round.Alone)]):F2} "
            + $"| {Spread.Median([.. rounds.Select(round => round.Beside)]):F2} | {slower.Middle:F2} ({slower.Least:F2} to {slower.Most:F2}) |");
    }

    /// <summary>Some steps untimed, so that the scheduler has settled, then as many timed.</summary>
    private static double Turn(Side side, int steps)
    {
        side(steps / 2);
        return side(steps);
    }

    private static double Beside(Func<double> turn)
    {
        using var spinning = Process.Start("sh", ["-c", "while :; do :; done"]);

        try
        {
            return turn();
        }
        finally
        {
            spinning.Kill();
            spinning.WaitForExit();
        }
    }
}
