using System.Diagnostics;
using System.Runtime.InteropServices;
using Workbench.Engine;

namespace Workbench.Bench;

/// <summary>Products of float32 matrices beside numpy's on OpenBLAS, in turns, on one and on two threads.</summary>
internal static unsafe class MatrixProducts
{
    private const int Rounds = 15;

    /// <summary>Multiply-adds of one turn: some 20 ms. As many run before it, untimed, so that threads are awake and spread over
    /// the cores on both sides, as they are in training.</summary>
    private const double Turn = 1e9;

    /// <summary>OpenBLAS's threads go on spinning for about 30 ms after a product; nobody should be timed beside them.</summary>
    private const int Rest = 50;

    /// <summary>M x K x N, and which operands are transposes of row-major matrices: a forward pass with a prepared weight,
    /// one with PyTorch's x W^T, the gradients of a weight and of an input, a batch of one, and a large product.</summary>
    private static readonly Shape[] Shapes =
    [
        new(100, 784, 200, "NN"), new(100, 784, 200, "NT"), new(100, 200, 784, "NN"), new(100, 200, 784, "NT"),
        new(784, 100, 200, "TN"), new(200, 100, 784, "TN"), new(100, 200, 32, "NT"), new(20, 784, 200, "NT"),
        new(1, 784, 200, "NT"), new(1024, 1024, 1024, "NN"),
    ];

    internal static void Run()
    {
        Console.WriteLine("| m x k x n | layout | threads | ours, GFLOP/s | OpenBLAS, GFLOP/s | ours / OpenBLAS: median (min to max) |");
        Console.WriteLine("|---|---|---|---|---|---|");

        foreach (var threads in new[] { 1, 2 })
        {
            Workers.Count = threads;
            using var peer = Peer.Start(threads, "peer_gemm.py");

            foreach (var shape in Shapes)
                Console.WriteLine(Row(shape, threads, peer));
        }
    }

    private static string Row(Shape shape, int threads, Peer peer)
    {
        using var operands = new Operands(shape);
        var steps = (int)Math.Max(1, Turn / shape.Work);
        operands.Milliseconds(steps);
        peer.Milliseconds(shape.Name, steps);
        var rounds = Enumerable.Range(0, Rounds).Select(_ => Round(operands, peer, steps)).ToArray();
        var ratios = rounds.Select(r => r.Theirs / r.Ours).Order().ToArray();
        return $"| {shape.M} x {shape.K} x {shape.N} | {shape.Layout} | {threads} | {shape.Rate(Median(rounds.Select(r => r.Ours))):F0} "
            + $"| {shape.Rate(Median(rounds.Select(r => r.Theirs))):F0} | {Median(ratios):F2} ({ratios[0]:F2} to {ratios[^1]:F2}) |";
    }

    private static (double Ours, double Theirs) Round(Operands operands, Peer peer, int steps)
    {
        operands.Milliseconds(2 * steps);
        var ours = operands.Milliseconds(steps);
        peer.Milliseconds(operands.Shape.Name, 2 * steps);
        var theirs = peer.Milliseconds(operands.Shape.Name, steps);
        Thread.Sleep(Rest);
        return (ours, theirs);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    private sealed record Shape(int M, int K, int N, string Layout)
    {
        internal string Name => $"{M}x{K}x{N}:{Layout}";

        internal double Work => (double)M * K * N;

        internal double Rate(double milliseconds) => 2 * Work / milliseconds / 1e6;
    }

    /// <summary>The matrices of a product, in native memory.</summary>
    private sealed class Operands(Shape shape) : IDisposable
    {
        private readonly float* a = Draw(shape.M * shape.K), b = Draw(shape.K * shape.N), c = Draw(shape.M * shape.N);

        internal Shape Shape => shape;

        internal double Milliseconds(int steps)
        {
            var (aRow, aCol) = shape.Layout[0] == 'T' ? (1, shape.M) : (shape.K, 1);
            var (bRow, bCol) = shape.Layout[1] == 'T' ? (1, shape.K) : (shape.N, 1);
            var start = Stopwatch.GetTimestamp();

            for (var step = 0; step < steps; step++)
                Gemm.Run(shape.M, shape.N, shape.K, a, aRow, aCol, b, bRow, bCol, c, shape.N, false);

            return Stopwatch.GetElapsedTime(start).TotalMilliseconds / steps;
        }

        public void Dispose()
        {
            NativeMemory.AlignedFree(a);
            NativeMemory.AlignedFree(b);
            NativeMemory.AlignedFree(c);
        }

        private static float* Draw(int count)
        {
            var random = new System.Random(1);
            var values = (float*)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 64);

            for (var i = 0; i < count; i++)
                values[i] = random.NextSingle() - 0.5f;

            return values;
        }
    }
}
