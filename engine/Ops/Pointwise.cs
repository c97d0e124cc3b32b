using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>
/// Applies elementwise operators to tensors: types, broadcasting and strides are settled here, once, and the loops of
/// <see cref="Elementwise"/> see contiguous rows. Results are new, contiguous, in no scope and in no graph.
/// </summary>
internal static unsafe class Pointwise
{
    /// <summary>y = f(x) on a floating tensor; an operator for each width.</summary>
    internal static Tensor Unary<TF, TD>(string op, Tensor x, TF single, TD wide)
        where TF : unmanaged, IUnaryOp<float>
        where TD : unmanaged, IUnaryOp<double> => x.dtype switch
        {
            ScalarType.Float32 => Unary<float, TF>(op, x, single),
            ScalarType.Float64 => Unary<double, TD>(op, x, wide),
            _ => throw NotFloating(op, x),
        };

    /// <summary>The same, where whole numbers and bools are taken as float32.</summary>
    internal static Tensor Lifted<TF, TD>(string op, Tensor x, TF single, TD wide)
        where TF : unmanaged, IUnaryOp<float>
        where TD : unmanaged, IUnaryOp<double>
    {
        if (x.is_floating_point()) return Unary(op, x, single, wide);
        using var lifted = x.to_type(ScalarType.Float32);
        return Unary(op, lifted, single, wide);
    }

    /// <summary>y = f(a, b) on floating tensors that broadcast.</summary>
    internal static Tensor Binary<TF, TD>(string op, Tensor a, Tensor b, TF single, TD wide)
        where TF : unmanaged, IBinaryOp<float>
        where TD : unmanaged, IBinaryOp<double> => a.dtype switch
        {
            ScalarType.Float32 => Binary<float, TF>(op, a, b, single),
            ScalarType.Float64 => Binary<double, TD>(op, a, b, wide),
            _ => throw NotFloating(op, a),
        };

    /// <summary>y = f(a, b, c) on floating tensors of one shape.</summary>
    internal static Tensor Ternary<TF, TD>(string op, Tensor a, Tensor b, Tensor c, TF single, TD wide)
        where TF : unmanaged, ITernaryOp<float>
        where TD : unmanaged, ITernaryOp<double> => a.dtype switch
        {
            ScalarType.Float32 => Ternary<float, TF>(op, a, b, c, single),
            ScalarType.Float64 => Ternary<double, TD>(op, a, b, c, wide),
            _ => throw NotFloating(op, a),
        };

    internal static Tensor Unary<T, TOp>(string name, Tensor x, TOp op)
        where T : unmanaged
        where TOp : unmanaged, IUnaryOp<T>
    {
        using var timing = Profile.Time(name);
        using var dense = Dense(x);
        var y = Tensor.Allocate((long[])x.sizes.Clone(), x.dtype);
        Elementwise.Unary(dense.Data<T>(), y.Data<T>(), y.numel(), op);
        return y;
    }

    internal static Tensor Binary<T, TOp>(string name, Tensor a, Tensor b, TOp op)
        where T : unmanaged
        where TOp : unmanaged, IBinaryOp<T>
    {
        using var timing = Profile.Time(name);
        SameType(name, a, b);
        var y = Tensor.Allocate(Shapes.Broadcast(name, a.sizes, b.sizes), a.dtype);
        using var left = Rows(a, y.sizes);
        using var right = Rows(b, y.sizes);
        if (left.is_contiguous() && right.is_contiguous() && left.numel() == y.numel() && right.numel() == y.numel())
            Elementwise.Binary(left.Data<T>(), right.Data<T>(), y.Data<T>(), y.numel(), op);
        else if (y.numel() > 0)
            Broadcast<T, TOp>(left, right, y, op);
        return y;
    }

    internal static Tensor Ternary<T, TOp>(string name, Tensor a, Tensor b, Tensor c, TOp op)
        where T : unmanaged
        where TOp : unmanaged, ITernaryOp<T>
    {
        using var timing = Profile.Time(name);
        SameType(name, a, b);
        SameType(name, a, c);
        if (IsOneNumber(a)) return Binary<T, BindFirst<T, TOp>>(name, b, c, new BindFirst<T, TOp>(op, *a.Data<T>()));
        var shape = Shapes.Broadcast(name, Shapes.Broadcast(name, a.sizes, b.sizes), c.sizes);
        using var x = Whole(a, shape);
        using var y = Whole(b, shape);
        using var z = Whole(c, shape);
        var result = Tensor.Allocate(shape, a.dtype);
        Elementwise.Ternary(x.Data<T>(), y.Data<T>(), z.Data<T>(), result.Data<T>(), result.numel(), op);
        return result;
    }

    /// <summary>sum += gradient, of equal shape and type, in place; <paramref name="sum"/> is contiguous.</summary>
    internal static void Accumulate(Tensor sum, Tensor gradient)
    {
        using var timing = Profile.Time("add_");
        using var dense = Dense(gradient);
        if (sum.dtype == ScalarType.Float32)
            Elementwise.Binary(sum.Data<float>(), dense.Data<float>(), sum.Data<float>(), sum.numel(), new AddOp<float>());
        else
            Elementwise.Binary(sum.Data<double>(), dense.Data<double>(), sum.Data<double>(), sum.numel(), new AddOp<double>());
        sum.Buffer.Version++;
    }

    /// <summary>The tensor itself (as another object) or, where its elements do not lie in a row, a copy; to be disposed.</summary>
    internal static Tensor Dense(Tensor x) => x.is_contiguous() ? x.Alias() : Copying.Dense(x);

    /// <summary>A contiguous tensor of the larger shape; to be disposed.</summary>
    internal static Tensor Whole(Tensor x, long[] shape)
    {
        if (x.sizes.AsSpan().SequenceEqual(shape)) return Dense(x);
        using var stretched = x.Window(shape, Shapes.BroadcastStrides(x.sizes, x.strides, shape), x.offset);
        return Copying.Dense(stretched);
    }

    /// <summary>Whether all elements are one in memory, as the gradient of a sum is.</summary>
    private static bool IsOneNumber(Tensor x)
    {
        for (var d = 0; d < x.sizes.Length; d++)
            if (x.sizes[d] != 1 && x.strides[d] != 0) return false;
        return x.numel() > 0;
    }

    internal static void SameType(string op, Tensor a, Tensor b)
    {
        if (a.dtype != b.dtype) throw new ExternalException($"{op}: element types {a.dtype} and {b.dtype} differ; convert one with to_type");
    }

    internal static Exception NotFloating(string op, Tensor x) => NotFloating(op, x.dtype);

    internal static Exception NotFloating(string op, ScalarType type) =>
        new ExternalException($"{op}: needs floating-point elements, not {type}; convert with to_type");

    /// <summary>Stretched by strides to the shape, such that the inner loop steps by 0 or 1.</summary>
    private static Tensor Rows(Tensor x, long[] shape)
    {
        if (x.is_contiguous() && x.sizes.AsSpan().SequenceEqual(shape)) return x.Alias();
        var innermost = Array.FindLastIndex(x.sizes, size => size != 1);
        using var dense = innermost < 0 || x.strides[innermost] is 0 or 1 ? x.Alias() : Copying.Dense(x);
        return dense.Window(shape, Shapes.BroadcastStrides(dense.sizes, dense.strides, shape), dense.offset);
    }

    private static void Broadcast<T, TOp>(Tensor a, Tensor b, Tensor y, TOp op)
        where T : unmanaged
        where TOp : unmanaged, IBinaryOp<T>
    {
        var walk = Strided.Of(y.sizes, [y.strides, a.strides, b.strides]);
        var rowsPerChunk = Math.Max(1, (1 << 14) / Math.Max(1, walk.Inner));
        var chunks = (int)((walk.Rows + rowsPerChunk - 1) / rowsPerChunk);
        Workers.For(chunks, new RowsJob<T, TOp>(a.Data<T>(), b.Data<T>(), y.Data<T>(), walk, rowsPerChunk, op));
    }

    private readonly struct RowsJob<T, TOp>(T* a, T* b, T* y, Strided walk, long rowsPerChunk, TOp op) : IJob
        where T : unmanaged
        where TOp : unmanaged, IBinaryOp<T>
    {
        [MethodImpl(Kernel.Loop)]
        public void Run(int chunk)
        {
            var end = Math.Min(walk.Rows, (chunk + 1) * rowsPerChunk);
            for (var row = chunk * rowsPerChunk; row < end; row++)
                Row(a + walk.RowOffset(1, row), b + walk.RowOffset(2, row), y + walk.RowOffset(0, row));
        }

        private void Row(T* left, T* right, T* to)
        {
            switch (walk.InnerStep(1), walk.InnerStep(2))
            {
                case (1, 1): Elementwise.BinaryRange(left, right, to, walk.Inner, op); break;
                case (1, 0): Elementwise.UnaryRange(left, to, walk.Inner, new BindRight<T, TOp>(op, *right)); break;
                case (0, 1): Elementwise.UnaryRange(right, to, walk.Inner, new BindLeft<T, TOp>(op, *left)); break;
                default:
                    Elementwise.BinaryRange(left, right, to, 1, op);
                    new Span<T>(to, (int)walk.Inner).Fill(*to);
                    break;
            }
        }
    }
}
