using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>
/// A convolution from source to target images, either way, without patches: a pixel of eight images is a tile of eight rows; it
/// adds up, over the pixels that it reads, source channels times weights, target channels side by side in the registers. Padding
/// is never multiplied. Images are turned to channels-last and back, a few at a time.
/// </summary>
internal readonly unsafe struct ConvImages<T>(ConvShape shape, bool toLarge, T* source, T* w, T* bias, T* target) : ILaneWork<T>
    where T : unmanaged
{
    private readonly ConvAxis rows = shape.Rows, columns = shape.Columns;

    private int SourceChannels => toLarge ? shape.Features : shape.Channels;
    private int TargetChannels => toLarge ? shape.Channels : shape.Features;
    private int SourceColumns => toLarge ? columns.Small : columns.Large;
    private int SourcePixels => toLarge ? shape.SmallPixels : shape.LargePixels;
    private int TargetRows => toLarge ? rows.Large : rows.Small;
    private int TargetColumns => toLarge ? columns.Large : columns.Small;
    private int TargetPixels => toLarge ? shape.LargePixels : shape.SmallPixels;

    /// <summary>Images of a chunk: the rows of the tallest tile, or half of them where that would leave threads idle.</summary>
    private int GroupSize => shape.Batch >= 16 ? 8 : 4;

    public void Run<TLanes, TVector>(int tallest)
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged
    {
        var tiles = new ConvTiles(TargetChannels, TLanes.Count);
        var taps = rows.Kernel * columns.Kernel;
        using var packed = new PooledBlock<T>((long)taps * SourceChannels * tiles.Padded);
        using var start = new PooledBlock<T>(tiles.Padded);
        new Span<T>(start.Start, tiles.Padded).Clear();
        if (bias != null) new Span<T>(bias, TargetChannels).CopyTo(new Span<T>(start.Start, tiles.Padded));
        Workers.For(SourceChannels, new PackJob(this, tiles, packed.Start));
        Workers.For((shape.Batch + GroupSize - 1) / GroupSize, new GroupJob<TLanes, TVector>(this, tiles, packed.Start, start.Start, tallest));
    }

    /// <summary>One source channel's weights, tile by tile: rows by tap in reading order, then by source channel; columns are
    /// target channels.</summary>
    private readonly struct PackJob(ConvImages<T> images, ConvTiles tiles, T* packed) : IJob
    {
        [MethodImpl(Kernel.Loop)]
        public void Run(int channel)
        {
            var (shape, channels) = (images.Shape, images.SourceChannels);
            var taps = shape.Rows.Kernel * shape.Columns.Kernel;
            var (from, step) = images.ToLarge ? ((long)channel * shape.Taps, taps) : ((long)channel * taps, shape.Taps);
            for (var tile = 0; tile < tiles.Count; tile++)
            {
                var (first, width) = tiles[tile];
                var panel = packed + (long)first * taps * channels;
                for (var r = 0; r < shape.Rows.Kernel; r++)
                    for (var s = 0; s < shape.Columns.Kernel; s++)
                    {
                        var row = panel + ((long)images.Place(r, s) * channels + channel) * width;
                        var weight = images.Weights + from + r * shape.Columns.Kernel + s;
                        for (var j = 0; j < width; j++) row[j] = first + j < tiles.Columns ? weight[(long)(first + j) * step] : default;
                    }
            }
        }
    }

    private ConvShape Shape => shape;
    private bool ToLarge => toLarge;
    private T* Weights => w;

    private int Place(int r, int s) => toLarge ? rows.Order(r) * columns.Kernel + columns.Order(s) : r * columns.Kernel + s;

    private readonly struct GroupJob<TLanes, TVector>(ConvImages<T> images, ConvTiles tiles, T* packed, T* start, int tallest) : IJob
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged
    {
        public void Run(int group)
        {
            var first = group * images.GroupSize;
            var count = Math.Min(images.GroupSize, images.Shape.Batch - first);
            using var source = new PooledBlock<T>((long)count * images.SourcePixels * images.SourceChannels);
            using var target = new PooledBlock<T>((long)count * images.TargetPixels * tiles.Padded);
            images.Turn<TLanes, TVector>(first, count, source.Start);
            for (var i = 0; i < images.TargetRows; i++)
                for (var j = 0; j < images.TargetColumns; j++)
                    Pixel(count, i, j, source.Start, target.Start);
            images.TurnBack<TLanes, TVector>(first, count, target.Start, tiles.Padded);
        }

        private void Pixel(int count, int i, int j, T* source, T* target)
        {
            var channels = images.SourceChannels;
            var (row, column) = images.Reads(i, j);
            var tap = row.Tap * images.Shape.Columns.Kernel + column.Tap;
            for (var tile = 0; tile < tiles.Count; tile++)
            {
                var (from, width) = tiles[tile];
                var panel = packed + (long)from * images.Shape.Rows.Kernel * images.Shape.Columns.Kernel * channels;
                var strip = new GemmStrip<T>
                {
                    K = column.Count * channels, Runs = row.Count, Rounds = 1,
                    A = source + ((long)row.From * images.SourceColumns + column.From) * channels,
                    ARow = (long)images.SourcePixels * channels, ACol = 1, ARunStep = (long)images.SourceColumns * channels,
                    B = panel + (long)tap * channels * width,
                    BRow = width, BRunStep = (long)images.Shape.Columns.Kernel * channels * width,
                    Start = start + from, StartRow = 0,
                    C = target + ((long)i * images.TargetColumns + j) * tiles.Padded + from, CRow = (long)images.TargetPixels * tiles.Padded,
                };
                GemmBlocks<T, TLanes, TVector>.RunStrip(strip, count, width, tallest);
            }
        }
    }

    private (ConvReads Row, ConvReads Column) Reads(int i, int j) =>
        toLarge ? (rows.OfLarge(i), columns.OfLarge(j)) : (rows.OfSmall(i), columns.OfSmall(j));

    /// <summary>Source images, channels last.</summary>
    private void Turn<TLanes, TVector>(int first, int count, T* turned)
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged
    {
        var size = (long)SourceChannels * SourcePixels;
        for (var n = 0; n < count; n++)
            GemmPack<T, TLanes, TVector>.Run(
                source + (first + n) * size, 1, SourcePixels, SourcePixels, SourceChannels, turned + n * size, SourceChannels);
    }

    /// <summary>Target images, channels first.</summary>
    private void TurnBack<TLanes, TVector>(int first, int count, T* turned, int padded)
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged
    {
        for (var n = 0; n < count; n++)
            GemmPack<T, TLanes, TVector>.Run(
                turned + (long)n * TargetPixels * padded, 1, padded, TargetChannels, TargetPixels,
                target + (long)(first + n) * TargetChannels * TargetPixels, TargetPixels);
    }
}
