using Workbench.Engine;

namespace TorchSharp;

/// <content>Choosing between elements: bounds, larger and smaller, masks.</content>
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>min(max(x, min), max); dx = g where min &lt;= x &lt;= max, else 0.</summary>
        public Tensor clamp(Scalar? min = null, Scalar? max = null)
        {
            if (min is null && max is null) throw new ExternalException("clamp: at least one bound is needed");
            if (!is_floating_point()) return WholeClamp(min, max);
            var (low, high) = (min?.Real ?? double.NegativeInfinity, max?.Real ?? double.PositiveInfinity);
            var y = Pointwise.Unary("clamp", this, new ClampOp<float>((float)low, (float)high), new ClampOp<double>(low, high));
            return Node.Record("clamp", y, (node, g) => Pull(node, g, new ClampGradOp<float>((float)low, (float)high), new ClampGradOp<double>(low, high)), [this], [this]);
        }

        /// <summary>Whole numbers, by way of float64; they stay whole between whole bounds, which are numbers of the same type.</summary>
        private Tensor WholeClamp(Scalar? min, Scalar? max)
        {
            var result = Types.Promote(Types.Promote(type, min ?? max!), max ?? min!);
            var x = As(Types.IsFloating(result) ? result : ScalarType.Float64);
            return x.clamp(Filling.Wrapped(min, result), Filling.Wrapped(max, result)).As(result);
        }

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Become(clamp(min, max));
        public Tensor clamp_min(Scalar min) => clamp(min, null);
        public Tensor clamp_max(Scalar max) => clamp(null, max);

        /// <summary>The larger of two elements; the gradient goes to it, half to each where both are equal, whole to each where one is NaN.</summary>
        public Tensor maximum(Tensor other)
        {
            var (x, y) = Promoted(this, other);
            return Node.Record("maximum", Extremes.Larger(x, y), static (node, g) =>
                Share(node, g, new MaximumGradOp<float>(), new MaximumGradOp<double>()), [x, y], [x, y]);
        }

        /// <summary>The smaller of two elements; the gradient goes to it, half to each where both are equal, whole to each where one is NaN.</summary>
        public Tensor minimum(Tensor other)
        {
            var (x, y) = Promoted(this, other);
            return Node.Record("minimum", Extremes.Smaller(x, y), static (node, g) =>
                Share(node, g, new MinimumGradOp<float>(), new MinimumGradOp<double>()), [x, y], [x, y]);
        }

        private static void Share<TF, TD>(Node node, Tensor g, TF single, TD wide)
            where TF : unmanaged, ITernaryOp<float>
            where TD : unmanaged, ITernaryOp<double>
        {
            var (x, y) = (node.Value(0), node.Value(1));
            if (node.Needs(0)) node.Give(0, Pointwise.Ternary(node.Op, g, x, y, single, wide).Enter());
            if (node.Needs(1)) node.Give(1, Pointwise.Ternary(node.Op, g, y, x, single, wide).Enter());
        }

        /// <summary>These elements where the condition holds, else those of y.</summary>
        public Tensor where(Tensor condition, Tensor y) => torch.where(condition, this, y);

        /// <summary>The value where the mask holds, else this tensor's element, which alone gets the gradient.</summary>
        public Tensor masked_fill(Tensor mask, Scalar value)
        {
            if (mask.dtype != ScalarType.Bool) throw new ExternalException($"masked_fill: the mask is a bool tensor, not {mask.dtype}");
            return Node.Record("masked_fill", Extremes.Fill(mask, this, value), static (node, g) =>
                node.Give(0, g.masked_fill(node.Value(0), 0)), [this], [mask]);
        }

        public Tensor masked_fill_(Tensor mask, Scalar value) => Become(masked_fill(mask, value));
    }

    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);
    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);
    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);

    /// <summary>x where the condition holds, else y, all broadcast; each gets the gradient of its own elements.</summary>
    public static Tensor where(Tensor condition, Tensor x, Tensor y)
    {
        if (condition.dtype != ScalarType.Bool) throw new ArgumentException($"where: the condition is a bool tensor, not {condition.dtype}", nameof(condition));
        var (a, b) = Tensor.Promoted(x, y);
        return Node.Record("where", Extremes.Where(condition, a, b), static (node, g) =>
        {
            var mask = node.Value(0);
            if (node.Needs(0)) node.Give(0, g.masked_fill(mask.logical_not(), 0));
            if (node.Needs(1)) node.Give(1, g.masked_fill(mask, 0));
        }, [a, b], [condition]);
    }
}
