using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>From tensors to the kernels of <see cref="Pooling{T}"/>; results in no scope.</summary>
internal static unsafe class Pools
{
    /// <summary>The maxima, and the place of each in its plane.</summary>
    internal static (Tensor Values, Tensor Places) Max(Tensor x, ConvAxis rows, ConvAxis columns)
    {
        using var timing = Profile.Time("max_pool2d");
        using var dense = Pointwise.Dense(x);
        var shape = SmallShape(x, rows, columns);
        var y = Tensor.Allocate(shape, x.dtype);
        var places = Tensor.Allocate(shape, ScalarType.Int32);
        var planes = Planes(x.sizes);
        if (x.dtype == ScalarType.Float32) Pooling<float>.Max(rows, columns, planes, dense.Data<float>(), y.Data<float>(), places.Data<int>());
        else if (x.dtype == ScalarType.Float64) Pooling<double>.Max(rows, columns, planes, dense.Data<double>(), y.Data<double>(), places.Data<int>());
        else throw new NotSupportedException($"max_pool2d of {x.dtype} is not supported here");
        return (y, places);
    }

    internal static Tensor SpreadMax(Tensor g, Tensor places, long[] shape, ConvAxis rows, ConvAxis columns)
    {
        using var timing = Profile.Time("max_pool2d");
        using var dense = Pointwise.Dense(g);
        var x = Tensor.Allocate([.. shape], g.dtype);
        var planes = Planes(shape);
        if (g.dtype == ScalarType.Float32) Pooling<float>.SpreadMax(rows, columns, planes, dense.Data<float>(), places.Data<int>(), x.Data<float>());
        else Pooling<double>.SpreadMax(rows, columns, planes, dense.Data<double>(), places.Data<int>(), x.Data<double>());
        return x;
    }

    internal static Tensor Average(Tensor x, ConvAxis rows, ConvAxis columns, long divisor, bool countsPadding)
    {
        using var timing = Profile.Time("avg_pool2d");
        using var dense = Pointwise.Dense(x);
        var y = Tensor.Allocate(SmallShape(x, rows, columns), x.dtype);
        var planes = Planes(x.sizes);
        if (x.dtype == ScalarType.Float32) Pooling<float>.Average(rows, columns, planes, new(divisor, countsPadding), dense.Data<float>(), y.Data<float>());
        else if (x.dtype == ScalarType.Float64) Pooling<double>.Average(rows, columns, planes, new(divisor, countsPadding), dense.Data<double>(), y.Data<double>());
        else throw x.dtype == ScalarType.Int64 ? new NotSupportedException("avg_pool2d of Int64 is not supported here") : Pointwise.NotFloating("avg_pool2d", x);
        return y;
    }

    internal static Tensor SpreadAverage(Tensor g, long[] shape, ConvAxis rows, ConvAxis columns, long divisor, bool countsPadding)
    {
        using var timing = Profile.Time("avg_pool2d");
        using var dense = Pointwise.Dense(g);
        var x = Tensor.Allocate([.. shape], g.dtype);
        var planes = Planes(shape);
        if (g.dtype == ScalarType.Float32) Pooling<float>.SpreadAverage(rows, columns, planes, new(divisor, countsPadding), dense.Data<float>(), x.Data<float>());
        else Pooling<double>.SpreadAverage(rows, columns, planes, new(divisor, countsPadding), dense.Data<double>(), x.Data<double>());
        return x;
    }

    private static long[] SmallShape(Tensor x, ConvAxis rows, ConvAxis columns) => [.. x.sizes[..^2], rows.Small, columns.Small];

    private static long Planes(long[] shape) => Shapes.Count(shape.AsSpan(..^2));
}
