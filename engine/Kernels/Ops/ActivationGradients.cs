using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>g (1 - y^2) for y = tanh x.</summary>
internal readonly struct TanhGradOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> y) => g * (Vector512<T>.One - y * y);
    public T Invoke(T g, T y) => g * (T.One - y * y);
}

/// <summary>g (1 - y) y for y = sigmoid x.</summary>
internal readonly struct SigmoidGradOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> y) => g * (Vector512<T>.One - y) * y;
    public T Invoke(T g, T y) => g * (T.One - y) * y;
}

/// <summary>g sigmoid(beta x), or g where beta x > threshold.</summary>
internal readonly struct SoftplusGradOp<T>(T beta, T threshold) : IBinaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x * Vector512.Create(beta), Vector512.Create(threshold)), g, g * VectorMath.Sigmoid(x * Vector512.Create(beta)));
    public T Invoke(T g, T x) => x * beta > threshold ? g : g * ScalarMath.Sigmoid(x * beta);
}

/// <summary>g sigmoid(-x).</summary>
internal readonly struct LogSigmoidGradOp<T> : IBinaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Cost => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x) => g * VectorMath.Sigmoid(-x);
    public T Invoke(T g, T x) => g * ScalarMath.Sigmoid(-x);
}
