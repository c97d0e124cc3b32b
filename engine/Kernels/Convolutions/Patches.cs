using System.Numerics;
using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>Images as matrices of patches: row (n, i, j) holds what lies under window (i, j) of image n, tap by tap (c, r, s), and
/// zeros for padding.</summary>
internal static unsafe class Patches<T> where T : unmanaged, INumber<T>
{
    internal static void Make(in ConvShape shape, T* x, int images, T* patches)
    {
        for (var n = 0; n < images; n++, x += (long)shape.Channels * shape.LargePixels)
            for (var i = 0; i < shape.Rows.Small; i++)
                for (var j = 0; j < shape.Columns.Small; j++, patches += shape.Taps)
                    Window(shape, x, i, j, patches);
    }

    /// <summary>x[n, c, h, v] = bias[c] + the sum of the taps that lie over it, in the order of taps.</summary>
    internal static void Sum(in ConvShape shape, T* patches, int images, T* bias, T* x)
    {
        for (var n = 0; n < images; n++, patches += (long)shape.SmallPixels * shape.Taps)
            for (var c = 0; c < shape.Channels; c++)
                for (var h = 0; h < shape.Rows.Large; h++, x += shape.Columns.Large)
                    SumRow(shape, patches, bias == null ? T.Zero : bias[c], c, h, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Window(in ConvShape shape, T* x, int i, int j, T* patch)
    {
        var (rows, columns) = (shape.Rows, shape.Columns);
        var (top, bottom) = rows.Taps(i);
        var (left, right) = columns.Taps(j);
        var whole = (top, bottom, left, right) == (0, rows.Kernel, 0, columns.Kernel);
        if (!whole) new Span<T>(patch, shape.Taps).Clear();
        var under = x + ((long)rows.At(i, 0) * columns.Large + columns.At(j, 0));
        for (var c = 0; c < shape.Channels; c++, under += shape.LargePixels, patch += rows.Kernel * columns.Kernel)
            for (var r = top; r < bottom; r++)
                for (var s = left; s < right; s++)
                    patch[r * columns.Kernel + s] = under[r * columns.Large + s];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRow(in ConvShape shape, T* patches, T start, int c, int h, T* x)
    {
        var (rows, columns) = (shape.Rows, shape.Columns);
        var (top, window) = rows.Covering(h);
        for (var v = 0; v < columns.Large; v++)
        {
            var (left, first) = columns.Covering(v);
            var sum = start;
            for (var (r, i) = (top, window); r < rows.Kernel && i >= 0; r += rows.Stride, i--)
                for (var (s, j) = (left, first); s < columns.Kernel && j >= 0; s += columns.Stride, j--)
                    sum += patches[((long)i * columns.Small + j) * shape.Taps + (c * rows.Kernel + r) * columns.Kernel + s];
            x[v] = sum;
        }
    }
}
