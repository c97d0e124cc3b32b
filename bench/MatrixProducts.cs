using TorchSharp;

namespace Workbench.Bench;

/// <summary>Products of float32 matrices beside numpy's on OpenBLAS.</summary>
internal static class MatrixProducts
{
    /// <summary>M x K x N, and which operands are transposes of row-major matrices: a forward pass with a prepared weight,
    /// one with PyTorch's x W^T, the gradients of a weight and of an input, a batch of one, and large products.</summary>
    internal static IEnumerable<Workload> Workloads =>
    [
        Product(100, 784, 200, "NN"), Product(100, 784, 200, "NT"), Product(100, 200, 784, "NN"), Product(100, 200, 784, "NT"),
        Product(784, 100, 200, "TN"), Product(200, 100, 784, "TN"), Product(100, 200, 32, "NT"), Product(20, 784, 200, "NT"),
        Product(1, 784, 200, "NT"), Product(1024, 1024, 1024, "NN"), Product(2048, 2048, 2048, "NN"),
    ];

    private static Workload Product(int m, int k, int n, string layout) =>
        new($"gemm:{m}x{k}x{n}:{layout}", $"product {m} x {k} x {n} {layout}", () => Steps(m, k, n, layout))
        {
            Peer = Contender.OpenBlas,
            Flops = 2.0 * m * k * n,
        };

    private static Steps Steps(int m, int k, int n, string layout)
    {
        var (a, b) = (Matrix(m, k, layout[0] == 'T'), Matrix(k, n, layout[1] == 'T'));
        return Stepping.Of(() => a.mm(b).Dispose());
    }

    private static torch.Tensor Matrix(int rows, int columns, bool transposed) =>
        transposed ? Centred(columns, rows).t() : Centred(rows, columns);

    private static torch.Tensor Centred(long rows, long columns) => torch.rand(new[] { rows, columns }) - 0.5;
}
