using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Workbench.Engine;

/// <summary>The double kernels, made as the float ones are. (The base library's vector Exp has other bits for other neighbours and vector widths.)</summary>
internal static partial class VectorMath
{
    const double DoubleLn2High = 0.6931471803691238, DoubleLn2Low = 1.9082149292705877e-10;
    /// <summary>1.5 * 2^52.</summary>
    const double DoubleShift = 6755399441055744.0;
    const long DoubleSqrtHalfBits = 0x3FE6A09E667F3BCD, DoubleOneBits = 0x3FF0000000000000;

    /// <summary>e^x within 2.3e-16 of itself, and results below the normal range to their last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Exp(Vector512<double> x)
    {
        x = Vector512.MinNative(Vector512.Create(710.0), Vector512.MaxNative(Vector512.Create(-746.0), x));
        var p = ReducedExpm1(x, out var n);
        return ScaleByPowerOfTwo(Vector512<double>.One + p, n);
    }

    /// <summary>e^x - 1 within 4.5e-16 of itself, for small x too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Expm1(Vector512<double> x)
    {
        var bounded = Vector512.MinNative(Vector512.Create(710.0), Vector512.MaxNative(Vector512.Create(-38.0), x));
        var p = ReducedExpm1(bounded, out var n);
        var y = ScaleByPowerOfTwo(p + (Vector512<double>.One - ScaleByPowerOfTwo(Vector512<double>.One, -n)), n);
        return Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<double>.Zero), x, y);
    }

    /// <summary>e^r - 1, where x = n ln 2 + r, n is whole, and |r| is at most ln 2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ReducedExpm1(Vector512<double> x, out Vector512<double> n)
    {
        var shift = Vector512.Create(DoubleShift);
        n = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.4426950408889634), shift) - shift;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-DoubleLn2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-DoubleLn2Low), r);
        var q = Vector512.FusedMultiplyAdd(r, Vector512.Create(2.0924516162419993e-09), Vector512.Create(2.5109068381925828e-08));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(2.75572425056272e-07));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(2.7557244129886304e-06));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(2.4801587360878507e-05));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.00019841269886192707));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.001388888888886666));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.00833333333332161));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.0416666666666667));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.16666666666666677));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.5));
        return Vector512.FusedMultiplyAdd(q, r * r, r);
    }

    /// <summary>v * 2^n for v within a few binades of 1 and n from -2000 to 2000, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ScaleByPowerOfTwo(Vector512<double> v, Vector512<double> n)
    {
        if (Avx512F.IsSupported) return Avx512F.Scale(v, n);
        var whole = (n + Vector512.Create(DoubleShift)).AsInt64() - Vector512.Create(DoubleShift).AsInt64();
        var half = Vector512.ShiftRightArithmetic(whole, 1);
        return v * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> PowerOfTwo(Vector512<long> n) => Vector512.ShiftLeft(n + Vector512.Create(1023L), 52).AsDouble();

    /// <summary>The natural logarithm within 2.3e-16 of itself, denormals included; -infinity at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Log(Vector512<double> x)
    {
        var denormal = Vector512.LessThan(x, Vector512.Create(2.2250738585072014e-308));
        var scaled = Vector512.ConditionalSelect(denormal, x * Vector512.Create(18014398509481984.0), x);
        var exponent = Exponent(scaled);
        var f = (scaled.AsInt64() - Vector512.ShiftLeft(exponent, 52)).AsDouble() - Vector512<double>.One;
        var ordinary = Vector512.GreaterThan(x, Vector512<double>.Zero) & Vector512.LessThan(x, Vector512.Create(double.PositiveInfinity));
        return Vector512.ConditionalSelect(ordinary, LogOfParts(Whole(exponent) - (denormal & Vector512.Create(54.0)), f), LogOutside(x));
    }

    /// <summary>ln(1 + x) within 4.5e-16 of itself, for small x too; -infinity at -1, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Log1p(Vector512<double> x)
    {
        var ordinary = Vector512.GreaterThan(x, Vector512.Create(-1.0)) & Vector512.LessThan(x, Vector512.Create(double.PositiveInfinity))
            & ~Vector512.Equals(x, Vector512<double>.Zero);
        var special = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<double>.Zero), x, LogOutside(x + Vector512<double>.One));
        return Vector512.ConditionalSelect(ordinary, Log1pOrdinary(x), special);
    }

    /// <summary>ln(1 + x) for finite x > -1, or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Log1pOrdinary(Vector512<double> x)
    {
        var one = Vector512<double>.One;
        var u = one + x;
        var rest = u - one;
        var lost = one - (u - rest) + (x - rest);
        var exponent = Exponent(u);
        var shifted = Vector512.ShiftLeft(exponent, 52);
        var scale = Vector512.Max(Vector512.Create(DoubleOneBits) - shifted, Vector512<long>.Zero).AsDouble();
        var f = (u.AsInt64() - shifted).AsDouble() - one;
        return LogOfParts(Whole(exponent), Vector512.FusedMultiplyAdd(lost, scale, f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<long> Exponent(Vector512<double> x) => Vector512.ShiftRightArithmetic(x.AsInt64() - Vector512.Create(DoubleSqrtHalfBits), 52);

    /// <summary>Small whole numbers as doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Whole(Vector512<long> n) =>
        (n + Vector512.Create(DoubleShift).AsInt64()).AsDouble() - Vector512.Create(DoubleShift);

    /// <summary>n ln 2 + ln(1 + f) for 1 + f between sqrt(1/2) and sqrt(2): ln(1 + f) = 2 artanh(s) with s = f / (2 + f), which is f - (h - s (h + R(s^2))) with h = f^2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogOfParts(Vector512<double> n, Vector512<double> f)
    {
        var s = f / (Vector512.Create(2.0) + f);
        var z = s * s;
        var r = Vector512.FusedMultiplyAdd(z, Vector512.Create(0.14797429410261878), Vector512.Create(0.15313911660249568));
        r = Vector512.FusedMultiplyAdd(r, z, Vector512.Create(0.18183569382386433));
        r = Vector512.FusedMultiplyAdd(r, z, Vector512.Create(0.22222198483574468));
        r = Vector512.FusedMultiplyAdd(r, z, Vector512.Create(0.2857142874317925));
        r = Vector512.FusedMultiplyAdd(r, z, Vector512.Create(0.3999999999941153));
        r = Vector512.FusedMultiplyAdd(r, z, Vector512.Create(0.6666666666666735)) * z;
        var h = f * f * Vector512.Create(0.5);
        var small = Vector512.FusedMultiplyAdd(s, h + r, n * Vector512.Create(DoubleLn2Low));
        return Vector512.FusedMultiplyAdd(n, Vector512.Create(DoubleLn2High), f - (h - small));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogOutside(Vector512<double> x)
    {
        var y = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<double>.Zero), Vector512.Create(double.NaN), x);
        return Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<double>.Zero), Vector512.Create(double.NegativeInfinity), y);
    }
}
