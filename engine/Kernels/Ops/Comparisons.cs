using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>x == y. Never so where either is NaN.</summary>
internal readonly struct EqualOp<T> : ICompareOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Vector512.Equals(x, y);
    public bool Invoke(T x, T y) => x == y;
}

/// <summary>x != y. Always so where either is NaN.</summary>
internal readonly struct NotEqualOp<T> : ICompareOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => ~Vector512.Equals(x, y);
    public bool Invoke(T x, T y) => x != y;
}

/// <summary>x &lt; y. Never so where either is NaN.</summary>
internal readonly struct LessOp<T> : ICompareOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Vector512.LessThan(x, y);
    public bool Invoke(T x, T y) => x < y;
}

/// <summary>x &lt;= y. Never so where either is NaN.</summary>
internal readonly struct LessOrEqualOp<T> : ICompareOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Vector512.LessThanOrEqual(x, y);
    public bool Invoke(T x, T y) => x <= y;
}

/// <summary>x > y. Never so where either is NaN.</summary>
internal readonly struct GreaterOp<T> : ICompareOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Vector512.GreaterThan(x, y);
    public bool Invoke(T x, T y) => x > y;
}

/// <summary>x >= y. Never so where either is NaN.</summary>
internal readonly struct GreaterOrEqualOp<T> : ICompareOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Vector512.GreaterThanOrEqual(x, y);
    public bool Invoke(T x, T y) => x >= y;
}
