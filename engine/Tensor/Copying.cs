using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Workbench.Engine;

/// <summary>Moves elements between tensors of any strides and types.</summary>
internal static unsafe class Copying
{
    /// <summary>Copies <paramref name="source"/>, broadcast and converted as needed, over the target's elements.</summary>
    internal static void Copy(Tensor source, Tensor target)
    {
        using var timing = Profile.Time("copy_");
        if (source.dtype != target.dtype)
        {
            using var dense = Pointwise.Dense(source);
            if (source.numel() == target.numel() && target.is_contiguous())
            {
                Convert(dense, target);
                return;
            }
            using var converted = Tensor.Allocate((long[])dense.sizes.Clone(), target.dtype);
            Convert(dense, converted);
            Copy(converted, target);
            return;
        }
        if (target.numel() == 0) return;
        if (source.numel() == target.numel() && source.is_contiguous() && target.is_contiguous())
        {
            var bytes = target.numel() * Types.Size(target.dtype);
            System.Buffer.MemoryCopy(source.Bytes, target.Bytes, bytes, bytes);
            GC.KeepAlive(source);
            GC.KeepAlive(target);
            return;
        }
        var from = Shapes.BroadcastStrides(source.sizes, source.strides, target.sizes);
        var walk = Strided.Of(target.sizes, [target.strides, from]);
        switch (Types.Size(target.dtype))
        {
            case 1: Rows(source.Data<byte>(), target.Data<byte>(), walk); break;
            case 4: Rows(source.Data<int>(), target.Data<int>(), walk); break;
            default: Rows(source.Data<long>(), target.Data<long>(), walk); break;
        }
        GC.KeepAlive(source);
        GC.KeepAlive(target);
    }

    /// <summary>A contiguous copy, in no scope.</summary>
    internal static Tensor Dense(Tensor source)
    {
        var copy = Tensor.Allocate((long[])source.sizes.Clone(), source.dtype);
        Copy(source, copy);
        return copy;
    }

    /// <summary>The elements of one contiguous tensor in another's type, between contiguous tensors of as many elements.</summary>
    private static void Convert(Tensor source, Tensor target)
    {
        switch (source.dtype)
        {
            case ScalarType.Float32: From<float>(source, target); break;
            case ScalarType.Float64: From<double>(source, target); break;
            case ScalarType.Int64: From<long>(source, target); break;
            case ScalarType.Int32: From<int>(source, target); break;
            default: From<byte>(source, target); break;
        }
    }

    private static void From<T>(Tensor source, Tensor target) where T : unmanaged, INumber<T>
    {
        switch (target.dtype)
        {
            case ScalarType.Float32: Elements<T, float>(source, target); break;
            case ScalarType.Float64: Elements<T, double>(source, target); break;
            case ScalarType.Int64: Elements<T, long>(source, target); break;
            case ScalarType.Int32: Elements<T, int>(source, target); break;
            case ScalarType.Byte: Elements<T, byte>(source, target); break;
            default: NonZero<T>(source, target); break;
        }
        GC.KeepAlive(source);
        GC.KeepAlive(target);
    }

    private static void Elements<TFrom, TTo>(Tensor source, Tensor target)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        const int chunk = 1 << 24;
        for (long at = 0, count = source.numel(); at < count; at += chunk)
        {
            var length = (int)Math.Min(chunk, count - at);
            TensorPrimitives.ConvertTruncating(
                new ReadOnlySpan<TFrom>(source.Data<TFrom>() + at, length), new Span<TTo>(target.Data<TTo>() + at, length));
        }
    }

    private static void NonZero<T>(Tensor source, Tensor target) where T : unmanaged, INumber<T>
    {
        var from = source.Data<T>();
        var to = target.Data<byte>();
        for (long i = 0, count = source.numel(); i < count; i++) to[i] = T.IsZero(from[i]) ? (byte)0 : (byte)1;
    }

    [MethodImpl(Kernel.Loop)]
    private static void Rows<T>(T* source, T* target, in Strided walk) where T : unmanaged
    {
        var (to, from, inner) = (walk.InnerStep(0), walk.InnerStep(1), walk.Inner);
        for (var row = 0L; row < walk.Rows; row++)
        {
            var y = target + walk.RowOffset(0, row);
            var x = source + walk.RowOffset(1, row);
            if (to == 1 && from == 1) System.Buffer.MemoryCopy(x, y, inner * sizeof(T), inner * sizeof(T));
            else for (var i = 0L; i < inner; i++) y[i * to] = x[i * from];
        }
    }
}
