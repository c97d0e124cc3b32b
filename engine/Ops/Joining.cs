using Workbench.Engine;

namespace TorchSharp;

/// <content>Several tensors as one.</content>
public static partial class torch
{
    /// <summary>Tensors one after the other along a dimension; each gets its part of the gradient.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0)
    {
        if (tensors.Count == 0) throw new ArgumentException("cat: needs at least one tensor");
        var first = tensors[0];
        if (first.ndim == 0) throw new ArgumentException($"cat: single numbers of shape {Shapes.Text(first.sizes)} do not join; use stack");
        var d = Shapes.Dimension("cat", dim, first.sizes.Length);
        var shape = (long[])first.sizes.Clone();
        shape[d] = tensors.Sum(tensor => Fits(tensor, first, d) ? tensor.sizes[d]
            : throw new ArgumentException($"cat: shapes {Shapes.Text(first.sizes)} and {Shapes.Text(tensor.sizes)} of {first.dtype} and {tensor.dtype} do not join along dimension {dim}"));
        var result = Tensor.Allocate(shape, first.dtype);
        var lengths = tensors.Select(tensor => tensor.sizes[d]).ToArray();
        var at = 0L;
        foreach (var tensor in tensors)
        {
            using var part = result.Window([.. tensor.sizes], result.strides, at * result.strides[d]);
            Copying.Copy(tensor, part);
            at += tensor.sizes[d];
        }
        return Node.Record("cat", result, (node, g) =>
        {
            var from = 0L;
            for (var i = 0; i < lengths.Length; from += lengths[i++])
                if (node.Needs(i)) node.Give(i, g.narrow(d, from, lengths[i]));
        }, tensors.ToArray());
    }

    public static Tensor cat(Tensor[] tensors, long dim = 0) => cat((IList<Tensor>)tensors, dim);

    /// <summary>Tensors of one shape along a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) =>
        cat(tensors.Select(tensor => tensor.unsqueeze(dim)).ToArray(), dim);

    private static bool Fits(Tensor tensor, Tensor first, int dim)
    {
        if (tensor.dtype != first.dtype || tensor.sizes.Length != first.sizes.Length) return false;
        for (var d = 0; d < first.sizes.Length; d++)
            if (d != dim && tensor.sizes[d] != first.sizes[d]) return false;
        return true;
    }
}
