using System.Numerics;
using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>The specification of <see cref="Gemm"/>: the same product by a plain triple loop, of the same bits.
/// The arguments are <see cref="Gemm"/>'s.</summary>
internal static unsafe class GemmReference
{
    /// <summary>See <see cref="Gemm.Run(int, int, int, float*, long, long, float*, long, long, float*, long, bool, float*)"/>.</summary>
    public static void Run(
        int m, int n, int k, float* a, long aRow, long aCol, float* b, long bRow, long bCol,
        float* c, long cRow, bool accumulate, float* bias = null) =>
        Multiply(m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, accumulate, bias);

    /// <summary>See <see cref="Gemm.Run(int, int, int, double*, long, long, double*, long, long, double*, long, bool, double*)"/>.</summary>
    public static void Run(
        int m, int n, int k, double* a, long aRow, long aCol, double* b, long bRow, long bCol,
        double* c, long cRow, bool accumulate, double* bias = null) =>
        Multiply(m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, accumulate, bias);

    [MethodImpl(Kernel.Loop)]
    private static void Multiply<T>(
        int m, int n, int k, T* a, long aRow, long aCol, T* b, long bRow, long bCol,
        T* c, long cRow, bool accumulate, T* bias) where T : unmanaged, INumberBase<T>
    {
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var sum = accumulate ? c[i * cRow + j] : bias == null ? T.Zero : bias[j];

                for (var p = 0; p < k; p++)
                    sum = T.MultiplyAddEstimate(a[i * aRow + p * aCol], b[p * bRow + j * bCol], sum);

                c[i * cRow + j] = sum;
            }
        }
    }
}
