using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>Carries out a <see cref="GemmPlan{T}"/> with registers of one width.</summary>
internal static unsafe class GemmBlocks<T, TLanes, TVector>
    where T : unmanaged
    where TLanes : struct, IGemmLanes<T, TVector>
    where TVector : unmanaged
{
    /// <summary>Runs a product, slice by slice of k, with micro-kernels of up to <paramref name="tallest"/> rows.</summary>
    public static void Run(in GemmProblem<T> problem, int tallest)
    {
        if (problem.As == null && GemmNarrow<T, TLanes, TVector>.TryRun(problem))
            return;

        var slices = Math.Max(1, (problem.K + GemmPlan<T>.LongestSlice - 1) / GemmPlan<T>.LongestSlice);

        for (var slice = 0; slice < slices; slice++)
        {
            var from = (int)((long)problem.K * slice / slices);
            var to = (int)((long)problem.K * (slice + 1) / slices);
            var plan = new GemmPlan<T>(problem.Slice(from, to - from), TLanes.Count);
            Share(plan.Threads, plan.Panels.PackChunks, new Pack { Plan = &plan });
            Share(plan.Threads, plan.Groups * plan.Ranges, new Multiply { Plan = &plan, Tallest = tallest });
        }
    }

    private static void Share<TJob>(int threads, int chunks, TJob job) where TJob : unmanaged, IJob
    {
        if (threads > 1)
        {
            Workers.For(chunks, job);
            return;
        }

        for (var chunk = 0; chunk < chunks; chunk++)
            job.Run(chunk);
    }

    /// <summary>The panels that all blocks share.</summary>
    private struct Pack : IJob
    {
        public GemmPlan<T>* Plan;

        public readonly void Run(int chunk) => Plan->Panels.Pack<TLanes, TVector>(chunk);
    }

    /// <summary>One block of C.</summary>
    private struct Multiply : IJob
    {
        public GemmPlan<T>* Plan;
        public int Tallest;

        public readonly void Run(int chunk)
        {
            var (range, group) = Math.DivRem(chunk, Plan->Groups);
            var (top, bottom) = Plan->RowsOf(group);
            var (first, end) = Plan->PanelsOf(range);
            var strips = Plan->PacksStrips ? PackStrips(Plan, top, bottom) : null;

            for (var panel = first; panel < end; panel++)
                RunPanel(Plan, strips, panel, top, bottom, Tallest);
        }
    }

    /// <summary>A block's own copy of its rows of A.</summary>
    private static T* PackStrips(GemmPlan<T>* plan, int top, int bottom)
    {
        ref readonly var strips = ref plan->Strips;
        var length = (long)GemmPlan<T>.StripRows * strips.K;
        var first = top / GemmPlan<T>.StripRows;
        var end = (bottom + GemmPlan<T>.StripRows - 1) / GemmPlan<T>.StripRows;
        var own = (T*)GemmScratch.Own((end - first) * length * sizeof(T));

        for (var strip = first; strip < end; strip++)
            strips.PackPanel<TLanes, TVector>(strip, 0, strips.K, own + (strip - first) * length);

        return own;
    }

    /// <summary>Rows top to bottom - 1 of one panel of C; strips holds those rows of A, or null where A is not packed.</summary>
    [MethodImpl(Kernel.Loop)]
    private static void RunPanel(GemmPlan<T>* plan, T* strips, int panel, int top, int bottom, int tallest)
    {
        ref readonly var problem = ref plan->Problem;
        var (left, width, padded) = plan->Panels[panel];
        var packed = panel >= plan->Panels.FirstPacked;
        var strip = new GemmStrip<T>
        {
            K = problem.K,
            Runs = 1,
            Rounds = 1,
            A = strips != null ? strips : problem.A + top * problem.ARow,
            ARow = strips != null ? 1 : problem.ARow,
            ACol = strips != null ? GemmPlan<T>.StripRows : problem.ACol,
            B = packed ? PackedPanel(plan, panel) : problem.B + left,
            BRow = packed ? padded : problem.BRow,
            StartRow = problem.StartRow,
            CRow = problem.CRow,
        };
        var nextStrip = GemmPlan<T>.StripRows * (strips != null ? problem.K : problem.ARow);

        for (var i = top; i < bottom; i += GemmPlan<T>.StripRows, strip.A += nextStrip)
        {
            strip.Start = problem.Start + i * problem.StartRow + left * problem.StartCol;
            strip.C = problem.C + i * problem.CRow + left;
            var rows = Math.Min(GemmPlan<T>.StripRows, bottom - i);

            if (width == padded)
                RunStrip(strip, rows, padded, tallest);
            else
                RunRagged(strip, rows, width, padded, tallest);
        }
    }

    /// <summary>The shared copy of a panel, or one that this block makes for itself.</summary>
    private static T* PackedPanel(GemmPlan<T>* plan, int panel)
    {
        ref readonly var panels = ref plan->Panels;

        if (panels.Packed != null)
            return panels.PackedPanel(panel);

        var own = (T*)GemmScratch.Own(panels.PanelLength * sizeof(T));
        panels.PackPanel<TLanes, TVector>(panel, 0, panels.K, own);
        return own;
    }

    /// <summary>A strip as wide as one, two or three registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void RunStrip(in GemmStrip<T> strip, int rows, int width, int tallest)
    {
        if (width == 3 * TLanes.Count)
            GemmTile<T, GemmRow3<TLanes, T, TVector>>.Run(strip, rows, tallest);
        else if (width == 2 * TLanes.Count)
            GemmTile<T, GemmRow2<TLanes, T, TVector>>.Run(strip, rows, tallest);
        else
            GemmTile<T, GemmRow1<TLanes, T, TVector>>.Run(strip, rows, tallest);
    }

    /// <summary>A strip whose last register hangs over C's right edge: goes through a buffer of whole registers.</summary>
    [MethodImpl(Kernel.Loop)]
    private static void RunRagged(in GemmStrip<T> strip, int rows, int width, int padded, int tallest)
    {
        // Zeros to begin with: a denormal left in a lane that nobody reads would slow every multiply-add.
        var sums = stackalloc T[(GemmPlan<T>.StripRows + 1) * padded];
        var oneStart = strip.StartRow == 0;
        var start = oneStart ? sums + GemmPlan<T>.StripRows * padded : sums;
        CopyBlock(strip.Start, strip.StartRow, start, padded, oneStart ? 1 : rows, width);

        var buffered = strip;
        buffered.Start = start;
        buffered.StartRow = oneStart ? 0 : padded;
        buffered.C = sums;
        buffered.CRow = padded;
        RunStrip(buffered, rows, padded, tallest);

        CopyBlock(sums, padded, strip.C, strip.CRow, rows, width);
    }

    [MethodImpl(Kernel.Loop)]
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
