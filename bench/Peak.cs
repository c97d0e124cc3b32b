using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Workbench.Bench;

/// <summary>What the processor's multiply-add units give when nothing else is done: GFLOP/s of float32, the most of some games with
/// one thread and of some with all.</summary>
internal sealed class Peak(int threads)
{
    /// <summary>Games of some milliseconds: the shorter, the likelier is one that nothing disturbs.</summary>
    private const int Games = 25, Rounds = 2_000_000;

    /// <summary>Chains of multiply-adds that wait for nothing but themselves: more than the units' number times their latency.</summary>
    private const int Chains = 12;

    private readonly Dictionary<int, double> rates = new[] { 1, threads }.Distinct().ToDictionary(
        count => count, count => Enumerable.Range(0, Games).Max(_ => Play(count)));

    internal double Rate(int count) => rates[count];

    internal string Text =>
        $"Peak: {string.Join(", ", rates.Select(rate => $"{rate.Value:F0} GFLOP/s on {Table.Threads(rate.Key)}"))}, "
        + $"a loop of nothing but multiply-adds of {Lanes * 32} bits.";

    private static int Lanes =>
        Avx512F.IsSupported ? Vector512<float>.Count : Vector256.IsHardwareAccelerated ? Vector256<float>.Count : Vector128<float>.Count;

    /// <summary>All threads at once; their own times, so that starting them is none of it.</summary>
    private static double Play(int count)
    {
        using var start = new Barrier(count);
        var seconds = new double[count];
        var players = Enumerable.Range(0, count).Select(index => new Thread(() =>
        {
            start.SignalAndWait();
            var begin = Stopwatch.GetTimestamp();
            Loop();
            seconds[index] = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        })).ToArray();

        foreach (var player in players)
            player.Start();

        foreach (var player in players)
            player.Join();

        return 2.0 * count * Rounds * Chains * Lanes / seconds.Max() / 1e9;
    }

    private static void Loop()
    {
        if (Avx512F.IsSupported)
            Loop<Wide, Vector512<float>>();
        else if (Vector256.IsHardwareAccelerated)
            Loop<Middle, Vector256<float>>();
        else
            Loop<Narrow, Vector128<float>>();
    }

    /// <summary>x becomes x / 2 + 1 / 2 in every chain; that settles at 1, so no number is ever slow. Compiled for good at once: code
    /// that is made better in the middle of a loop keeps its variables in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TVector Loop<TWidth, TVector>() where TWidth : IWidth<TVector>
    {
        var half = TWidth.Fill(0.5f);
        TVector c0 = half, c1 = half, c2 = half, c3 = half, c4 = half, c5 = half, c6 = half, c7 = half, c8 = half, c9 = half, c10 = half, c11 = half;

        for (var i = 0; i < Rounds; i++)
        {
            c0 = TWidth.MultiplyAdd(c0, half);
            c1 = TWidth.MultiplyAdd(c1, half);
            c2 = TWidth.MultiplyAdd(c2, half);
            c3 = TWidth.MultiplyAdd(c3, half);
            c4 = TWidth.MultiplyAdd(c4, half);
            c5 = TWidth.MultiplyAdd(c5, half);
            c6 = TWidth.MultiplyAdd(c6, half);
            c7 = TWidth.MultiplyAdd(c7, half);
            c8 = TWidth.MultiplyAdd(c8, half);
            c9 = TWidth.MultiplyAdd(c9, half);
            c10 = TWidth.MultiplyAdd(c10, half);
            c11 = TWidth.MultiplyAdd(c11, half);
        }

        // Every chain has a part in it, so that none is left out.
        return Join(Join(Join(Join(c0, c1), Join(c2, c3)), Join(Join(c4, c5), Join(c6, c7))), Join(Join(c8, c9), Join(c10, c11)));

        static TVector Join(TVector x, TVector a) => TWidth.MultiplyAdd(x, a);
    }

    /// <summary>Vectors of one width.</summary>
    private interface IWidth<TVector>
    {
        static abstract TVector Fill(float value);

        /// <summary>x a + a.</summary>
        static abstract TVector MultiplyAdd(TVector x, TVector a);
    }

    private readonly struct Wide : IWidth<Vector512<float>>
    {
        public static Vector512<float> Fill(float value) => Vector512.Create(value);

        public static Vector512<float> MultiplyAdd(Vector512<float> x, Vector512<float> a) => Vector512.FusedMultiplyAdd(x, a, a);
    }

    private readonly struct Middle : IWidth<Vector256<float>>
    {
        public static Vector256<float> Fill(float value) => Vector256.Create(value);

        public static Vector256<float> MultiplyAdd(Vector256<float> x, Vector256<float> a) => Vector256.FusedMultiplyAdd(x, a, a);
    }

    private readonly struct Narrow : IWidth<Vector128<float>>
    {
        public static Vector128<float> Fill(float value) => Vector128.Create(value);

        public static Vector128<float> MultiplyAdd(Vector128<float> x, Vector128<float> a) => Vector128.FusedMultiplyAdd(x, a, a);
    }
}
