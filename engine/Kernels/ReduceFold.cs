using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

internal static unsafe partial class Reduce
{
    /// <summary>Elements of a contiguous run that are folded in one go; longer runs are cut, and the pieces combined in pairs.</summary>
    const int Piece = 8192;

    /// <summary>Rows that are added up one after the other in a column-wise fold; blocks of rows are combined in the same way, level by level.</summary>
    const int BlockRows = 64;

    /// <summary>Elements worth handing to a thread.</summary>
    const int Grain = 16384;

    /// <summary>y[o, j] = fold over k of source[o, k, j]: the cuts depend on the shape alone, and so do the bits.</summary>
    static void Fold<T, TSource, TFold>(TSource source, T* y, long outer, long reduced, long inner)
        where T : unmanaged where TSource : unmanaged, ISource<T> where TFold : unmanaged, IFoldOp<T>
    {
        if (inner == 1) FoldRows<T, TSource, TFold>(source, y, outer, reduced);
        else FoldColumns<T, TSource, TFold>(source, y, outer, reduced, inner);
    }

    static void FoldRows<T, TSource, TFold>(TSource source, T* y, long rows, long length)
        where T : unmanaged where TSource : unmanaged, ISource<T> where TFold : unmanaged, IFoldOp<T>
    {
        long pieces = Math.Max(1, (length + Piece - 1) / Piece);
        if (pieces == 1)
        {
            RunPieces<T, TSource, TFold>(source, y, rows, length, 1);
            return;
        }
        using var partial = new PooledBlock<T>(rows * pieces);
        RunPieces<T, TSource, TFold>(source, partial.Start, rows, length, pieces);
        for (long row = 0; row < rows; row++) y[row] = InPairs<T, TFold>(partial.Start + row * pieces, pieces);
    }

    static void RunPieces<T, TSource, TFold>(TSource source, T* y, long rows, long length, long pieces)
        where T : unmanaged where TSource : unmanaged, ISource<T> where TFold : unmanaged, IFoldOp<T>
    {
        long count = rows * pieces, group = Math.Max(1, Grain / Math.Max(1, Math.Min(length, Piece)));
        Workers.For((int)((count + group - 1) / group), new PieceJob<T, TSource, TFold>(source, y, length, pieces, count, group));
    }

    readonly struct PieceJob<T, TSource, TFold>(TSource source, T* y, long length, long pieces, long count, long group) : IJob
        where T : unmanaged where TSource : unmanaged, ISource<T> where TFold : unmanaged, IFoldOp<T>
    {
        [MethodImpl(Kernel.Loop)]
        public void Run(int chunk)
        {
            var own = source;
            long first = chunk * group;
            var (row, piece) = Math.DivRem(first, pieces);
            for (long index = first; index < Math.Min(count, first + group); index++)
            {
                own.EnterRow(row);
                y[index] = FoldRun<T, TSource, TFold>(own, row * length + piece * Piece, Math.Min(Piece, length - piece * Piece));
                if (++piece == pieces) (row, piece) = (row + 1, 0);
            }
        }
    }

    /// <summary>The fold of one contiguous run, piece by piece, on the calling thread: the same bits as <see cref="FoldRows"/>.</summary>
    [MethodImpl(Kernel.Loop)]
    static T FoldRow<T, TSource, TFold>(TSource source, long length)
        where T : unmanaged where TSource : unmanaged, ISource<T> where TFold : unmanaged, IFoldOp<T>
    {
        if (length <= Piece) return FoldRun<T, TSource, TFold>(source, 0, length);
        long pieces = (length + Piece - 1) / Piece;
        using var partial = new PooledBlock<T>(pieces);
        for (long p = 0; p < pieces; p++)
            partial.Start[p] = FoldRun<T, TSource, TFold>(source, p * Piece, Math.Min(Piece, length - p * Piece));
        return InPairs<T, TFold>(partial.Start, pieces);
    }

    /// <summary>The fold of n &lt;= Piece neighbours from element i on, in four vectors of running results.</summary>
    [MethodImpl(Kernel.Loop)]
    static T FoldRun<T, TSource, TFold>(TSource source, long i, long n)
        where T : unmanaged where TSource : unmanaged, ISource<T> where TFold : unmanaged, IFoldOp<T>
    {
        long end = i + n;
        if (!Simd.Enabled) return Halves<T, TSource, TFold>(source, i, n);
        int lanes = Vector512<T>.Count;
        var identity = Vector512.Create(TFold.Identity);
        var (a, b, c, d) = (identity, identity, identity, identity);
        // The partial vector first: reading it may take a call, across which no running result has to be kept.
        long rest = n % lanes;
        if (rest > 0) b = Vector512.ConditionalSelect(Tail.FirstLanes<T>(rest), source.Partial(end - rest, rest), identity);
        for (; i <= end - 4 * lanes; i += 4 * lanes)
        {
            a = default(TFold).Invoke(a, source.Vector(i, 0));
            b = default(TFold).Invoke(b, source.Vector(i + lanes, 0));
            c = default(TFold).Invoke(c, source.Vector(i + 2 * lanes, 0));
            d = default(TFold).Invoke(d, source.Vector(i + 3 * lanes, 0));
        }
        for (; i <= end - lanes; i += lanes) a = default(TFold).Invoke(a, source.Vector(i, 0));
        return Across<T, TFold>(default(TFold).Invoke(default(TFold).Invoke(a, b), default(TFold).Invoke(c, d)));
    }

    /// <summary>The specification of <see cref="FoldRun"/>: one half with the other, so that sums stay as exact.</summary>
    static T Halves<T, TSource, TFold>(TSource source, long i, long n)
        where T : unmanaged where TSource : unmanaged, ISource<T> where TFold : unmanaged, IFoldOp<T>
    {
        if (n == 0) return TFold.Identity;
        if (n == 1) return source.Scalar(i, 0);
        return default(TFold).Invoke(Halves<T, TSource, TFold>(source, i, n / 2), Halves<T, TSource, TFold>(source, i + n / 2, n - n / 2));
    }

    /// <summary>The fold of a vector's lanes: upper half with lower half, down to one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Across<T, TFold>(Vector512<T> v) where T : unmanaged where TFold : unmanaged, IFoldOp<T>
    {
        v = default(TFold).Invoke(v, v.GetUpper().ToVector512Unsafe());
        v = default(TFold).Invoke(v, v.GetLower().GetUpper().ToVector256Unsafe().ToVector512Unsafe());
        var last = v.GetLower().GetLower();
        last = Halve<T, TFold>(last, Vector128.Shuffle(last.AsInt64(), Vector128.Create(1L, 1L)).As<long, T>());
        if (sizeof(T) <= 4) last = Halve<T, TFold>(last, Vector128.ShiftRightLogical(last.AsUInt64(), 32).As<ulong, T>());
        if (sizeof(T) <= 2) last = Halve<T, TFold>(last, Vector128.ShiftRightLogical(last.AsUInt64(), 16).As<ulong, T>());
        if (sizeof(T) == 1) last = Halve<T, TFold>(last, Vector128.ShiftRightLogical(last.AsUInt64(), 8).As<ulong, T>());
        return last.ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> Halve<T, TFold>(Vector128<T> low, Vector128<T> high) where T : unmanaged where TFold : unmanaged, IFoldOp<T> =>
        default(TFold).Invoke(low.ToVector256Unsafe().ToVector512Unsafe(), high.ToVector256Unsafe().ToVector512Unsafe()).GetLower().GetLower();

    /// <summary>Folds neighbours in pairs, in place, until one is left.</summary>
    static T InPairs<T, TFold>(T* p, long n) where T : unmanaged where TFold : unmanaged, IFoldOp<T>
    {
        for (; n > 1; n = (n + 1) / 2)
            for (long i = 0; i < (n + 1) / 2; i++)
                p[i] = 2 * i + 1 < n ? default(TFold).Invoke(p[2 * i], p[2 * i + 1]) : p[2 * i];
        return *p;
    }

    static void FoldColumns<T, TSource, TFold>(TSource source, T* y, long outer, long rows, long columns)
        where T : unmanaged where TSource : unmanaged, ISource<T> where TFold : unmanaged, IFoldOp<T>
    {
        long blocks = Math.Max(1, (rows + BlockRows - 1) / BlockRows);
        if (blocks == 1)
        {
            RunBlocks<T, TSource, TFold>(source, y, outer, rows, columns, 1);
            return;
        }
        using var partial = new PooledBlock<T>(outer * blocks * columns);
        RunBlocks<T, TSource, TFold>(source, partial.Start, outer, rows, columns, blocks);
        FoldColumns<T, Plain<T>, TFold>(new(partial.Start), y, outer, blocks, columns);
    }

    static void RunBlocks<T, TSource, TFold>(TSource source, T* y, long outer, long rows, long columns, long blocks)
        where T : unmanaged where TSource : unmanaged, ISource<T> where TFold : unmanaged, IFoldOp<T>
    {
        var cuts = new BlockCuts(outer * blocks, Math.Min(rows, BlockRows), columns);
        Workers.For(cuts.Count, new BlockJob<T, TSource, TFold>(source, y, rows, columns, blocks, cuts));
    }

    /// <summary>Blocks of rows, cut into chunks: several small blocks together, the columns of a large one apart. Each column is folded
    /// alone, so no cut changes a bit.</summary>
    readonly struct BlockCuts(long blocks, long rows, long columns)
    {
        readonly long group = Math.Max(1, Grain / Math.Max(1, rows * columns));
        readonly int bands = Math.Max(1, Chunks.Even(rows * columns, Grain));

        public int Count => checked(Groups * bands);

        /// <summary>A chunk's blocks, from the first to before the end, and its columns of them.</summary>
        public (long First, long End, long From, long To) this[int chunk]
        {
            get
            {
                var (band, first) = (chunk / Groups, chunk % Groups * group);
                return (first, Math.Min(blocks, first + group), Start(band), band + 1 == bands ? columns : Start(band + 1));
            }
        }

        int Groups => checked((int)((blocks + group - 1) / group));

        long Start(int band) => columns / Chunks.Grain * band / bands * Chunks.Grain;
    }

    readonly struct BlockJob<T, TSource, TFold>(TSource source, T* y, long rows, long columns, long blocks, BlockCuts cuts) : IJob
        where T : unmanaged where TSource : unmanaged, ISource<T> where TFold : unmanaged, IFoldOp<T>
    {
        [MethodImpl(Kernel.Loop)]
        public void Run(int chunk)
        {
            var (start, end, from, to) = cuts[chunk];
            for (var index = start; index < end; index++)
            {
                long first = index % blocks * BlockRows;
                FoldBlock<T, TSource, TFold>(source, y + index * columns, (index / blocks * rows + first) * columns, Math.Min(BlockRows, rows - first), columns, from, to);
            }
        }
    }

    /// <summary>y[j] = the fold, row after row, of column j of a block that starts at element i, for from &lt;= j &lt; to.</summary>
    [MethodImpl(Kernel.Loop)]
    static void FoldBlock<T, TSource, TFold>(TSource source, T* y, long i, long rows, long columns, long from, long to)
        where T : unmanaged where TSource : unmanaged, ISource<T> where TFold : unmanaged, IFoldOp<T>
    {
        int lanes = Vector512<T>.Count;
        var identity = Vector512.Create(TFold.Identity);
        long j = from, end = i + rows * columns;
        for (; Simd.Enabled && j <= to - 4 * lanes; j += 4 * lanes)
        {
            var (a, b, c, d) = (identity, identity, identity, identity);
            for (long k = i + j; k < end; k += columns)
            {
                a = default(TFold).Invoke(a, source.Vector(k, j));
                b = default(TFold).Invoke(b, source.Vector(k + lanes, j + lanes));
                c = default(TFold).Invoke(c, source.Vector(k + 2 * lanes, j + 2 * lanes));
                d = default(TFold).Invoke(d, source.Vector(k + 3 * lanes, j + 3 * lanes));
            }
            a.Store(y + j);
            b.Store(y + j + lanes);
            c.Store(y + j + 2 * lanes);
            d.Store(y + j + 3 * lanes);
        }
        while (Simd.Enabled && j < to && to - from >= lanes)
        {
            // The last vector may repeat columns of the one before it: each column is folded alone, so with the same result.
            j = Math.Min(j, to - lanes);
            var a = identity;
            for (long k = i + j; k < end; k += columns) a = default(TFold).Invoke(a, source.Vector(k, j));
            a.Store(y + j);
            j += lanes;
        }
        for (; j < to; j++)
        {
            var a = TFold.Identity;
            for (long k = i + j; k < end; k += columns) a = default(TFold).Invoke(a, source.Scalar(k, j));
            y[j] = a;
        }
    }
}
