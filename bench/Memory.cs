using System.Diagnostics;
using Microsoft.FSharp.Core;
using Workbench.Engine;

namespace Workbench.Bench;

/// <summary>
/// 10,000 training steps of the VAE on MNIST-sized data: native bytes in use after a forced collection with one state
/// alive, and resident size, after the first epoch and at the end.
/// </summary>
internal static class Memory
{
    private const int StepsPerEpoch = 100;
    private const int Epochs = 100;

    internal static void Run()
    {
        var data = Data.load("glyphs", FSharpOption<string>.None);
        var objective = Objectives.vae(Vae.defaults, FuncConvert.FromFunc<int, double>(_ => 1.0), data);
        var state = Train.start(objective, 1);
        Console.WriteLine("| after | native bytes in use | native bytes reserved | resident MiB |");
        Console.WriteLine("|---|---|---|---|");
        state = TrainingSteps.Advance(state, 1, data, objective);
        Report("1 epoch", state);
        state = TrainingSteps.Advance(state, Epochs, data, objective);
        Report($"{Epochs} epochs, {Epochs * StepsPerEpoch} steps", state);
    }

    private static void Report(string after, State alive)
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Console.WriteLine($"| {after} | {NativePool.BytesInUse} | {NativePool.BytesReserved} | {Environment.WorkingSet >> 20} |");
        GC.KeepAlive(alive);
    }
}
