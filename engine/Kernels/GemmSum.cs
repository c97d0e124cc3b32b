namespace Workbench.Engine;

/// <summary>Products that are added up in one matrix.</summary>
internal static unsafe class GemmSum
{
    /// <summary>How many products over k fit one pass; more, or with k = 0 any, are added one after the other.</summary>
    public static long Together(long k) => k == 0 ? 1 : GemmPlan<float>.LongestSlice / k;

    /// <summary>C = A[0] B[0] + A[1] B[1] + ..., or C += that, for products of one shape, all A of the same strides and all B: the
    /// bits of as many calls of <see cref="Gemm.Run(int, int, int, float*, long, long, float*, long, long, float*, long, bool, float*)"/>,
    /// whose arguments these are. But C is read and written once, which takes long where k is small.</summary>
    public static void Run<T>(
        int count, int m, int n, int k, T** a, long aRow, long aCol, T** b, long bRow, long bCol,
        T* c, long cRow, bool accumulate) where T : unmanaged
    {
        if (count == 1 || count > Together(k) || m == 0 || n == 0 || !Simd.Enabled)
        {
            for (var i = 0; i < count; i++)
                RunOne(m, n, k, a[i], aRow, aCol, b[i], bRow, bCol, c, cRow, accumulate || i > 0);

            return;
        }

        var zeros = stackalloc T[Gemm.WidestPanel];
        var problem = new GemmProblem<T>
        {
            M = m, N = n, K = count * k, As = a, ARow = aRow, ACol = aCol, Bs = b, BRow = bRow, BCol = bCol, PartK = k,
            C = c, CRow = cRow,
            Start = accumulate ? c : zeros,
            StartRow = accumulate ? cRow : 0,
            StartCol = accumulate ? 1 : 0,
        };
        Lanes.Run<T, GemmProblem<T>>(problem);
    }

    private static void RunOne<T>(
        int m, int n, int k, T* a, long aRow, long aCol, T* b, long bRow, long bCol, T* c, long cRow, bool accumulate) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            Gemm.Run(m, n, k, (float*)a, aRow, aCol, (float*)b, bRow, bCol, (float*)c, cRow, accumulate);
        else
            Gemm.Run(m, n, k, (double*)a, aRow, aCol, (double*)b, bRow, bCol, (double*)c, cRow, accumulate);
    }
}
