using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>e^x. Float within 1.1 ulp.</summary>
internal readonly struct ExpOp<T> : IUnaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => VectorMath.Exp(x);
    public T Invoke(T x) => ScalarMath.Exp(x);
}

/// <summary>e^x - 1. Float within 1.6 ulp.</summary>
internal readonly struct Expm1Op<T> : IUnaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => VectorMath.Expm1(x);
    public T Invoke(T x) => ScalarMath.Expm1(x);
}

/// <summary>The natural logarithm. Float within 0.9 ulp.</summary>
internal readonly struct LogOp<T> : IUnaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => VectorMath.Log(x);
    public T Invoke(T x) => ScalarMath.Log(x);
}

/// <summary>ln(1 + x). Float within 1.4 ulp.</summary>
internal readonly struct Log1pOp<T> : IUnaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => VectorMath.Log1p(x);
    public T Invoke(T x) => ScalarMath.Log1p(x);
}

/// <summary>The hyperbolic tangent. Float within 2.5 ulp.</summary>
internal readonly struct TanhOp<T> : IUnaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => VectorMath.Tanh(x);
    public T Invoke(T x) => ScalarMath.Tanh(x);
}

/// <summary>1 / (1 + e^-x). Float within 2.3 ulp.</summary>
internal readonly struct SigmoidOp<T> : IUnaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => VectorMath.Sigmoid(x);
    public T Invoke(T x) => ScalarMath.Sigmoid(x);
}

/// <summary>ln(1 + e^(beta x)) / beta, or x where beta x > threshold (torch: beta 1, threshold 20). Float within 1.7 ulp at beta 1.</summary>
internal readonly struct SoftplusOp<T>(T beta, T threshold) : IUnaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly T width = T.One / beta;
    public static int Cost => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x)
    {
        var scaled = x * Vector512.Create(beta);
        var linear = Vector512.GreaterThan(scaled, Vector512.Create(threshold));
        return Vector512.ConditionalSelect(linear, x, VectorMath.Softplus(scaled) * Vector512.Create(width));
    }

    public T Invoke(T x) => x * beta > threshold ? x : ScalarMath.Softplus(x * beta) * width;
}

/// <summary>ln sigmoid(x). Float within 1.7 ulp.</summary>
internal readonly struct LogSigmoidOp<T> : IUnaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => VectorMath.LogSigmoid(x);
    public T Invoke(T x) => ScalarMath.LogSigmoid(x);
}

/// <summary>x^y, one element at a time through double: for whole and half powers there are <see cref="SquareOp{T}"/>, <see cref="CubeOp{T}"/>, <see cref="SqrtOp{T}"/>, <see cref="ReciprocalOp{T}"/>, <see cref="RsqrtOp{T}"/>.</summary>
internal readonly struct PowOp<T> : IBinaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 64;

    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> y)
    {
        for (int i = 0; i < Vector512<T>.Count; i++) x = x.WithElement(i, ScalarMath.Pow(x[i], y[i]));
        return x;
    }

    public T Invoke(T x, T y) => ScalarMath.Pow(x, y);
}

/// <summary>x^p by way of double: the exponent is not rounded to x's type, which a large or small x would show.</summary>
internal readonly struct PowerOp(double p) : IUnaryOp<float>
{
    public static int Cost => 64;

    public Vector512<float> Invoke(Vector512<float> x)
    {
        for (int i = 0; i < Vector512<float>.Count; i++) x = x.WithElement(i, Invoke(x[i]));
        return x;
    }

    public float Invoke(float x) => (float)Math.Pow(x, p);
}
