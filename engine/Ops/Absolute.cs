using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>Absolute values and signs at each signed element type; an unsigned one is its own absolute value.</summary>
internal static class Absolute
{
    internal static Tensor Of(Tensor x) => x.dtype switch
    {
        ScalarType.Float32 => Pointwise.Unary<float, AbsOp<float>>("abs", x, default),
        ScalarType.Float64 => Pointwise.Unary<double, AbsOp<double>>("abs", x, default),
        ScalarType.Int64 => Pointwise.Unary<long, AbsOp<long>>("abs", x, default),
        ScalarType.Int32 => Pointwise.Unary<int, AbsOp<int>>("abs", x, default),
        ScalarType.Byte => Copying.Dense(x),
        _ => throw Arithmetic.NotBool("abs"),
    };

    internal static Tensor Sign(Tensor x) => x.dtype switch
    {
        ScalarType.Float32 => Pointwise.Unary<float, SignOp<float>>("sign", x, default),
        ScalarType.Float64 => Pointwise.Unary<double, SignOp<double>>("sign", x, default),
        ScalarType.Int64 => Pointwise.Unary<long, SignOp<long>>("sign", x, default),
        ScalarType.Int32 => Pointwise.Unary<int, SignOp<int>>("sign", x, default),
        _ => Pointwise.Unary<byte, SignOp<byte>>("sign", x, default),
    };
}
