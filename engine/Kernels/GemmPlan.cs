namespace Workbench.Engine;

/// <summary>How a product is cut into blocks (a group of rows times a panel of columns), and what is packed first.
/// No cut changes a bit of the result, so the plan may look at the number of threads.</summary>
internal unsafe struct GemmPlan<T> where T : unmanaged
{
    /// <summary>Rows that are packed together: one line of cache holds their slice of a transposed A.</summary>
    public const int StripRows = 16;

    /// <summary>Below this many rows, a panel of B is read too seldom to be worth a copy.</summary>
    private const int RowsWorthPacking = 32;

    /// <summary>From this many rows on, a block packs its own panel of B and uses it while it is near.</summary>
    private const int RowsWorthOwnPanel = 96;

    /// <summary>A block of more rows is cut, so that threads end together.</summary>
    private const int MostRows = 512;

    /// <summary>Multiply-adds below which waking the workers costs more than they bring.</summary>
    private const long WorkWorthSharing = 100_000;

    public GemmProblem<T> Problem;
    public int Lanes, Threads, Strips, Groups, Panels;

    /// <summary>The last panel is moved left until it ends with C: a few elements are computed twice, to the same bits.</summary>
    public bool ShiftsLast;

    /// <summary>Panels from this one on are read from packed copies.</summary>
    public int FirstPacked;

    /// <summary>A by strips, each K x StripRows; or null, when A is read where it is.</summary>
    public T* PackedA;

    /// <summary>The packed panels, each K x PanelWidth; or null, when each block packs its own.</summary>
    public T* PackedB;

    public GemmPlan(in GemmProblem<T> problem, int lanes)
    {
        var (m, n, k) = (problem.M, problem.N, problem.K);
        Problem = problem;
        Lanes = lanes;
        Threads = (long)m * n * k < WorkWorthSharing ? 1 : Workers.Count;
        Strips = DivideUp(m, StripRows);
        Panels = DivideUp(n, PanelWidth);
        Groups = Threads == 1 ? 1 : Math.Clamp(Math.Max(DivideUp((int)GemmTuning.ChunksPerThread * Threads, Panels), (int)(m / GemmTuning.Most)), 1, Strips);

        // The old values of C may be read only once, by whoever adds to them.
        ShiftsLast = problem.Start != problem.C && n >= Padded(n - (Panels - 1) * PanelWidth);

        var ragged = n % lanes != 0 && !ShiftsLast;
        var packsB = problem.BCol != 1 || m > GemmTuning.Rwp;
        FirstPacked = packsB ? 0 : ragged ? Panels - 1 : Panels;

        var packsA = problem.ACol != 1 && m > 1 && k > 1 && Panels > 1;
        var sharesB = Groups > 1 && m / Groups < GemmTuning.Own;
        var lengthB = sharesB ? (long)(Panels - FirstPacked) * k * PanelWidth : 0;
        var lengthA = packsA ? (long)Strips * k * StripRows : 0;
        var memory = (T*)GemmScratch.Shared((lengthB + lengthA) * sizeof(T));
        PackedB = sharesB ? memory : null;
        PackedA = packsA ? memory + lengthB : null;
    }

    public readonly int PanelWidth => 3 * Lanes;

    /// <summary>Rows of a group: whole strips, but for C's last rows.</summary>
    public readonly (int From, int To) RowsOf(int group) =>
        (Part(group) * StripRows, Math.Min(Part(group + 1) * StripRows, Problem.M));

    /// <summary>Columns of a panel, and its width in whole registers.</summary>
    public readonly (int From, int Width, int Padded) ColumnsOf(int panel)
    {
        var from = panel * PanelWidth;
        var width = Math.Min(PanelWidth, Problem.N - from);
        var padded = Padded(width);
        return ShiftsLast ? (from + width - padded, padded, padded) : (from, width, padded);
    }

    private readonly int Part(int group) => (int)((long)Strips * group / Groups);

    private readonly int Padded(int width) => DivideUp(width, Lanes) * Lanes;

    private static int DivideUp(int value, int by) => (value + by - 1) / by;
}
public static class GemmTuning
{
    public static long Rwp = 32, Own = 96, Most = 512, ChunksPerThread=2, Slice=1024;
}
