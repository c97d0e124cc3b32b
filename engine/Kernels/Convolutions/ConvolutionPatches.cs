using System.Numerics;
using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>
/// Convolutions as matrix products: what lies under a window is a row of a matrix of patches, one column a tap (c, r, s). A few
/// images at a time, so that their patches stay in the cache.
/// </summary>
internal static unsafe class ConvolutionPatches<T> where T : unmanaged, INumber<T>
{
    /// <summary>Elements of patches made at a time.</summary>
    private const int PatchElements = 1 << 15;

    internal static void ToSmall(in ConvShape shape, T* x, T* w, T* bias, T* y)
    {
        using var turned = new PooledBlock<T>((long)shape.Taps * shape.Features);
        Matrices.Transpose(w, shape.Features, shape.Taps, turned.Start);
        Workers.For(Groups(shape), new ToSmallJob(shape, x, turned.Start, bias, y));
    }

    internal static void ToLarge(in ConvShape shape, T* y, T* w, T* bias, T* x) =>
        Workers.For(Groups(shape), new ToLargeJob(shape, y, w, bias, x));

    internal static void ToWeights(in ConvShape shape, T* x, T* y, T* w)
    {
        var (groups, size) = (Groups(shape), (long)shape.Taps * shape.Features);
        using var parts = new PooledBlock<T>(Math.Max(1, groups) * size);
        new Span<T>(parts.Start, checked((int)size)).Clear();
        Workers.For(groups, new ToWeightsJob(shape, x, y, parts.Start));
        for (var group = 1; group < groups; group++)
            Elementwise.Binary(parts.Start, parts.Start + group * size, parts.Start, size, new AddOp<T>());
        Matrices.Transpose(parts.Start, shape.Taps, shape.Features, w);
    }

    private static int ImagesOfGroup(in ConvShape shape) =>
        (int)Math.Clamp(PatchElements / Math.Max(1, (long)shape.Taps * shape.SmallPixels), 1, Math.Max(1, shape.Batch));

    private static int Groups(in ConvShape shape) => (shape.Batch + ImagesOfGroup(shape) - 1) / ImagesOfGroup(shape);

    /// <summary>A group's first image, how many it has, and the rows of patches that they make.</summary>
    private static (int First, int Count, int Rows) Group(in ConvShape shape, int group)
    {
        var first = group * ImagesOfGroup(shape);
        var count = Math.Min(ImagesOfGroup(shape), shape.Batch - first);
        return (first, count, count * shape.SmallPixels);
    }

    /// <summary>y = patches w^T + bias, which comes out pixel by pixel and is then turned.</summary>
    private readonly struct ToSmallJob(ConvShape shape, T* x, T* turned, T* bias, T* y) : IJob
    {
        public void Run(int chunk)
        {
            var (first, count, rows) = Group(shape, chunk);
            using var patches = new PooledBlock<T>((long)rows * shape.Taps);
            using var pixels = new PooledBlock<T>((long)rows * shape.Features);
            Patches<T>.Make(shape, x + (long)first * shape.Channels * shape.LargePixels, count, patches.Start);
            Matrices.Multiply(rows, shape.Features, shape.Taps, patches.Start, shape.Taps, 1, turned, shape.Features, pixels.Start, bias);
            for (var image = 0; image < count; image++)
                Matrices.Transpose(pixels.Start + (long)image * shape.SmallPixels * shape.Features, shape.SmallPixels, shape.Features,
                    y + (long)(first + image) * shape.Features * shape.SmallPixels);
        }
    }

    /// <summary>patches = y^T w, and each pixel is the sum of what lies over it.</summary>
    private readonly struct ToLargeJob(ConvShape shape, T* y, T* w, T* bias, T* x) : IJob
    {
        public void Run(int chunk)
        {
            var (first, count, rows) = Group(shape, chunk);
            using var patches = new PooledBlock<T>((long)rows * shape.Taps);
            for (var image = 0; image < count; image++)
                Matrices.Multiply(shape.SmallPixels, shape.Taps, shape.Features,
                    y + (long)(first + image) * shape.Features * shape.SmallPixels, 1, shape.SmallPixels, w, shape.Taps,
                    patches.Start + (long)image * shape.SmallPixels * shape.Taps, null);
            Patches<T>.Sum(shape, patches.Start, count, bias, x + (long)first * shape.Channels * shape.LargePixels);
        }
    }

    /// <summary>A group's share of the weights: patches^T y, taps by features.</summary>
    private readonly struct ToWeightsJob(ConvShape shape, T* x, T* y, T* parts) : IJob
    {
        public void Run(int chunk)
        {
            var (first, count, rows) = Group(shape, chunk);
            using var patches = new PooledBlock<T>((long)rows * shape.Taps);
            using var pixels = new PooledBlock<T>((long)rows * shape.Features);
            Patches<T>.Make(shape, x + (long)first * shape.Channels * shape.LargePixels, count, patches.Start);
            for (var image = 0; image < count; image++)
                Matrices.Transpose(y + (long)(first + image) * shape.Features * shape.SmallPixels, shape.Features, shape.SmallPixels,
                    pixels.Start + (long)image * shape.SmallPixels * shape.Features);
            Matrices.Multiply(shape.Taps, shape.Features, rows, patches.Start, 1, shape.Taps, pixels.Start, shape.Features,
                parts + (long)chunk * shape.Taps * shape.Features, null);
        }
    }
}
