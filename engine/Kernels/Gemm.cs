namespace Workbench.Engine;

/// <summary>Matrix products of any strides, on all <see cref="Workers"/>.</summary>
internal static unsafe class Gemm
{
    /// <summary>Elements of the widest panel: three registers of 64 bytes.</summary>
    internal const int WidestPanel = 48;

    /// <summary>C = A B, C = A B + bias or C += A B, for A of m x k, B of k x n and C of m x n.
    /// Element (i, p) of A lies at a[i * aRow + p * aCol], (p, j) of B at b[p * bRow + j * bCol], (i, j) of C at
    /// c[i * cRow + j]; bias has n elements. Any strides serve (a transposed operand swaps them, a broadcast row has
    /// 0); C must not overlap an operand. With k = 0, A B is zero; with m or n = 0 nothing is done.
    /// Each element is the chain of multiply-adds in the order of k that starts from its bias, its old value or zero,
    /// fused where the processor can: the bits depend neither on the number of threads nor on the shape of the rest.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">Both accumulate and a bias were asked for.</exception>
    public static void Run(
        int m, int n, int k, float* a, long aRow, long aCol, float* b, long bRow, long bCol,
        float* c, long cRow, bool accumulate, float* bias = null)
    {
        if (!HasWork(m, n, k, accumulate, bias))
            return;

        if (!Simd.Enabled)
        {
            GemmReference.Run(m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, accumulate, bias);
            return;
        }

        var zeros = stackalloc float[WidestPanel];
        var problem = new GemmProblem<float>
        {
            M = m, N = n, K = k, A = a, ARow = aRow, ACol = aCol, B = b, BRow = bRow, BCol = bCol, C = c, CRow = cRow,
            Start = accumulate ? c : bias == null ? zeros : bias,
            StartRow = accumulate ? cRow : 0,
            StartCol = accumulate || bias != null ? 1 : 0,
        };
        Lanes.Run<float, GemmProblem<float>>(problem);
    }

    /// <summary>The same in double precision.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">Both accumulate and a bias were asked for.</exception>
    public static void Run(
        int m, int n, int k, double* a, long aRow, long aCol, double* b, long bRow, long bCol,
        double* c, long cRow, bool accumulate, double* bias = null)
    {
        if (!HasWork(m, n, k, accumulate, bias))
            return;

        if (!Simd.Enabled)
        {
            GemmReference.Run(m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, accumulate, bias);
            return;
        }

        var zeros = stackalloc double[WidestPanel];
        var problem = new GemmProblem<double>
        {
            M = m, N = n, K = k, A = a, ARow = aRow, ACol = aCol, B = b, BRow = bRow, BCol = bCol, C = c, CRow = cRow,
            Start = accumulate ? c : bias == null ? zeros : bias,
            StartRow = accumulate ? cRow : 0,
            StartCol = accumulate || bias != null ? 1 : 0,
        };
        Lanes.Run<double, GemmProblem<double>>(problem);
    }

    private static bool HasWork(int m, int n, int k, bool accumulate, void* bias)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(m);
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ArgumentOutOfRangeException.ThrowIfNegative(k);

        if (accumulate && bias != null)
            throw new ArgumentException("gemm: a bias can't be added to a product that accumulates", nameof(bias));

        return m > 0 && n > 0;
    }
}
