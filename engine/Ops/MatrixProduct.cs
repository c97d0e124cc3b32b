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
        if (!Types.IsFloating(a.dtype)) throw Pointwise.NotFloating(op, a);
        var c = Tensor.Allocate([a.sizes[0], b.sizes[1]], a.dtype);
        using var row = bias == null ? null : Pointwise.Dense(bias);
        Run(op, a, b, c, false, row);
        return c;
    }

    /// <summary>sum += A B, in place; <paramref name="sum"/> is contiguous, of the product's shape and type.</summary>
    internal static void Add(string op, Tensor a, Tensor b, Tensor sum)
    {
        Run(op, a, b, sum, true, null);
        sum.Buffer.Version++;
    }

    private static void Run(string op, Tensor a, Tensor b, Tensor c, bool accumulate, Tensor? row)
    {
        var (m, k, n) = ((int)a.sizes[0], (int)a.sizes[1], (int)b.sizes[1]);
        using var timing = Profile.Time(op, 2.0 * m * n * k);
        var (x, y) = (a.strides, b.strides);
        if (a.dtype == ScalarType.Float32)
            Gemm.Run(m, n, k, a.Data<float>(), x[0], x[1], b.Data<float>(), y[0], y[1], c.Data<float>(), n, accumulate, row == null ? null : row.Data<float>());
        else
            Gemm.Run(m, n, k, a.Data<double>(), x[0], x[1], b.Data<double>(), y[0], y[1], c.Data<double>(), n, accumulate, row == null ? null : row.Data<double>());
        GC.KeepAlive(a);
        GC.KeepAlive(b);
    }
}
