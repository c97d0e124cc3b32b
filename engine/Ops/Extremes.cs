using TorchSharp;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>Larger, smaller and chosen elements at each element type.</summary>
internal static unsafe class Extremes
{
    internal static Tensor Larger(Tensor x, Tensor y) => x.dtype switch
    {
        ScalarType.Float32 => Pointwise.Binary<float, MaximumOp<float>>("maximum", x, y, default),
        ScalarType.Float64 => Pointwise.Binary<double, MaximumOp<double>>("maximum", x, y, default),
        ScalarType.Int64 => Pointwise.Binary<long, MaximumOp<long>>("maximum", x, y, default),
        ScalarType.Int32 => Pointwise.Binary<int, MaximumOp<int>>("maximum", x, y, default),
        _ => Pointwise.Binary<byte, MaximumOp<byte>>("maximum", x, y, default),
    };

    internal static Tensor Smaller(Tensor x, Tensor y) => x.dtype switch
    {
        ScalarType.Float32 => Pointwise.Binary<float, MinimumOp<float>>("minimum", x, y, default),
        ScalarType.Float64 => Pointwise.Binary<double, MinimumOp<double>>("minimum", x, y, default),
        ScalarType.Int64 => Pointwise.Binary<long, MinimumOp<long>>("minimum", x, y, default),
        ScalarType.Int32 => Pointwise.Binary<int, MinimumOp<int>>("minimum", x, y, default),
        _ => Pointwise.Binary<byte, MinimumOp<byte>>("minimum", x, y, default),
    };

    internal static Tensor Where(Tensor condition, Tensor x, Tensor y)
    {
        using var timing = Profile.Time("where");
        var shape = Shapes.Broadcast("where", condition.sizes, Shapes.Broadcast("where", x.sizes, y.sizes));
        using var mask = Pointwise.Whole(condition, shape);
        using var a = Pointwise.Whole(x, shape);
        using var b = Pointwise.Whole(y, shape);
        var result = Tensor.Allocate(shape, x.dtype);
        var n = result.numel();
        switch (Types.Size(x.dtype))
        {
            case 1: Elementwise.Where(mask.Data<byte>(), a.Data<byte>(), b.Data<byte>(), result.Data<byte>(), n); break;
            case 4: Elementwise.Where(mask.Data<byte>(), a.Data<int>(), b.Data<int>(), result.Data<int>(), n); break;
            default: Elementwise.Where(mask.Data<byte>(), a.Data<long>(), b.Data<long>(), result.Data<long>(), n); break;
        }
        return result;
    }

    /// <summary>The number where the mask holds, else the element.</summary>
    internal static Tensor Fill(Tensor mask, Tensor x, Scalar number)
    {
        if (x.dtype == ScalarType.Byte && number.Real is < 0 or > byte.MaxValue)
            throw new ExternalException($"masked_fill: {number.Real} is no number of uint8");
        using var timing = Profile.Time("masked_fill");
        var shape = Shapes.Broadcast("masked_fill", x.sizes, mask.sizes);
        using var chosen = Pointwise.Whole(mask, shape);
        using var from = Pointwise.Whole(x, shape);
        using var value = Filled([], x.dtype, number);
        var result = Tensor.Allocate(shape, x.dtype);
        var n = result.numel();
        switch (Types.Size(x.dtype))
        {
            case 1: Elementwise.MaskedFill(chosen.Data<byte>(), *value.Data<byte>(), from.Data<byte>(), result.Data<byte>(), n); break;
            case 4: Elementwise.MaskedFill(chosen.Data<byte>(), *value.Data<int>(), from.Data<int>(), result.Data<int>(), n); break;
            default: Elementwise.MaskedFill(chosen.Data<byte>(), *value.Data<long>(), from.Data<long>(), result.Data<long>(), n); break;
        }
        return result;
    }
}
