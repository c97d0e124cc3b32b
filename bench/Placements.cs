using System.Diagnostics;
using System.Runtime.InteropServices;
using Workbench.NeighbourEmbedding;

namespace Workbench.Bench;

/// <summary>t-SNE of MNIST's test images, as codes of 100 numbers, beside scikit-learn's with its defaults: how long it takes, once,
/// our compilation included, and how good both placements are, by one judge: scikit-learn and its affinities.</summary>
internal static class Placements
{
    private const int Neighbours = 12;

    /// <exception cref="InvalidOperationException">There is no MNIST.</exception>
    internal static void Judge(Peers peers, int count)
    {
        if (!Repository.HasMnist)
            throw new InvalidOperationException(Repository.MnistMissing);

        var peer = peers[Contender.ScikitLearn];
        var codes = Numbers(peer.Ask($"codes {count}"));
        var start = Stopwatch.GetTimestamp();
        var ours = TSne.Run(codes, count, new() { Threads = peers.Threads }).Positions;
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var theirSeconds = peer.Milliseconds($"t-sne:{count}", peers.Threads, 1) / 1000;
        var theirs = Numbers(peer.Ask($"positions {count}"));
        Console.WriteLine($"OpenBLAS: {peer.Ask("kernel")}.\n");
        Console.WriteLine($"| t-SNE of {count} points of 100 dimensions, {Table.Threads(peers.Threads)} | seconds | KL, exact normaliser "
            + $"| trustworthiness, {Neighbours} neighbours | the same by ours |");
        Console.WriteLine("|---|---|---|---|---|");

        foreach (var (name, time, positions) in new[] { ("ours", seconds, ours), (Contender.ScikitLearn.Name, theirSeconds, theirs) })
        {
            var verdict = peer.Ask($"judge {count} {Text(positions)}").Split(' ');
            Console.WriteLine($"| {name} | {time:F1} | {verdict[0]} | {verdict[1]} | {TSne.Trustworthiness(codes, positions, count, Neighbours)} |");
        }
    }

    private static string Text(float[] values) => Convert.ToBase64String(MemoryMarshal.AsBytes(values.AsSpan()));

    private static float[] Numbers(string text) => MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(text).AsSpan()).ToArray();
}
