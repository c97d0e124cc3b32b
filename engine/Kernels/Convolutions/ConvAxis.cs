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

    /// <summary>What a window reads: Count positions from From on, with taps from Tap on.</summary>
    internal ConvReads OfSmall(int window)
    {
        var (from, to) = Taps(window);
        return new ConvReads(At(window, from), to - from, from);
    }

    /// <summary>The windows that cover a position: Count of them from From on, with taps from the Tap-th in
    /// <see cref="Order"/> on.</summary>
    internal ConvReads OfLarge(int position)
    {
        var (tap, window) = Covering(position);
        var count = tap >= Kernel ? 0 : Math.Min((Kernel - 1 - tap) / Stride, window) + 1;
        return count < 1 ? default : new ConvReads(window - count + 1, count, Order(tap + (count - 1) * Stride));
    }

    /// <summary>A tap's place when taps that lie a multiple of Stride apart stand together, the last one first: so
    /// neighbouring windows meet neighbouring taps.</summary>
    internal int Order(int tap)
    {
        var (row, phase) = Math.DivRem(tap, Stride);
        var place = 0;
        for (var before = 0; before < phase; before++) place += DivideUp(Kernel - before, Stride);
        return place + DivideUp(Kernel - phase, Stride) - 1 - row;
    }

    private static int DivideUp(int value, int by) => value <= 0 ? 0 : (value + by - 1) / by;
}

/// <summary>A run of positions that are read, and the tap that belongs to the first; each next one has the next tap.</summary>
internal readonly record struct ConvReads(int From, int Count, int Tap);
