using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

internal static partial class VectorMath
{
    /// <summary>sqrt(1/2) as bits: mantissas are taken between it and sqrt(2).</summary>
    const int SqrtHalfBits = 0x3F3504F3;

    /// <summary>The natural logarithm within 0.9 ulp, denormals included; -infinity at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x)
    {
        var denormal = Vector512.LessThan(x, Vector512.Create(1.17549435e-38f));
        var scaled = Vector512.ConditionalSelect(denormal, x * Vector512.Create(33554432f), x);
        var exponent = Exponent(scaled);
        var f = (scaled.AsInt32() - Vector512.ShiftLeft(exponent, 23)).AsSingle() - Vector512<float>.One;
        var n = Vector512.ConvertToSingle(exponent) - (denormal & Vector512.Create(25f));
        var ordinary = Vector512.GreaterThan(x, Vector512<float>.Zero) & Vector512.LessThan(x, Vector512.Create(float.PositiveInfinity));
        return Vector512.ConditionalSelect(ordinary, LogOfParts(n, f), LogOutside(x));
    }

    /// <summary>The natural logarithm of positive, normal, finite x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> LogNormal(Vector512<float> x)
    {
        var exponent = Exponent(x);
        var f = (x.AsInt32() - Vector512.ShiftLeft(exponent, 23)).AsSingle() - Vector512<float>.One;
        return LogOfParts(Vector512.ConvertToSingle(exponent), f);
    }

    /// <summary>ln(1 + x) within 1.4 ulp, for small x too; -infinity at -1, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log1p(Vector512<float> x)
    {
        var ordinary = Vector512.GreaterThan(x, Vector512.Create(-1f)) & Vector512.LessThan(x, Vector512.Create(float.PositiveInfinity))
            & ~Vector512.Equals(x, Vector512<float>.Zero);
        var special = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<float>.Zero), x, LogOutside(x + Vector512<float>.One));
        return Vector512.ConditionalSelect(ordinary, Log1pOrdinary(x), special);
    }

    /// <summary>ln(1 + x) for finite x > -1, or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Log1pOrdinary(Vector512<float> x)
    {
        var one = Vector512<float>.One;
        var u = one + x;
        // What the sum lost (Knuth's two-sum), to be put back at the scale of the mantissa.
        var rest = u - one;
        var lost = one - (u - rest) + (x - rest);
        var shifted = Vector512.ShiftLeft(Exponent(u), 23);
        // 2^-n, or zero where n is 128: so large an x has lost nothing that shows.
        var scale = Vector512.Max(Vector512.Create(0x3F800000) - shifted, Vector512<int>.Zero).AsSingle();
        var f = (u.AsInt32() - shifted).AsSingle() - one;
        return LogOfParts(Vector512.ConvertToSingle(Exponent(u)), Vector512.FusedMultiplyAdd(lost, scale, f));
    }

    /// <summary>The n for which x / 2^n lies between sqrt(1/2) and sqrt(2), x being positive and normal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Exponent(Vector512<float> x) => Vector512.ShiftRightArithmetic(x.AsInt32() - Vector512.Create(SqrtHalfBits), 23);

    /// <summary>n ln 2 + ln(1 + f) for 1 + f between sqrt(1/2) and sqrt(2): f - f^2 / 2 + f^3 P(f), small terms first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> LogOfParts(Vector512<float> n, Vector512<float> f)
    {
        var p = Vector512.FusedMultiplyAdd(f, Vector512.Create(-0.07860136777f), Vector512.Create(0.1288135499f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-0.1312841177f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.1418122351f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-0.1662459671f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.2000228465f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-0.2500080764f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.3333331645f));
        var square = f * f;
        var y = Vector512.FusedMultiplyAdd(n, Vector512.Create(Ln2Low), p * f * square);
        y = f + Vector512.FusedMultiplyAdd(square, Vector512.Create(-0.5f), y);
        return Vector512.FusedMultiplyAdd(n, Vector512.Create(Ln2High), y);
    }

    /// <summary>The logarithm where it is no number: -infinity at 0, NaN below, infinity and NaN as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> LogOutside(Vector512<float> x)
    {
        var y = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512.Create(float.NaN), x);
        return Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<float>.Zero), Vector512.Create(float.NegativeInfinity), y);
    }

    /// <summary>The natural logarithm, for float or double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Log<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? Log(x.AsSingle()).As<float, T>() : Log(x.AsDouble()).As<double, T>();

    /// <summary>ln(1 + x), for float or double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Log1p<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? Log1p(x.AsSingle()).As<float, T>() : Log1p(x.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Log1pOrdinary<T>(Vector512<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? Log1pOrdinary(x.AsSingle()).As<float, T>() : Log1p(x.AsDouble()).As<double, T>();
}
