using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>g where x > 0, else 0: the gradient of relu, from its input or its output.</summary>
internal readonly struct ReluGradOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x) => Vector512.AndNot(g, Vector512.LessThanOrEqual(x, Vector512<T>.Zero));
    public T Invoke(T g, T x) => x <= T.Zero ? T.Zero : g;
}

/// <summary>g where x > 0, else slope * g.</summary>
internal readonly struct LeakyReluGradOp<T>(T slope) : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<T>.Zero), g, g * Vector512.Create(slope));
    public T Invoke(T g, T x) => x > T.Zero ? g : g * slope;
}

/// <summary>g where low &lt;= x &lt;= high, else 0.</summary>
internal readonly struct ClampGradOp<T>(T low, T high) : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x) =>
        g & Vector512.GreaterThanOrEqual(x, Vector512.Create(low)) & Vector512.LessThanOrEqual(x, Vector512.Create(high));
    public T Invoke(T g, T x) => x >= low && x <= high ? g : T.Zero;
}

/// <summary>g * sign(x).</summary>
internal readonly struct AbsGradOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x) => g * default(SignOp<T>).Invoke(x);
    public T Invoke(T g, T x) => g * default(SignOp<T>).Invoke(x);
}

/// <summary>g * 2x.</summary>
internal readonly struct SquareGradOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x) => (g + g) * x;
    public T Invoke(T g, T x) => (g + g) * x;
}

/// <summary>g / 2y for y = sqrt(x).</summary>
internal readonly struct SqrtGradOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    public static int Cost => 3;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> y) => g / (y + y);
    public T Invoke(T g, T y) => g / (y + y);
}

/// <summary>-g y^3 / 2 for y = 1 / sqrt(x).</summary>
internal readonly struct RsqrtGradOp<T> : IBinaryOp<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> y) => g * Vector512.Create(T.CreateTruncating(-0.5)) * (y * y * y);
    public T Invoke(T g, T y) => g * T.CreateTruncating(-0.5) * (y * y * y);
}

/// <summary>-g y^2 for y = 1 / x.</summary>
internal readonly struct ReciprocalGradOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> y) => -g * (y * y);
    public T Invoke(T g, T y) => -g * (y * y);
}

/// <summary>g (y + 1) for y = e^x - 1.</summary>
internal readonly struct Expm1GradOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> y) => g * (y + Vector512<T>.One);
    public T Invoke(T g, T y) => g * (y + T.One);
}

/// <summary>g / (1 + x).</summary>
internal readonly struct Log1pGradOp<T> : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    public static int Cost => 3;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x) => g / (Vector512<T>.One + x);
    public T Invoke(T g, T x) => g / (T.One + x);
}

/// <summary>-g (x / y) / y: what y receives from x / y.</summary>
internal readonly struct DivideRightGradOp<T> : ITernaryOp<T> where T : unmanaged, INumber<T>
{
    public static int Cost => 5;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x, Vector512<T> y) => -g * (x / y / y);
    public T Invoke(T g, T x, T y) => -g * (x / y / y);
}

/// <summary>What x receives from max(x, y): g unless x &lt; y, half of it at a tie.</summary>
internal readonly struct MaximumGradOp<T> : ITernaryOp<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x, Vector512<T> y) =>
        Vector512.ConditionalSelect(Vector512.Equals(x, y), g * Vector512.Create(T.CreateTruncating(0.5)), g & ~Vector512.LessThan(x, y));
    public T Invoke(T g, T x, T y) => x == y ? g * T.CreateTruncating(0.5) : x < y ? T.Zero : g;
}

/// <summary>What x receives from min(x, y): g unless x > y, half of it at a tie.</summary>
internal readonly struct MinimumGradOp<T> : ITernaryOp<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> x, Vector512<T> y) =>
        Vector512.ConditionalSelect(Vector512.Equals(x, y), g * Vector512.Create(T.CreateTruncating(0.5)), g & ~Vector512.GreaterThan(x, y));
    public T Invoke(T g, T x, T y) => x == y ? g * T.CreateTruncating(0.5) : x > y ? T.Zero : g;
}
