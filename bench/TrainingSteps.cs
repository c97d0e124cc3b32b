using System.Diagnostics;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>Training steps (batch 100) of the models beside PyTorch's, in turns.</summary>
internal static class TrainingSteps
{
    /// <summary>Before every turn, untimed: on both sides threads are then awake and spread over the cores, as in a long training.</summary>
    private const double WarmupSeconds = 0.06;

    /// <summary>A turn takes about as long on both sides.</summary>
    private const double TurnSeconds = 0.12;

    private const int Rounds = 21;

    private static readonly Workload[] Workloads =
    [
        new("vae", "VAE 784-200-32", data => Objectives.vae(Vae.defaults, FuncConvert.FromFunc<int, double>(_ => 1.0), data), 0.9),
        new("gan", "GAN, both networks", _ => AdversarialObjectives.gan(Gan.defaults, 1, false), 0.5),
        new("aae", "AAE, three phases",
            data => AdversarialObjectives.adversarialAutoencoder(AdversarialAutoencoder.defaults, AdversarialObjectives.Reconstruction.SquaredError, false, data), 0.9),
        new("vae-gan", "VAE-GAN 784-512-256-32", data => AdversarialObjectives.vaeGan(VaeGan.defaults, Similarity, data), 0.9),
        new("conv-autoencoder", "convolutional autoencoder 1-32-64", data => Objectives.autoencoder(ConvAutoencoder, data), 0.9),
        new("conv-vae-gan", "convolutional VAE-GAN 1-32-64", data => AdversarialObjectives.vaeGan(ConvVaeGan, Similarity, data), 0.9),
    ];

    private static readonly AdversarialObjectives.VaeGanLoss Similarity = AdversarialObjectives.VaeGanLoss.NewSimilarity(0.01);

    private static readonly Autoencoder.Spec ConvAutoencoder = new(
        Vector(1, 28, 28), Autoencoder.Networks.NewConvolutional(Vector(32, 64)), 128, Autoencoder.Bottleneck.Plain);

    private static readonly VaeGan.Spec ConvVaeGan = new(Vector(1, 28, 28), VaeGan.Networks.NewConvolutional(Vector(32, 64), VaeGan.dense), 32);

    private static FSharpList<int> Vector(params int[] values) => ListModule.OfArray(values);

    /// <summary>All workloads, or the one that is named.</summary>
    internal static void Run(string? only)
    {
        var chosen = Workloads.Where(workload => only is null || workload.Name == only).ToArray();
        if (chosen.Length == 0)
            throw new InvalidOperationException($"no workload is called {only}: {string.Join(", ", Workloads.Select(workload => workload.Name))}");
        using var one = Peer.Start(1);
        using var two = Peer.Start(2);
        Console.WriteLine($"| training step, batch 100 | ours, {torch.get_num_threads()} threads | PyTorch, 1 thread | PyTorch, 2 threads | PyTorch's best / ours: median (min to max) |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var workload in chosen) Console.WriteLine(Row(workload, one, two));
    }

    private static string Row(Workload workload, Peer one, Peer two)
    {
        var ours = new Turnstile(workload.Train);
        var sides = new Func<int, double>[]
        {
            ours.Milliseconds, steps => one.Milliseconds(workload.Name, steps), steps => two.Milliseconds(workload.Name, steps),
        };
        var turns = sides.Select(Turn).ToArray();
        var rounds = Enumerable.Range(0, Rounds).Select(_ => turns.Select(turn => turn()).ToArray()).ToArray();
        var (single, both) = (Median(rounds.Select(r => r[1])), Median(rounds.Select(r => r[2])));
        var ratios = rounds.Select(r => (single < both ? r[1] : r[2]) / r[0]).Order().ToArray();
        return $"| {workload.Title} | {Median(rounds.Select(r => r[0])):F2} ms | {single:F2} ms | {both:F2} ms | "
            + $"{Median(ratios):F2} ({ratios[0]:F2} to {ratios[^1]:F2}) |";
    }

    /// <summary>A turn of one side: some steps untimed, then as many as fill its time.</summary>
    private static Func<double> Turn(Func<int, double> milliseconds)
    {
        milliseconds(30);
        var step = milliseconds(20) / 1000;
        int Steps(double seconds) => Math.Max(2, (int)(seconds / step));
        return () =>
        {
            milliseconds(Steps(WarmupSeconds));
            return milliseconds(Steps(TurnSeconds));
        };
    }

    /// <summary>What is trained, under the name that the peer knows it by.</summary>
    private sealed record Workload(string Name, string Title, Func<Dataset, Objective> Objective, double Beta1)
    {
        /// <summary>Trains for ever, as the script does, and says when a step is done.</summary>
        internal void Train(Action stepDone)
        {
            var data = Data.load("glyphs", FSharpOption<string>.None);
            // Nothing is measured at an epoch's end: only steps are compared.
            var whole = Objective(data);
            var objective = new Objective(whole.Init, whole.Updates, FuncConvert.FromFunc<int, FSharpMap<string, torch.Tensor>, FSharpList<Tuple<string, double>>>(
                (_, _) => FSharpList<Tuple<string, double>>.Empty));
            var settings = new TrainSettings(int.MaxValue, 100, FuncConvert.FromFunc<int, double>(_ => 1e-3), Beta1, FSharpOption<double>.None);
            var watch = new Watch(
                FuncConvert.FromAction<int, double>((_, _) => stepDone()), FuncConvert.FromAction<State>(_ => { }), CancellationToken.None);
            Workbench.Train.run(settings, objective, watch, data, Workbench.Train.start(objective, 1));
        }
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
