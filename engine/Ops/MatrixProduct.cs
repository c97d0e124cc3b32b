using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>From tensors to the matrix kernel: any strides, float32 or float64.</summary>
internal static unsafe class MatrixProduct
{
    /// <summary>A B (+ a bias to each row) for an m x k and a k x n matrix; in no scope.</summary>
    internal static Tensor Of(string op, Tensor a, Tensor b, Tensor? bias = null)
    {
        Pointwise.SameType(op, a, b);
        if (bias != null) Pointwise.SameType(op, a, bias);
        var (m, k, n) = (a.sizes[0], a.sizes[1], b.sizes[1]);
        var c = Tensor.Allocate([m, n], a.dtype);
        using var row = bias == null ? null : Pointwise.Dense(bias);
        var (x, y) = (a.strides, b.strides);
        if (a.dtype == ScalarType.Float32)
            Gemm.Run((int)m, (int)n, (int)k, a.Data<float>(), x[0], x[1], b.Data<float>(), y[0], y[1], c.Data<float>(), n, false, row == null ? null : row.Data<float>());
        else if (a.dtype == ScalarType.Float64)
            Gemm.Run((int)m, (int)n, (int)k, a.Data<double>(), x[0], x[1], b.Data<double>(), y[0], y[1], c.Data<double>(), n, false, row == null ? null : row.Data<double>());
        else throw Pointwise.NotFloating(op, a);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        return c;
    }
}
