using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>max(x, 0) - x t + log1p(e^-|x|): the cross-entropy in nats of target t under a Bernoulli of logit x (torch's binary_cross_entropy_with_logits, unreduced).</summary>
internal readonly struct CrossEntropyLogitsOp<T> : IBinaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x, Vector512<T> t) => VectorMath.Positive(x) - x * t + VectorMath.LogOnePlusExpNegative(x);
    public T Invoke(T x, T t) => (x < T.Zero ? T.Zero : x) - x * t + ScalarMath.Softplus(-T.Abs(x));
}

/// <summary>g (sigmoid(x) - t): what the logit receives.</summary>
internal readonly struct CrossEntropyLogitsGradOp<T> : ITernaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x, Vector512<T> t) => g * (VectorMath.Sigmoid(x) - t);
    public T Invoke(T g, T x, T t) => g * (ScalarMath.Sigmoid(x) - t);
}

/// <summary>-t ln p - (1 - t) ln(1 - p), each logarithm held at -100 or above (torch's binary_cross_entropy, unreduced).</summary>
internal readonly struct CrossEntropyOp<T> : IBinaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> p, Vector512<T> t)
    {
        var floor = Vector512.Create(T.CreateTruncating(-100));
        var no = Vector512.Max(VectorMath.Log1p(-p), floor);
        return (t - Vector512<T>.One) * no - t * Vector512.Max(VectorMath.Log(p), floor);
    }

    public T Invoke(T p, T t) => (t - T.One) * T.Max(ScalarMath.Log1p(-p), T.CreateTruncating(-100)) - t * T.Max(ScalarMath.Log(p), T.CreateTruncating(-100));
}

/// <summary>g (p - t) / max((1 - p) p, 1e-12), as a float32 in torch whatever the type: what the probability receives.</summary>
internal readonly struct CrossEntropyGradOp<T> : ITernaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 3;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> p, Vector512<T> t) =>
        g * (p - t) / Vector512.Max((Vector512<T>.One - p) * p, Vector512.Create(T.CreateTruncating(1e-12f)));
    public T Invoke(T g, T p, T t) => g * (p - t) / T.Max((T.One - p) * p, T.CreateTruncating(1e-12f));
}

/// <summary>The operator with its first operand fixed: (y, z) -> f(first, y, z). A loss's gradient under a summing or averaging reduction has one g for all elements.</summary>
internal readonly struct BindFirst<T, TOp>(TOp op, T first) : IBinaryOp<T> where T : unmanaged where TOp : unmanaged, ITernaryOp<T>
{
    public static int Cost => TOp.Cost;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> y, Vector512<T> z) => op.Invoke(Vector512.Create(first), y, z);
    public T Invoke(T y, T z) => op.Invoke(first, y, z);
}
