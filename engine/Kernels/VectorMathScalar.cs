using System.Numerics;

namespace Workbench.Engine;

/// <summary>The specification of <see cref="VectorMath"/>: one number at a time, through double, as plainly as it can be said.</summary>
internal static class ScalarMath
{
    public static T Exp<T>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Narrow<T>(Math.Exp(Widen(x)));

    public static T Expm1<T>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Narrow<T>(Expm1(Widen(x)));

    public static T Log<T>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Narrow<T>(Math.Log(Widen(x)));

    public static T Log1p<T>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Narrow<T>(Log1p(Widen(x)));

    public static T Tanh<T>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Narrow<T>(Math.Tanh(Widen(x)));

    public static T Sigmoid<T>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Narrow<T>(1 / (1 + Math.Exp(-Widen(x))));

    public static T Softplus<T>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Narrow<T>(Softplus(Widen(x)));

    public static T LogSigmoid<T>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Narrow<T>(-Softplus(-Widen(x)));

    /// <summary>x^y.</summary>
    public static T Pow<T>(T x, T y) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Narrow<T>(Math.Pow(Widen(x), Widen(y)));

    static double Softplus(double x) => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x)));

    /// <summary>Kahan's (u - 1) x / ln u with u = e^x as rounded: the base library's own subtracts, and has nothing left at small x.</summary>
    static double Expm1(double x)
    {
        double u = Math.Exp(x);
        return u == 1 ? x : Math.Abs(x) < 40 ? (u - 1) * x / Math.Log(u) : u - 1;
    }

    /// <summary>x ln(u) / (u - 1) with u = 1 + x as rounded, for the same reason.</summary>
    static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : Math.Abs(x) < 1 ? Math.Log(u) * x / (u - 1) : Math.Log(u);
    }

    static double Widen<T>(T x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => double.CreateTruncating(x);

    static T Narrow<T>(double x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.CreateTruncating(x);
}
