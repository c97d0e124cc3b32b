using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>Sums of squares in double precision, so that no square of a finite single overflows. NaN or infinity among the numbers makes the sum NaN or infinity.</summary>
internal static unsafe class SquareSum
{
    private const int LeastChunk = 16384, MostChunks = 64;

    internal static double Of(float* x, long n) => Of(x, null, n);

    internal static double Of(double* x, long n) => Of(null, x, n);

    private static double Of(float* single, double* wide, long n)
    {
        // The cuts depend on n alone, and the parts are added in their order.
        var chunk = Math.Max(LeastChunk, (n + MostChunks - 1) / MostChunks);
        var chunks = (int)((n + chunk - 1) / chunk);
        var parts = stackalloc double[MostChunks];
        Workers.For(chunks, new Part(single, wide, n, chunk, parts));
        var sum = 0.0;
        for (var i = 0; i < chunks; i++) sum += parts[i];
        return sum;
    }

    /// <summary>The sum of one chunk, of whichever of the two arrays is there.</summary>
    private readonly struct Part(float* single, double* wide, long n, long chunk, double* sums) : IJob
    {
        public void Run(int index)
        {
            var start = index * chunk;
            var count = Math.Min(chunk, n - start);
            sums[index] = wide is null ? Sum(single + start, count) : Sum(wide + start, count);
        }

        [MethodImpl(Kernel.Loop)]
        private static double Sum(float* x, long count)
        {
            var (i, sum) = (0L, 0.0);
            if (Simd.Enabled)
            {
                var (a, b, c, d) = (Vector512<double>.Zero, Vector512<double>.Zero, Vector512<double>.Zero, Vector512<double>.Zero);
                for (; i <= count - 32; i += 32)
                {
                    var (p, q) = Vector512.Widen(Vector512.Load(x + i));
                    var (r, s) = Vector512.Widen(Vector512.Load(x + i + 16));
                    a += p * p;
                    b += q * q;
                    c += r * r;
                    d += s * s;
                }
                sum = Vector512.Sum((a + b) + (c + d));
            }
            for (; i < count; i++) sum += (double)x[i] * x[i];
            return sum;
        }

        [MethodImpl(Kernel.Loop)]
        private static double Sum(double* x, long count)
        {
            var (i, sum) = (0L, 0.0);
            if (Simd.Enabled)
            {
                var (a, b) = (Vector512<double>.Zero, Vector512<double>.Zero);
                for (; i <= count - 16; i += 16)
                {
                    var (p, q) = (Vector512.Load(x + i), Vector512.Load(x + i + 8));
                    a += p * p;
                    b += q * q;
                }
                sum = Vector512.Sum(a + b);
            }
            for (; i < count; i++) sum += x[i] * x[i];
            return sum;
        }
    }
}
