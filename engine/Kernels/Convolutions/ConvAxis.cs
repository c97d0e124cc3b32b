namespace Workbench.Engine;

/// <summary>
/// One axis of a window that slides over an image: window i of the small side covers positions i * Stride - Padding + t of the
/// large side for taps t below Kernel. What lies outside of the large side is padding.
/// </summary>
internal readonly record struct ConvAxis(int Large, int Small, int Kernel, int Stride, int Padding)
{
    /// <summary>The position under a window's tap.</summary>
    internal int At(int window, int tap) => window * Stride - Padding + tap;

    /// <summary>The taps of a window, from the first to before the last, that are not on padding.</summary>
    internal (int From, int To) Taps(int window)
    {
        var first = At(window, 0);
        var to = Math.Min(Kernel, Large - first);
        return (Math.Min(Math.Max(0, -first), Math.Max(0, to)), Math.Max(0, to));
    }

    /// <summary>The windows, from the first to before the last, whose tap is not on padding.</summary>
    internal (int From, int To) Windows(int tap)
    {
        var from = Math.Max(0, DivideUp(Padding - tap, Stride));
        var to = Math.Min(Small, Large - 1 + Padding - tap < 0 ? 0 : (Large - 1 + Padding - tap) / Stride + 1);
        return (Math.Min(from, to), to);
    }

    /// <summary>The taps that cover a position: the first one, then every Stride-th below Kernel. The first belongs to the
    /// window returned, each next one to the window before, down to window 0.</summary>
    internal (int Tap, int Window) Covering(int position)
    {
        var (window, tap) = Math.DivRem(position + Padding, Stride);
        var late = Math.Max(0, window - (Small - 1));
        return (tap + late * Stride, window - late);
    }

    private static int DivideUp(int value, int by) => value <= 0 ? 0 : (value + by - 1) / by;
}
