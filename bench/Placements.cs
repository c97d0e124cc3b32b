using System.Runtime.InteropServices;

namespace Workbench.Bench;

/// <summary>t-SNE of MNIST's test images, as codes of 100 numbers, beside scikit-learn's with its defaults. The only turn
/// includes the compilation of our code.</summary>
internal static class Placements
{
    private const int Neighbours = 12;

    internal static Workload Workload(Peers peers, int count) =>
        new(Name(count), $"t-SNE of {count:N0} points of 100 dimensions", Rival.ScikitLearn, () =>
        {
            var codes = Codes(peers, count);
            return Stepping.Of(() => Place(codes, peers.Threads));
        })
        {
            Pace = Pace.Minutes,
            NeedsMnist = true,
        };

    /// <summary>Prints how good both placements are, by one judge: scikit-learn and its affinities.</summary>
    /// <exception cref="InvalidOperationException">There is no MNIST.</exception>
    internal static void Judge(Peers peers, int count)
    {
        if (!Repository.HasMnist)
            throw new InvalidOperationException(Repository.MnistMissing);

        var peer = Scikit(peers);
        var codes = Codes(peers, count);
        var ours = Place(codes, peers.Threads);
        peer.Milliseconds(Name(count), 1);
        var theirs = Matrix(peer.Ask($"positions {count}"), count);
        Console.WriteLine($"| t-SNE of {count} points | KL, exact normaliser | trustworthiness, {Neighbours} neighbours | the same by ours |");
        Console.WriteLine("|---|---|---|---|");

        foreach (var (name, positions) in new[] { ("ours", ours), (Rival.ScikitLearn.Name, theirs) })
        {
            var verdict = peer.Ask($"judge {count} {Text(positions)}").Split(' ');
            Console.WriteLine($"| {name} | {verdict[0]} | {verdict[1]} | {TSne.trustworthiness(Neighbours, codes, positions)} |");
        }
    }

    private static string Name(int count) => $"t-sne:{count}";

    private static Peer Scikit(Peers peers) => peers.With(Rival.ScikitLearn, peers.Threads);

    private static float[,] Place(float[,] codes, int threads)
    {
        var d = TSne.defaults;
        var settings = new TSne.Settings(
            d.Perplexity, d.Theta, d.Exaggeration, d.ExaggeratedIterations, d.Iterations, d.LearningRate, d.Seed, threads);
        return TSne.run(settings, TSne.unwatched, codes).Positions;
    }

    /// <summary>The images' codes, by the peer's PCA.</summary>
    private static float[,] Codes(Peers peers, int count) => Matrix(Scikit(peers).Ask($"codes {count}"), count);

    private static string Text(float[,] values) =>
        Convert.ToBase64String(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref values[0, 0], values.Length)));

    private static float[,] Matrix(string text, int rows)
    {
        var values = MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(text));
        var matrix = new float[rows, values.Length / rows];
        values.CopyTo(MemoryMarshal.CreateSpan(ref matrix[0, 0], matrix.Length));
        return matrix;
    }
}
