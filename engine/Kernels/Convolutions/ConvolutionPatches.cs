using System.Numerics;

namespace Workbench.Engine;

/// <summary>Convolutions of few channels as matrix products with the patches of each image.</summary>
internal static unsafe class ConvolutionPatches<T> where T : unmanaged, INumber<T>
{
    /// <summary>Multiply-adds of a chunk: some 50 us, so that handing it out costs little.</summary>
    private const int WorkOfChunk = 1 << 21;

    /// <summary>Images whose share of the weights is added up before it meets the others'.</summary>
    private const int ImagesOfShare = 8;

    internal static void ToSmall(in ConvShape shape, T* x, T* w, T* bias, T* y)
    {
        using var start = new PooledBlock<T>((long)shape.Features * RowStart);
        for (var f = 0; f < shape.Features; f++) new Span<T>(start.Start + (long)f * RowStart, RowStart).Fill(bias == null ? T.Zero : bias[f]);
        var group = ImagesOfChunk(shape);
        Workers.For(Chunks(shape, group), new ToSmallJob(shape, group, x, w, start.Start, y));
    }

    internal static void ToLarge(in ConvShape shape, T* y, T* w, T* bias, T* x)
    {
        using var zeros = new PooledBlock<T>(RowStart);
        new Span<T>(zeros.Start, RowStart).Clear();
        var group = ImagesOfChunk(shape);
        Workers.For(Chunks(shape, group), new ToLargeJob(shape, group, y, w, zeros.Start, bias, x));
    }

    internal static void ToWeights(in ConvShape shape, T* x, T* y, T* w)
    {
        var (shares, size) = (Chunks(shape, ImagesOfShare), (long)shape.Taps * shape.Features);
        using var parts = new PooledBlock<T>((shares + 1) * size);
        new Span<T>(parts.Start, checked((int)(shares * size))).Clear();
        Workers.For(shares, new ToWeightsJob(shape, x, y, parts.Start));
        var sums = parts.Start + shares * size;
        Reduce.SumColumns(parts.Start, sums, shares, size);
        for (var tap = 0; tap < shape.Taps; tap++)
            for (var f = 0; f < shape.Features; f++)
                w[(long)f * shape.Taps + tap] = *sums++;
    }

    /// <summary>Elements that a product's first panel reads as start values of a row.</summary>
    private const int RowStart = 64;

    private static int ImagesOfChunk(in ConvShape shape) =>
        (int)Math.Clamp(WorkOfChunk / Math.Max(1, (long)shape.Taps * shape.SmallPixels * shape.Features), 1, Math.Max(1, shape.Batch));

    private static int Chunks(in ConvShape shape, int group) => (shape.Batch + group - 1) / group;

    private static (int From, int To) Images(in ConvShape shape, int chunk, int group) =>
        (chunk * group, Math.Min(shape.Batch, (chunk + 1) * group));

    private static T* Large(in ConvShape shape, T* x, int image) => x + (long)image * shape.Channels * shape.LargePixels;

    private static T* Small(in ConvShape shape, T* y, int image) => y + (long)image * shape.Features * shape.SmallPixels;

    private static void Multiply(in GemmProblem<T> problem)
    {
        if (problem.M > 0 && problem.N > 0) Lanes.Run<T, GemmProblem<T>>(problem);
    }

    /// <summary>y = bias + w patches.</summary>
    private readonly struct ToSmallJob(ConvShape shape, int group, T* x, T* w, T* start, T* y) : IJob
    {
        public void Run(int chunk)
        {
            var layout = new ConvPatches<T>(shape);
            using var patches = new PooledBlock<T>(layout.Length);
            using var scratch = new PooledBlock<T>(layout.ScratchLength);
            var (from, to) = Images(shape, chunk, group);
            for (var image = from; image < to; image++)
            {
                layout.Make(Large(shape, x, image), scratch.Start, patches.Start);
                Multiply(new()
                {
                    M = shape.Features, N = shape.SmallPixels, K = shape.Taps,
                    A = w, ARow = shape.Taps, ACol = 1,
                    B = patches.Start, BRow = shape.SmallPixels, BCol = 1,
                    Start = start, StartRow = RowStart, StartCol = 0,
                    C = Small(shape, y, image), CRow = shape.SmallPixels,
                });
            }
        }
    }

    /// <summary>patches = w^T y, and each pixel is the sum of the taps over it.</summary>
    private readonly struct ToLargeJob(ConvShape shape, int group, T* y, T* w, T* zeros, T* bias, T* x) : IJob
    {
        public void Run(int chunk)
        {
            var layout = new ConvPatches<T>(shape);
            using var patches = new PooledBlock<T>(layout.Length);
            using var scratch = new PooledBlock<T>(layout.ScratchLength);
            var (from, to) = Images(shape, chunk, group);
            for (var image = from; image < to; image++)
            {
                Multiply(new()
                {
                    M = shape.Taps, N = shape.SmallPixels, K = shape.Features,
                    A = w, ARow = 1, ACol = shape.Taps,
                    B = Small(shape, y, image), BRow = shape.SmallPixels, BCol = 1,
                    Start = zeros, StartRow = 0, StartCol = 0,
                    C = patches.Start, CRow = shape.SmallPixels,
                });
                layout.Sum(patches.Start, bias, scratch.Start, Large(shape, x, image));
            }
        }
    }

    /// <summary>A share of the weights, taps by features: the sum of patches y^T over a few images.</summary>
    private readonly struct ToWeightsJob(ConvShape shape, T* x, T* y, T* parts) : IJob
    {
        public void Run(int chunk)
        {
            var layout = new ConvPatches<T>(shape);
            using var patches = new PooledBlock<T>(layout.Length);
            using var scratch = new PooledBlock<T>(layout.ScratchLength);
            var sums = parts + (long)chunk * shape.Features * shape.Taps;
            var (from, to) = Images(shape, chunk, ImagesOfShare);
            for (var image = from; image < to; image++)
            {
                layout.Make(Large(shape, x, image), scratch.Start, patches.Start);
                Multiply(new()
                {
                    M = shape.Taps, N = shape.Features, K = shape.SmallPixels,
                    A = patches.Start, ARow = shape.SmallPixels, ACol = 1,
                    B = Small(shape, y, image), BRow = 1, BCol = shape.SmallPixels,
                    Start = sums, StartRow = shape.Features, StartCol = 1,
                    C = sums, CRow = shape.Features,
                });
            }
        }
    }
}
