using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>-x. Integers wrap.</summary>
internal readonly struct NegateOp<T> : IUnaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => -x;
    public T Invoke(T x) => -x;
}

/// <summary>|x|.</summary>
internal readonly struct AbsOp<T> : IUnaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => Vector512.Abs(x);
    public T Invoke(T x) => T.Abs(x);
}

/// <summary>x * x.</summary>
internal readonly struct SquareOp<T> : IUnaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => x * x;
    public T Invoke(T x) => x * x;
}

/// <summary>x * x * x.</summary>
internal readonly struct CubeOp<T> : IUnaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => x * x * x;
    public T Invoke(T x) => x * x * x;
}

/// <summary>The square root, correctly rounded; NaN below zero.</summary>
internal readonly struct SqrtOp<T> : IUnaryOp<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Cost => 3;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => Vector512.Sqrt(x);
    public T Invoke(T x) => T.Sqrt(x);
}

/// <summary>1 / sqrt(x), rounded after each of the two operations.</summary>
internal readonly struct RsqrtOp<T> : IUnaryOp<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Cost => 5;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => Vector512<T>.One / Vector512.Sqrt(x);
    public T Invoke(T x) => T.One / T.Sqrt(x);
}

/// <summary>1 / x.</summary>
internal readonly struct ReciprocalOp<T> : IUnaryOp<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Cost => 3;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => Vector512<T>.One / x;
    public T Invoke(T x) => T.One / x;
}

/// <summary>-1, 0 or 1; 0 at NaN, as torch.sign.</summary>
internal readonly struct SignOp<T> : IUnaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x)
    {
        var one = Vector512<T>.One;
        return (Vector512.GreaterThan(x, Vector512<T>.Zero) & one) - (Vector512.LessThan(x, Vector512<T>.Zero) & one);
    }

    public T Invoke(T x) => x > T.Zero ? T.One : x < T.Zero ? -T.One : T.Zero;
}

/// <summary>max(x, 0); NaN stays NaN.</summary>
internal readonly struct ReluOp<T> : IUnaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => Vector512.AndNot(x, Vector512.LessThan(x, Vector512<T>.Zero));
    public T Invoke(T x) => x < T.Zero ? T.Zero : x;
}

/// <summary>x where x > 0, else slope * x.</summary>
internal readonly struct LeakyReluOp<T>(T slope) : IUnaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<T>.Zero), x, x * Vector512.Create(slope));
    public T Invoke(T x) => x > T.Zero ? x : x * slope;
}

/// <summary>min(max(x, low), high), as torch.clamp: NaN stays NaN, and high wins where low > high.</summary>
internal readonly struct ClampOp<T>(T low, T high) : IUnaryOp<T> where T : unmanaged, INumber<T>
{
    public static int Cost => 2;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => Vector512.Min(Vector512.Max(x, Vector512.Create(low)), Vector512.Create(high));
    public T Invoke(T x) => T.Min(T.Max(x, low), high);
}
