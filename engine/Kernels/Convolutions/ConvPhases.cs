using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>A padded row of an image, and the same row with elements a stride apart side by side: a phase each, one after the
/// other. What a tap has under it in all windows is then one piece.</summary>
internal readonly unsafe struct ConvPhases<T>(ConvAxis axis) where T : unmanaged
{
    /// <summary>Elements of a phase: those under windows, and a few more, so that vectors never run into the next phase.</summary>
    private readonly int length = (axis.Small + (axis.Kernel - 1) / axis.Stride + Half - 1) / Half * Half;

    private static int Half => Vector256<T>.Count / 2;

    /// <summary>Elements of a row.</summary>
    internal int Length => axis.Stride * length;

    /// <summary>Where the element under a tap of window 0 lies; those of the next windows follow.</summary>
    internal int Under(int tap) => tap % axis.Stride * length + tap / axis.Stride;

    /// <summary>Elements of the image's row that lie under a window or the few more.</summary>
    private int Used => Math.Max(0, Math.Min(axis.Large, Length - axis.Padding));

    /// <summary>The row x of an image; line holds as many elements as a row.</summary>
    internal void Split(T* x, T* line, T* phases)
    {
        var padded = axis.Stride == 1 ? phases : line;
        new Span<T>(padded, Math.Min(axis.Padding, Length)).Clear();
        new Span<T>(x, Used).CopyTo(new Span<T>(padded + Math.Min(axis.Padding, Length), Used));
        if (Length > axis.Padding + Used) new Span<T>(padded + axis.Padding + Used, Length - axis.Padding - Used).Clear();
        if (axis.Stride == 2) SplitPairs(line, phases);
        else if (axis.Stride > 2) Exchange(line, phases, length, axis.Stride);
    }

    /// <summary>The inverse: x is as long as the image's row, and starts where no window reaches.</summary>
    internal void Join(T* phases, T* line, T start, T* x)
    {
        if (axis.Stride == 2) JoinPairs(phases, line);
        else if (axis.Stride > 2) Exchange(phases, line, axis.Stride, length);
        new Span<T>((axis.Stride == 1 ? phases : line) + Math.Min(axis.Padding, Length), Used).CopyTo(new Span<T>(x, Used));
        new Span<T>(x + Used, axis.Large - Used).Fill(start);
    }

    /// <summary>A matrix of so many rows and columns, transposed.</summary>
    [MethodImpl(Kernel.Loop)]
    private static void Exchange(T* from, T* to, int rows, int columns)
    {
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
                to[j * rows + i] = from[i * columns + j];
    }

    [MethodImpl(Kernel.Loop)]
    private void SplitPairs(T* line, T* phases)
    {
        for (var q = 0; q < length; q += Half, line += 2 * Half)
        {
            var v = sizeof(T) == 4
                ? Vector256.Shuffle(Vector256.Load((float*)line), Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7)).As<float, T>()
                : Vector256.Shuffle(Vector256.Load((double*)line), Vector256.Create(0L, 2, 1, 3)).As<double, T>();
            v.GetLower().Store(phases + q);
            v.GetUpper().Store(phases + length + q);
        }
    }

    [MethodImpl(Kernel.Loop)]
    private void JoinPairs(T* phases, T* line)
    {
        for (var q = 0; q < length; q += Half, line += 2 * Half)
        {
            var v = Vector256.Create(Vector128.Load(phases + q), Vector128.Load(phases + length + q));
            v = sizeof(T) == 4
                ? Vector256.Shuffle(v.AsSingle(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).As<float, T>()
                : Vector256.Shuffle(v.AsDouble(), Vector256.Create(0L, 2, 1, 3)).As<double, T>();
            v.Store(line);
        }
    }
}
