using Workbench.Engine;

namespace TorchSharp;

/// <content>Sums, means, variances, extremes and soft maxima, over all elements or over some dimensions.</content>
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The sum over all elements; whole numbers add up as int64.</summary>
        public Tensor sum(ScalarType? type = null) => Summed([], false, type);

        /// <summary>The sum over the given dimensions; the gradient is repeated along them.</summary>
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Summed(dim, keepdim, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Summed([dim], keepdim, type);

        /// <summary>The mean over all elements.</summary>
        public Tensor mean() => Averaged([], false, null);

        /// <summary>The mean over the given dimensions.</summary>
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => Averaged(dimensions, keepdim, type);

        private Tensor Averaged(long[] dims, bool keepdim, ScalarType? type)
        {
            if (!Types.IsFloating(type ?? this.type)) throw Pointwise.NotFloating("mean", type ?? this.type);
            return Summed(dims, keepdim, type).div(Reducing.Count("mean", this, dims));
        }

        /// <summary>
        /// The mean squared distance from the mean over the given dimensions, divided by m = n - 1 if unbiased, else by n;
        /// dx = g 2 (x - mean) / m.
        /// </summary>
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
        {
            if (!is_floating_point()) throw Pointwise.NotFloating("var", this);
            var x = As(type ?? this.type);
            var dims = Reducing.Dimensions("var", x, dimensions);
            var divisor = Math.Max(0, Reducing.Count("var", x, dimensions) - (unbiased ? 1 : 0));
            var (variance, mean) = x.Moments(dimensions, divisor);
            var kept = variance.sizes;
            if (!keepdim) variance = Reducing.Dropped(variance, dims);
            return Node.Record("var", variance, (node, g) =>
                node.Give(0, node.Value(0).sub(node.Value(1)).mul(2.0 / divisor).mul(g.reshape(kept))), [x], [x, mean]);
        }

        /// <summary>The sum of squared distances from the mean over a divisor, in no scope, and the mean; dimensions are kept.</summary>
        private (Tensor Variance, Tensor Mean) Moments(long[] dimensions, long divisor)
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            var mean = this.mean(dimensions, true);
            // Without what rounding left, equal numbers would differ from their mean.
            mean = mean.add(sub(mean).mean(dimensions, true));
            var variance = sub(mean).square().sum(dimensions, true).div(divisor);
            return (variance.DetachFromDisposeScope(), mean.MoveToOuterDisposeScope());
        }

        /// <summary>Over all elements, and always unbiased: TorchSharp 0.107 does not heed what it is asked here. With dimensions it does.</summary>
        public Tensor var(bool unbiased = true) => var(Reducing.All(this));

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var([dim], unbiased, keepdim, type);

        /// <summary>The square root of <see cref="var(long[], bool, bool, ScalarType?)"/>.</summary>
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            var(dimensions, unbiased, keepdim, type).Root(2);

        public Tensor std(bool unbiased = true) => std(Reducing.All(this), unbiased);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std([dim], unbiased, keepdim, type);

        /// <summary>The largest element. NaN wins; where several are equal, or NaN, they share the gradient.</summary>
        public Tensor max() => Extreme(Reducing.Max(this), "max");

        /// <summary>The smallest element. NaN wins; where several are equal, or NaN, they share the gradient.</summary>
        public Tensor min() => Extreme(Reducing.Min(this), "min");

        /// <summary>The largest elements along a dimension and where they are (the first of equals, which gets the gradient).</summary>
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => At(Ordered.argmax(dim, true), dim, keepdim);

        /// <summary>The smallest elements along a dimension and where they are (the first of equals, which gets the gradient).</summary>
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => At(Ordered.argmin(dim, true), dim, keepdim);

        /// <summary>Bools as numbers: their extremes have places, where argmax and argmin refuse them.</summary>
        private Tensor Ordered => type == ScalarType.Bool ? As(ScalarType.Byte) : this;

        public Tensor max(Tensor other) => maximum(other);
        public Tensor min(Tensor other) => minimum(other);

        /// <summary>The position of the largest element, as int64: the first of equals.</summary>
        public Tensor argmax() => flatten().argmax(0);

        public Tensor argmin() => flatten().argmin(0);

        public Tensor argmax(long dim, bool keepdim = false) => Reducing.ArgMax(this, dim, keepdim).Enter();

        public Tensor argmin(long dim, bool keepdim = false) => Reducing.ArgMin(this, dim, keepdim).Enter();

        /// <summary>Whether every element is true or not zero: a bool, of uint8 a uint8.</summary>
        public Tensor all() => eq(0).sum().eq(0).As(Truth);

        /// <summary>Whether any element is true or not zero: a bool, of uint8 a uint8.</summary>
        public Tensor any() => ne(0).sum().gt(0).As(Truth);

        private ScalarType Truth => type == ScalarType.Byte ? type : ScalarType.Bool;

        /// <summary>ln of the sum of e^x along a dimension, without overflow; dx = g softmax(x).</summary>
        public Tensor logsumexp(long dim, bool keepdim = false)
        {
            var d = Shapes.Dimension("logsumexp", dim, sizes.Length);
            var x = As(is_floating_point() ? type : ScalarType.Float32);
            var y = SoftMaxima.Along<SoftMaxima.LogSumExp>(x, d);
            var kept = Node.Record("logsumexp", y, static (node, g) => node.Give(0, g.mul(node.Value(0).sub(node.Value(1)).exp())), [x], [x, y]);
            return keepdim ? kept : kept.squeeze(d);
        }

        /// <summary>y = e^x / the sum of e^x along a dimension; dx = y (g - the sum of g y).</summary>
        public Tensor softmax(long dim, ScalarType? dtype = null)
        {
            var x = As(dtype ?? type);
            var d = Shapes.Dimension("softmax", dim, sizes.Length);
            var y = SoftMaxima.Along<SoftMaxima.Softmax>(x, d);
            return Node.Record("softmax", y, (node, g) =>
            {
                var p = node.Value(0);
                node.Give(0, g.sub(g.mul(p).sum(d, true)).mul(p));
            }, [x], [y]);
        }

        /// <summary>y = x - logsumexp(x) along a dimension; dx = g - e^y times the sum of g.</summary>
        public Tensor log_softmax(long dim, ScalarType? dtype = null)
        {
            var x = As(dtype ?? type);
            var d = Shapes.Dimension("log_softmax", dim, sizes.Length);
            var y = SoftMaxima.Along<SoftMaxima.LogSoftmax>(x, d);
            return Node.Record("log_softmax", y, (node, g) =>
                node.Give(0, g.sub(node.Value(0).exp().mul(g.sum(d, true)))), [x], [y]);
        }

        /// <summary>Sums back what broadcasting stretched.</summary>
        internal Tensor SumTo(long[] target)
        {
            var extra = sizes.Length - target.Length;
            var dims = Enumerable.Range(0, sizes.Length)
                .Where(d => d < extra || target[d - extra] == 1 && sizes[d] != 1).Select(d => (long)d).ToArray();
            var summed = dims.Length == 0 ? this : sum(dims, true);
            return summed.reshape(target);
        }

        private Tensor Summed(long[] dims, bool keepdim, ScalarType? type)
        {
            var x = As(type ?? (is_floating_point() ? this.type : ScalarType.Int64));
            var reduced = Reducing.Dimensions("sum", x, dims);
            var kept = Reducing.KeptShape(x.sizes, reduced);
            var y = Reducing.Sum(x, reduced);
            if (!keepdim) y = Reducing.Dropped(y, reduced);
            return Node.Record("sum", y, (node, g) => node.Give(0, g.reshape(kept).expand(node.ShapeOf(0), false)), [x]);
        }

        private Tensor Extreme(Tensor value, string op) =>
            Node.Record(op, value, static (node, g) =>
            {
                var x = node.Value(0);
                var hit = x.eq(node.Value(1)).logical_or(x.isnan()).to_type(g.type);
                node.Give(0, hit.mul(g.div(hit.sum())));
            }, [this], [this, value]);

        private (Tensor, Tensor) At(Tensor places, long dim, bool keepdim)
        {
            if (ndim == 0) return (alias(), places);
            var values = gather(dim, places);
            return keepdim ? (values, places) : (values.squeeze(dim), places.squeeze(dim));
        }
    }

    public static Tensor sum(Tensor input, ScalarType? type = null) => input.sum(type);
    public static Tensor sum(Tensor input, long dim, bool keepdim = false, ScalarType? type = null) => input.sum(dim, keepdim, type);
    public static Tensor mean(Tensor input) => input.mean();
    public static Tensor mean(Tensor input, long[] dimensions, bool keepdim = false, ScalarType? type = null) => input.mean(dimensions, keepdim, type);
    public static Tensor var(Tensor input, bool unbiased = true) => input.var(unbiased);
    public static Tensor var(Tensor input, long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.var(dimensions, unbiased, keepdim, type);
    public static Tensor std(Tensor input, bool unbiased = true) => input.std(unbiased);
    public static Tensor std(Tensor input, long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.std(dimensions, unbiased, keepdim, type);
    public static Tensor max(Tensor input) => input.max();
    public static Tensor max(Tensor input, Tensor other) => input.maximum(other);
    public static (Tensor values, Tensor indexes) max(Tensor input, long dim, bool keepdim = false) => input.max(dim, keepdim);
    public static Tensor min(Tensor input) => input.min();
    public static Tensor min(Tensor input, Tensor other) => input.minimum(other);
    public static (Tensor values, Tensor indexes) min(Tensor input, long dim, bool keepdim = false) => input.min(dim, keepdim);
    public static Tensor argmax(Tensor input) => input.argmax();
    public static Tensor argmax(Tensor input, long dim, bool keepdim = false) => input.argmax(dim, keepdim);
    public static Tensor argmin(Tensor input) => input.argmin();
    public static Tensor argmin(Tensor input, long dim, bool keepdim = false) => input.argmin(dim, keepdim);
    public static Tensor all(Tensor input) => input.all();
    public static Tensor any(Tensor input) => input.any();
    public static Tensor logsumexp(Tensor input, long dim, bool keepdim = false) => input.logsumexp(dim, keepdim);
    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);
        }
    }
}
