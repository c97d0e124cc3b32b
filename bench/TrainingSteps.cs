using System.Diagnostics;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>The VAE's training step (batch 100) beside PyTorch's, in turns.</summary>
internal static class TrainingSteps
{
    private const int Warmup = 200;
    private const int Rounds = 30;
    private const int Steps = 20;

    internal static void Run()
    {
        using var one = Peer.Start(1);
        using var two = Peer.Start(2);
        var ours = new Turnstile(TrainVae);
        ours.Milliseconds(Warmup);
        one.Milliseconds("vae", Warmup);
        two.Milliseconds("vae", Warmup);
        var rounds = Enumerable.Range(0, Rounds)
            .Select(_ => (Ours: ours.Milliseconds(Steps), One: one.Milliseconds("vae", Steps), Two: two.Milliseconds("vae", Steps)))
            .ToArray();
        var (single, both) = (Median(rounds.Select(r => r.One)), Median(rounds.Select(r => r.Two)));
        var ratios = rounds.Select(r => (single < both ? r.One : r.Two) / r.Ours).Order().ToArray();
        Console.WriteLine($"| training step, batch 100 | ours, {torch.get_num_threads()} threads | PyTorch, 1 thread | PyTorch, 2 threads | PyTorch's best / ours: median (min to max) |");
        Console.WriteLine("|---|---|---|---|---|");
        Console.WriteLine($"| VAE 784-200-32 | {Median(rounds.Select(r => r.Ours)):F2} ms | {single:F2} ms | {both:F2} ms | "
            + $"{Median(ratios):F2} ({ratios[0]:F2} to {ratios[^1]:F2}) |");
    }

    /// <summary>Trains for ever, as the script does, and says when a step is done.</summary>
    private static void TrainVae(Action stepDone)
    {
        var data = Data.load("glyphs", FSharpOption<string>.None);
        var objective = Objectives.vae(Vae.defaults, FuncConvert.FromFunc<int, double>(_ => 1.0), data);
        var settings = new TrainSettings(int.MaxValue, 100, FuncConvert.FromFunc<int, double>(_ => 1e-3), 0.9);
        var watch = new Watch(
            FuncConvert.FromAction<int, double>((_, _) => stepDone()), FuncConvert.FromAction<State>(_ => { }), CancellationToken.None);
        Train.run(settings, objective, watch, data, Train.start(objective, 1));
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    /// <summary>Lets so many steps of a training on another thread pass, and times them.</summary>
    private sealed class Turnstile
    {
        private readonly SemaphoreSlim go = new(0), done = new(0);
        private int left;

        internal Turnstile(Action<Action> train) =>
            new Thread(() =>
            {
                go.Wait();
                train(StepDone);
            }) { IsBackground = true }.Start();

        internal double Milliseconds(int steps)
        {
            left = steps;
            var start = Stopwatch.GetTimestamp();
            go.Release();
            done.Wait();
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds / steps;
        }

        private void StepDone()
        {
            if (--left > 0) return;
            done.Release();
            go.Wait();
        }
    }
}
