using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>x + y. Integers wrap.</summary>
internal readonly struct AddOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => x + y;
    public T Invoke(T x, T y) => x + y;
}

/// <summary>x - y. Integers wrap.</summary>
internal readonly struct SubtractOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => x - y;
    public T Invoke(T x, T y) => x - y;
}

/// <summary>x * y. Integers wrap.</summary>
internal readonly struct MultiplyOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => x * y;
    public T Invoke(T x, T y) => x * y;
}

/// <summary>x / y. Integers truncate, and a zero divisor throws <see cref="DivideByZeroException"/>.</summary>
internal readonly struct DivideOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => x / y;
    public T Invoke(T x, T y) => x / y;
}

/// <summary>The larger of x and y; NaN when either is NaN, as torch.maximum.</summary>
internal readonly struct MaximumOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Vector512.Max(x, y);
    public T Invoke(T x, T y) => T.Max(x, y);
}

/// <summary>The smaller of x and y; NaN when either is NaN, as torch.minimum.</summary>
internal readonly struct MinimumOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Vector512.Min(x, y);
    public T Invoke(T x, T y) => T.Min(x, y);
}

/// <summary>x + w (y - x), from the nearer of the two: at w = 1 it is y to the last bit.</summary>
internal readonly struct LerpOp<T> : ITernaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 2;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y, Vector512<T> w) =>
        Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(w), Vector512.Create(T.CreateTruncating(0.5))),
            x + w * (y - x), y - (y - x) * (Vector512<T>.One - w));
    public T Invoke(T x, T y, T w) => T.Abs(w) < T.CreateTruncating(0.5) ? x + w * (y - x) : y - (y - x) * (T.One - w);
}

/// <summary>The operator with its third operand fixed: (x, y) -> f(x, y, last).</summary>
internal readonly struct BindLast<T, TOp>(TOp op, T last) : IBinaryOp<T> where T : unmanaged where TOp : unmanaged, ITernaryOp<T>
{
    public static int Cost => TOp.Cost;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => op.Invoke(x, y, Vector512.Create(last));
    public T Invoke(T x, T y) => op.Invoke(x, y, last);
}

/// <summary>The operator with its second operand fixed: x -> f(x, right).</summary>
internal readonly struct BindRight<T, TOp>(TOp op, T right) : IUnaryOp<T> where T : unmanaged where TOp : unmanaged, IBinaryOp<T>
{
    public static int Cost => TOp.Cost;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => op.Invoke(x, Vector512.Create(right));
    public T Invoke(T x) => op.Invoke(x, right);
}

/// <summary>The operator with its first operand fixed: y -> f(left, y).</summary>
internal readonly struct BindLeft<T, TOp>(TOp op, T left) : IUnaryOp<T> where T : unmanaged where TOp : unmanaged, IBinaryOp<T>
{
    public static int Cost => TOp.Cost;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> y) => op.Invoke(Vector512.Create(left), y);
    public T Invoke(T y) => op.Invoke(left, y);
}
