using System.Numerics;
using System.Runtime.CompilerServices;

namespace Workbench.Engine;

internal static unsafe partial class Reduce
{
    /// <summary>The index of the largest of x[0..n-1], the first one at a tie; of the first NaN if there is one. n must be positive.</summary>
    public static long ArgMax<T>(T* x, long n) where T : unmanaged, INumber<T> => Arg<T, GreaterOp<T>>(x, n, 1);

    /// <summary>y[o, j] = the k of the largest x[o, k, j], the first one at a tie, NaN counting as largest. reduced must be positive.</summary>
    public static void ArgMax<T>(T* x, long* y, long outer, long reduced, long inner) where T : unmanaged, INumber<T> =>
        ArgAll<T, GreaterOp<T>>(x, y, outer, reduced, inner);

    /// <summary>The index of the smallest of x[0..n-1], the first one at a tie; of the first NaN if there is one. n must be positive.</summary>
    public static long ArgMin<T>(T* x, long n) where T : unmanaged, INumber<T> => Arg<T, LessOp<T>>(x, n, 1);

    /// <summary>y[o, j] = the k of the smallest x[o, k, j], the first one at a tie, NaN counting as smallest. reduced must be positive.</summary>
    public static void ArgMin<T>(T* x, long* y, long outer, long reduced, long inner) where T : unmanaged, INumber<T> =>
        ArgAll<T, LessOp<T>>(x, y, outer, reduced, inner);

    static void ArgAll<T, TBetter>(T* x, long* y, long outer, long reduced, long inner)
        where T : unmanaged, INumber<T> where TBetter : unmanaged, ICompareOp<T>
    {
        long count = outer * inner, group = Math.Max(1, Grain / Math.Max(1, reduced));
        Workers.For((int)((count + group - 1) / group), new ArgJob<T, TBetter>(x, y, reduced, inner, count, group));
    }

    readonly struct ArgJob<T, TBetter>(T* x, long* y, long reduced, long inner, long count, long group) : IJob
        where T : unmanaged, INumber<T> where TBetter : unmanaged, ICompareOp<T>
    {
        [MethodImpl(Kernel.Loop)]
        public void Run(int chunk)
        {
            long first = chunk * group;
            var (o, j) = Math.DivRem(first, inner);
            for (long index = first; index < Math.Min(count, first + group); index++)
            {
                y[index] = Arg<T, TBetter>(x + o * reduced * inner + j, reduced, inner);
                if (++j == inner) (o, j) = (o + 1, 0);
            }
        }
    }

    [MethodImpl(Kernel.Loop)]
    static long Arg<T, TBetter>(T* x, long n, long step) where T : unmanaged, INumber<T> where TBetter : unmanaged, ICompareOp<T>
    {
        long best = 0;
        var value = *x;
        for (long k = 1; k < n && !T.IsNaN(value); k++)
            if (x[k * step] is var next && (default(TBetter).Invoke(next, value) || T.IsNaN(next)))
                (best, value) = (k, next);
        return best;
    }
}
