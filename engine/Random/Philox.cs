namespace Workbench.Engine;

/// <summary>
/// Random numbers by counter: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011). The seed is the key; block k of a call is
/// the cipher of counter offset + k, so element i depends on (seed, offset, i) alone, and threads and vector width change nothing. A call of n numbers of any kind uses the
/// counters offset to offset + Advance(n) - 1.
/// Eight blocks make a group of 32 words; element i of a call takes word i mod 32 of group i / 32 (words of 64 bits: i mod 16 of group i / 16). In a group, words 2j and 2j + 1
/// are the first two of block j, words 16 + 2j and 17 + 2j its last two.
/// </summary>
internal static unsafe partial class Philox
{
    /// <summary>By how much the offset must move on after a call of n numbers, so that the next call shares no counter with it.</summary>
    public static ulong Advance(long n) => (ulong)(n + 15) / 16 * BlocksInGroup;

    /// <summary>n raw words.</summary>
    public static void Words(uint* y, long n, ulong seed, ulong offset) => Fill<uint, RawDraw>(y, n, seed, offset, default);

    /// <summary>n numbers uniform over [0, 1): multiples of 2^-24.</summary>
    public static void Uniform(float* y, long n, ulong seed, ulong offset) => Fill<float, UniformDraw>(y, n, seed, offset, default);

    /// <summary>n numbers uniform over [0, 1): multiples of 2^-53.</summary>
    public static void Uniform(double* y, long n, ulong seed, ulong offset) => Fill<double, UniformDoubleDraw>(y, n, seed, offset, default);

    /// <summary>n standard normal numbers by Box and Muller's transform of pairs of uniform ones; none lies beyond 5.77.</summary>
    public static void Normal(float* y, long n, ulong seed, ulong offset) => Fill<float, NormalDraw>(y, n, seed, offset, default);

    /// <summary>n standard normal numbers by Box and Muller's transform of pairs of uniform ones; none lies beyond 8.58.</summary>
    public static void Normal(double* y, long n, ulong seed, ulong offset) => Fill<double, NormalDoubleDraw>(y, n, seed, offset, default);

    /// <summary>n numbers, 1 with the given probability (to 24 bits), else 0.</summary>
    public static void Bernoulli(float* y, long n, float probability, ulong seed, ulong offset) =>
        Fill<float, BernoulliDraw>(y, n, seed, offset, new(probability));

    /// <summary>n whole numbers from low to high - 1, each as likely as the others to within (high - low) / 2^64.</summary>
    /// <exception cref="ArgumentException">high is not above low.</exception>
    public static void Integers(long* y, long n, long low, long high, ulong seed, ulong offset)
    {
        if (high <= low) throw new ArgumentException($"Integers: high, {high}, must be above low, {low}");
        Fill<long, IntegerDraw>(y, n, seed, offset, new(low, (ulong)high - (ulong)low));
    }

    /// <summary>A random order of 0 to n - 1 (Fisher and Yates, inside out).</summary>
    public static void Permutation(long* y, long n, ulong seed, ulong offset)
    {
        const int GroupSize = 16;
        ulong* words = stackalloc ulong[GroupSize];
        for (long i = 0; i < n; i++)
        {
            if (i % GroupSize == 0) Fill<ulong, RawLongDraw>(words, GroupSize, seed, offset + (ulong)(i / GroupSize * BlocksInGroup), default);
            long j = (long)Math.BigMul(words[i % GroupSize], (ulong)i + 1, out _);
            y[i] = y[j];
            y[j] = i;
        }
    }

    /// <summary>The cipher itself, ten rounds: four words of counter and two of key to four words of output.</summary>
    public static void Block(ReadOnlySpan<uint> counter, ReadOnlySpan<uint> key, Span<uint> output)
    {
        var (c0, c1, c2, c3) = (counter[0], counter[1], counter[2], counter[3]);
        var (k0, k1) = (key[0], key[1]);
        for (int round = 0; round < Rounds; round++)
        {
            ulong p0 = (ulong)Multiplier0 * c0, p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            (k0, k1) = (k0 + Weyl0, k1 + Weyl1);
        }
        (output[0], output[1], output[2], output[3]) = (c0, c1, c2, c3);
    }
}
