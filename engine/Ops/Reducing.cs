using System.Numerics;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>From tensors and dimensions to the reductions over outer x reduced x inner blocks; results in no scope.</summary>
internal static unsafe class Reducing
{
    internal static long[] All(Tensor x) => [.. Enumerable.Range(0, x.sizes.Length).Select(d => (long)d)];

    /// <summary>The dimensions meant, in order; none given means all.</summary>
    internal static int[] Dimensions(string op, Tensor x, long[] dims)
    {
        if (dims.Length == 0) return [.. Enumerable.Range(0, x.sizes.Length)];
        var wanted = dims.Select(d => Shapes.Dimension(op, d, x.sizes.Length)).Order().ToArray();
        for (var i = 1; i < wanted.Length; i++)
            if (wanted[i] == wanted[i - 1]) throw new ExternalException($"{op}: dimension {wanted[i]} is named twice");
        return wanted;
    }

    /// <summary>How many elements one result is made of.</summary>
    internal static long Count(string op, Tensor x, long[] dims)
    {
        var count = 1L;
        foreach (var d in Dimensions(op, x, dims))
            if (d < x.sizes.Length) count *= x.sizes[d];
        return count;
    }

    /// <summary>The shape with the reduced dimensions kept at size 1.</summary>
    internal static long[] KeptShape(long[] shape, int[] dims)
    {
        var kept = (long[])shape.Clone();
        foreach (var d in dims)
            if (d < kept.Length) kept[d] = 1;
        return kept;
    }

    /// <summary>The same elements without the reduced dimensions.</summary>
    internal static Tensor Dropped(Tensor kept, int[] dims)
    {
        using (kept)
        {
            long[] shape = [.. kept.sizes.Where((_, d) => !dims.Contains(d))];
            return kept.Window(shape, Shapes.Strides(shape), kept.offset);
        }
    }

    internal static Tensor Sum(Tensor x, int[] dims) => x.dtype switch
    {
        ScalarType.Float32 => Fold<float, SumOver<float>>(x, dims),
        ScalarType.Float64 => Fold<double, SumOver<double>>(x, dims),
        ScalarType.Int64 => Fold<long, SumOver<long>>(x, dims),
        ScalarType.Int32 => Fold<int, SumOver<int>>(x, dims),
        _ => throw new NotSupportedException($"sum as {x.dtype} is not supported here"),
    };

    internal static Tensor Max(Tensor x) => Scalar("max", x, new MaxOver<float>(), new MaxOver<double>(), new MaxOver<long>(), new MaxOver<int>(), new MaxOver<byte>());

    internal static Tensor Min(Tensor x) => Scalar("min", x, new MinOver<float>(), new MinOver<double>(), new MinOver<long>(), new MinOver<int>(), new MinOver<byte>());

    internal static Tensor ArgMax(Tensor x, long dim, bool keepdim) => Places("argmax", x, dim, keepdim, true);

    internal static Tensor ArgMin(Tensor x, long dim, bool keepdim) => Places("argmin", x, dim, keepdim, false);

    private interface IFold<T> where T : unmanaged
    {
        void Run(T* x, T* y, long outer, long reduced, long inner);
    }

    private readonly struct SumOver<T> : IFold<T> where T : unmanaged, INumber<T>
    {
        public void Run(T* x, T* y, long outer, long reduced, long inner) => Reduce.Sum(x, y, outer, reduced, inner);
    }

    private readonly struct MaxOver<T> : IFold<T> where T : unmanaged, INumber<T>
    {
        public void Run(T* x, T* y, long outer, long reduced, long inner) => Reduce.Max(x, y, outer, reduced, inner);
    }

    private readonly struct MinOver<T> : IFold<T> where T : unmanaged, INumber<T>
    {
        public void Run(T* x, T* y, long outer, long reduced, long inner) => Reduce.Min(x, y, outer, reduced, inner);
    }

    /// <summary>Folds a run of adjacent dimensions at a time, the last run first.</summary>
    private static Tensor Fold<T, TFold>(Tensor x, int[] dims)
        where T : unmanaged
        where TFold : struct, IFold<T>
    {
        if (dims.Length == 0) return Copying.Dense(x);
        using var timing = Profile.Time("sum");
        var current = Pointwise.Dense(x);
        for (var last = dims.Length - 1; last >= 0;)
        {
            var first = last;
            while (first > 0 && dims[first - 1] == dims[first] - 1) first--;
            using var before = current;
            current = Run<T, TFold>(before, dims[first], dims[last]);
            last = first - 1;
        }
        return current;
    }

    private static Tensor Run<T, TFold>(Tensor x, int first, int last)
        where T : unmanaged
        where TFold : struct, IFold<T>
    {
        var shape = (long[])x.sizes.Clone();
        for (var d = first; d <= last && d < shape.Length; d++) shape[d] = 1;
        var y = Tensor.Allocate(shape, x.dtype);
        var outer = Shapes.Count(x.sizes.AsSpan(0, Math.Min(first, x.sizes.Length)));
        var inner = last < x.sizes.Length ? Shapes.Count(x.sizes.AsSpan(last + 1)) : 1;
        var reduced = Shapes.Count(x.sizes.AsSpan()[first..Math.Min(last + 1, x.sizes.Length)]);
        default(TFold).Run(x.Data<T>(), y.Data<T>(), outer, reduced, inner);
        return y;
    }

    private static Tensor Scalar<TF, TD, TL, TI, TB>(string op, Tensor x, TF single, TD wide, TL whole, TI small, TB bytes)
        where TF : struct, IFold<float>
        where TD : struct, IFold<double>
        where TL : struct, IFold<long>
        where TI : struct, IFold<int>
        where TB : struct, IFold<byte>
    {
        if (x.numel() == 0) throw new ExternalException($"{op}: an empty tensor has none");
        using var timing = Profile.Time(op);
        using var dense = Pointwise.Dense(x);
        var y = Tensor.Allocate([], x.dtype);
        var n = x.numel();
        switch (x.dtype)
        {
            case ScalarType.Float32: single.Run(dense.Data<float>(), y.Data<float>(), 1, n, 1); break;
            case ScalarType.Float64: wide.Run(dense.Data<double>(), y.Data<double>(), 1, n, 1); break;
            case ScalarType.Int64: whole.Run(dense.Data<long>(), y.Data<long>(), 1, n, 1); break;
            case ScalarType.Int32: small.Run(dense.Data<int>(), y.Data<int>(), 1, n, 1); break;
            default: bytes.Run(dense.Data<byte>(), y.Data<byte>(), 1, n, 1); break;
        }
        return y;
    }

    /// <summary>The positions of extremes along a dimension, as int64.</summary>
    private static Tensor Places(string op, Tensor x, long dim, bool keepdim, bool largest)
    {
        var d = Shapes.Dimension(op, dim, x.sizes.Length);
        if (x.dtype == ScalarType.Bool) throw new ExternalException($"{op}: bools have no order; convert with to_type");
        if (x.ndim == 0) return Filled([], ScalarType.Int64, 0);
        using var timing = Profile.Time(op);
        if (x.sizes[d] == 0) throw new ExternalException($"{op}: dimension {dim} of shape {Shapes.Text(x.sizes)} has no elements");
        using var dense = Pointwise.Dense(x);
        var y = Tensor.Allocate(KeptShape(x.sizes, [d]), ScalarType.Int64);
        var outer = Shapes.Count(x.sizes.AsSpan(0, d));
        var inner = Shapes.Count(x.sizes.AsSpan(d + 1));
        switch (x.dtype)
        {
            case ScalarType.Float32: Place(dense.Data<float>(), y.Data<long>(), outer, x.sizes[d], inner, largest); break;
            case ScalarType.Float64: Place(dense.Data<double>(), y.Data<long>(), outer, x.sizes[d], inner, largest); break;
            case ScalarType.Int64: Place(dense.Data<long>(), y.Data<long>(), outer, x.sizes[d], inner, largest); break;
            case ScalarType.Int32: Place(dense.Data<int>(), y.Data<long>(), outer, x.sizes[d], inner, largest); break;
            default: Place(dense.Data<byte>(), y.Data<long>(), outer, x.sizes[d], inner, largest); break;
        }
        return keepdim ? y : Dropped(y, [d]);
    }

    private static void Place<T>(T* x, long* y, long outer, long reduced, long inner, bool largest) where T : unmanaged, INumber<T>
    {
        if (largest) Reduce.ArgMax(x, y, outer, reduced, inner);
        else Reduce.ArgMin(x, y, outer, reduced, inner);
    }
}
