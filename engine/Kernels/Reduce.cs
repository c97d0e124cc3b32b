using System.Numerics;

namespace Workbench.Engine;

/// <summary>
/// Sums, extremes and moments over the middle dimension of an (outer, reduced, inner) array in row-major order: rows of a matrix are (r, c, 1), its columns (1, r, c),
/// all of it (1, n, 1). Results depend neither on the number of threads nor on where the array lies. A float sum of a million terms of one sign is within about 1e-6.
/// </summary>
internal static unsafe partial class Reduce
{
    /// <summary>The sum of x[0..n-1]; 0 for none. Integers wrap.</summary>
    public static T Sum<T>(T* x, long n) where T : unmanaged, INumber<T>
    {
        T y;
        Sum(x, &y, 1, n, 1);
        return y;
    }

    /// <summary>y[o, j] = sum over k of x[o, k, j].</summary>
    public static void Sum<T>(T* x, T* y, long outer, long reduced, long inner) where T : unmanaged, INumber<T> =>
        Fold<T, Plain<T>, SumFold<T>>(new(x), y, outer, reduced, inner);

    /// <summary>y[r] = the sum of row r of a (rows, columns) matrix.</summary>
    public static void SumRows<T>(T* x, T* y, long rows, long columns) where T : unmanaged, INumber<T> => Sum(x, y, rows, columns, 1);

    /// <summary>y[c] = the sum of column c of a (rows, columns) matrix.</summary>
    public static void SumColumns<T>(T* x, T* y, long rows, long columns) where T : unmanaged, INumber<T> => Sum(x, y, 1, rows, columns);

    /// <summary>y[o, j] = sum over k of a[o, k, j] b[o, k, j].</summary>
    public static void SumProducts<T>(T* a, T* b, T* y, long outer, long reduced, long inner) where T : unmanaged, INumber<T> =>
        Fold<T, Products<T>, SumFold<T>>(new(a, b), y, outer, reduced, inner);

    /// <summary>The mean of x[0..n-1]; NaN for none.</summary>
    public static T Mean<T>(T* x, long n) where T : unmanaged, IFloatingPointIeee754<T> => Sum(x, n) / T.CreateTruncating(n);

    /// <summary>y[o, j] = mean over k of x[o, k, j].</summary>
    public static void Mean<T>(T* x, T* y, long outer, long reduced, long inner) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Sum(x, y, outer, reduced, inner);
        Elementwise.BinaryScalarRight(y, T.CreateTruncating(reduced), y, outer * inner, default(DivideOp<T>));
    }

    /// <summary>The largest of x[0..n-1]; NaN if one is NaN.</summary>
    public static T Max<T>(T* x, long n) where T : unmanaged, INumber<T>
    {
        T y;
        Max(x, &y, 1, n, 1);
        return y;
    }

    /// <summary>y[o, j] = max over k of x[o, k, j]; NaN if one is NaN.</summary>
    public static void Max<T>(T* x, T* y, long outer, long reduced, long inner) where T : unmanaged, INumber<T> =>
        Fold<T, Plain<T>, MaxFold<T>>(new(x), y, outer, reduced, inner);

    /// <summary>The smallest of x[0..n-1]; NaN if one is NaN.</summary>
    public static T Min<T>(T* x, long n) where T : unmanaged, INumber<T>
    {
        T y;
        Min(x, &y, 1, n, 1);
        return y;
    }

    /// <summary>y[o, j] = min over k of x[o, k, j]; NaN if one is NaN.</summary>
    public static void Min<T>(T* x, T* y, long outer, long reduced, long inner) where T : unmanaged, INumber<T> =>
        Fold<T, Plain<T>, MinFold<T>>(new(x), y, outer, reduced, inner);
}
