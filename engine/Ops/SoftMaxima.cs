using System.Numerics;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>Logarithms of sums and soft maxima along a dimension; results contiguous, in no scope.</summary>
internal static unsafe class SoftMaxima
{
    /// <summary>What to do with rows: the result is one number each, or as long as they are.</summary>
    internal interface IRows
    {
        static abstract string Name { get; }
        static abstract bool OneNumber { get; }
        static abstract void Run<T>(T* x, T* y, long rows, long columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>;
    }

    internal readonly struct LogSumExp : IRows
    {
        public static string Name => "logsumexp";
        public static bool OneNumber => true;
        public static void Run<T>(T* x, T* y, long rows, long columns) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Reduce.LogSumExp(x, y, rows, columns);
    }

    internal readonly struct Softmax : IRows
    {
        public static string Name => "softmax";
        public static bool OneNumber => false;
        public static void Run<T>(T* x, T* y, long rows, long columns) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Reduce.Softmax(x, y, rows, columns);
    }

    internal readonly struct LogSoftmax : IRows
    {
        public static string Name => "log_softmax";
        public static bool OneNumber => false;
        public static void Run<T>(T* x, T* y, long rows, long columns) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Reduce.LogSoftmax(x, y, rows, columns);
    }

    /// <summary>Applies to each row along the dimension; a single number keeps it at size 1.</summary>
    internal static Tensor Along<TRows>(Tensor x, int dim) where TRows : struct, IRows
    {
        if (x.ndim == 0) return OfNumber<TRows>(x);
        using var timing = Profile.Time(TRows.Name);
        using var swapped = Swapped(x, dim);
        using var dense = Pointwise.Dense(swapped);
        var columns = x.sizes[dim];
        var rows = columns == 0 ? Shapes.Count(dense.sizes.AsSpan(..^1)) : x.numel() / columns;
        long[] shape = TRows.OneNumber ? [.. dense.sizes[..^1], 1] : [.. dense.sizes];
        using var y = Tensor.Allocate(shape, x.dtype);
        if (x.dtype == ScalarType.Float32) TRows.Run(dense.Data<float>(), y.Data<float>(), rows, columns);
        else if (x.dtype == ScalarType.Float64) TRows.Run(dense.Data<double>(), y.Data<double>(), rows, columns);
        else throw Pointwise.NotFloating(TRows.Name, x);
        using var back = Swapped(y, dim);
        return Pointwise.Dense(back);
    }

    private static Tensor OfNumber<TRows>(Tensor x) where TRows : struct, IRows
    {
        using var row = x.Window([1], [1], x.offset);
        using var y = Along<TRows>(row, 0);
        return y.Window([], [], 0);
    }

    /// <summary>The window with this dimension and the last exchanged.</summary>
    private static Tensor Swapped(Tensor x, int dim)
    {
        var (shape, steps) = ((long[])x.sizes.Clone(), (long[])x.strides.Clone());
        (shape[dim], shape[^1], steps[dim], steps[^1]) = (shape[^1], shape[dim], steps[^1], steps[dim]);
        return x.Window(shape, steps, x.offset);
    }
}
