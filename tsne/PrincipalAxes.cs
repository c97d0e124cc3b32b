using System.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;

namespace Workbench.NeighbourEmbedding;

/// <summary>The two directions in which points vary most: eigenvectors of their D x D covariance.</summary>
internal static class PrincipalAxes
{
    private const int ChunkRows = 4;

    /// <summary>Unit vectors of D numbers, that of the largest variance first, each with its largest coordinate positive; with D = 1 the
    /// second is zero. Where points lie on a line, or at one place, what is left open is some direction, always the same.</summary>
    public static (double[] First, double[] Second) Find(Work work, Points points)
    {
        var size = points.Dimensions;
        var vectors = new double[size * size];
        // Math.NET's managed provider by its name: Evd would ask the process for its provider, which may have been changed. It works on
        // one thread, and takes the matrix and gives the vectors by columns, in the order of growing eigenvalues.
        ManagedLinearAlgebraProvider.Instance.EigenDecomp(
            true, size, Scatter(work, points), vectors, new Complex[size], new double[size * size]);
        return (Axis(vectors, size, size - 1), size == 1 ? new double[1] : Axis(vectors, size, size - 2));
    }

    /// <summary>The points' coordinates along an axis.</summary>
    public static double[] Coordinates(Points points, double[] axis)
    {
        var result = new double[points.Count];
        for (var i = 0; i < result.Length; i++)
        {
            var row = points.Row(i);
            for (var k = 0; k < row.Length; k++)
                result[i] += axis[k] * row[k];
        }
        return result;
    }

    /// <summary>X^T X, N times the covariance of centred points, in double precision. A chunk of work is a few rows of it, which see the
    /// points one after the other.</summary>
    private static double[] Scatter(Work work, Points points)
    {
        var size = points.Dimensions;
        var scatter = new double[size * size];
        work.Ranges(ChunkRows, size, (first, last) =>
        {
            var sums = new Vector256<double>[(last - first) * points.Stride / 4];
            for (var n = 0; n < points.Count; n++)
                AddProducts(points.Vectors(n), points.Row(n)[first..last], sums);
            for (var i = first; i < last; i++)
                MemoryMarshal.Cast<Vector256<double>, double>(sums).Slice((i - first) * points.Stride, size).CopyTo(scatter.AsSpan(i * size));
        });
        return scatter;
    }

    private static void AddProducts(ReadOnlySpan<Vector256<float>> row, ReadOnlySpan<float> factors, Span<Vector256<double>> sums)
    {
        for (var i = 0; i < factors.Length; i++)
        {
            var factor = Vector256.Create((double)factors[i]);
            var sum = sums.Slice(i * 2 * row.Length, 2 * row.Length);
            for (var v = 0; v < row.Length; v++)
            {
                sum[2 * v] = Vector256.FusedMultiplyAdd(factor, Vector256.WidenLower(row[v]), sum[2 * v]);
                sum[2 * v + 1] = Vector256.FusedMultiplyAdd(factor, Vector256.WidenUpper(row[v]), sum[2 * v + 1]);
            }
        }
    }

    private static double[] Axis(double[] vectors, int size, int column)
    {
        var axis = vectors[(column * size)..((column + 1) * size)];
        return axis.MaxBy(Math.Abs) < 0 ? Array.ConvertAll(axis, x => -x) : axis;
    }
}
