namespace Workbench.Engine;

/// <summary>
/// What a convolution relates: large images x of Batch x Channels x Rows.Large x Columns.Large, small ones y of
/// Batch x Features x Rows.Small x Columns.Small, and weights w of Features x Channels x Rows.Kernel x Columns.Kernel,
/// all in row-major order. A convolution goes from large to small, a transposed one (and the gradient of the first) from small
/// to large.
/// </summary>
internal readonly record struct ConvShape(int Batch, int Channels, int Features, ConvAxis Rows, ConvAxis Columns)
{
    /// <summary>Pixels of a channel of a large image.</summary>
    internal int LargePixels => Rows.Large * Columns.Large;

    /// <summary>Pixels of a feature of a small image.</summary>
    internal int SmallPixels => Rows.Small * Columns.Small;

    /// <summary>Taps of all channels: the weights of one feature.</summary>
    internal int Taps => Channels * Rows.Kernel * Columns.Kernel;

    /// <summary>Multiply-adds of each of the three products, those with padding included.</summary>
    internal double Work => (double)Batch * Features * Taps * SmallPixels;
}
