using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

internal static partial class VectorMath
{
    /// <summary>tanh x = m / (m + 2) with m = e^2|x| - 1, and the sign of x. Float within 2.5 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Tanh<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sign = x & Vector512.Create(-T.Zero);
        // Beyond 20 every result is 1, in float and in double.
        var twice = Vector512.MinNative(Vector512.Create(T.CreateTruncating(40)), Vector512.Abs(x) + Vector512.Abs(x));
        var m = Expm1Positive(twice);
        return (m / (m + Vector512.Create(T.CreateTruncating(2)))) | sign;
    }

    /// <summary>1 / (1 + e^-x), from e = e^-|x|: 1 / (1 + e) on the right, e / (1 + e) on the left, so that neither side overflows or cancels. Float within 2.3 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sigmoid<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var e = ExpNegative(x | Vector512.Create(-T.Zero));
        var numerator = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<T>.Zero), Vector512<T>.One, e);
        return numerator / (Vector512<T>.One + e);
    }

    /// <summary>ln(1 + e^x) = max(x, 0) + log1p(e^-|x|). Float within 1.7 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Softplus<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Positive(x) + LogOnePlusExpNegative(x);

    /// <summary>ln sigmoid(x) = min(x, 0) - log1p(e^-|x|). Float within 1.7 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LogSigmoid<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Vector512.AndNot(x, Vector512.GreaterThan(x, Vector512<T>.Zero)) - LogOnePlusExpNegative(x);

    /// <summary>log1p(e^-|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> LogOnePlusExpNegative<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Log1pOrdinary(ExpNegative(x | Vector512.Create(-T.Zero)));

    /// <summary>max(x, 0), NaN staying NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Positive<T>(Vector512<T> x) where T : unmanaged, INumber<T> =>
        Vector512.AndNot(x, Vector512.LessThan(x, Vector512<T>.Zero));
}
