using System.Numerics;

namespace Workbench.Engine;

/// <summary>
/// The three products of a convolution (see <see cref="ConvShape"/>), each linear in both operands; each is a gradient of the
/// others. Results are written whole, and do not depend on the number of threads.
/// </summary>
internal static unsafe class Convolution
{
    /// <summary>Channels of large images that are worth turning: with fewer, patches are cheaper.</summary>
    private const int Many = 8;

    /// <summary>y[n, f, i, j] = bias[f] + the sum over c, r, s of x[n, c, i stride - padding + r, ...] w[f, c, r, s].</summary>
    internal static void ToSmall<T>(in ConvShape shape, T* x, T* w, T* bias, T* y) where T : unmanaged, INumber<T>
    {
        if (Simd.Enabled && shape.Channels >= Many) Lanes.Run<T, ConvImages<T>>(new(shape, false, x, w, bias, y));
        else if (Simd.Enabled) ConvolutionPatches<T>.ToSmall(shape, x, w, bias, y);
        else ConvolutionReference<T>.ToSmall(shape, x, w, bias, y);
    }

    /// <summary>x[n, c, h, v] = bias[c] + the sum over f and over windows (i, j) that have (h, v) under a tap (r, s) of
    /// y[n, f, i, j] w[f, c, r, s].</summary>
    internal static void ToLarge<T>(in ConvShape shape, T* y, T* w, T* bias, T* x) where T : unmanaged, INumber<T>
    {
        if (Simd.Enabled && shape.Channels >= Many) Lanes.Run<T, ConvImages<T>>(new(shape, true, y, w, bias, x));
        else if (Simd.Enabled) ConvolutionPatches<T>.ToLarge(shape, y, w, bias, x);
        else ConvolutionReference<T>.ToLarge(shape, y, w, bias, x);
    }

    /// <summary>w[f, c, r, s] = the sum over n, i, j of y[n, f, i, j] x[n, c, i stride - padding + r, ...].</summary>
    internal static void ToWeights<T>(in ConvShape shape, T* x, T* y, T* w) where T : unmanaged, INumber<T>
    {
        if (Simd.Enabled && shape.Channels >= Many) Lanes.Run<T, ConvWeights<T>>(new(shape, x, y, w));
        else if (Simd.Enabled) ConvolutionPatches<T>.ToWeights(shape, x, y, w);
        else ConvolutionReference<T>.ToWeights(shape, x, y, w);
    }
}
