using System.Numerics;
using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <content>Sums per channel of an (outer, channels, inner) array, two at a time: a matrix has inner 1, images have height * width.</content>
internal static unsafe partial class Reduce
{
    /// <summary>Mean and biased variance of each channel: those of pieces that stay in the cache, put together.</summary>
    public static void Moments<T>(T* x, T* mean, T* variance, long outer, long channels, long inner) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var parts = new ChannelParts(outer, channels, inner);
        using var partial = new PooledBlock<T>(3 * parts.Count * channels);
        T* sums = partial.Start, squares = sums + parts.Count * channels, centres = squares + parts.Count * channels;
        parts.Run(new MomentSums<T>(x, centres), sums, squares);

        var count = T.CreateTruncating(outer * inner);
        FoldColumns<T, Plain<T>, SumFold<T>>(new(sums), mean, 1, parts.Count, channels);
        Elementwise.BinaryScalarRight(mean, count, mean, channels, default(DivideOp<T>));
        for (long part = 0; part < parts.Count; part++)
            AddSpread(parts.Terms(part), centres + part * channels, mean, squares + part * channels, channels);
        FoldColumns<T, Plain<T>, SumFold<T>>(new(squares), variance, 1, parts.Count, channels);
        Elementwise.BinaryScalarRight(variance, count, variance, channels, default(DivideOp<T>));
    }

    /// <summary>sums[c] = the sum of g over o and j, and products[c] = the sum of g[o, c, j] (x[o, c, j] - centres[c]).</summary>
    public static void DeviationProducts<T>(T* g, T* x, T* centres, T* sums, T* products, long outer, long channels, long inner)
        where T : unmanaged, INumber<T>
    {
        var parts = new ChannelParts(outer, channels, inner);
        using var partial = new PooledBlock<T>(2 * parts.Count * channels);
        var second = partial.Start + parts.Count * channels;
        parts.Run(new ProductSums<T>(g, x, centres), partial.Start, second);
        FoldColumns<T, Plain<T>, SumFold<T>>(new(partial.Start), sums, 1, parts.Count, channels);
        FoldColumns<T, Plain<T>, SumFold<T>>(new(second), products, 1, parts.Count, channels);
    }

    /// <summary>squares[c] += terms (centres[c] - mean[c])^2: the part of a sum of squares that a part's own mean hides.</summary>
    [MethodImpl(Kernel.Loop)]
    static void AddSpread<T>(long terms, T* centres, T* mean, T* squares, long channels) where T : unmanaged, INumber<T>
    {
        var weight = T.CreateTruncating(terms);
        for (long c = 0; c < channels; c++)
        {
            var distance = centres[c] - mean[c];
            squares[c] += distance * distance * weight;
        }
    }

    /// <summary>Two sums of a part of each channel, one after the other while the part is near.</summary>
    interface IChannelSums<T> where T : unmanaged
    {
        /// <summary>Of n neighbours from element i on, all of one channel; at is where the results go in their arrays.</summary>
        void Row(long i, long n, long channel, long at, T* first, T* second);

        /// <summary>Of the columns from, from + 1, ... to - 1 of a block of rows that starts at element i.</summary>
        void Block(long i, long rows, long columns, long from, long to, long at, T* first, T* second);
    }

    /// <summary>Sums, and sums of squares about the part's own mean, which is kept.</summary>
    readonly struct MomentSums<T>(T* x, T* centres) : IChannelSums<T> where T : unmanaged, INumber<T>
    {
        public void Row(long i, long n, long channel, long at, T* first, T* second)
        {
            first[at] = FoldRun<T, Plain<T>, SumFold<T>>(new(x), i, n);
            centres[at] = first[at] / T.CreateTruncating(n);
            var deviations = new Deviations<T>(x, x, centres + at, 1);
            deviations.EnterRow(0);
            second[at] = FoldRun<T, Deviations<T>, SumFold<T>>(deviations, i, n);
        }

        public void Block(long i, long rows, long columns, long from, long to, long at, T* first, T* second)
        {
            FoldBlock<T, Plain<T>, SumFold<T>>(new(x), first + at, i, rows, columns, from, to);
            Elementwise.UnaryRange(first + at + from, centres + at + from, to - from, new BindRight<T, DivideOp<T>>(default, T.CreateTruncating(rows)));
            FoldBlock<T, Deviations<T>, SumFold<T>>(new(x, x, centres + at, 0), second + at, i, rows, columns, from, to);
        }
    }

    /// <summary>Sums of g, and of g (x - centre).</summary>
    readonly struct ProductSums<T>(T* g, T* x, T* centres) : IChannelSums<T> where T : unmanaged, INumber<T>
    {
        public void Row(long i, long n, long channel, long at, T* first, T* second)
        {
            first[at] = FoldRun<T, Plain<T>, SumFold<T>>(new(g), i, n);
            var deviations = new Deviations<T>(g, x, centres + channel, 1);
            deviations.EnterRow(0);
            second[at] = FoldRun<T, Deviations<T>, SumFold<T>>(deviations, i, n);
        }

        public void Block(long i, long rows, long columns, long from, long to, long at, T* first, T* second)
        {
            FoldBlock<T, Plain<T>, SumFold<T>>(new(g), first + at, i, rows, columns, from, to);
            FoldBlock<T, Deviations<T>, SumFold<T>>(new(g, x, centres, 0), second + at, i, rows, columns, from, to);
        }
    }

    /// <summary>How the array is cut, by its shape alone: blocks of rows of a matrix, pieces of the rows of images. Results of
    /// part p and channel c lie at p * channels + c.</summary>
    readonly struct ChannelParts(long outer, long channels, long inner)
    {
        readonly bool byColumn = inner == 1 && channels > 1;
        readonly long pieces = Math.Max(1, (inner + Piece - 1) / Piece);

        public long Count => byColumn ? (outer + BlockRows - 1) / BlockRows : outer * pieces;

        public long Terms(long part) =>
            byColumn ? Math.Min(BlockRows, outer - part * BlockRows) : Math.Min(Piece, inner - part % pieces * Piece);

        public void Run<T, TSums>(TSums sums, T* first, T* second) where T : unmanaged where TSums : unmanaged, IChannelSums<T>
        {
            if (byColumn)
            {
                var cuts = new BlockCuts(Count, Math.Min(outer, BlockRows), channels);
                Workers.For(cuts.Count, new BlockJob<T, TSums>(this, sums, first, second, cuts));
                return;
            }
            long units = Count * channels, group = Math.Max(1, Grain / Math.Max(1, Math.Min(inner, Piece)));
            Workers.For(checked((int)((units + group - 1) / group)), new PieceJob<T, TSums>(this, sums, first, second, units, group));
        }

        readonly struct BlockJob<T, TSums>(ChannelParts parts, TSums sums, T* first, T* second, BlockCuts cuts) : IJob
            where T : unmanaged where TSums : unmanaged, IChannelSums<T>
        {
            [MethodImpl(Kernel.Loop)]
            public void Run(int chunk)
            {
                var (start, end, from, to) = cuts[chunk];
                for (var part = start; part < end; part++) parts.Block(sums, part, from, to, first, second);
            }
        }

        void Block<T, TSums>(TSums sums, long part, long from, long to, T* first, T* second)
            where T : unmanaged where TSums : unmanaged, IChannelSums<T> =>
            sums.Block(part * BlockRows * channels, Terms(part), channels, from, to, part * channels, first, second);

        readonly struct PieceJob<T, TSums>(ChannelParts parts, TSums sums, T* first, T* second, long units, long group) : IJob
            where T : unmanaged where TSums : unmanaged, IChannelSums<T>
        {
            [MethodImpl(Kernel.Loop)]
            public void Run(int chunk)
            {
                for (var unit = chunk * group; unit < Math.Min(units, (chunk + 1) * group); unit++) parts.Row(sums, unit, first, second);
            }
        }

        void Row<T, TSums>(TSums sums, long unit, T* first, T* second) where T : unmanaged where TSums : unmanaged, IChannelSums<T>
        {
            var (row, piece) = Math.DivRem(unit, pieces);
            var (o, c) = Math.DivRem(row, channels);
            sums.Row(row * inner + piece * Piece, Terms(piece), c, (o * pieces + piece) * channels + c, first, second);
        }
    }
}
