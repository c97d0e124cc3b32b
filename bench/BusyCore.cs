using System.Diagnostics;

namespace Workbench.Bench;

/// <summary>Our training step of the VAE alone, and beside a process that keeps one core busy, in turns.</summary>
internal static class BusyCore
{
    private const int Rounds = 21;

    internal static void Run(Peers peers)
    {
        Console.WriteLine("| VAE's training step | alone, ms | beside a busy process, ms | slower by: median (min to max) |");
        Console.WriteLine("|---|---|---|---|");

        foreach (var engine in new[] { Contender.Managed, Contender.Torch })
        {
            var turn = Interleaved.Turn(TrainingSteps.Vae, peers.Threads, peers[engine]);
            var rounds = Enumerable.Range(0, Rounds).Select(_ => (Alone: turn(), Beside: Beside(turn))).ToArray();
            var slower = new Spread(rounds.Select(round => round.Beside / round.Alone));
            Console.WriteLine($"| {engine.Name}, {Table.Threads(peers.Threads)} | {new Spread(rounds.Select(round => round.Alone)).Middle:F2} "
                + $"| {new Spread(rounds.Select(round => round.Beside)).Middle:F2} | {slower.Middle:F2} ({slower.Least:F2} to {slower.Most:F2}) |");
        }
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
