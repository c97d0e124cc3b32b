using Workbench.Engine;

namespace TorchSharp;

/// <content>Several tensors as one.</content>
public static partial class torch
{
    /// <summary>
    /// Tensors one after the other along a dimension, in the type that holds all; each gets its part of the gradient. Vectors of
    /// no elements are left out, whatever the others' dimensions.
    /// </summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0)
    {
        if (tensors.Count == 0) throw new ArgumentException("cat: needs at least one tensor");
        if (tensors.Count == 1) return tensors[0].alias();
        if (tensors.Any(tensor => tensor.ndim == 0)) throw new ExternalException($"cat: single numbers of shape [] do not join; use stack");
        var parts = tensors.Where(tensor => tensor.sizes is not [0]).DefaultIfEmpty(tensors[0]).ToArray();
        return Joined(parts, [.. tensors.Except(parts)], Shapes.Dimension("cat", dim, parts[0].sizes.Length), tensors.Select(tensor => tensor.dtype).Aggregate(Types.Promote));
    }

    private static Tensor Joined(Tensor[] parts, Tensor[] empty, int dim, ScalarType type)
    {
        var first = parts[0];
        var shape = (long[])first.sizes.Clone();
        shape[dim] = parts.Sum(part => Fits(part, first, dim) ? part.sizes[dim]
            : throw new ExternalException($"cat: shapes {Shapes.Text(first.sizes)} and {Shapes.Text(part.sizes)} do not join along dimension {dim}"));
        var result = Tensor.Allocate(shape, type);
        var lengths = parts.Select(part => part.sizes[dim]).ToArray();
        var at = 0L;
        foreach (var part in parts)
        {
            using var place = result.Window([.. part.sizes], result.strides, at * result.strides[dim]);
            Copying.Copy(part, place);
            at += part.sizes[dim];
        }
        return Node.Record("cat", result, (node, g) =>
        {
            var from = 0L;
            for (var i = 0; i < lengths.Length; from += lengths[i++])
                if (node.Needs(i)) node.Give(i, g.narrow(dim, from, lengths[i]));
            for (var i = lengths.Length; i < node.Count; i++)
                if (node.Needs(i)) node.Give(i, zeros(node.ShapeOf(i), dtype: g.dtype));
        }, [.. parts, .. empty]);
    }

    public static Tensor cat(Tensor[] tensors, long dim = 0) => cat((IList<Tensor>)tensors, dim);

    /// <summary>Tensors of one shape along a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0)
    {
        var parts = tensors.Select(tensor => tensor.unsqueeze(dim)).ToArray();
        return parts.Length > 0 ? cat(parts, dim) : throw new ExternalException("stack: needs at least one tensor");
    }

    private static bool Fits(Tensor tensor, Tensor first, int dim)
    {
        if (tensor.sizes.Length != first.sizes.Length) return false;
        for (var d = 0; d < first.sizes.Length; d++)
            if (d != dim && tensor.sizes[d] != first.sizes[d]) return false;
        return true;
    }
}
