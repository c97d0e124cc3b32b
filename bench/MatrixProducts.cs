using Workbench.Engine;

namespace Workbench.Bench;

/// <summary>Products of float32 matrices beside numpy's on OpenBLAS.</summary>
internal static unsafe class MatrixProducts
{
    /// <summary>Elements of a cache line, at which operands start.</summary>
    private const int Line = 16;

    /// <summary>M x K x N, and which operands are transposes of row-major matrices: a forward pass with a prepared weight,
    /// one with PyTorch's x W^T, the gradients of a weight and of an input, a batch of one, and a large product.</summary>
    internal static IEnumerable<Workload> Workloads =>
    [
        Product(100, 784, 200, "NN"), Product(100, 784, 200, "NT"), Product(100, 200, 784, "NN"), Product(100, 200, 784, "NT"),
        Product(784, 100, 200, "TN"), Product(200, 100, 784, "TN"), Product(100, 200, 32, "NT"), Product(20, 784, 200, "NT"),
        Product(1, 784, 200, "NT"), Product(1024, 1024, 1024, "NN"),
    ];

    /// <summary>A large product, whose rate stands for the machine's own peak.</summary>
    internal static Workload Peak => Product(2048, 2048, 2048, "NN") with { Pace = Pace.Steps with { Rounds = 5 } };

    private static Workload Product(int m, int k, int n, string layout) =>
        new($"gemm:{m}x{k}x{n}:{layout}", $"product {m} x {k} x {n} {layout}", Rival.OpenBlas, () => Side(m, k, n, layout))
        {
            Flops = 2.0 * m * k * n,
        };

    private static Side Side(int m, int k, int n, string layout)
    {
        var (left, right, result) = (Draw(m * k), Draw(k * n), Draw(m * n));
        var (aRow, aCol) = layout[0] == 'T' ? (1, m) : (k, 1);
        var (bRow, bCol) = layout[1] == 'T' ? (1, k) : (n, 1);
        return Stepping.Of(() => Gemm.Run(m, n, k, Start(left), aRow, aCol, Start(right), bRow, bCol, Start(result), n, false));
    }

    /// <summary>Random numbers that the collector does not move, with room to align them.</summary>
    private static float[] Draw(int count)
    {
        var random = new System.Random(1);
        var values = GC.AllocateUninitializedArray<float>(count + Line, pinned: true);

        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextSingle() - 0.5f;

        return values;
    }

    private static float* Start(float[] pinned)
    {
        const nuint bytes = Line * sizeof(float);

        fixed (float* first = pinned)
            return (float*)(((nuint)first + bytes - 1) / bytes * bytes);
    }
}
