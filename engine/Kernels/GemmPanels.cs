namespace Workbench.Engine;

/// <summary>An operand seen as K rows of Count columns, cut into panels of one or more units of columns, as even as can be; some
/// may have dense copies. Element (p, j) lies at Source[p * PStep + j * JStep].</summary>
internal unsafe struct GemmPanels<T> where T : unmanaged
{
    /// <summary>Rows copied by one chunk, for all panels: their pages stay within the first-level TLB.</summary>
    private const int RowsOfChunk = 32;

    public T* Source;
    public long PStep, JStep;

    /// <summary>Where it is not null: every PartK rows lie elsewhere, part i from Sources[i] on; all panels have copies then.</summary>
    public T** Sources;
    public int PartK;
    public int K, Count;

    /// <summary>Columns of a unit, and how many panels there are: each takes whole units, but for the last columns.</summary>
    public int Unit, Panels;

    /// <summary>How many columns the last panel has, where it begins, and the row length of its copy.</summary>
    public int LastCount, LastFrom, LastStride;

    /// <summary>Panels from this one on are read from copies.</summary>
    public int FirstPacked;

    /// <summary>The copies, one after the other; null when they are made elsewhere or not at all.</summary>
    public T* Packed;

    /// <summary>Columns of the widest panel.</summary>
    public readonly int Widest => (Units + Panels - 1) / Panels * Unit;

    /// <summary>Elements that a panel's copy may take.</summary>
    public readonly long PanelLength => (long)K * Widest;

    /// <summary>Elements that the copies need.</summary>
    public readonly long PackedLength => (Panels - FirstPacked) * PanelLength;

    /// <summary>A panel's first column, its columns, and the row length of its copy.</summary>
    public readonly (int From, int Count, int Stride) this[int panel] =>
        panel == Panels - 1 ? (LastFrom, LastCount, LastStride)
            : (StartOf(panel), StartOf(panel + 1) - StartOf(panel), StartOf(panel + 1) - StartOf(panel));

    /// <summary>The column at which a panel begins, before the last one is moved.</summary>
    public readonly int StartOf(int panel) => (int)((long)Units * panel / Panels) * Unit;

    private readonly int Units => (Count + Unit - 1) / Unit;

    public readonly T* PackedPanel(int panel) => Packed + (panel - FirstPacked) * PanelLength;

    /// <summary>Chunks of the work of filling Packed: bands of rows where rows are contiguous, else panels.</summary>
    public readonly int PackChunks =>
        Packed == null ? 0 : JStep == 1 ? (K + RowsOfChunk - 1) / RowsOfChunk : Panels - FirstPacked;

    /// <summary>One of PackChunks.</summary>
    public readonly void Pack<TLanes, TVector>(int chunk)
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged
    {
        if (JStep != 1)
        {
            PackPanel<TLanes, TVector>(FirstPacked + chunk, 0, K, PackedPanel(FirstPacked + chunk));
            return;
        }

        var from = chunk * RowsOfChunk;
        var to = Math.Min(from + RowsOfChunk, K);

        for (var panel = FirstPacked; panel < Panels; panel++)
            PackPanel<TLanes, TVector>(panel, from, to, PackedPanel(panel));
    }

    /// <summary>Rows from to to - 1 of a panel, into its copy at <paramref name="target"/>.</summary>
    public readonly void PackPanel<TLanes, TVector>(int panel, int from, int to, T* target)
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged
    {
        if (Sources == null)
        {
            PackRows<TLanes, TVector>(Source, panel, from, to, target);
            return;
        }

        for (var part = from / PartK; from < to; part++)
        {
            var first = part * PartK;
            var end = Math.Min(to, first + PartK);
            var (_, _, stride) = this[panel];
            PackRows<TLanes, TVector>(Sources[part], panel, from - first, end - first, target + (long)first * stride);
            from = end;
        }
    }

    private readonly void PackRows<TLanes, TVector>(T* source, int panel, int from, int to, T* target)
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged
    {
        var (column, count, stride) = this[panel];
        source += from * PStep + column * JStep;
        GemmPack<T, TLanes, TVector>.Run(source, PStep, JStep, to - from, count, target + (long)from * stride, stride);
    }
}
