using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>Products and transposes of dense matrices of either precision.</summary>
internal static unsafe class Matrices
{
    /// <summary>C = A B (+ bias to each row) for A of m x k with any strides, and dense rows of B and C.</summary>
    internal static void Multiply<T>(int m, int n, int k, T* a, long aRow, long aCol, T* b, long bRow, T* c, T* bias) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            Gemm.Run(m, n, k, (float*)a, aRow, aCol, (float*)b, bRow, 1, (float*)c, n, false, (float*)bias);
        else
            Gemm.Run(m, n, k, (double*)a, aRow, aCol, (double*)b, bRow, 1, (double*)c, n, false, (double*)bias);
    }

    /// <summary>target[j, i] = source[i, j].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Transpose<T>(T* source, int rows, int columns, T* target) where T : unmanaged
    {
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
                target[(long)j * rows + i] = source[(long)i * columns + j];
    }
}
