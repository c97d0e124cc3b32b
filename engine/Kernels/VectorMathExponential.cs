using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Workbench.Engine;

/// <summary>
/// Transcendental functions of whole vectors. Float kernels are polynomials of our own (coefficients: Remez minimax fits, rounded to float) with a fixed order of fused
/// operations, so that a lane's bits depend on that lane's input alone, at every vector width.
/// Errors are in units in the last place of the result, the largest seen over every 97th float against double arithmetic.
/// </summary>
internal static partial class VectorMath
{
    const float Log2E = 1.44269504f;
    /// <summary>ln 2 in two parts: the first has few enough bits that an exponent times it is exact.</summary>
    const float Ln2High = 0.693145752f, Ln2Low = 1.42860677e-06f;
    /// <summary>1.5 * 2^23: adding it rounds to the nearest integer, which then stands in the low bits.</summary>
    const float RoundingShift = 12582912f;

    /// <summary>e^x within 1.1 ulp, results below the normal range included; infinity above 88.72, zero below -103.97.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        x = Vector512.MinNative(Vector512.Create(89f), Vector512.MaxNative(Vector512.Create(-105f), x));
        var p = ReducedExpm1(x, out var n);
        return ScaleByPowerOfTwo(Vector512<float>.One + p, n);
    }

    /// <summary>e^x for x &lt;= 0 or NaN: <see cref="Exp(Vector512{float})"/> without the upper bound.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ExpNegative(Vector512<float> x)
    {
        var p = ReducedExpm1(Vector512.MaxNative(Vector512.Create(-105f), x), out var n);
        return ScaleByPowerOfTwo(Vector512<float>.One + p, n);
    }

    /// <summary>e^x - 1 within 1.6 ulp, for small x too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Expm1(Vector512<float> x)
    {
        var bounded = Vector512.MinNative(Vector512.Create(89f), Vector512.MaxNative(Vector512.Create(-18f), x));
        var p = ReducedExpm1(bounded, out var n);
        // 2^n (p + (1 - 2^-n)): the largest n, 128, is out of reach of a plain 2^n.
        var y = ScaleByPowerOfTwo(p + (Vector512<float>.One - ScaleByPowerOfTwo(Vector512<float>.One, -n)), n);
        return Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<float>.Zero), x, y);
    }

    /// <summary>e^x - 1 for 0 &lt;= x &lt; 80, or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Expm1Positive(Vector512<float> x)
    {
        var p = ReducedExpm1(x, out var n);
        var power = (Vector512.ShiftLeft(Vector512.ConvertToInt32(n), 23) + Vector512.Create(0x3F800000)).AsSingle();
        return Vector512.FusedMultiplyAdd(p, power, power - Vector512<float>.One);
    }

    /// <summary>e^r - 1, where x = n ln 2 + r, n is whole, and |r| is at most ln 2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ReducedExpm1(Vector512<float> x, out Vector512<float> n)
    {
        var shift = Vector512.Create(RoundingShift);
        n = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), shift) - shift;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var q = Vector512.FusedMultiplyAdd(r, Vector512.Create(0.001394648687f), Vector512.Create(0.008366598748f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.04166628048f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.1666654348f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.5f));
        return Vector512.FusedMultiplyAdd(q, r * r, r);
    }

    /// <summary>v * 2^n for v within a few binades of 1 and n from -250 to 250, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ScaleByPowerOfTwo(Vector512<float> v, Vector512<float> n)
    {
        if (Avx512F.IsSupported) return Avx512F.Scale(v, n);
        // In two steps, as 2^n alone may be out of range; the first is exact.
        var whole = Vector512.ConvertToInt32(n);
        var half = Vector512.ShiftRightArithmetic(whole, 1);
        return v * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> PowerOfTwo(Vector512<int> n) => Vector512.ShiftLeft(n + Vector512.Create(127), 23).AsSingle();

    /// <summary>e^x, for float or double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Exp<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? Exp(x.AsSingle()).As<float, T>() : Exp(x.AsDouble()).As<double, T>();

    /// <summary>e^x - 1, for float or double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Expm1<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? Expm1(x.AsSingle()).As<float, T>() : Expm1(x.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> ExpNegative<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? ExpNegative(x.AsSingle()).As<float, T>() : Exp(x.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Expm1Positive<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? Expm1Positive(x.AsSingle()).As<float, T>() : Expm1(x.AsDouble()).As<double, T>();
}
