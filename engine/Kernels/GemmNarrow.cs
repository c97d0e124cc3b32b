using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>Products with few rows or few columns, whose wide operand is contiguous along k: its elements are transposed
/// on their way through the registers, since a packed copy would be read too seldom.</summary>
internal static unsafe class GemmNarrow<T, TLanes, TVector>
    where T : unmanaged
    where TLanes : struct, IGemmLanes<T, TVector>
    where TVector : unmanaged
{
    /// <summary>Rows (or columns) up to which a product is narrow.</summary>
    private const int Narrowest = 8;

    /// <summary>Rows taken together.</summary>
    private const int Together = 4;

    private static int Steps => GemmQuad<T, TLanes, TVector>.Steps;

    /// <summary>The product with its operands named by shape: result (i, j) is the product of row i of the wide operand
    /// and row j of the narrow one, for both of which steps along k and from row to row are given.</summary>
    private struct Pair
    {
        public int Wide, Narrow, K;
        public T* X;
        public long XRow;
        public T* Y;
        public long YRow, YCol;
        public T* Start;
        public long StartWide, StartNarrow;
        public T* C;
        public long CWide, CNarrow;
    }

    /// <summary>Runs the product if it is of this kind.</summary>
    public static bool TryRun(in GemmProblem<T> problem)
    {
        // The last block of rows moves up until it ends with X, so some results are written twice.
        if (problem.Start == problem.C)
            return false;

        if (problem.N <= Narrowest && problem.ACol == 1 && problem.M >= TLanes.Count)
            Run(Upright(problem));
        else if (problem.M <= Narrowest && problem.BRow == 1 && problem.BCol != 1 && problem.N >= TLanes.Count)
            Run(Flat(problem));
        else
            return false;

        return true;
    }

    private static Pair Upright(in GemmProblem<T> problem) => new()
    {
        Wide = problem.M, Narrow = problem.N, K = problem.K,
        X = problem.A, XRow = problem.ARow,
        Y = problem.B, YRow = problem.BCol, YCol = problem.BRow,
        Start = problem.Start, StartWide = problem.StartRow, StartNarrow = problem.StartCol,
        C = problem.C, CWide = problem.CRow, CNarrow = 1,
    };

    private static Pair Flat(in GemmProblem<T> problem) => new()
    {
        Wide = problem.N, Narrow = problem.M, K = problem.K,
        X = problem.B, XRow = problem.BCol,
        Y = problem.A, YRow = problem.ARow, YCol = problem.ACol,
        Start = problem.Start, StartWide = problem.StartCol, StartNarrow = problem.StartRow,
        C = problem.C, CWide = 1, CNarrow = problem.CRow,
    };

    private static void Run(Pair pair)
    {
        var blocks = new Blocks { Pair = &pair };
        var count = (pair.Wide + TLanes.Count - 1) / TLanes.Count;

        if ((long)pair.Wide * pair.Narrow * pair.K >= GemmPlan<T>.WorkWorthSharing)
        {
            Workers.For(count, blocks);
            return;
        }

        for (var block = 0; block < count; block++)
            blocks.Run(block);
    }

    /// <summary>One register's worth of rows of X.</summary>
    private struct Blocks : IJob
    {
        public Pair* Pair;

        [MethodImpl(Kernel.Loop)]
        public readonly void Run(int block)
        {
            var i = Math.Min(block * TLanes.Count, Pair->Wide - TLanes.Count);
            var sums = stackalloc T[Together * TLanes.Count];

            for (var j = 0; j < Pair->Narrow; j += Together)
            {
                var count = Math.Min(Together, Pair->Narrow - j);
                Gather(i, j, count, sums);

                if (count == 1)
                    AddOne(Pair, i, j, sums);
                else
                    AddFour(Pair, i, j, count, sums);

                AddRest(Pair, i, j, count, sums);
                Scatter(i, j, count, sums);
            }
        }

        private readonly void Gather(int i, int j, int count, T* sums)
        {
            var start = Pair->Start + i * Pair->StartWide + j * Pair->StartNarrow;

            for (var row = 0; row < count; row++)
                for (var lane = 0; lane < TLanes.Count; lane++)
                    sums[row * TLanes.Count + lane] = start[lane * Pair->StartWide + row * Pair->StartNarrow];
        }

        private readonly void Scatter(int i, int j, int count, T* sums)
        {
            var c = Pair->C + i * Pair->CWide + j * Pair->CNarrow;

            for (var row = 0; row < count; row++)
                for (var lane = 0; lane < TLanes.Count; lane++)
                    c[lane * Pair->CWide + row * Pair->CNarrow] = sums[row * TLanes.Count + lane];
        }
    }

    /// <summary>sums += the products of X's rows from i on and Y's row j, over whole quads of k.</summary>
    [MethodImpl(Kernel.Loop)]
    private static void AddOne(Pair* pair, int i, int j, T* sums)
    {
        var x = pair->X + i * pair->XRow;
        var xRow = pair->XRow;
        var y = pair->Y + j * pair->YRow;
        var step = pair->YCol;
        var sum = TLanes.Load(sums);

        for (var quads = pair->K / Steps; quads > 0; quads--, x += Steps, y += Steps * step)
            sum = GemmQuad<T, TLanes, TVector>.Load(x, xRow).AddTo(sum, y, step);

        TLanes.Store(sum, sums);
    }

    /// <summary>The same for up to four rows of Y; where there are fewer, the last one stands in for the rest.</summary>
    [MethodImpl(Kernel.Loop)]
    private static void AddFour(Pair* pair, int i, int j, int count, T* sums)
    {
        var x = pair->X + i * pair->XRow;
        var xRow = pair->XRow;
        var y0 = pair->Y + j * pair->YRow;
        var y1 = y0 + pair->YRow;
        var y2 = count > 2 ? y1 + pair->YRow : y1;
        var y3 = count > 3 ? y2 + pair->YRow : y2;
        var step = pair->YCol;
        var sum0 = TLanes.Load(sums);
        var sum1 = TLanes.Load(sums + TLanes.Count);
        var sum2 = TLanes.Load(sums + 2 * TLanes.Count);
        var sum3 = TLanes.Load(sums + 3 * TLanes.Count);
        var at = 0L;

        for (var quads = pair->K / Steps; quads > 0; quads--, x += Steps, at += Steps * step)
        {
            var quad = GemmQuad<T, TLanes, TVector>.Load(x, xRow);
            sum0 = quad.AddTo(sum0, y0 + at, step);
            sum1 = quad.AddTo(sum1, y1 + at, step);
            sum2 = quad.AddTo(sum2, y2 + at, step);
            sum3 = quad.AddTo(sum3, y3 + at, step);
        }

        TLanes.Store(sum0, sums);
        TLanes.Store(sum1, sums + TLanes.Count);
        TLanes.Store(sum2, sums + 2 * TLanes.Count);
        TLanes.Store(sum3, sums + 3 * TLanes.Count);
    }

    /// <summary>What is left of k when its whole quads are done.</summary>
    private static void AddRest(Pair* pair, int i, int j, int count, T* sums)
    {
        var column = stackalloc T[TLanes.Count];

        for (var p = pair->K - pair->K % Steps; p < pair->K; p++)
        {
            for (var lane = 0; lane < TLanes.Count; lane++)
                column[lane] = pair->X[(i + lane) * pair->XRow + p];

            for (var row = 0; row < count; row++)
            {
                var factor = TLanes.Broadcast(pair->Y[(j + row) * pair->YRow + p * pair->YCol]);
                var sum = sums + row * TLanes.Count;
                TLanes.Store(TLanes.MultiplyAdd(factor, TLanes.Load(column), TLanes.Load(sum)), sum);
            }
        }
    }
}
