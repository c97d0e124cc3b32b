using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Workbench.Engine;

public static class GemmTuning
{
    public static long Slice = 1024, Chunks = 24, MinGroups=24, DirectBytes = 256 << 10, GroupBytes = 256 << 10, PackA = 1, PackBRows = 24, Small = 100_000;
}

/// <summary>Chooses the register width for a product.</summary>
internal static class GemmDriver
{
    /// <summary>Elements of the widest panel: three registers of the narrowest element type.</summary>
    public const int WidestPanel = 48;

    public static void Run<T>(in GemmProblem<T> problem) where T : unmanaged
    {
        if (problem.M <= 0 || problem.N <= 0)
            return;

        // The JIT calls 512-bit vectors unaccelerated on processors that slow down for them; a product gains all the same.
        if (Avx512F.IsSupported || Vector512.IsHardwareAccelerated)
            GemmDriver<T, GemmLanes512<T>, Vector512<T>>.Run(problem, 8);
        else if (Vector256.IsHardwareAccelerated)
            GemmDriver<T, GemmLanes256<T>, Vector256<T>>.Run(problem, 4);
        else
            GemmDriver<T, GemmLanes128<T>, Vector128<T>>.Run(problem, AdvSimd.Arm64.IsSupported ? 8 : 4);
    }
}

/// <summary>Cuts a product into chunks of (a group of row strips x one panel of columns) and shares them out.</summary>
internal static unsafe class GemmDriver<T, TLanes, TVector>
    where T : unmanaged
    where TLanes : struct, IGemmLanes<T, TVector>
    where TVector : unmanaged
{
    /// <summary>Rows of one strip: a line of cache holds a strip's slice of a transposed A.</summary>
    private const int StripRows = 16;

    private static int PanelWidth => 3 * TLanes.Count;

    /// <summary>How one slice of a product is cut up: Groups of row strips times Ranges of column panels.
    /// Panels from FirstPacked on lie packed at PackedB, one after the other.</summary>
    private struct Plan
    {
        public GemmProblem<T> Problem;
        public int Tallest;
        public int Strips, Groups, Panels, Ranges, FirstPacked;
        public bool PacksA;
        public T* PackedB;
        public bool Small;
    }

    /// <summary>Runs a product slice by slice of k, by micro-kernels of up to <paramref name="tallest"/> rows.</summary>
    public static void Run(in GemmProblem<T> problem, int tallest)
    {
        var from = 0;

        do
        {
            var count = (int)Math.Min(GemmTuning.Slice, problem.K - from);
            var plan = MakePlan(problem.Slice(from, count), tallest);
            Share(plan.Panels - plan.FirstPacked, new PackPanels { Plan = &plan }, plan.Small);
            Share(plan.Groups * plan.Ranges, new MultiplyBlocks { Plan = &plan }, plan.Small);
            from += count;
        }
        while (from < problem.K);
    }

    private static Plan MakePlan(in GemmProblem<T> problem, int tallest)
    {
        var (m, n, k) = (problem.M, problem.N, problem.K);
        var plan = new Plan { Problem = problem, Tallest = tallest };
        plan.Strips = (m + StripRows - 1) / StripRows;
        plan.Panels = (n + PanelWidth - 1) / PanelWidth;
        plan.Small = (long)m * n * k < GemmTuning.Small;

        var perGroup = Math.Clamp(GemmTuning.GroupBytes / (StripRows * sizeof(T) * Math.Max(k, 1)), 1, Math.Max(1, plan.Strips / GemmTuning.MinGroups));
        plan.Groups = (int)((plan.Strips + perGroup - 1) / perGroup);
        plan.Ranges = (int)Math.Clamp((GemmTuning.Chunks + plan.Groups - 1) / plan.Groups, 1, plan.Panels);

        var packB = problem.BCol != 1 || m > GemmTuning.PackBRows && k * Math.Abs(problem.BRow) * sizeof(T) > GemmTuning.DirectBytes;
        var ragged = n % TLanes.Count != 0;
        plan.FirstPacked = packB ? 0 : ragged ? plan.Panels - 1 : plan.Panels;
        plan.PacksA = GemmTuning.PackA == 1 && problem.ACol != 1 && m > 8 && n > PanelWidth && k > 1 || GemmTuning.PackA==2;

        var lengthB = (long)(plan.Panels - plan.FirstPacked) * k * PanelWidth;
        plan.PackedB = (T*)GemmScratch.Take(ref GemmScratch.Panels, lengthB * sizeof(T));
        return plan;
    }

    private static void Share<TJob>(int chunks, TJob job, bool small) where TJob : unmanaged, IJob
    {
        if (!small)
        {
            Workers.For(chunks, job);
            return;
        }

        for (var chunk = 0; chunk < chunks; chunk++)
            job.Run(chunk);
    }

    private static int WholeRegisters(int width) => (width + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    private struct PackPanels : IJob
    {
        public Plan* Plan;

        public readonly void Run(int chunk)
        {
            ref readonly var problem = ref Plan->Problem;
            var j = (Plan->FirstPacked + chunk) * PanelWidth;
            var width = Math.Min(PanelWidth, problem.N - j);
            GemmPack<T, TLanes, TVector>.Run(
                problem.B + j * problem.BCol, problem.BRow, problem.BCol, problem.K, width,
                Plan->PackedB + (long)chunk * problem.K * PanelWidth, WholeRegisters(width));
        }
    }

    private struct MultiplyBlocks : IJob
    {
        public Plan* Plan;

        public readonly void Run(int chunk)
        {
            var (group, range) = Math.DivRem(chunk, Plan->Ranges);
            var from = Part(Plan->Strips, group, Plan->Groups) * StripRows;
            var to = Math.Min(Part(Plan->Strips, group + 1, Plan->Groups) * StripRows, Plan->Problem.M);
            var last = Part(Plan->Panels, range + 1, Plan->Ranges);
            var rows = MakeRows(Plan, from, to);

            for (var panel = Part(Plan->Panels, range, Plan->Ranges); panel < last; panel++)
                MultiplyPanel(Plan, rows, panel, from, to);
        }
    }

    private static int Part(int total, int index, int parts) => (int)((long)total * index / parts);

    private struct Rows { public T* A; public long ARow, ACol, AStrip; }

    private static Rows MakeRows(Plan* plan, int from, int to)
    {
        ref readonly var problem = ref plan->Problem;
        var a = problem.A + from * problem.ARow;
        if (!plan->PacksA)
            return new Rows { A = a, ARow = problem.ARow, ACol = problem.ACol, AStrip = StripRows * problem.ARow };
        var length = (long)StripRows * problem.K;
        var packed = (T*)GemmScratch.Take(ref GemmScratch.Strips, (to - from + StripRows - 1) / StripRows * length * sizeof(T));
        for (var i = from; i < to; i += StripRows)
            GemmPack<T, TLanes, TVector>.Run(problem.A + i * problem.ARow, problem.ACol, problem.ARow, problem.K, Math.Min(StripRows, to - i), packed + (i - from) / StripRows * length, StripRows);
        return new Rows { A = packed, ARow = 1, ACol = StripRows, AStrip = length };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPanel(Plan* plan, in Rows rows, int panel, int from, int to)
    {
        ref readonly var problem = ref plan->Problem;
        var j = panel * PanelWidth;
        var width = Math.Min(PanelWidth, problem.N - j);
        var padded = WholeRegisters(width);
        var packed = panel >= plan->FirstPacked;

        var strip = new GemmStrip<T>
        {
            K = problem.K,
            A = rows.A,
            ARow = rows.ARow,
            ACol = rows.ACol,
            B = packed ? plan->PackedB + (long)(panel - plan->FirstPacked) * problem.K * PanelWidth : problem.B + j,
            BRow = packed ? padded : problem.BRow,
            StartRow = problem.StartRow,
            CRow = problem.CRow,
        };

        for (var i = from; i < to; i += StripRows, strip.A += rows.AStrip)
        {
            strip.Start = problem.Start + i * problem.StartRow + j * problem.StartCol;
            strip.C = problem.C + i * problem.CRow + j;
            var count = Math.Min(StripRows, to - i);

            if (width == padded)
                Multiply(strip, count, padded, plan->Tallest);
            else
                MultiplyRagged(strip, count, width, padded, plan->Tallest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(in GemmStrip<T> strip, int rows, int width, int tallest)
    {
        if (width == 3 * TLanes.Count)
            GemmTile<T, GemmRow3<TLanes, T, TVector>>.Run(strip, rows, tallest);
        else if (width == 2 * TLanes.Count)
            GemmTile<T, GemmRow2<TLanes, T, TVector>>.Run(strip, rows, tallest);
        else
            GemmTile<T, GemmRow1<TLanes, T, TVector>>.Run(strip, rows, tallest);
    }

    /// <summary>A strip whose last register hangs over C's right edge: goes through a buffer of whole registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRagged(in GemmStrip<T> strip, int rows, int width, int padded, int tallest)
    {
        // Zeros to begin with: a denormal left in a lane that nobody reads would slow every multiply-add.
        var sum = stackalloc T[(StripRows + 1) * GemmDriver.WidestPanel];
        var start = strip.StartRow == 0 ? sum + StripRows * padded : sum;
        CopyBlock(strip.Start, strip.StartRow, start, padded, strip.StartRow == 0 ? 1 : rows, width);

        var buffered = strip;
        buffered.Start = start;
        buffered.StartRow = strip.StartRow == 0 ? 0 : padded;
        buffered.C = sum;
        buffered.CRow = padded;
        Multiply(buffered, rows, padded, tallest);

        CopyBlock(sum, padded, strip.C, strip.CRow, rows, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyBlock(T* source, long sourceRow, T* target, long targetRow, int rows, int width)
    {
        var whole = width - width % Vector128<T>.Count;

        for (; rows > 0; rows--, source += sourceRow, target += targetRow)
        {
            for (var j = 0; j < whole; j += Vector128<T>.Count)
                Vector128.Load(source + j).Store(target + j);

            for (var j = whole; j < width; j++)
                target[j] = source[j];
        }
    }
}
