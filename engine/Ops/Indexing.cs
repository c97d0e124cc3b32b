using Workbench.Engine;

namespace TorchSharp;

/// <content>Picking elements by position.</content>
public static partial class torch
{
    /// <summary>One way to index a dimension: a position, a slice, all of it, or a new dimension.</summary>
    public struct TensorIndex
    {
        internal enum Kind { Colon, Single, Slice, None, Ellipsis, Tensor }

        internal Kind Is;
        internal long Start;
        internal long? Stop;
        internal long Step;
        internal Tensor? Positions;

        public static readonly TensorIndex Ellipsis = new() { Is = Kind.Ellipsis };
        public static readonly TensorIndex None = new() { Is = Kind.None };
        public static readonly TensorIndex Colon = new() { Is = Kind.Colon };

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { Is = Kind.Slice, Start = start ?? 0, Stop = stop, Step = step ?? 1 };

        public static TensorIndex Single(long? index) => new() { Is = Kind.Single, Start = index ?? 0 };

        public static TensorIndex Tensor(Tensor tensor) => new() { Is = Kind.Tensor, Positions = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);
    }

    public partial class Tensor
    {
        /// <summary>Basic indexing: positions and slices give views; one tensor of positions copies those it names.</summary>
        [System.Runtime.CompilerServices.IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set
            {
                if (indices.Any(i => i.Is == TensorIndex.Kind.Tensor))
                    throw new NotSupportedException("index: writing to a tensor of positions is not supported here; use where");
                index(indices).copy_(value);
            }
        }

        [System.Runtime.CompilerServices.IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => select(0, i1).copy_(value);
        }

        [System.Runtime.CompilerServices.IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => select(0, i1).select(0, i2);
            set => select(0, i1).select(0, i2).copy_(value);
        }

        [System.Runtime.CompilerServices.IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => this[i1, i2].select(0, i3);
            set => this[i1, i2].select(0, i3).copy_(value);
        }

        [System.Runtime.CompilerServices.IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => this[i1, i2, i3].select(0, i4);
            set => this[i1, i2, i3].select(0, i4).copy_(value);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            if (indices.Length == 0) throw new ExternalException("index: no indices");
            var used = indices.Count(i => i.Is is not (TensorIndex.Kind.None or TensorIndex.Kind.Ellipsis));
            if (used > sizes.Length) throw new ExternalException($"index: {used} indices for the {sizes.Length} dimensions of {Shapes.Text(sizes)}");
            if (indices.Count(i => i.Is == TensorIndex.Kind.Tensor) > 1)
                throw new NotSupportedException("index: more than one tensor of positions is not supported here; use gather");
            var (result, dim) = (alias(), 0);
            foreach (var i in indices)
                switch (i.Is)
                {
                    case TensorIndex.Kind.Single: result = result.select(dim, i.Start); break;
                    case TensorIndex.Kind.None: result = result.unsqueeze(dim++); break;
                    case TensorIndex.Kind.Ellipsis: dim += sizes.Length - used; break;
                    case TensorIndex.Kind.Slice when i.Step < 1: throw new ExternalException($"index: a step is at least 1, not {i.Step}");
                    case TensorIndex.Kind.Slice: result = result.slice(dim, i.Start, i.Stop ?? result.sizes[dim], i.Step); dim++; break;
                    case TensorIndex.Kind.Tensor:
                        result = result.Picked(dim, i.Positions!);
                        dim += i.Positions!.sizes.Length;
                        break;
                    default: dim++; break;
                }
            return result;
        }

        /// <summary>The slices at positions, which may count from the end, in place of a dimension.</summary>
        private Tensor Picked(int dim, Tensor positions)
        {
            if (positions.is_floating_point()) throw new ExternalException($"index: positions are whole numbers, not {positions.dtype}");
            if (positions.dtype is ScalarType.Bool or ScalarType.Byte)
                throw new NotSupportedException("index: a mask of elements is not supported here; use where or masked_fill");
            var flat = positions.to_type(ScalarType.Int64).reshape(-1);
            var picked = index_select(dim, torch.where(flat.lt(0), flat.add(sizes[dim]), flat));
            return picked.reshape([.. sizes[..dim], .. positions.sizes, .. sizes[(dim + 1)..]]);
        }

        /// <summary>The slices at the given positions of a dimension, copied; the gradient is summed back into them.</summary>
        public Tensor index_select(long dim, Tensor index)
        {
            if (ndim == 0 && index.numel() == 1) return unsqueeze(0).index_select(dim, index).reshape();
            var d = Shapes.Dimension("index_select", dim, sizes.Length);
            var length = SizeOf("index_select", d);
            return Node.Record("index_select", Gathering.Select(this, d, index), (node, g) =>
                node.Give(0, Gathering.SumInto(g, d, length, node.Value(0)).Enter()), [this], [index]);
        }

        /// <summary>y[i][j] = x[i][index[i][j]] for dim 1 (likewise for others); the gradient is summed back.</summary>
        public Tensor gather(long dim, Tensor index)
        {
            if (index.numel() == 0)
                return Node.Record("gather", Allocate([.. index.sizes], type), static (node, g) => node.Give(0, zeros(node.ShapeOf(0), dtype: g.dtype)), [this]);
            if (ndim == 0) return unsqueeze(0).gather(dim, index);
            if (index.ndim == 0) return gather(dim, index.unsqueeze(0)).reshape();
            var d = Shapes.Dimension("gather", dim, sizes.Length);
            return Node.Record("gather", Gathering.Gather(this, d, index), (node, g) =>
                node.Give(0, Gathering.Scatter(g, d, node.ShapeOf(0), node.Value(0)).Enter()), [this], [index]);
        }
    }

    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);
    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);

    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Class numbers 0, 1, ... as rows of zeros with a single one; -1 classes: as many as the largest asks for.</summary>
            public static Tensor one_hot(Tensor x, long num_classes = -1)
            {
                if (x.dtype != ScalarType.Int64) throw new ArgumentException($"one_hot: class numbers are int64, not {x.dtype}");
                if (x.numel() == 0 && num_classes <= 0) throw new ExternalException("one_hot: no class numbers say how many classes there are");
                var classes = num_classes == -1 ? x.max().item<long>() + 1 : num_classes;
                var inside = x.ge(0).logical_and(x.lt(classes));
                if (x.numel() > 0 && !inside.all().item<bool>()) throw new ExternalException($"one_hot: class numbers must lie in 0 to {classes - 1}");
                return x.unsqueeze(x.ndim).eq(arange(classes)).to_type(ScalarType.Int64);
            }
        }
    }
}
