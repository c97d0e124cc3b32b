using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>
/// The weights that fit images: w[f, c, r, s] = the sum over n, i, j of y times the x under tap (r, s). Eight channels c are the
/// rows of a tile, features lie side by side in the registers, and pixels are added up image by image. Padding is never
/// multiplied.
/// </summary>
internal readonly unsafe struct ConvWeights<T>(ConvShape shape, T* x, T* y, T* w) : ILaneWork<T> where T : unmanaged
{
    /// <summary>Channels of a chunk: the rows of the tallest tile.</summary>
    private const int Together = 8;

    /// <summary>Elements of y that stay near while all taps of a chunk read them.</summary>
    private const int NearElements = 1 << 15;

    private readonly ConvAxis rows = shape.Rows, columns = shape.Columns;

    public void Run<TLanes, TVector>(int tallest)
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged
    {
        var tiles = new ConvTiles(shape.Features, TLanes.Count);
        var taps = rows.Kernel * columns.Kernel;
        using var turned = new PooledBlock<T>((long)shape.Batch * shape.SmallPixels * tiles.Padded);
        using var sums = new PooledBlock<T>((long)taps * shape.Channels * tiles.Padded);
        Workers.For(shape.Batch, new TurnJob<TLanes, TVector>(this, tiles, turned.Start));
        Workers.For((shape.Channels + Together - 1) / Together * rows.Kernel, new TapJob<TLanes, TVector>(this, tiles, turned.Start, sums.Start, tallest));
        Workers.For(shape.Features, new UnpackJob(this, sums.Start, tiles.Padded));
    }

    private ConvShape Shape => shape;
    private T* X => x;
    private T* Y => y;
    private T* W => w;

    /// <summary>One image's pixels as rows of features, tile by tile.</summary>
    private readonly struct TurnJob<TLanes, TVector>(ConvWeights<T> weights, ConvTiles tiles, T* turned) : IJob
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged
    {
        public void Run(int image)
        {
            var (pixels, features) = (weights.Shape.SmallPixels, weights.Shape.Features);
            var from = weights.Y + (long)image * features * pixels;
            for (var tile = 0; tile < tiles.Count; tile++)
            {
                var (first, width) = tiles[tile];
                var panel = turned + ((long)first * weights.Shape.Batch + (long)image * width) * pixels;
                var count = Math.Min(width, features - first);
                if (count < width) new Span<T>(panel, pixels * width).Clear();
                GemmPack<T, TLanes, TVector>.Run(from + (long)first * pixels, 1, pixels, pixels, count, panel, width);
            }
        }
    }

    /// <summary>A row of taps of a few channels, over all images: sums by tap, channel, feature.</summary>
    private readonly struct TapJob<TLanes, TVector>(ConvWeights<T> weights, ConvTiles tiles, T* turned, T* sums, int tallest) : IJob
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged
    {
        public void Run(int chunk)
        {
            var shape = weights.Shape;
            var (strip, r) = Math.DivRem(chunk, shape.Rows.Kernel);
            var channel = strip * Together;
            var count = Math.Min(Together, shape.Channels - channel);
            for (var s = 0; s < shape.Columns.Kernel; s++)
                new Span<T>(Sums(r, s, channel), count * tiles.Padded).Clear();
            var block = Math.Max(1, NearElements / Math.Max(1, shape.SmallPixels * tiles.Padded));
            for (var image = 0; image < shape.Batch; image += block)
                for (var s = 0; s < shape.Columns.Kernel; s++)
                    Tap(channel, count, r, s, image, Math.Min(block, shape.Batch - image));
        }

        private T* Sums(int r, int s, int channel) =>
            sums + ((long)(r * weights.Shape.Columns.Kernel + s) * weights.Shape.Channels + channel) * tiles.Padded;

        private void Tap(int channel, int count, int r, int s, int image, int images)
        {
            var shape = weights.Shape;
            var ((top, bottom), (left, right)) = (shape.Rows.Windows(r), shape.Columns.Windows(s));
            var under = (long)shape.Rows.At(top, r) * shape.Columns.Large + shape.Columns.At(left, s);
            for (var tile = 0; tile < tiles.Count; tile++)
            {
                var (first, width) = tiles[tile];
                var panel = turned + ((long)first * shape.Batch + (long)image * width) * shape.SmallPixels;
                var to = Sums(r, s, channel) + first;
                var strip = new GemmStrip<T>
                {
                    K = right - left, Runs = bottom - top, Rounds = images,
                    A = weights.X + ((long)image * shape.Channels + channel) * shape.LargePixels + under,
                    ARow = shape.LargePixels, ACol = shape.Columns.Stride,
                    ARunStep = (long)shape.Rows.Stride * shape.Columns.Large, ARoundStep = (long)shape.Channels * shape.LargePixels,
                    B = panel + ((long)top * shape.Columns.Small + left) * width,
                    BRow = width, BRunStep = (long)shape.Columns.Small * width, BRoundStep = (long)shape.SmallPixels * width,
                    Start = to, StartRow = tiles.Padded, C = to, CRow = tiles.Padded,
                };
                GemmBlocks<T, TLanes, TVector>.RunStrip(strip, count, width, tallest);
            }
        }
    }

    /// <summary>One feature's weights, channel by channel.</summary>
    private readonly struct UnpackJob(ConvWeights<T> weights, T* sums, int padded) : IJob
    {
        [MethodImpl(Kernel.Loop)]
        public void Run(int feature)
        {
            var taps = weights.Shape.Rows.Kernel * weights.Shape.Columns.Kernel;
            var to = weights.W + (long)feature * weights.Shape.Taps;
            for (var c = 0; c < weights.Shape.Channels; c++)
                for (var tap = 0; tap < taps; tap++)
                    *to++ = sums[((long)tap * weights.Shape.Channels + c) * padded + feature];
        }
    }
}
