using System.Numerics;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>x^y of whole numbers: wraps as products do; a negative power is 0 but of 1 and -1.</summary>
internal readonly struct WholePowerOp<T> : IBinaryOp<T> where T : unmanaged, IBinaryInteger<T>
{
    public static int Cost => 64;

    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Each.Element(this, x, y);

    public T Invoke(T x, T y)
    {
        if (T.IsNegative(y)) return x == T.One || (x == -T.One && T.IsEvenInteger(y)) ? T.One : x == -T.One ? x : T.Zero;
        var result = T.One;
        for (var factor = x; y != T.Zero; y >>= 1, factor *= factor)
            if (T.IsOddInteger(y)) result *= factor;
        return result;
    }
}

/// <summary>x / y of whole numbers, rounded towards 0, or down.</summary>
internal readonly struct WholeDivideOp<T>(bool down) : IBinaryOp<T> where T : unmanaged, IBinaryInteger<T>
{
    public static int Cost => 16;

    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Each.Element(this, x, y);

    public T Invoke(T x, T y)
    {
        // The smallest number over -1 is no number of its type; the processor would trap.
        var quotient = y == -T.One && T.IsNegative(y) ? -x : x / y;
        return down && T.IsNegative(x) != T.IsNegative(y) && quotient * y != x ? quotient - T.One : quotient;
    }
}

/// <summary>x / y rounded towards 0.</summary>
internal readonly struct TruncatedQuotientOp<T> : IBinaryOp<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Cost => 16;

    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Each.Element(this, x, y);

    public T Invoke(T x, T y) => T.Truncate(x / y);
}

/// <summary>x / y rounded down, by the remainder: the quotient itself may have been rounded up to a whole number.</summary>
internal readonly struct FlooredQuotientOp<T> : IBinaryOp<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Cost => 64;

    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y) => Each.Element(this, x, y);

    public T Invoke(T x, T y)
    {
        if (y == T.Zero) return x / y;
        var rest = x % y;
        var quotient = (x - rest) / y;
        if (rest != T.Zero && y < T.Zero != rest < T.Zero) quotient -= T.One;
        if (quotient == T.Zero) return T.CopySign(T.Zero, x / y);
        var floor = T.Floor(quotient);
        return quotient - floor > T.CreateTruncating(0.5) ? floor + T.One : floor;
    }
}

/// <summary>A vector's form of what has only a scalar one.</summary>
internal static class Each
{
    internal static Vector512<T> Element<T, TOp>(TOp op, Vector512<T> x, Vector512<T> y)
        where T : unmanaged
        where TOp : unmanaged, IBinaryOp<T>
    {
        for (var i = 0; i < Vector512<T>.Count; i++) x = x.WithElement(i, op.Invoke(x[i], y[i]));
        return x;
    }
}
