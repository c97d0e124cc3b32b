using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>
/// The patches of an image: a matrix with a row for each tap (c, r, s) and a column for each window, which holds what the tap has
/// under it, zero where that is padding.
/// </summary>
/// <remarks>Elements a stride apart come to lie side by side first (a phase each), so that rows are copied and added in one
/// piece.</remarks>
internal static unsafe class ConvPatches<T> where T : unmanaged, INumber<T>
{
    /// <summary>Elements that a copy may reach past its end: scratch memory has so much more.</summary>
    internal static int Slack => Vector256<T>.Count;

    /// <summary>Elements of one phase of a row.</summary>
    private static int PhaseLength(ConvAxis axis) => axis.Small + (axis.Kernel - 1) / axis.Stride;

    /// <summary>Elements of scratch memory that <see cref="Make"/> or <see cref="Sum"/> needs.</summary>
    internal static long ScratchLength(in ConvShape shape) => (long)RowsUnder(shape.Rows) * RowLength(shape.Columns) + Slack;

    private static int RowLength(ConvAxis axis) => axis.Stride * PhaseLength(axis);

    /// <summary>Rows of a padded image that lie under a window.</summary>
    private static int RowsUnder(ConvAxis axis) => (axis.Small - 1) * axis.Stride + axis.Kernel;

    /// <summary>The patches of one image.</summary>
    internal static void Make(in ConvShape shape, T* x, T* scratch, T* patches)
    {
        for (var c = 0; c < shape.Channels; c++, x += shape.LargePixels)
        {
            Split(shape.Rows, shape.Columns, x, scratch);
            for (var r = 0; r < shape.Rows.Kernel; r++)
                for (var s = 0; s < shape.Columns.Kernel; s++, patches += shape.SmallPixels)
                    CopyTap(shape, scratch, r, s, patches);
        }
    }

    /// <summary>x[c, h, v] = bias[c] + the sum of the taps that lie over it, in the order of taps.</summary>
    internal static void Sum(in ConvShape shape, T* patches, T* bias, T* scratch, T* x)
    {
        for (var c = 0; c < shape.Channels; c++, patches += (long)shape.Rows.Kernel * shape.Columns.Kernel * shape.SmallPixels)
            for (var h = 0; h < shape.Rows.Large; h++, x += shape.Columns.Large)
                SumRow(shape, patches, bias == null ? T.Zero : bias[c], h, scratch, x);
    }

    /// <summary>A channel with its padding, each row phase by phase.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Split(ConvAxis rows, ConvAxis columns, T* x, T* split)
    {
        var length = RowLength(columns);
        new Span<T>(split, RowsUnder(rows) * length).Clear();
        for (var h = 0; h < Math.Min(rows.Large, RowsUnder(rows) - rows.Padding); h++)
            for (var phase = 0; phase < columns.Stride; phase++)
            {
                var to = split + (h + rows.Padding) * length + phase * PhaseLength(columns);
                var from = x + h * columns.Large - columns.Padding + phase;
                var (first, end) = Inside(columns, phase);
                for (var q = first; q < end; q++) to[q] = from[q * columns.Stride];
            }
    }

    /// <summary>Of a phase's elements, from the first to before the last that is not padding.</summary>
    private static (int From, int To) Inside(ConvAxis axis, int phase)
    {
        var before = Math.Max(0, axis.Padding - phase);
        var until = Math.Max(0, axis.Large + axis.Padding - phase);
        return ((before + axis.Stride - 1) / axis.Stride, Math.Min(PhaseLength(axis), (until + axis.Stride - 1) / axis.Stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyTap(in ConvShape shape, T* split, int r, int s, T* patches)
    {
        var (rows, columns) = (shape.Rows, shape.Columns);
        var step = rows.Stride * RowLength(columns);
        var from = split + r * RowLength(columns) + Phase(columns, s);
        // A copy runs over into the next row, which is written next.
        for (var i = 0; i < rows.Small; i++, from += step, patches += columns.Small)
            for (var j = 0; j < columns.Small; j += Vector256<T>.Count)
                Vector256.Load(from + j).Store(patches + j);
    }

    /// <summary>Where in a split row the element under tap s of window 0 lies.</summary>
    private static int Phase(ConvAxis axis, int tap) => tap % axis.Stride * PhaseLength(axis) + tap / axis.Stride;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRow(in ConvShape shape, T* patches, T start, int h, T* split, T* x)
    {
        var (rows, columns) = (shape.Rows, shape.Columns);
        new Span<T>(split, RowLength(columns)).Fill(start);
        var (tap, window) = rows.Covering(h);
        for (var (r, i) = (tap, window); r < rows.Kernel && i >= 0; r += rows.Stride, i--)
            for (var s = 0; s < columns.Kernel; s++)
            {
                var sums = split + Phase(columns, s);
                var row = patches + ((long)(r * columns.Kernel + s) * rows.Small + i) * columns.Small;
                Elementwise.BinaryRange(sums, row, sums, columns.Small, new AddOp<T>());
            }
        new Span<T>(x, columns.Large).Fill(start);
        for (var phase = 0; phase < columns.Stride; phase++)
        {
            var from = split + phase * PhaseLength(columns);
            var to = x - columns.Padding + phase;
            var (first, end) = Inside(columns, phase);
            for (var q = first; q < end; q++) to[q * columns.Stride] = from[q];
        }
    }
}
