using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>The arithmetic operators at each element type.</summary>
internal static class Arithmetic
{
    internal static Tensor Add(Tensor x, Tensor y) => x.dtype switch
    {
        ScalarType.Float32 => Pointwise.Binary<float, AddOp<float>>("add", x, y, default),
        ScalarType.Float64 => Pointwise.Binary<double, AddOp<double>>("add", x, y, default),
        ScalarType.Int64 => Pointwise.Binary<long, AddOp<long>>("add", x, y, default),
        ScalarType.Int32 => Pointwise.Binary<int, AddOp<int>>("add", x, y, default),
        ScalarType.Byte => Pointwise.Binary<byte, AddOp<byte>>("add", x, y, default),
        _ => Pointwise.Binary<byte, MaximumOp<byte>>("add", x, y, default),
    };

    internal static Tensor Subtract(Tensor x, Tensor y) => x.dtype switch
    {
        ScalarType.Float32 => Pointwise.Binary<float, SubtractOp<float>>("sub", x, y, default),
        ScalarType.Float64 => Pointwise.Binary<double, SubtractOp<double>>("sub", x, y, default),
        ScalarType.Int64 => Pointwise.Binary<long, SubtractOp<long>>("sub", x, y, default),
        ScalarType.Int32 => Pointwise.Binary<int, SubtractOp<int>>("sub", x, y, default),
        ScalarType.Byte => Pointwise.Binary<byte, SubtractOp<byte>>("sub", x, y, default),
        _ => throw NotBool("sub"),
    };

    internal static Tensor Multiply(Tensor x, Tensor y) => x.dtype switch
    {
        ScalarType.Float32 => Pointwise.Binary<float, MultiplyOp<float>>("mul", x, y, default),
        ScalarType.Float64 => Pointwise.Binary<double, MultiplyOp<double>>("mul", x, y, default),
        ScalarType.Int64 => Pointwise.Binary<long, MultiplyOp<long>>("mul", x, y, default),
        ScalarType.Int32 => Pointwise.Binary<int, MultiplyOp<int>>("mul", x, y, default),
        _ => Pointwise.Binary<byte, MultiplyOp<byte>>("mul", x, y, default),
    };

    internal static Tensor Divide(Tensor x, Tensor y) =>
        Pointwise.Binary("div", x, y, new DivideOp<float>(), new DivideOp<double>());

    internal static Tensor AddNumber(Tensor x, Scalar y) => x.dtype switch
    {
        ScalarType.Float32 => Right("add", x, new AddOp<float>(), (float)y.Real),
        ScalarType.Float64 => Right("add", x, new AddOp<double>(), y.Real),
        ScalarType.Int64 => Right("add", x, new AddOp<long>(), y.Integer),
        ScalarType.Int32 => Right("add", x, new AddOp<int>(), (int)y.Integer),
        ScalarType.Byte => Right("add", x, new AddOp<byte>(), (byte)y.Integer),
        _ => Right("add", x, new MaximumOp<byte>(), (byte)y.Integer),
    };

    internal static Tensor MultiplyNumber(Tensor x, Scalar y) => x.dtype switch
    {
        ScalarType.Float32 => Right("mul", x, new MultiplyOp<float>(), (float)y.Real),
        ScalarType.Float64 => Right("mul", x, new MultiplyOp<double>(), y.Real),
        ScalarType.Int64 => Right("mul", x, new MultiplyOp<long>(), y.Integer),
        ScalarType.Int32 => Right("mul", x, new MultiplyOp<int>(), (int)y.Integer),
        _ => Right("mul", x, new MultiplyOp<byte>(), (byte)y.Integer),
    };

    internal static Tensor DivideNumber(Tensor x, Scalar y) => x.dtype == ScalarType.Float32
        ? Right("div", x, new DivideOp<float>(), (float)y.Real)
        : Right("div", x, new DivideOp<double>(), y.Real);

    internal static Tensor Negate(Tensor x) => x.dtype switch
    {
        ScalarType.Float32 => Pointwise.Unary<float, NegateOp<float>>("neg", x, default),
        ScalarType.Float64 => Pointwise.Unary<double, NegateOp<double>>("neg", x, default),
        ScalarType.Int64 => Pointwise.Unary<long, NegateOp<long>>("neg", x, default),
        ScalarType.Int32 => Pointwise.Unary<int, NegateOp<int>>("neg", x, default),
        ScalarType.Byte => Pointwise.Unary<byte, NegateOp<byte>>("neg", x, default),
        _ => throw NotBool("neg"),
    };

    /// <summary>x^p for one p. Few powers are common, and those need neither a logarithm nor a positive base.</summary>
    internal static Tensor Power(Tensor x, double p) => p switch
    {
        0 => ones_like(x).DetachFromDisposeScope(),
        1 => Copying.Dense(x),
        2 => Pointwise.Unary("pow", x, new SquareOp<float>(), new SquareOp<double>()),
        3 => Pointwise.Unary("pow", x, new CubeOp<float>(), new CubeOp<double>()),
        0.5 => Pointwise.Unary("pow", x, new SqrtOp<float>(), new SqrtOp<double>()),
        -0.5 => Pointwise.Unary("pow", x, new RsqrtOp<float>(), new RsqrtOp<double>()),
        -1 => Pointwise.Unary("pow", x, new ReciprocalOp<float>(), new ReciprocalOp<double>()),
        _ => Pointwise.Unary("pow", x, new PowerOp(p), new BindRight<double, PowOp<double>>(default, p)),
    };

    internal static Tensor Power(Tensor x, Tensor y) =>
        Pointwise.Binary("pow", x, y, new PowOp<float>(), new PowOp<double>());

    private static Tensor Right<T, TOp>(string name, Tensor x, TOp op, T number)
        where T : unmanaged, INumber<T>
        where TOp : unmanaged, IBinaryOp<T> => Pointwise.Unary<T, BindRight<T, TOp>>(name, x, new BindRight<T, TOp>(op, number));

    internal static Exception NotBool(string op) => new ExternalException($"{op}: has no meaning for bool; convert with to_type");
}
