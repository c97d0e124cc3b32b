using System.Numerics;
using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>The specification of <see cref="Convolution"/>: plain loops, one sum per result.</summary>
internal static unsafe class ConvolutionReference<T> where T : unmanaged, INumber<T>
{
    internal static void ToSmall(in ConvShape shape, T* x, T* w, T* bias, T* y)
    {
        for (var n = 0; n < shape.Batch; n++)
            for (var f = 0; f < shape.Features; f++)
                for (var i = 0; i < shape.Rows.Small; i++)
                    for (var j = 0; j < shape.Columns.Small; j++)
                        *y++ = (bias == null ? T.Zero : bias[f])
                            + Window(shape, x + (long)n * shape.Channels * shape.LargePixels, w + (long)f * shape.Taps, i, j);
    }

    internal static void ToLarge(in ConvShape shape, T* y, T* w, T* bias, T* x)
    {
        for (var n = 0; n < shape.Batch; n++)
            for (var c = 0; c < shape.Channels; c++)
                for (var h = 0; h < shape.Rows.Large; h++)
                    for (var v = 0; v < shape.Columns.Large; v++)
                        *x++ = (bias == null ? T.Zero : bias[c])
                            + Pixel(shape, y + (long)n * shape.Features * shape.SmallPixels, w, c, h, v);
    }

    internal static void ToWeights(in ConvShape shape, T* x, T* y, T* w)
    {
        for (var f = 0; f < shape.Features; f++)
            for (var c = 0; c < shape.Channels; c++)
                for (var r = 0; r < shape.Rows.Kernel; r++)
                    for (var s = 0; s < shape.Columns.Kernel; s++)
                        *w++ = Tap(shape, x, y, f, c, r, s);
    }

    /// <summary>The sum over channels and taps of x under window (i, j), times w.</summary>
    [MethodImpl(Kernel.Loop)]
    private static T Window(in ConvShape shape, T* x, T* w, int i, int j)
    {
        var sum = T.Zero;
        for (var c = 0; c < shape.Channels; c++, x += shape.LargePixels)
            for (var r = 0; r < shape.Rows.Kernel; r++)
                for (var s = 0; s < shape.Columns.Kernel; s++, w++)
                {
                    var (h, v) = (shape.Rows.At(i, r), shape.Columns.At(j, s));
                    if (Inside(h, shape.Rows.Large) && Inside(v, shape.Columns.Large)) sum += x[h * shape.Columns.Large + v] * *w;
                }
        return sum;
    }

    /// <summary>The sum over windows that cover pixel (h, v) of channel c, and over features, of y times w.</summary>
    [MethodImpl(Kernel.Loop)]
    private static T Pixel(in ConvShape shape, T* y, T* w, int c, int h, int v)
    {
        var sum = T.Zero;
        for (var r = 0; r < shape.Rows.Kernel; r++)
            for (var s = 0; s < shape.Columns.Kernel; s++)
            {
                var (i, rowRest) = Math.DivRem(h + shape.Rows.Padding - r, shape.Rows.Stride);
                var (j, columnRest) = Math.DivRem(v + shape.Columns.Padding - s, shape.Columns.Stride);
                if (rowRest != 0 || columnRest != 0 || !Inside(i, shape.Rows.Small) || !Inside(j, shape.Columns.Small)) continue;
                for (var f = 0; f < shape.Features; f++)
                    sum += y[f * shape.SmallPixels + i * shape.Columns.Small + j]
                        * w[((f * shape.Channels + c) * shape.Rows.Kernel + r) * shape.Columns.Kernel + s];
            }
        return sum;
    }

    /// <summary>The sum over images and windows of y of feature f times x of channel c under tap (r, s).</summary>
    [MethodImpl(Kernel.Loop)]
    private static T Tap(in ConvShape shape, T* x, T* y, int f, int c, int r, int s)
    {
        var sum = T.Zero;
        for (var n = 0; n < shape.Batch; n++)
            for (var i = 0; i < shape.Rows.Small; i++)
                for (var j = 0; j < shape.Columns.Small; j++)
                {
                    var (h, v) = (shape.Rows.At(i, r), shape.Columns.At(j, s));
                    if (Inside(h, shape.Rows.Large) && Inside(v, shape.Columns.Large))
                        sum += y[(((long)n * shape.Features + f) * shape.Rows.Small + i) * shape.Columns.Small + j]
                            * x[(((long)n * shape.Channels + c) * shape.Rows.Large + h) * shape.Columns.Large + v];
                }
        return sum;
    }

    private static bool Inside(int position, int size) => (uint)position < (uint)size;
}
