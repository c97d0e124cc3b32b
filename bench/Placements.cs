using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>t-SNE of MNIST's test images, as codes of 100 numbers, beside scikit-learn's with its defaults, in turns; one judge
/// for both. Its first turn includes the compilation of our code.</summary>
internal static class Placements
{
    private const int Rounds = 3;
    private const int Neighbours = 12;
    private const string Remedy = "apt-get install python3-sklearn libopenblas0-pthread";

    internal static void Run(int count)
    {
        var folder = Directory.CreateTempSubdirectory("workbench-tsne-").FullName;

        try
        {
            var threads = Environment.ProcessorCount;
            using var peer = Peer.Start(threads, "peer_tsne.py", Remedy);
            var files = new Files(folder, count);
            Compare(files, peer, Codes(files, peer), threads);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static void Compare(Files files, Peer peer, float[,] codes, int threads)
    {
        var rounds = Enumerable.Range(0, Rounds).Select(_ => (Ours: Ours(files, codes), Theirs: Theirs(files, peer))).ToArray();
        var (ours, theirs) = (Judge(files, files.Ours, peer), Judge(files, files.Theirs, peer));
        var clock = Stopwatch.StartNew();
        var trust = TSne.trustworthiness(Neighbours, codes, Matrix(files.Ours, files.Count));
        var seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine($"{files.Count} points of 100 dimensions, {threads} threads");
        Console.WriteLine();
        Console.WriteLine("| t-SNE | seconds: median (min to max) | processor seconds | KL as reported | KL, exact normaliser | trustworthiness, 12 neighbours | seconds for it |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        Console.WriteLine($"| ours | {Spread(rounds.Select(r => r.Ours.Seconds))} | {Spread(rounds.Select(r => r.Ours.Work))} | {rounds[^1].Ours.Kl:F4} | {ours.Kl:F4} | {ours.Trust:F5} (by ours {trust:F5}) | {seconds:F2} |");
        Console.WriteLine($"| scikit-learn | {Spread(rounds.Select(r => r.Theirs.Seconds))} | {Spread(rounds.Select(r => r.Theirs.Work))} | {rounds[^1].Theirs.Kl:F4} | {theirs.Kl:F4} | {theirs.Trust:F5} | {theirs.Seconds:F2} |");
        Console.WriteLine($"| scikit-learn / ours | {Spread(rounds.Select(r => r.Theirs.Seconds / r.Ours.Seconds))} | {Spread(rounds.Select(r => r.Theirs.Work / r.Ours.Work))} | | | | {theirs.Seconds / seconds:F1} |");
    }

    private static string Spread(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return $"{sorted[sorted.Length / 2]:F2} ({sorted[0]:F2} to {sorted[^1]:F2})";
    }

    private static (double Seconds, double Work, double Kl) Ours(Files files, float[,] codes)
    {
        var work = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        var embedding = TSne.run(TSne.defaults, TSne.unwatched, codes);
        var seconds = clock.Elapsed.TotalSeconds;
        work = Environment.CpuUsage.TotalTime - work;
        Write(files.Ours, MemoryMarshal.CreateSpan(ref embedding.Positions[0, 0], embedding.Positions.Length));
        return (seconds, work.TotalSeconds, embedding.Kl);
    }

    private static (double Seconds, double Work, double Kl) Theirs(Files files, Peer peer)
    {
        var answer = Ask(peer, $"place {files.Count} {files.Codes} {files.Theirs}");
        return (answer[0], answer[1], answer[2]);
    }

    private static (double Kl, double Trust, double Seconds) Judge(Files files, string positions, Peer peer)
    {
        var answer = Ask(peer, $"judge {files.Count} {files.Codes} {positions}");
        return (answer[0], answer[1], answer[2]);
    }

    private static double[] Ask(Peer peer, string line) =>
        [.. peer.Ask(line).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => double.Parse(word, CultureInfo.InvariantCulture))];

    /// <summary>The images' codes, by the peer's PCA.</summary>
    private static float[,] Codes(Files files, Peer peer)
    {
        using var scope = torch.NewDisposeScope();
        var images = Data.load("mnist", FSharpOption<string>.None).Test.Images;

        if (images.shape[0] < files.Count)
            throw new InvalidOperationException($"there are {images.shape[0]} test images, not {files.Count}");

        Write(files.Images, images.narrow(0, 0, files.Count).contiguous().data<float>().ToArray());
        Ask(peer, $"codes {files.Count} {files.Images} {files.Codes}");
        return Matrix(files.Codes, files.Count);
    }

    private static void Write(string path, ReadOnlySpan<float> values) =>
        File.WriteAllBytes(path, MemoryMarshal.AsBytes(values));

    private static float[,] Matrix(string path, int rows)
    {
        var values = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path));
        var matrix = new float[rows, values.Length / rows];
        values.CopyTo(MemoryMarshal.CreateSpan(ref matrix[0, 0], matrix.Length));
        return matrix;
    }

    private sealed record Files(string Folder, int Count)
    {
        internal string Images => Path.Combine(Folder, "images");

        internal string Codes => Path.Combine(Folder, "codes");

        internal string Ours => Path.Combine(Folder, "ours");

        internal string Theirs => Path.Combine(Folder, "theirs");
    }
}
