using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>Absolute values and signs at each signed element type; an unsigned one is its own absolute value.</summary>
internal static class Absolute
{
    internal static Tensor Of(Tensor x) => x.dtype switch
    {
        ScalarType.Float32 => Pointwise.Unary<float, AbsOp<float>>(x, default),
        ScalarType.Float64 => Pointwise.Unary<double, AbsOp<double>>(x, default),
        ScalarType.Int64 => Pointwise.Unary<long, AbsOp<long>>(x, default),
        ScalarType.Int32 => Pointwise.Unary<int, AbsOp<int>>(x, default),
        _ => Copying.Dense(x),
    };

    internal static Tensor Sign(Tensor x) => x.dtype switch
    {
        ScalarType.Float32 => Pointwise.Unary<float, SignOp<float>>(x, default),
        ScalarType.Float64 => Pointwise.Unary<double, SignOp<double>>(x, default),
        ScalarType.Int64 => Pointwise.Unary<long, SignOp<long>>(x, default),
        ScalarType.Int32 => Pointwise.Unary<int, SignOp<int>>(x, default),
        _ => Pointwise.Unary<byte, SignOp<byte>>(x, default),
    };
}
