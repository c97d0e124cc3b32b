using Workbench.Engine;

namespace TorchSharp;

/// <content>Other windows on the same elements: nothing is copied where strides can say it.</content>
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>A window on this tensor's elements, recorded so that gradients find their way back.</summary>
        private Tensor View(string op, long[] shape, long[] steps, long start, Backward backward) =>
            Node.RecordView(op, Window(shape, steps, start), backward, this);

        /// <summary>The same elements in row-major order under another shape; one size may be -1. Copies only where strides cannot say it.</summary>
        public Tensor reshape(params long[] shape)
        {
            var wanted = Shapes.Infer("reshape", shape, sizes);
            if (is_contiguous()) return Reshaped(this, wanted);
            if (Restride(wanted) is { } steps) return Restrided("reshape", wanted, steps);
            return Reshaped(clone(), wanted);
        }

        /// <summary>As <see cref="reshape"/>, but never copies: an error says when the strides do not allow it.</summary>
        public Tensor view(params long[] shape)
        {
            var wanted = Shapes.Infer("view", shape, sizes);
            if (is_contiguous()) return Reshaped(this, wanted);
            if (Restride(wanted) is { } steps) return Restrided("view", wanted, steps);
            throw new ExternalException($"view: shape {Shapes.Text(sizes)} with strides {Shapes.Text(strides)} is no {Shapes.Text(wanted)} without a copy; use reshape");
        }

        public Tensor view_as(Tensor other) => view(other.sizes);

        private static Tensor Reshaped(Tensor dense, long[] wanted) =>
            dense.View("reshape", wanted, Shapes.Strides(wanted), dense.offset,
                static (node, g) => node.Give(0, g.Unreshape(node)));

        private Tensor Restrided(string op, long[] wanted, long[] steps) =>
            View(op, wanted, steps, offset, static (node, g) => node.Give(0, g.Unreshape(node)));

        /// <summary>The strides with which these elements show another shape; null where a copy is needed.</summary>
        private long[]? Restride(long[] wanted)
        {
            if (numel() == 0) return Shapes.Strides(wanted);
            var steps = Shapes.Strides(wanted);
            var to = wanted.Length - 1;
            for (var d = sizes.Length - 1; d >= 0;)
            {
                // The longest run of dimensions that one step walks through evenly must become whole dimensions again.
                var (step, run) = (strides[d], sizes[d]);
                for (d--; d >= 0 && (sizes[d] == 1 || strides[d] == run * step); d--) run *= sizes[d];
                var filled = 1L;
                for (; to >= 0 && (filled < run || wanted[to] == 1); filled *= wanted[to--]) steps[to] = filled * step;
                if (filled != run) return null;
            }
            return steps;
        }

        public Tensor flatten(long start_dim = 0, long end_dim = -1)
        {
            var first = Shapes.Dimension("flatten", start_dim, sizes.Length);
            var last = Shapes.Dimension("flatten", end_dim, sizes.Length);
            if (first > last) throw new ExternalException($"flatten: start_dim {start_dim} lies behind end_dim {end_dim}");
            if (sizes.Length == 0) return reshape(1);
            return reshape([.. sizes[..first], Shapes.Count(sizes.AsSpan(first, last - first + 1)), .. sizes[(last + 1)..]]);
        }

        public Tensor transpose(long dim0, long dim1)
        {
            var a = Shapes.Dimension("transpose", dim0, sizes.Length);
            var b = Shapes.Dimension("transpose", dim1, sizes.Length);
            if (sizes.Length == 0) return alias();
            var (shape, steps) = ((long[])sizes.Clone(), (long[])strides.Clone());
            (shape[a], shape[b], steps[a], steps[b]) = (sizes[b], sizes[a], strides[b], strides[a]);
            return View("transpose", shape, steps, offset, (node, g) => node.Give(0, g.transpose(a, b)));
        }

        /// <summary>A matrix with rows and columns exchanged; at most two dimensions.</summary>
        public Tensor t() => sizes.Length switch
        {
            < 2 => alias(),
            2 => transpose(0, 1),
            _ => throw new ExternalException($"t: at most two dimensions, not {Shapes.Text(sizes)}; use transpose or permute"),
        };

        /// <summary>All dimensions in reverse order.</summary>
        public Tensor T => permute([.. Enumerable.Range(1, sizes.Length).Select(d => (long)-d)]);

        public Tensor permute(params long[] permutation)
        {
            var order = permutation.Select(d => Shapes.Dimension("permute", d, sizes.Length)).ToArray();
            if (order.Length != sizes.Length || order.Distinct().Count() != order.Length)
                throw new ExternalException($"permute: {Shapes.Text(permutation)} is no order of the {sizes.Length} dimensions of {Shapes.Text(sizes)}");
            var back = new long[order.Length];
            for (var d = 0; d < order.Length; d++) back[order[d]] = d;
            return View("permute", [.. order.Select(d => sizes[d])], [.. order.Select(d => strides[d])], offset,
                (node, g) => node.Give(0, g.permute(back)));
        }

        public Tensor unsqueeze(long dim)
        {
            var at = Shapes.Dimension("unsqueeze", dim, sizes.Length + 1);
            return View("unsqueeze", [.. sizes[..at], 1, .. sizes[at..]], [.. strides[..at], 1, .. strides[at..]], offset,
                (node, g) => node.Give(0, g.squeeze(at)));
        }

        /// <summary>Drops the given dimension if its size is 1, or all of size 1.</summary>
        public Tensor squeeze(long? dim = null)
        {
            var only = dim == null ? -1 : Shapes.Dimension("squeeze", dim.Value, sizes.Length);
            var kept = Enumerable.Range(0, sizes.Length).Where(d => sizes[d] != 1 || (only >= 0 && d != only)).ToArray();
            return View("squeeze", [.. kept.Select(d => sizes[d])], [.. kept.Select(d => strides[d])], offset,
                static (node, g) => node.Give(0, g.Unreshape(node)));
        }

        /// <summary>Reads dimensions of size 1 (and missing leading ones) as if repeated; -1 keeps a size.</summary>
        public Tensor expand(params long[] sizes) => expand(sizes, false);

        public Tensor expand(long[] sizes, bool isImplicit = false)
        {
            var wanted = (long[])sizes.Clone();
            for (var d = 1; d <= Math.Min(wanted.Length, this.sizes.Length); d++)
                if (wanted[^d] == -1) wanted[^d] = this.sizes[^d];
            if (wanted.Length < this.sizes.Length || wanted.Any(size => size < 0) || !Shapes.Broadcast("expand", this.sizes, wanted).AsSpan().SequenceEqual(wanted))
                throw new ExternalException($"expand: shape {Shapes.Text(this.sizes)} does not stretch to {Shapes.Text(sizes)}");
            return View("expand", wanted, Shapes.BroadcastStrides(this.sizes, strides, wanted), offset,
                static (node, g) => node.Give(0, g));
        }

        public Tensor expand_as(Tensor other) => expand(other.sizes, false);

        public Tensor broadcast_to(params long[] shape) => expand(shape, false);

        /// <summary>Elements start, start + 1, ..., start + length - 1 of a dimension.</summary>
        public Tensor narrow(long dim, long start, long length)
        {
            var d = Shapes.Dimension("narrow", dim, sizes.Length);
            var size = SizeOf("narrow", d);
            var first = start < 0 ? start + size : start;
            if (first < 0 || length < 0 || first + length > size)
                throw new ExternalException($"narrow: {length} elements from {start} on are not all in dimension {dim} of {Shapes.Text(sizes)}");
            return Part("narrow", d, first, length, 1);
        }

        /// <summary>
        /// Elements start, start + step, ... before finish of a dimension; negative bounds count from the end, and those
        /// outside are moved to it.
        /// </summary>
        public Tensor slice(long dim, long start, long finish, long step)
        {
            if (step < 1) throw new ArgumentException($"slice: a step is at least 1, not {step}");
            var d = Shapes.Dimension("slice", dim, sizes.Length);
            var size = SizeOf("slice", d);
            var first = Math.Clamp(start < 0 ? start + size : start, 0, size);
            var end = Math.Clamp(finish < 0 ? finish + size : finish, first, size);
            return Part("slice", d, first, (end - first + step - 1) / step, step);
        }

        private long SizeOf(string op, int dim) =>
            sizes.Length > 0 ? sizes[dim] : throw new ExternalException($"{op}: a single number has no dimensions");

        private Tensor Part(string op, int dim, long first, long length, long step)
        {
            var (shape, steps) = ((long[])sizes.Clone(), (long[])strides.Clone());
            shape[dim] = length;
            steps[dim] *= step;
            return View(op, shape, steps, offset + first * strides[dim], (node, g) =>
            {
                var all = zeros(node.ShapeOf(0), dtype: g.dtype);
                all.Part(op, dim, first, length, step).copy_(g);
                node.Give(0, all);
            });
        }

        /// <summary>One element of a dimension, which is dropped; a negative index counts from the end.</summary>
        public Tensor select(long dim, long index)
        {
            var d = Shapes.Dimension("select", dim, sizes.Length);
            var size = SizeOf("select", d);
            var at = index < 0 ? index + size : index;
            if (at < 0 || at >= size)
                throw new ExternalException($"select: index {index} is outside dimension {dim} of {Shapes.Text(sizes)}");
            return View("select", [.. sizes[..d], .. sizes[(d + 1)..]], [.. strides[..d], .. strides[(d + 1)..]], offset + at * strides[d], (node, g) =>
            {
                var all = zeros(node.ShapeOf(0), dtype: g.dtype);
                all.select(d, at).copy_(g);
                node.Give(0, all);
            });
        }

        /// <summary>The same tensor as another object.</summary>
        public Tensor alias() => View("alias", sizes, strides, offset, static (node, g) => node.Give(0, g));

        /// <summary>The same elements, outside the graph.</summary>
        public Tensor detach() => Alias().Enter();

        /// <summary>A view where the elements lie in row-major order, else a copy in which they do.</summary>
        public Tensor contiguous() => is_contiguous() ? alias() : clone();

        public Tensor[] unbind(long dimension = 0) =>
            [.. Enumerable.Range(0, (int)size((int)dimension)).Select(i => select(dimension, i))];

        /// <summary>Parts of the given size along a dimension; the last may be smaller. Of nothing there is one part.</summary>
        public Tensor[] split(long size, int dim = 0)
        {
            var whole = this.size(dim);
            if (size < 0 || (size == 0 && whole > 0)) throw new ExternalException($"split: parts have at least one element, not {size}");
            var parts = whole == 0 ? 1 : (whole + size - 1) / size;
            return [.. Enumerable.Range(0, (int)parts).Select(i => narrow(dim, i * size, Math.Min(size, whole - i * size)))];
        }

        /// <summary>Parts of the given sizes along the first dimension.</summary>
        public Tensor[] split(params long[] sizes) => split(sizes, 0);

        /// <summary>Parts of the given sizes along a dimension, which they fill.</summary>
        public Tensor[] split(long[] sizes, long dim = 0)
        {
            if (sizes.Sum() != size((int)dim))
                throw new ExternalException($"split: parts {Shapes.Text(sizes)} do not add up to dimension {dim} of {Shapes.Text(this.sizes)}");
            var starts = sizes.Select((_, i) => sizes[..i].Sum()).ToArray();
            return [.. sizes.Select((length, i) => narrow(dim, starts[i], length))];
        }

        /// <summary>At most the given number of parts of equal size; the last may be smaller. Of nothing there are as many as asked for.</summary>
        public Tensor[] chunk(long chunks, long dim = 0)
        {
            if (chunks < 1) throw new ExternalException($"chunk: at least one part, not {chunks}");
            var whole = size((int)dim);
            return whole == 0 ? split(new long[chunks], dim) : split((whole + chunks - 1) / chunks, (int)dim);
        }

        private Tensor Unreshape(Node node) => reshape(node.ShapeOf(0));
    }

    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);
    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) => input.flatten(start_dim, end_dim);
    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);
    public static Tensor t(Tensor input) => input.t();
    public static Tensor permute(Tensor input, params long[] permutation) => input.permute(permutation);
    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);
    public static Tensor squeeze(Tensor input, long? dim = null) => input.squeeze(dim);
    public static Tensor broadcast_to(Tensor input, params long[] shape) => input.broadcast_to(shape);
    public static Tensor narrow(Tensor input, long dim, long start, long length) => input.narrow(dim, start, length);
    public static Tensor select(Tensor input, long dim, long index) => input.select(dim, index);
    public static Tensor[] unbind(Tensor input, long dim = 0) => input.unbind(dim);
    public static Tensor[] split(Tensor tensor, long[] split_size_or_sections, long dim = 0) => tensor.split(split_size_or_sections, dim);
    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);
}
