using System.Reflection;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>
/// 10,000 training steps of the VAE on MNIST-sized data: what is held after a forced collection with one state alive, after the first
/// epoch and at the end. The managed engine counts its native bytes; of libtorch the resident size tells.
/// </summary>
internal sealed class Memory
{
    /// <summary>Asks for <see cref="After"/>.</summary>
    internal const string Question = "memory";

    private const int StepsPerEpoch = 100;
    private const int Epochs = 100;

    private readonly Planned planned = Planned.Vae(200, Arithmetic.Batch);
    private State? state;

    internal static void Run(Peers peers)
    {
        Console.WriteLine("| engine | after | native bytes in use | native bytes reserved | resident MiB |");
        Console.WriteLine("|---|---|---|---|---|");

        foreach (var engine in new[] { Contender.Managed, Contender.Torch })
            foreach (var epochs in new[] { 1, Epochs })
                Console.WriteLine($"| {engine.Name} | {epochs * StepsPerEpoch} steps | {peers[engine].Ask($"{Question} {epochs}")} |");
    }

    /// <summary>Trains on to so many epochs; three cells of the table.</summary>
    internal string After(int epochs)
    {
        Advance(epochs);

        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return $"{OfPool("BytesInUse")} | {OfPool("BytesReserved")} | {Environment.WorkingSet >> 20}";
    }

    /// <summary>A method of its own: at its end nothing on the stack holds the state before.</summary>
    private void Advance(int epochs) => state = planned.Advance(state, epochs);

    private static object? OfPool(string property) =>
        typeof(torch).Assembly.GetType("Workbench.Engine.NativePool")?.GetProperty(property, BindingFlags.Static | BindingFlags.Public)!.GetValue(null);
}
