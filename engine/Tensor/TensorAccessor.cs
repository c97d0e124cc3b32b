using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>A tensor's elements in row-major order, whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly Tensor tensor;

    internal TensorAccessor(Tensor tensor)
    {
        _ = tensor.Buffer;
        this.tensor = tensor;
    }

    public long Count => tensor.numel();

    public T this[params long[] indices]
    {
        get
        {
            var value = *At(indices);
            GC.KeepAlive(tensor);
            return value;
        }
        set
        {
            *At(indices) = value;
            tensor.Buffer.Version++;
            GC.KeepAlive(tensor);
        }
    }

    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array);
        return array;
    }

    /// <summary>Copies the elements from <paramref name="tensorIndex"/> on, as many as the array has room for.</summary>
    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        using var dense = Workbench.Engine.Pointwise.Dense(tensor);
        var target = array[arrayIndex..];
        var length = (int)Math.Min(target.Length, Count - tensorIndex);
        new ReadOnlySpan<T>(dense.Data<T>() + tensorIndex, length).CopyTo(target);
    }

    /// <summary>Overwrites the elements from <paramref name="tensorIndex"/> on, as many as there are on both sides.</summary>
    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var source = array[arrayIndex..];
        source = source[..(int)Math.Min(source.Length, Count - tensorIndex)];
        if (tensor.is_contiguous()) source.CopyTo(new Span<T>(tensor.Data<T>() + tensorIndex, source.Length));
        else for (var i = 0; i < source.Length; i++) *At(Unravel(tensorIndex + i, tensor.sizes)) = source[i];
        tensor.Buffer.Version++;
        GC.KeepAlive(tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom(array.AsSpan(), arrayIndex, tensorIndex);

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() { }

    /// <summary>One index addresses the row-major order, several a position.</summary>
    private T* At(long[] indices)
    {
        var sizes = tensor.sizes;
        if (indices.Length == 1 && sizes.Length != 1) indices = Unravel(indices[0], sizes);
        if (indices.Length != sizes.Length) throw new ArgumentException($"{indices.Length} indices do not address {sizes.Length} dimensions");
        var at = tensor.Data<T>();
        for (var d = 0; d < sizes.Length; d++)
        {
            if (indices[d] < 0 || indices[d] >= sizes[d]) throw new IndexOutOfRangeException($"index {indices[d]} is outside dimension {d} of size {sizes[d]}");
            at += indices[d] * tensor.strides[d];
        }
        return at;
    }

    private static long[] Unravel(long index, long[] sizes)
    {
        var position = new long[sizes.Length];
        for (var d = sizes.Length - 1; d >= 0; d--) (index, position[d]) = Math.DivRem(index, sizes[d]);
        if (index != 0) throw new IndexOutOfRangeException("index outside the tensor");
        return position;
    }
}
