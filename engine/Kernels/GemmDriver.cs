using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Workbench.Engine;

/// <summary>Chooses the register width for a product.</summary>
internal static class GemmDriver
{
    /// <summary>Elements of the widest panel: three registers of the narrowest element type.</summary>
    public const int WidestPanel = 48;

    public static void Run<T>(GemmProblem<T> problem) where T : unmanaged
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

/// <summary>Cuts a product into chunks of (rows x one panel of columns) and shares them out.</summary>
internal static unsafe class GemmDriver<T, TLanes, TVector>
    where T : unmanaged
    where TLanes : struct, IGemmLanes<T, TVector>
    where TVector : unmanaged
{
    /// <summary>Rows of one strip, and of a packed panel of A.</summary>
    private const int StripRows = 16;

    public static int Slice = int.Parse(Environment.GetEnvironmentVariable("GK") ?? "512");
    public static long ChunkWork = long.Parse(Environment.GetEnvironmentVariable("GCHUNK") ?? "500000");
    public static long PackBAbove = long.Parse(Environment.GetEnvironmentVariable("GPB") ?? "1000000");
    public static long PackAAbove = long.Parse(Environment.GetEnvironmentVariable("GPA") ?? "1000000");
    public static int GroupMajor = int.Parse(Environment.GetEnvironmentVariable("GMAJ") ?? "0");

    private static int PanelWidth => 3 * TLanes.Count;

    private struct Block
    {
        public GemmProblem<T> Problem;
        public T* PackedA;
        public T* PackedB;
        public int Panels, FirstPacked, Tallest, Groups, Strips;
    }

    public static void Run(GemmProblem<T> problem, int tallest)
    {
        var from = 0;

        do
        {
            var count = Math.Min(Slice, problem.K - from);
            RunSlice(problem.Slice(from, count), tallest);
            from += count;
        }
        while (from < problem.K);
    }

    private static void RunSlice(GemmProblem<T> problem, int tallest)
    {
        var block = new Block { Problem = problem, Tallest = tallest };
        block.Panels = (problem.N + PanelWidth - 1) / PanelWidth;
        block.Strips = (problem.M + StripRows - 1) / StripRows;
        var packAll = problem.BCol != 1 || (long)problem.N * problem.K > PackBAbove;
        block.FirstPacked = packAll ? 0 : problem.N % TLanes.Count != 0 ? block.Panels - 1 : block.Panels;
        var packA = (long)problem.M * problem.K > PackAAbove;

        var bytesB = (long)(block.Panels - block.FirstPacked) * problem.K * PanelWidth * sizeof(T);
        var bytesA = packA ? (long)block.Strips * StripRows * problem.K * sizeof(T) : 0;
        block.PackedB = (T*)GemmScratch.Take(bytesB + bytesA);
        if (packA) block.PackedA = block.PackedB + bytesB / sizeof(T);
        var small = (long)problem.M * problem.N * problem.K < 60000;

        if (block.FirstPacked < block.Panels)
            Share(block.Panels - block.FirstPacked, new PackB { Block = &block }, small);
        if (packA)
            Share(block.Strips, new PackA { Block = &block }, small);

        var perStrip = (long)StripRows * PanelWidth * problem.K;
        var strips = (int)Math.Clamp(ChunkWork / Math.Max(perStrip, 1), 1, block.Strips);
        block.Groups = (block.Strips + strips - 1) / strips;
        Share(block.Groups * block.Panels, new Tiles { Block = &block }, small);
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

    private struct PackB : IJob
    {
        public Block* Block;

        public void Run(int chunk)
        {
            ref var problem = ref Block->Problem;
            var panel = Block->FirstPacked + chunk;
            var j = panel * PanelWidth;
            var width = Math.Min(PanelWidth, problem.N - j);
            GemmPack<T, TLanes, TVector>.Run(
                problem.B + j * problem.BCol, problem.BRow, problem.BCol, problem.K, width,
                Block->PackedB + (long)chunk * problem.K * PanelWidth, RoundUp(width));
        }
    }

    private struct PackA : IJob
    {
        public Block* Block;

        public void Run(int chunk)
        {
            ref var problem = ref Block->Problem;
            var i = chunk * StripRows;
            GemmPack<T, TLanes, TVector>.Run(
                problem.A + i * problem.ARow, problem.ACol, problem.ARow, problem.K, Math.Min(StripRows, problem.M - i),
                Block->PackedA + (long)i * problem.K, StripRows);
        }
    }

    private static int RoundUp(int width) => (width + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    private struct Tiles : IJob
    {
        public Block* Block;

        public void Run(int chunk)
        {
            var (panel, group) = GroupMajor == 1 ? (chunk % Block->Panels, chunk / Block->Panels) : (chunk / Block->Groups, chunk % Block->Groups);
            ref var problem = ref Block->Problem;
            var j = panel * PanelWidth;
            var width = Math.Min(PanelWidth, problem.N - j);
            var padded = RoundUp(width);
            var packed = panel >= Block->FirstPacked;

            var strip = new GemmStrip<T>
            {
                K = problem.K, ARow = problem.ARow, ACol = problem.ACol, StartRow = problem.StartRow, CRow = problem.CRow,
                B = packed ? Block->PackedB + (long)(panel - Block->FirstPacked) * problem.K * PanelWidth : problem.B + j * problem.BCol,
                BRow = packed ? padded : problem.BRow,
            };
            if (Block->PackedA != null)
                (strip.ARow, strip.ACol) = (1, StripRows);

            var to = (int)((long)Block->Strips * (group + 1) / Block->Groups);
            for (var s = (int)((long)Block->Strips * group / Block->Groups); s < to; s++)
            {
                var i = s * StripRows;
                var rows = Math.Min(StripRows, problem.M - i);
                strip.A = Block->PackedA != null ? Block->PackedA + (long)i * problem.K : problem.A + i * problem.ARow;
                strip.Start = problem.Start + i * problem.StartRow + j * problem.StartCol;
                strip.C = problem.C + i * problem.CRow + j;
                if (width == padded)
                    Dispatch(strip, rows, padded / TLanes.Count, Block->Tallest);
                else
                    Buffered(strip, rows, width, padded / TLanes.Count, Block->Tallest);
            }
        }
    }

    private static void Buffered(GemmStrip<T> strip, int rows, int width, int vectors, int tallest)
    {
        var buffer = stackalloc T[StripRows * PanelWidth];
        var through = strip;
        through.C = through.Start = buffer;
        through.CRow = through.StartRow = PanelWidth;
        for (var i = 0; i < rows; i++)
            new Span<T>(strip.Start + i * strip.StartRow, width).CopyTo(new Span<T>(buffer + i * PanelWidth, width));
        Dispatch(through, rows, vectors, tallest);
        for (var i = 0; i < rows; i++)
            new Span<T>(buffer + i * PanelWidth, width).CopyTo(new Span<T>(strip.C + i * strip.CRow, width));
    }

    private static void Dispatch(GemmStrip<T> strip, int rows, int vectors, int tallest)
    {
        switch (vectors)
        {
            case 3: GemmTile<T, GemmRow3<TLanes, T, TVector>>.Run(strip, rows, tallest); break;
            case 2: GemmTile<T, GemmRow2<TLanes, T, TVector>>.Run(strip, rows, tallest); break;
            default: GemmTile<T, GemmRow1<TLanes, T, TVector>>.Run(strip, rows, tallest); break;
        }
    }
}
