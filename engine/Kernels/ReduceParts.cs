using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>An associative operator with a neutral element.</summary>
internal interface IFoldOp<T> : IBinaryOp<T> where T : unmanaged
{
    static abstract T Identity { get; }
}

/// <summary>x + y, from 0.</summary>
internal readonly struct SumFold<T> : IFoldOp<T> where T : unmanaged, INumber<T>
{
    public static T Identity => T.Zero;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => x + y;
    public T Invoke(T x, T y) => x + y;
}

/// <summary>The larger, from -infinity or the least integer; NaN once there is one.</summary>
internal readonly struct MaxFold<T> : IFoldOp<T> where T : unmanaged, INumber<T>
{
    public static T Identity => T.CreateSaturating(double.NegativeInfinity);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Vector512.Max(x, y);
    public T Invoke(T x, T y) => T.Max(x, y);
}

/// <summary>The smaller, from infinity or the greatest integer; NaN once there is one.</summary>
internal readonly struct MinFold<T> : IFoldOp<T> where T : unmanaged, INumber<T>
{
    public static T Identity => T.CreateSaturating(double.PositiveInfinity);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Vector512.Min(x, y);
    public T Invoke(T x, T y) => T.Min(x, y);
}

/// <summary>Where a fold takes its numbers from: memory, or something computed from it on the way.</summary>
interface ISource<T> where T : unmanaged
{
    /// <summary>The numbers from element i on, which stands in column j of its row.</summary>
    Vector512<T> Vector(long i, long j);

    /// <summary>The first count of them, and anything in the other lanes.</summary>
    Vector512<T> Partial(long i, long count);

    T Scalar(long i, long j);

    /// <summary>The source as seen from one row of a row-wise fold.</summary>
    void EnterRow(long row);
}

/// <summary>x[i].</summary>
readonly unsafe struct Plain<T>(T* x) : ISource<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Vector(long i, long j) => Vector512.Load(x + i);
    public Vector512<T> Partial(long i, long count) => Tail.Load(x + i, count);
    public T Scalar(long i, long j) => x[i];
    public void EnterRow(long row) { }
}

/// <summary>a[i] * b[i].</summary>
readonly unsafe struct Products<T>(T* a, T* b) : ISource<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Vector(long i, long j) => Vector512.Load(a + i) * Vector512.Load(b + i);
    public Vector512<T> Partial(long i, long count) => Tail.Load(a + i, count) * Tail.Load(b + i, count);
    public T Scalar(long i, long j) => a[i] * b[i];
    public void EnterRow(long row) { }
}

/// <summary>a (b - centre), where a is b - centre itself or another array: the terms of a variance, or of a gradient through a normalisation.
/// The centre belongs to the column of a column-wise fold (period 0), or to the row of a row-wise one, modulo the period.</summary>
unsafe struct Deviations<T>(T* a, T* b, T* centres, long period) : ISource<T> where T : unmanaged, INumber<T>
{
    T centre;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Vector(long i, long j)
    {
        var deviation = Vector512.Load(b + i) - (period == 0 ? Vector512.Load(centres + j) : Vector512.Create(centre));
        return (a == b ? deviation : Vector512.Load(a + i)) * deviation;
    }

    public Vector512<T> Partial(long i, long count)
    {
        var deviation = Tail.Load(b + i, count) - Vector512.Create(centre);
        return (a == b ? deviation : Tail.Load(a + i, count)) * deviation;
    }

    public T Scalar(long i, long j)
    {
        var deviation = b[i] - (period == 0 ? centres[j] : centre);
        return (a == b ? deviation : a[i]) * deviation;
    }

    public void EnterRow(long row)
    {
        if (period != 0) centre = centres[row % period];
    }
}
