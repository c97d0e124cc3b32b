using Workbench.Engine;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What becomes of the loss's elements.</summary>
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static partial class functional
        {
            /// <summary>
            /// -t ln sigmoid(x) - (1 - t) ln(1 - sigmoid(x)) = max(x, 0) - x t + ln(1 + e^-|x|), which overflows nowhere;
            /// dx = g (sigmoid(x) - t). The loss has the target's type.
            /// </summary>
            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null,
                Reduction reduction = Reduction.Mean, Tensor? pos_weights = null)
            {
                SameShape("binary_cross_entropy_with_logits", input, target);
                if (pos_weights is not null) throw new NotSupportedException("binary_cross_entropy_with_logits with pos_weights is not supported here");
                if (!target.is_floating_point()) throw Pointwise.NotFloating("binary_cross_entropy_with_logits", target);
                var type = target.dtype;
                (input, target) = Tensor.Promoted(input, target);
                var loss = Pointwise.Binary("binary_cross_entropy_with_logits", input, target, new CrossEntropyLogitsOp<float>(), new CrossEntropyLogitsOp<double>());
                var recorded = Node.Record("binary_cross_entropy_with_logits", loss, static (node, g) =>
                {
                    var (x, t) = (node.Value(0), node.Value(1));
                    if (node.Needs(0))
                        node.Give(0, Pointwise.Ternary("binary_cross_entropy_with_logits", g, x, t,
                            new CrossEntropyLogitsGradOp<float>(), new CrossEntropyLogitsGradOp<double>()).Enter());
                    if (node.Needs(1)) node.Give(1, g.mul(x).neg());
                }, [input, target], [input, target]);
                return Reduced(Weighted("binary_cross_entropy_with_logits", recorded.As(type), weight), reduction);
            }

            /// <summary>
            /// -t ln x - (1 - t) ln(1 - x) for probabilities x and t, both logarithms at least -100;
            /// dx = g (x - t) / max(x (1 - x), 1e-12).
            /// </summary>
            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
            {
                SameShape("binary_cross_entropy", input, target);
                Probabilities.Check("binary_cross_entropy", input);
                Probabilities.Check("binary_cross_entropy", target);
                var loss = Pointwise.Binary("binary_cross_entropy", input, target, new CrossEntropyOp<float>(), new CrossEntropyOp<double>());
                var recorded = Node.Record("binary_cross_entropy", loss, static (node, g) =>
                {
                    var (x, t) = (node.Value(0), node.Value(1));
                    if (node.Needs(0))
                        node.Give(0, Pointwise.Ternary("binary_cross_entropy", g, x, t, new CrossEntropyGradOp<float>(), new CrossEntropyGradOp<double>()).Enter());
                    if (node.Needs(1)) node.Give(1, g.mul(x.neg().log1p().sub(x.log())));
                }, [input, target], [input, target]);
                return Reduced(Weighted("binary_cross_entropy", recorded, weight), reduction);
            }

            /// <summary>(x - t)^2, broadcast.</summary>
            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
            {
                var difference = input.sub(target);
                if (!difference.is_floating_point()) throw Pointwise.NotFloating("mse_loss", difference);
                return Reduced(difference.square(), reduction);
            }

            /// <summary>|x - t|, broadcast.</summary>
            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Reduced(input.sub(target).abs(), reduction);

            /// <summary>-x[t] for rows x of log-probabilities and class numbers t; rows of class -100 are left out.</summary>
            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                ClassLosses.Of(input, target, weight, -100, reduction);

            /// <summary>-ln softmax(x)[t] for rows x of logits and class numbers t; rows of class ignore_index are left out.</summary>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0)
            {
                if (label_smoothing != 0) throw new NotSupportedException("cross_entropy with label_smoothing is not supported here");
                if (input.ndim == 1) throw new NotSupportedException("cross_entropy of one example without a batch is not supported here");
                if (target.is_floating_point() && target.ndim == input.ndim) throw new NotSupportedException("cross_entropy with a target of probabilities is not supported here");
                return ClassLosses.Of(input.log_softmax(1), target, weight, ignore_index, reduction);
            }

            internal static Tensor Reduced(Tensor loss, Reduction reduction) => reduction switch
            {
                Reduction.Sum => loss.sum(),
                Reduction.Mean => loss.mean(),
                _ => loss,
            };

            /// <summary>A loss times fixed weights that are stretched to its shape; the loss keeps its type.</summary>
            private static Tensor Weighted(string op, Tensor loss, Tensor? weight)
            {
                if (weight is null) return loss;
                ClassLosses.Fixed(op, weight);
                Shapes.Stretches(op, weight.sizes, loss.sizes);
                return loss.mul(weight.As(loss.dtype));
            }

            private static void SameShape(string op, Tensor input, Tensor target)
            {
                if (!input.sizes.AsSpan().SequenceEqual(target.sizes))
                    throw new ExternalException($"{op}: shapes {Shapes.Text(input.sizes)} and {Shapes.Text(target.sizes)} differ");
            }
        }
    }
}
