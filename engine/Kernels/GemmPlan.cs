namespace Workbench.Engine;

/// <summary>How a product is cut into blocks (a group of row strips times a range of panels), and what is packed.
/// No cut changes a bit of the result, so the plan may look at the number of threads.</summary>
internal unsafe struct GemmPlan<T> where T : unmanaged
{
    /// <summary>Rows that are packed together: one line of cache holds their slice of a transposed A.</summary>
    public const int StripRows = 16;

    /// <summary>Products in one pass over k: a packed panel of so many rows stays in the second-level cache.</summary>
    public const int LongestSlice = 1024;

    /// <summary>Below this many rows, a panel of B is read too seldom to be worth a copy.</summary>
    private const int RowsWorthPacking = 32;

    /// <summary>Bytes of B that need no copy since they stay near anyway.</summary>
    private const int FirstLevelCache = 32 << 10;

    /// <summary>A block packs its own panel of B and uses it while it is near, unless others would pack it too, or both
    /// operands are so large that copying bands of whole rows saves more.</summary>
    private const int LargestOwnPanels = 1 << 19, MostRowsOfOwnPanels = 512;

    /// <summary>Elements of B that stay in the second-level cache; and how many strips share a panel where they do not.</summary>
    private const int LargestNearPanels = 1 << 17, StripsOfFarPanels = 8;

    /// <summary>Registers side by side in the widest panel, and in those that are cut so that each thread has as many: with one
    /// alone, loading takes longer than the arithmetic.</summary>
    private const int WidestPanel = 3, NarrowestOfThread = 2;

    /// <summary>Threads are given at least so many blocks each, of at most so many rows, so that they end together.</summary>
    private const int BlocksOfThread = 2, RowsOfBlock = 256;

    /// <summary>Multiply-adds below which waking the workers costs more than they bring.</summary>
    public const long WorkWorthSharing = 100_000;

    public GemmProblem<T> Problem;
    public int Threads, Groups, Ranges;

    /// <summary>A's transpose by strips of rows, and B by panels as wide as a tile.</summary>
    public GemmPanels<T> Strips, Panels;

    public GemmPlan(in GemmProblem<T> problem, int lanes)
    {
        Problem = problem;
        Threads = (long)problem.M * problem.N * problem.K < WorkWorthSharing ? 1 : Workers.Count;
        Strips = CutRows(problem);
        Panels = CutColumns(problem, lanes);

        (Groups, Ranges) = PacksStrips ? CutByStrips() : CutByPanels();

        var large = problem.M > MostRowsOfOwnPanels && (long)problem.N * problem.K > LargestOwnPanels;
        var sharesPanels = PacksStrips || Groups > 1 || large;

        if (sharesPanels && Panels.PackedLength > 0)
            Panels.Packed = (T*)GemmScratch.Shared(Panels.PackedLength * sizeof(T));
    }

    /// <summary>Each block packs its own strips of A.</summary>
    public readonly bool PacksStrips => Strips.FirstPacked == 0;

    /// <summary>Rows of a group: whole strips, but for C's last rows.</summary>
    public readonly (int From, int To) RowsOf(int group) =>
        (StripsAbove(group) * StripRows, Math.Min(StripsAbove(group + 1) * StripRows, Problem.M));

    /// <summary>Panels of a range, from the first to before the last.</summary>
    public readonly (int From, int To) PanelsOf(int range) => (PanelsBefore(range), PanelsBefore(range + 1));

    private readonly int PanelsBefore(int range) => (int)((long)Panels.Panels * range / Ranges);

    private readonly int StripsAbove(int group) => (int)((long)Strips.Panels * group / Groups);

    /// <summary>Few rows and many columns, since the rows are packed first: one strip where B stays near, else several.</summary>
    private readonly (int Groups, int Ranges) CutByStrips()
    {
        var near = (long)Problem.N * Problem.K <= LargestNearPanels;
        var groups = DivideUp(Strips.Panels, near ? 1 : StripsOfFarPanels);
        var rangesWanted = DivideUp(BlocksOfThread * Threads, groups);
        return (groups, Threads == 1 ? 1 : Math.Clamp(rangesWanted, 1, Panels.Panels));
    }

    /// <summary>Many rows and one panel, since the panel is packed first, or streams by.</summary>
    private readonly (int Groups, int Ranges) CutByPanels()
    {
        var groupsWanted = Math.Max(DivideUp(BlocksOfThread * Threads, Panels.Panels), Problem.M / RowsOfBlock);
        return (Threads == 1 ? 1 : Math.Clamp(groupsWanted, 1, Strips.Panels), Panels.Panels);
    }

    private static GemmPanels<T> CutRows(in GemmProblem<T> problem)
    {
        var strips = new GemmPanels<T>
        {
            Source = problem.A, PStep = problem.ACol, JStep = problem.ARow, Sources = problem.As, PartK = problem.PartK,
            K = problem.K, Count = problem.M, Unit = StripRows, Panels = DivideUp(problem.M, StripRows),
        };
        strips.LastFrom = strips.StartOf(strips.Panels - 1);
        strips.LastCount = problem.M - strips.LastFrom;
        strips.LastStride = StripRows;

        // Down a column of a row-major A every element is on another page; across its rows all is near already.
        var packs = problem.As != null || problem.ACol != 1 && problem.M > 1 && problem.N > StripRows && problem.K > 1;
        strips.FirstPacked = packs ? 0 : strips.Panels;
        return strips;
    }

    private readonly GemmPanels<T> CutColumns(in GemmProblem<T> problem, int lanes)
    {
        var panels = new GemmPanels<T>
        {
            Source = problem.B, PStep = problem.BRow, JStep = problem.BCol, Sources = problem.Bs, PartK = problem.PartK,
            K = problem.K, Count = problem.N, Unit = lanes, Panels = PanelsFor(DivideUp(problem.N, lanes), Threads),
        };
        panels.LastFrom = panels.StartOf(panels.Panels - 1);
        panels.LastCount = problem.N - panels.LastFrom;
        panels.LastStride = DivideUp(panels.LastCount, lanes) * lanes;

        // The last panel may move left until it ends with C: a few elements are then computed twice, to the same bits.
        // Where old values of C are added to, that would add twice.
        if (problem.N >= panels.LastStride && problem.Start != problem.C)
        {
            panels.LastFrom = problem.N - panels.LastStride;
            panels.LastCount = panels.LastStride;
        }

        var ragged = panels.LastCount < panels.LastStride;
        var stays = (long)problem.N * problem.K * sizeof(T) <= FirstLevelCache;
        var packs = problem.Bs != null || problem.BCol != 1 || problem.M > RowsWorthPacking && !stays;
        panels.FirstPacked = packs ? 0 : ragged ? panels.Panels - 1 : panels.Panels;
        return panels;
    }

    /// <summary>As few panels as can be, or as many more as give each thread as many, unless those were narrow.</summary>
    private static int PanelsFor(int registers, int threads)
    {
        var fewest = DivideUp(registers, WidestPanel);
        var even = DivideUp(fewest, threads) * threads;
        return registers >= NarrowestOfThread * even ? even : fewest;
    }

    private static int DivideUp(int value, int by) => (value + by - 1) / by;
}
