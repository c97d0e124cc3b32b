using System.Numerics;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>Rounded quotients at each element type; results in no scope.</summary>
internal static class Quotients
{
    internal static Tensor Of(Tensor x, Tensor y, bool down) => x.dtype switch
    {
        ScalarType.Int64 => Whole<long>(x, y, down),
        ScalarType.Int32 => Whole<int>(x, y, down),
        ScalarType.Byte => Whole<byte>(x, y, down),
        ScalarType.Bool => throw Arithmetic.NotBool("div"),
        _ when down => Pointwise.Binary("div", x, y, new FlooredQuotientOp<float>(), new FlooredQuotientOp<double>()),
        _ => Pointwise.Binary("div", x, y, new TruncatedQuotientOp<float>(), new TruncatedQuotientOp<double>()),
    };

    private static Tensor Whole<T>(Tensor x, Tensor y, bool down) where T : unmanaged, IBinaryInteger<T>
    {
        using var zero = Compare.Run<Compare.Equal>("div", y, 0);
        using var count = Reducing.Sum(zero.As(ScalarType.Int64), Reducing.Dimensions("div", zero, []));
        if (count.item<long>() > 0 && x.numel() > 0) throw new ExternalException("div: a whole number over 0");
        return Pointwise.Binary<T, WholeDivideOp<T>>("div", x, y, new WholeDivideOp<T>(down));
    }
}

/// <summary>Powers of whole numbers at each element type; results in no scope.</summary>
internal static class WholePowers
{
    internal static Tensor Of(Tensor x, Tensor y) => x.dtype switch
    {
        ScalarType.Int64 => Pointwise.Binary<long, WholePowerOp<long>>("pow", x, y, default),
        ScalarType.Int32 => Pointwise.Binary<int, WholePowerOp<int>>("pow", x, y, default),
        ScalarType.Byte => Pointwise.Binary<byte, WholePowerOp<byte>>("pow", x, y, default),
        _ => throw Arithmetic.NotBool("pow"),
    };

    /// <summary>One power of all: a number of the elements' type, and not negative.</summary>
    internal static Tensor Of(Tensor x, long power)
    {
        if (x.dtype == ScalarType.Bool) return power != 0 ? Copying.Dense(x) : Filled(x.sizes, x.dtype, true);
        var largest = x.dtype switch { ScalarType.Byte => byte.MaxValue, ScalarType.Int32 => int.MaxValue, _ => long.MaxValue };
        if (power < 0 || power > largest) throw new ExternalException($"pow: no power {power} of {x.dtype}");
        using var exponent = Filled([], x.dtype, power);
        return Of(x, exponent);
    }
}
