using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

internal static unsafe partial class Philox
{
    const float Unit24 = 1f / (1 << 24);
    const double Unit53 = 1.0 / (1L << 53);

    readonly struct RawDraw : IDraw<uint>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(Vector512<uint> low, Vector512<uint> high, uint* y) => Store(low, high, y);
        public void Invoke(uint* words, uint* y) => new Span<uint>(words, WordsInGroup).CopyTo(new Span<uint>(y, WordsInGroup));
    }

    readonly struct RawLongDraw : IDraw<ulong>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(Vector512<uint> low, Vector512<uint> high, ulong* y) => Store(low.AsUInt64(), high.AsUInt64(), y);

        public void Invoke(uint* words, ulong* y)
        {
            for (int i = 0; i < WordsInGroup / 2; i++) y[i] = Long(words, i);
        }
    }

    readonly struct UniformDraw : IDraw<float>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(Vector512<uint> low, Vector512<uint> high, float* y) => Store(Units(low), Units(high), y);

        public void Invoke(uint* words, float* y)
        {
            for (int i = 0; i < WordsInGroup; i++) y[i] = (words[i] >> 8) * Unit24;
        }
    }

    readonly struct BernoulliDraw(float probability) : IDraw<float>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(Vector512<uint> low, Vector512<uint> high, float* y)
        {
            var (bound, one) = (Vector512.Create(probability), Vector512<float>.One);
            Store(Vector512.LessThan(Units(low), bound) & one, Vector512.LessThan(Units(high), bound) & one, y);
        }

        public void Invoke(uint* words, float* y)
        {
            for (int i = 0; i < WordsInGroup; i++) y[i] = (words[i] >> 8) * Unit24 < probability ? 1 : 0;
        }
    }

    /// <summary>Radius sqrt(-2 ln u) from the first sixteen words, angle from the other sixteen: the cosines come first, then the sines.</summary>
    readonly struct NormalDraw : IDraw<float>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(Vector512<uint> low, Vector512<uint> high, float* y)
        {
            // In (0, 1]: the logarithm is finite.
            var u = Units(low) + Vector512.Create(Unit24);
            var radius = Vector512.Sqrt(VectorMath.LogNormal(u) * Vector512.Create(-2f));
            VectorMath.SinCosOfTurns(Vector512.ShiftRightLogical(high, 8).AsInt32(), out var sine, out var cosine);
            Store(radius * cosine, radius * sine, y);
        }

        public void Invoke(uint* words, float* y)
        {
            for (int i = 0; i < WordsInGroup / 2; i++)
            {
                double radius = Math.Sqrt(-2 * Math.Log(((words[i] >> 8) + 1) * (double)Unit24));
                var (sine, cosine) = Math.SinCos(2 * Math.PI * ((words[WordsInGroup / 2 + i] >> 8) * (double)Unit24));
                (y[i], y[WordsInGroup / 2 + i]) = ((float)(radius * cosine), (float)(radius * sine));
            }
        }
    }

    readonly struct UniformDoubleDraw : IDraw<double>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(Vector512<uint> low, Vector512<uint> high, double* y)
        {
            var unit = Vector512.Create(Unit53);
            Store(
                Vector512.ConvertToDouble(Vector512.ShiftRightLogical(low.AsInt64(), 11)) * unit,
                Vector512.ConvertToDouble(Vector512.ShiftRightLogical(high.AsInt64(), 11)) * unit,
                y);
        }

        public void Invoke(uint* words, double* y)
        {
            for (int i = 0; i < WordsInGroup / 2; i++) y[i] = (Long(words, i) >> 11) * Unit53;
        }
    }

    readonly struct NormalDoubleDraw : IDraw<double>
    {
        public void Invoke(Vector512<uint> low, Vector512<uint> high, double* y) => Plainly(this, low, high, y);

        public void Invoke(uint* words, double* y)
        {
            const int Half = WordsInGroup / 4;
            for (int i = 0; i < Half; i++)
            {
                double radius = Math.Sqrt(-2 * Math.Log(((Long(words, i) >> 11) + 1) * Unit53));
                var (sine, cosine) = Math.SinCos(2 * Math.PI * ((Long(words, Half + i) >> 11) * Unit53));
                (y[i], y[Half + i]) = (radius * cosine, radius * sine);
            }
        }
    }

    /// <summary>low plus the high half of word * range.</summary>
    readonly struct IntegerDraw(long low, ulong range) : IDraw<long>
    {
        public void Invoke(Vector512<uint> lower, Vector512<uint> upper, long* y) => Plainly(this, lower, upper, y);

        public void Invoke(uint* words, long* y)
        {
            for (int i = 0; i < WordsInGroup / 2; i++) y[i] = low + (long)Math.BigMul(Long(words, i), range, out _);
        }
    }

    /// <summary>Multiples of 2^-24 in [0, 1) from the words' upper bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Units(Vector512<uint> words) =>
        Vector512.ConvertToSingle(Vector512.ShiftRightLogical(words, 8).AsInt32()) * Vector512.Create(Unit24);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<T>(Vector512<T> first, Vector512<T> second, T* y) where T : unmanaged
    {
        first.Store(y);
        second.Store(y + Vector512<T>.Count);
    }

    /// <summary>Word i of 64 bits, the lower half first.</summary>
    static ulong Long(uint* words, int i) => words[2 * i] | (ulong)words[2 * i + 1] << 32;
}
