using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>
/// Copies by position, and the sums that are their gradients. Sums run over the source in order and are shared among
/// threads by target, so that no two threads write to one place and the order of addition never changes.
/// </summary>
internal static unsafe class Gathering
{
    /// <summary>The blocks that a dimension's positions address: outer x size x inner elements.</summary>
    private readonly record struct Blocks(long Outer, long Size, long Inner)
    {
        internal static Blocks Of(long[] shape, int dim) =>
            new(Shapes.Count(shape.AsSpan(0, dim)), shape[dim], Shapes.Count(shape.AsSpan(dim + 1)));
    }

    internal static Tensor Select(Tensor x, int dim, Tensor index)
    {
        if (index.ndim > 1) throw new ExternalException($"index_select: positions are a vector, not {Shapes.Text(index.sizes)}");
        using var timing = Profile.Time("index_select");
        using var positions = Positions("index_select", index, x.sizes[dim]);
        using var dense = Pointwise.Dense(x);
        long[] shape = [.. x.sizes];
        shape[dim] = index.numel();
        var y = Tensor.Allocate(shape, x.dtype);
        var blocks = Blocks.Of(x.sizes, dim);
        var row = blocks.Inner * Types.Size(x.dtype);
        var job = new CopyRows(dense.Bytes, y.Bytes, positions.Data<long>(), index.numel(), blocks.Size, row, blocks.Outer * index.numel());
        Workers.For(job.Chunks, job);
        return y;
    }

    /// <summary>Adds each slice of g to its position: the gradient of <see cref="Select"/>.</summary>
    internal static Tensor SumInto(Tensor g, int dim, long length, Tensor index)
    {
        using var timing = Profile.Time("index_select");
        using var positions = Positions("index_select", index, length);
        using var dense = Pointwise.Dense(g);
        long[] shape = [.. g.sizes];
        shape[dim] = length;
        var sum = Filled(shape, g.dtype, 0);
        var blocks = Blocks.Of(shape, dim);
        if (g.dtype == ScalarType.Float32) AddRows(dense.Data<float>(), sum.Data<float>(), positions.Data<long>(), index.numel(), blocks);
        else AddRows(dense.Data<double>(), sum.Data<double>(), positions.Data<long>(), index.numel(), blocks);
        return sum;
    }

    internal static Tensor Gather(Tensor x, int dim, Tensor index)
    {
        CheckGather(x.sizes, dim, index);
        using var timing = Profile.Time("gather");
        using var positions = Positions("gather", index, x.sizes[dim]);
        using var dense = Pointwise.Dense(x);
        var y = Tensor.Allocate([.. index.sizes], x.dtype);
        switch (Types.Size(x.dtype))
        {
            case 1: Each(dense.Data<byte>(), y.Data<byte>(), positions, dense.strides, dim, new Take<byte>()); break;
            case 4: Each(dense.Data<int>(), y.Data<int>(), positions, dense.strides, dim, new Take<int>()); break;
            default: Each(dense.Data<long>(), y.Data<long>(), positions, dense.strides, dim, new Take<long>()); break;
        }
        return y;
    }

    /// <summary>Adds each element of g to its position: the gradient of <see cref="Gather"/>.</summary>
    internal static Tensor Scatter(Tensor g, int dim, long[] shape, Tensor index)
    {
        using var positions = Positions("gather", index, shape[dim]);
        using var dense = Pointwise.Dense(g);
        var sum = Filled(shape, g.dtype, 0);
        if (g.dtype == ScalarType.Float32) Each(sum.Data<float>(), dense.Data<float>(), positions, sum.strides, dim, new Put<float>());
        else Each(sum.Data<double>(), dense.Data<double>(), positions, sum.strides, dim, new Put<double>());
        return sum;
    }

    private interface IMove<T> where T : unmanaged
    {
        void Move(T* table, T* element);
    }

    private readonly struct Take<T> : IMove<T> where T : unmanaged
    {
        public void Move(T* table, T* element) => *element = *table;
    }

    private readonly struct Put<T> : IMove<T> where T : unmanaged, System.Numerics.INumber<T>
    {
        public void Move(T* table, T* element) => *table += *element;
    }

    private static void Each<T, TMove>(T* table, T* elements, Tensor positions, long[] strides, int dim, TMove move)
        where T : unmanaged
        where TMove : struct, IMove<T>
    {
        var place = new long[positions.sizes.Length];
        var at = positions.Data<long>();
        for (long i = 0, count = positions.numel(); i < count; i++)
        {
            var start = at[i] * strides[dim];
            for (var d = 0; d < place.Length; d++)
                if (d != dim) start += place[d] * strides[d];
            move.Move(table + start, elements + i);
            for (var d = place.Length - 1; d >= 0 && ++place[d] == positions.sizes[d]; d--) place[d] = 0;
        }
    }

    private static void CheckGather(long[] shape, int dim, Tensor index)
    {
        var fits = index.sizes.Length == shape.Length;
        for (var d = 0; fits && d < shape.Length; d++) fits = d == dim || index.sizes[d] <= shape[d];
        if (!fits) throw new ExternalException($"gather: positions of shape {Shapes.Text(index.sizes)} do not fit a tensor of shape {Shapes.Text(shape)}");
    }

    private static Tensor Positions(string op, Tensor index, long size)
    {
        if (index.dtype is not (ScalarType.Int64 or ScalarType.Int32)) throw new ExternalException($"{op}: positions are int64 or int32, not {index.dtype}");
        using var whole = index.to_type(ScalarType.Int64);
        var dense = Pointwise.Dense(whole);
        foreach (var at in new ReadOnlySpan<long>(dense.Data<long>(), checked((int)dense.numel())))
            if ((ulong)at >= (ulong)size) throw new ExternalException($"{op}: position {at} is outside a dimension of size {size}");
        return dense;
    }

    private static void AddRows<T>(T* from, T* to, long* positions, long count, Blocks blocks) where T : unmanaged, System.Numerics.INumber<T>
    {
        for (var o = 0L; o < blocks.Outer; o++)
            for (var i = 0L; i < count; i++)
            {
                var source = from + (o * count + i) * blocks.Inner;
                var target = to + (o * blocks.Size + positions[i]) * blocks.Inner;
                Elementwise.BinaryRange(target, source, target, blocks.Inner, new AddOp<T>());
            }
    }

    private readonly struct CopyRows(byte* from, byte* to, long* positions, long count, long size, long row, long rows) : IJob
    {
        internal int Chunks { get; } = Workbench.Engine.Chunks.Even(rows, Math.Max(1, (1 << 16) / Math.Max(1, row)));

        public void Run(int chunk)
        {
            var end = rows * (chunk + 1) / Chunks;
            for (var i = rows * chunk / Chunks; i < end; i++)
            {
                var (outer, k) = Math.DivRem(i, count);
                Buffer.MemoryCopy(from + (outer * size + positions[k]) * row, to + i * row, row, row);
            }
        }
    }
}
