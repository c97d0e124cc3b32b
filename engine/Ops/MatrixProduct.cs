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
        if (!Types.IsFloating(a.dtype)) throw new NotSupportedException($"{op} of {a.dtype} is not supported here");
        var c = Tensor.Allocate([a.sizes[0], b.sizes[1]], a.dtype);
        using var row = bias == null ? null : Pointwise.Dense(bias);
        Run(op, a, b, c, row);
        return c;
    }

    /// <summary>sum = A B + ..., or sum += that, for the given A and B of one shape, type and strides; <paramref name="sum"/> is contiguous,
    /// of the products' shape and type.</summary>
    internal static void Sum(string op, ReadOnlySpan<(Tensor A, Tensor B)> pairs, Tensor sum, bool accumulate)
    {
        using var timing = Profile.Time(op, 2.0 * pairs.Length * sum.numel() * pairs[0].B.sizes[0]);
        if (sum.dtype == ScalarType.Float32) Sum<float>(pairs, sum, accumulate);
        else Sum<double>(pairs, sum, accumulate);
        sum.Buffer.Version++;
        foreach (var (a, b) in pairs)
        {
            GC.KeepAlive(a);
            GC.KeepAlive(b);
        }
    }

    private static void Sum<T>(ReadOnlySpan<(Tensor A, Tensor B)> pairs, Tensor sum, bool accumulate) where T : unmanaged
    {
        var a = stackalloc T*[pairs.Length];
        var b = stackalloc T*[pairs.Length];
        for (var i = 0; i < pairs.Length; i++)
        {
            a[i] = pairs[i].A.Data<T>();
            b[i] = pairs[i].B.Data<T>();
        }
        var (x, y) = pairs[0];
        var (m, k, n) = ((int)x.sizes[0], (int)x.sizes[1], (int)y.sizes[1]);
        GemmSum.Run(pairs.Length, m, n, k, a, x.strides[0], x.strides[1], b, y.strides[0], y.strides[1], sum.Data<T>(), n, accumulate);
    }

    private static void Run(string op, Tensor a, Tensor b, Tensor c, Tensor? row)
    {
        var (m, k, n) = ((int)a.sizes[0], (int)a.sizes[1], (int)b.sizes[1]);
        using var timing = Profile.Time(op, 2.0 * m * n * k);
        var (x, y) = (a.strides, b.strides);
        if (a.dtype == ScalarType.Float32)
            Gemm.Run(m, n, k, a.Data<float>(), x[0], x[1], b.Data<float>(), y[0], y[1], c.Data<float>(), n, false, row == null ? null : row.Data<float>());
        else
            Gemm.Run(m, n, k, a.Data<double>(), x[0], x[1], b.Data<double>(), y[0], y[1], c.Data<double>(), n, false, row == null ? null : row.Data<double>());
        GC.KeepAlive(a);
        GC.KeepAlive(b);
    }
}
