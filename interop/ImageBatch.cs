using TorchSharp;

namespace Workbench.Interop;

/// <summary>Images of one size: numbers from 0 (black) to 1 (white), image by image, channel by channel, row by row.</summary>
public sealed class ImageBatch
{
    private readonly float[] pixels;

    /// <summary>A batch of given numbers, which are copied.</summary>
    /// <param name="pixels">Count x channels x height x width numbers in 0 to 1.</param>
    /// <param name="count">Images, at least 1.</param>
    /// <param name="channels">1 (grey) or 3 (red, green, blue).</param>
    /// <param name="height">Rows of an image, at least 1.</param>
    /// <param name="width">Columns of an image, at least 1.</param>
    /// <exception cref="ArgumentException">The numbers do not fill the shape, or lie outside of 0 to 1.</exception>
    public ImageBatch(ReadOnlySpan<float> pixels, int count, int channels, int height, int width)
        : this(pixels.ToArray(), count, channels, height, width)
    {
        foreach (var pixel in this.pixels)
            if (!(pixel >= 0 && pixel <= 1))
                throw new ArgumentException($"pixels lie in 0 to 1, not at {pixel}", nameof(pixels));
    }

    private ImageBatch(float[] pixels, int count, int channels, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (channels is not (1 or 3)) throw new ArgumentOutOfRangeException(nameof(channels), channels, "an image is grey (1) or in colour (3)");
        if (pixels.LongLength != (long)count * channels * height * width)
            throw new ArgumentException($"{pixels.Length} numbers do not fill {count} x {channels} x {height} x {width}", nameof(pixels));
        (this.pixels, Count, Channels, Height, Width) = (pixels, count, channels, height, width);
    }

    /// <summary>Images.</summary>
    public int Count { get; }

    /// <summary>1 (grey) or 3 (red, green, blue).</summary>
    public int Channels { get; }

    /// <summary>Rows of an image.</summary>
    public int Height { get; }

    /// <summary>Columns of an image.</summary>
    public int Width { get; }

    /// <summary>All numbers: count x channels x height x width.</summary>
    public ReadOnlyMemory<float> Pixels => pixels;

    /// <summary>Some of the images.</summary>
    /// <param name="start">The first one, from 0.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public ImageBatch Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Count, nameof(count));
        var size = Channels * Height * Width;
        return new ImageBatch(pixels[(start * size)..((start + count) * size)], count, Channels, Height, Width);
    }

    /// <summary>Writes the images as one PNG, row by row from the upper left. A file that is there is replaced.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="columns">Images a row, at least 1.</param>
    /// <param name="scale">The side of a pixel's square, at least 1.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WritePng(string path, int columns = 10, int scale = 2)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        var layout = new GridLayout(columns, Png.defaults.Padding, Png.defaults.Background, scale);
        Core.Writing(() => Png.save(path, Png.grid(layout, new FloatArray([Count, Channels, Height, Width], pixels))));
    }

    /// <summary>N x pixels.</summary>
    internal torch.Tensor ToTensor() => Core.Own(torch.from_array(pixels)).reshape(Count, Channels * Height * Width);

    /// <summary>Of N x pixels.</summary>
    internal static ImageBatch OfTensor(torch.Tensor images, IReadOnlyList<int> shape)
    {
        using var cpu = images.contiguous().cpu();
        return new ImageBatch(cpu.data<float>().ToArray(), (int)images.shape[0], shape[0], shape[1], shape[2]);
    }

    /// <summary>Throws where the images are not of the model's size.</summary>
    internal void CheckShape(IReadOnlyList<int> shape, string name)
    {
        if (Channels != shape[0] || Height != shape[1] || Width != shape[2])
            throw new ArgumentException($"the model's images are {shape[0]} x {shape[1]} x {shape[2]}, not {Channels} x {Height} x {Width}", name);
    }
}
