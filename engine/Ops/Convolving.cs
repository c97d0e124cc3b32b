using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>From tensors to the kernels of <see cref="Convolution"/>: any strides, float32 or float64; results in no scope.</summary>
internal static unsafe class Convolving
{
    internal static Tensor ToSmall(in ConvShape shape, Tensor x, Tensor w, Tensor? bias)
    {
        using var timing = Profile.Time("conv2d", 2 * shape.Work);
        using var images = Pointwise.Dense(x);
        using var weights = Pointwise.Dense(w);
        using var start = bias is null ? null : Pointwise.Dense(bias);
        var y = Tensor.Allocate([shape.Batch, shape.Features, shape.Rows.Small, shape.Columns.Small], x.dtype);
        if (x.dtype == ScalarType.Float32) Convolution.ToSmall(shape, images.Data<float>(), weights.Data<float>(), Of<float>(start), y.Data<float>());
        else Convolution.ToSmall(shape, images.Data<double>(), weights.Data<double>(), Of<double>(start), y.Data<double>());
        return y;
    }

    internal static Tensor ToLarge(in ConvShape shape, Tensor y, Tensor w, Tensor? bias)
    {
        using var timing = Profile.Time("conv_transpose2d", 2 * shape.Work);
        using var images = Pointwise.Dense(y);
        using var weights = Pointwise.Dense(w);
        using var start = bias is null ? null : Pointwise.Dense(bias);
        var x = Tensor.Allocate([shape.Batch, shape.Channels, shape.Rows.Large, shape.Columns.Large], y.dtype);
        if (y.dtype == ScalarType.Float32) Convolution.ToLarge(shape, images.Data<float>(), weights.Data<float>(), Of<float>(start), x.Data<float>());
        else Convolution.ToLarge(shape, images.Data<double>(), weights.Data<double>(), Of<double>(start), x.Data<double>());
        return x;
    }

    internal static Tensor ToWeights(in ConvShape shape, Tensor x, Tensor y)
    {
        using var timing = Profile.Time("conv2d", 2 * shape.Work);
        using var large = Pointwise.Dense(x);
        using var small = Pointwise.Dense(y);
        var w = Tensor.Allocate([shape.Features, shape.Channels, shape.Rows.Kernel, shape.Columns.Kernel], x.dtype);
        if (x.dtype == ScalarType.Float32) Convolution.ToWeights(shape, large.Data<float>(), small.Data<float>(), w.Data<float>());
        else Convolution.ToWeights(shape, large.Data<double>(), small.Data<double>(), w.Data<double>());
        return w;
    }

    private static T* Of<T>(Tensor? tensor) where T : unmanaged => tensor is null ? null : tensor.Data<T>();
}
