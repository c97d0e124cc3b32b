using System.Numerics;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>
/// Batch normalisation in two passes each way: moments per channel, then the result; sums of the gradient per channel, then
/// the gradient of x. Channels are dimension 1. Results in no scope.
/// </summary>
internal static unsafe class BatchNorm
{
    /// <summary>An (outer, channels, inner) array.</summary>
    private readonly record struct Layout(long Outer, long Channels, long Inner)
    {
        internal static Layout Of(long[] shape) => new(shape[0], shape[1], Shapes.Count(shape.AsSpan(2)));

        internal long Count => Outer * Inner;
    }

    /// <summary>Mean and biased variance of each channel.</summary>
    internal static (Tensor Mean, Tensor Variance) Moments(Tensor x)
    {
        using var timing = Profile.Time("batch_norm");
        var layout = Layout.Of(x.sizes);
        using var dense = Pointwise.Dense(x);
        var (mean, variance) = (Tensor.Allocate([layout.Channels], x.dtype), Tensor.Allocate([layout.Channels], x.dtype));
        if (x.dtype == ScalarType.Float32) Reduce.Moments(dense.Data<float>(), mean.Data<float>(), variance.Data<float>(), layout.Outer, layout.Channels, layout.Inner);
        else Reduce.Moments(dense.Data<double>(), mean.Data<double>(), variance.Data<double>(), layout.Outer, layout.Channels, layout.Inner);
        return (mean, variance);
    }

    /// <summary>running = (1 - momentum) running + momentum factor statistic, in place.</summary>
    internal static void Move(Tensor? running, Tensor statistic, double momentum, double factor)
    {
        if (running is null) return;
        running.CheckWritable();
        using var moved = Pointwise.Dense(running);
        if (running.dtype == ScalarType.Float32) Move(moved.Data<float>(), statistic.Data<float>(), moved.numel(), momentum, factor);
        else Move(moved.Data<double>(), statistic.Data<double>(), moved.numel(), momentum, factor);
        if (!running.is_contiguous()) Copying.Copy(moved, running);
        running.Buffer.Version++;
    }

    /// <summary>1 / sqrt(variance + eps), but 0 where both are 0.</summary>
    internal static Tensor Scale(Tensor variance, double eps)
    {
        using var dense = Pointwise.Dense(variance);
        var scale = Tensor.Allocate([variance.numel()], variance.dtype);
        if (variance.dtype == ScalarType.Float32) InvertRoots(dense.Data<float>(), scale.Data<float>(), scale.numel(), eps);
        else InvertRoots(dense.Data<double>(), scale.Data<double>(), scale.numel(), eps);
        return scale;
    }

    /// <summary>(x - mean) scale weight + bias.</summary>
    internal static Tensor Normalise(Tensor x, Tensor mean, Tensor scale, Tensor? weight, Tensor? bias)
    {
        using var timing = Profile.Time("batch_norm");
        using var dense = Pointwise.Dense(x);
        using var w = weight is null ? null : Pointwise.Dense(weight);
        using var b = bias is null ? null : Pointwise.Dense(bias);
        var y = Tensor.Allocate([.. x.sizes], x.dtype);
        var layout = Layout.Of(x.sizes);
        if (x.dtype == ScalarType.Float32) Normalise(layout, dense.Data<float>(), mean.Data<float>(), scale.Data<float>(), Of<float>(w), Of<float>(b), y.Data<float>());
        else Normalise(layout, dense.Data<double>(), mean.Data<double>(), scale.Data<double>(), Of<double>(w), Of<double>(b), y.Data<double>());
        return y;
    }

    /// <summary>The sums per channel of g and of g (x - mean) scale: the gradients of bias and weight.</summary>
    internal static (Tensor Sums, Tensor Products) Sums(Tensor g, Tensor x, Tensor mean, Tensor scale)
    {
        using var timing = Profile.Time("batch_norm");
        using var gradient = Pointwise.Dense(g);
        using var dense = Pointwise.Dense(x);
        var (sums, products) = (Tensor.Allocate([x.sizes[1]], x.dtype), Tensor.Allocate([x.sizes[1]], x.dtype));
        var layout = Layout.Of(x.sizes);
        if (x.dtype == ScalarType.Float32) Sums(layout, gradient.Data<float>(), dense.Data<float>(), mean.Data<float>(), scale.Data<float>(), sums.Data<float>(), products.Data<float>());
        else Sums(layout, gradient.Data<double>(), dense.Data<double>(), mean.Data<double>(), scale.Data<double>(), sums.Data<double>(), products.Data<double>());
        return (sums, products);
    }

    /// <summary>weight scale (g - mean(g) - z mean(g z)) with z = (x - mean) scale, from the sums.</summary>
    internal static Tensor Gradient(Tensor g, Tensor x, Tensor mean, Tensor scale, Tensor? weight, Tensor sums, Tensor products)
    {
        using var timing = Profile.Time("batch_norm");
        using var gradient = Pointwise.Dense(g);
        using var dense = Pointwise.Dense(x);
        using var w = weight is null ? null : Pointwise.Dense(weight);
        var dx = Tensor.Allocate([.. x.sizes], x.dtype);
        var layout = Layout.Of(x.sizes);
        if (x.dtype == ScalarType.Float32)
            Gradient(layout, gradient.Data<float>(), dense.Data<float>(), mean.Data<float>(), scale.Data<float>(), Of<float>(w), sums.Data<float>(), products.Data<float>(), dx.Data<float>());
        else
            Gradient(layout, gradient.Data<double>(), dense.Data<double>(), mean.Data<double>(), scale.Data<double>(), Of<double>(w), sums.Data<double>(), products.Data<double>(), dx.Data<double>());
        return dx;
    }

    private static void Move<T>(T* running, T* statistic, long count, double momentum, double factor) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (stays, moves) = (T.CreateTruncating(1 - momentum), T.CreateTruncating(momentum));
        for (long c = 0; c < count; c++) running[c] = stays * running[c] + moves * (T.CreateTruncating(factor) * statistic[c]);
    }

    private static void InvertRoots<T>(T* variance, T* scale, long count, double eps) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long c = 0; c < count; c++)
            scale[c] = eps == 0 && variance[c] == T.Zero ? T.Zero : T.One / T.Sqrt(variance[c] + T.CreateTruncating(eps));
    }

    private static void Normalise<T>(Layout layout, T* x, T* mean, T* scale, T* weight, T* bias, T* y) where T : unmanaged, INumber<T>
    {
        using var coefficients = new PooledBlock<T>(2 * layout.Channels);
        T* factor = coefficients.Start, shift = factor + layout.Channels;
        for (long c = 0; c < layout.Channels; c++)
            (factor[c], shift[c]) = (weight == null ? scale[c] : scale[c] * weight[c], bias == null ? T.Zero : bias[c]);
        ChannelMaps.Normalise(x, mean, factor, shift, y, layout.Outer, layout.Channels, layout.Inner);
    }

    private static void Sums<T>(Layout layout, T* g, T* x, T* mean, T* scale, T* sums, T* products) where T : unmanaged, INumber<T>
    {
        Reduce.DeviationProducts(g, x, mean, sums, products, layout.Outer, layout.Channels, layout.Inner);
        for (long c = 0; c < layout.Channels; c++) products[c] *= scale[c];
    }

    private static void Gradient<T>(Layout layout, T* g, T* x, T* mean, T* scale, T* weight, T* sums, T* products, T* dx) where T : unmanaged, INumber<T>
    {
        using var coefficients = new PooledBlock<T>(3 * layout.Channels);
        T* offset = coefficients.Start, slope = offset + layout.Channels, factor = slope + layout.Channels;
        var count = T.CreateTruncating(layout.Count);
        for (long c = 0; c < layout.Channels; c++)
        {
            offset[c] = sums[c] / count;
            slope[c] = products[c] / count * scale[c];
            factor[c] = weight == null ? scale[c] : scale[c] * weight[c];
        }
        ChannelMaps.NormaliseGradient(g, x, mean, offset, slope, factor, dx, layout.Outer, layout.Channels, layout.Inner);
    }

    private static T* Of<T>(Tensor? tensor) where T : unmanaged => tensor is null ? null : tensor.Data<T>();
}
