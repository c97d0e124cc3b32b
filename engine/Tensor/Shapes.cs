namespace Workbench.Engine;

/// <summary>Arithmetic on shapes: sizes, strides (in elements), dimensions counted from either end.</summary>
internal static class Shapes
{
    internal static long Count(ReadOnlySpan<long> shape)
    {
        var count = 1L;
        foreach (var size in shape) count = checked(count * size);
        return count;
    }

    internal static string Text(ReadOnlySpan<long> shape) => "[" + string.Join(", ", shape.ToArray()) + "]";

    /// <summary>Row-major strides.</summary>
    internal static long[] Strides(ReadOnlySpan<long> shape)
    {
        var strides = new long[shape.Length];
        var step = 1L;
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = step;
            step *= Math.Max(shape[d], 1);
        }
        return strides;
    }

    internal static bool IsContiguous(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        var step = 1L;
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            if (shape[d] == 0) return true;
            if (shape[d] != 1 && strides[d] != step) return false;
            step *= shape[d];
        }
        return true;
    }

    /// <summary>A dimension counted from 0; negative ones count from the end.</summary>
    internal static int Dimension(string op, long dim, int rank)
    {
        var span = Math.Max(rank, 1);
        if (dim < -span || dim >= span)
            throw new ExternalException($"{op}: dimension {dim} is not one of a tensor with {rank} dimensions");
        return (int)(dim < 0 ? dim + span : dim);
    }

    /// <summary>The shape that both broadcast to: sizes are aligned at the end, and 1 stretches.</summary>
    internal static long[] Broadcast(string op, ReadOnlySpan<long> a, ReadOnlySpan<long> b)
    {
        if (a.SequenceEqual(b)) return a.ToArray();
        var shape = new long[Math.Max(a.Length, b.Length)];
        for (var d = 1; d <= shape.Length; d++)
        {
            var x = d <= a.Length ? a[^d] : 1;
            var y = d <= b.Length ? b[^d] : 1;
            if (x != y && x != 1 && y != 1)
                throw new ExternalException($"{op}: shapes {Text(a)} and {Text(b)} do not broadcast");
            shape[^d] = x == 1 ? y : x;
        }
        return shape;
    }

    /// <summary>The strides with which a tensor of this shape is read as one of the larger shape; stretched dimensions have stride 0.</summary>
    internal static long[] BroadcastStrides(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, ReadOnlySpan<long> target)
    {
        var result = new long[target.Length];
        for (var d = 1; d <= shape.Length; d++)
            result[^d] = shape[^d] == 1 && target[^d] != 1 ? 0 : strides[^d];
        return result;
    }

    /// <summary>Refuses a shape that broadcasting does not make the target.</summary>
    internal static void Stretches(string op, ReadOnlySpan<long> shape, ReadOnlySpan<long> target)
    {
        if (!Broadcast(op, shape, target).AsSpan().SequenceEqual(target))
            throw new ExternalException($"{op}: shape {Text(shape)} does not stretch to {Text(target)}");
    }

    /// <summary>Replaces one -1 by the size that keeps the number of elements.</summary>
    internal static long[] Infer(string op, ReadOnlySpan<long> wanted, ReadOnlySpan<long> from)
    {
        var shape = wanted.ToArray();
        var count = Count(from);
        var free = Array.IndexOf(shape, -1L);
        if (free >= 0)
        {
            shape[free] = 1;
            var rest = Count(shape);
            if (rest == 0) throw new ExternalException($"{op}: any size would do for the -1 of {Text(wanted)}");
            shape[free] = count / rest;
        }
        if (shape.Any(size => size < 0) || Count(shape) != count)
            throw new ExternalException($"{op}: {count} elements of shape {Text(from)} do not fill the shape {Text(wanted)}");
        return shape;
    }
}
