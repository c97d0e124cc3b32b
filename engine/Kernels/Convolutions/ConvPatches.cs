using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>
/// The patches of an image: a matrix with a row for each tap (c, r, s) and a column for each window, which holds what the tap has
/// under it, zero where that is padding.
/// </summary>
internal readonly unsafe struct ConvPatches<T>(ConvShape shape) where T : unmanaged, INumber<T>
{
    private readonly ConvAxis rows = shape.Rows, columns = shape.Columns;
    private readonly ConvPhases<T> phases = new(shape.Columns);

    /// <summary>Elements that a copy may reach past its end.</summary>
    private static int Slack => Vector256<T>.Count;

    /// <summary>Elements of patches, and what copies need past their end.</summary>
    internal long Length => (long)shape.Taps * shape.SmallPixels + Slack;

    /// <summary>Elements of scratch memory: a line, the rows of a padded channel that lie under windows, and slack.</summary>
    internal long ScratchLength => (long)(1 + RowsUnder) * phases.Length + Slack;

    private int RowsUnder => (rows.Small - 1) * rows.Stride + rows.Kernel;

    /// <summary>The patches of one image.</summary>
    internal void Make(T* x, T* scratch, T* patches)
    {
        for (var c = 0; c < shape.Channels; c++, x += shape.LargePixels)
        {
            Split(x, scratch);
            for (var r = 0; r < rows.Kernel; r++)
                for (var s = 0; s < columns.Kernel; s++, patches += shape.SmallPixels)
                    CopyTap(scratch + (1 + r) * phases.Length + phases.Under(s), patches);
        }
    }

    /// <summary>x[c, h, v] = bias[c] + the sum of the taps that lie over it, in the order of taps.</summary>
    internal void Sum(T* patches, T* bias, T* scratch, T* x)
    {
        for (var c = 0; c < shape.Channels; c++, patches += (long)rows.Kernel * columns.Kernel * shape.SmallPixels)
            for (var h = 0; h < rows.Large; h++, x += columns.Large)
                SumRow(patches, bias == null ? T.Zero : bias[c], h, scratch, x);
    }

    /// <summary>The rows of a channel and of its padding, phase by phase, after the line that it uses.</summary>
    private void Split(T* x, T* scratch)
    {
        for (var row = 0; row < RowsUnder; row++)
        {
            var to = scratch + (1 + row) * phases.Length;
            var h = row - rows.Padding;
            if (h >= 0 && h < rows.Large) phases.Split(x + (long)h * columns.Large, scratch, to);
            else new Span<T>(to, phases.Length).Clear();
        }
    }

    [MethodImpl(Kernel.Loop)]
    private void CopyTap(T* from, T* patches)
    {
        var step = rows.Stride * phases.Length;
        // A copy runs over into the next row, which is written next.
        for (var i = rows.Small; i > 0; i--, from += step, patches += columns.Small)
            for (var j = 0; j < columns.Small; j += Vector256<T>.Count)
                Vector256.Load(from + j).Store(patches + j);
    }

    private void SumRow(T* patches, T start, int h, T* scratch, T* x)
    {
        var sums = scratch + phases.Length;
        new Span<T>(sums, phases.Length).Fill(start);
        var (tap, window) = rows.Covering(h);
        for (var (r, i) = (tap, window); r < rows.Kernel && i >= 0; r += rows.Stride, i--)
            AddTaps(patches + ((long)r * columns.Kernel * rows.Small + i) * columns.Small, sums);
        phases.Join(sums, scratch, start, x);
    }

    /// <summary>Adds a row of windows, tap by tap.</summary>
    [MethodImpl(Kernel.Loop)]
    private void AddTaps(T* row, T* sums)
    {
        var count = columns.Small;
        var whole = count - count % Vector512<T>.Count;
        for (var s = 0; s < columns.Kernel; s++, row += shape.SmallPixels)
        {
            var to = sums + phases.Under(s);
            for (var j = 0; j < whole; j += Vector512<T>.Count)
                (Vector512.Load(to + j) + Vector512.Load(row + j)).Store(to + j);
            if (whole < count)
                Tail.Store(Tail.Load(to + whole, count - whole) + Tail.Load(row + whole, count - whole), to + whole, count - whole);
        }
    }
}
