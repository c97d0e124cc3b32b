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
            /// dx = g (sigmoid(x) - t).
            /// </summary>
            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null,
                Reduction reduction = Reduction.Mean, Tensor? pos_weights = null)
            {
                SameShape("binary_cross_entropy_with_logits", input, target);
                if (pos_weights is not null) throw new NotSupportedException("binary_cross_entropy_with_logits: pos_weights is not supported here");
                var loss = Pointwise.Binary("binary_cross_entropy_with_logits", input, target, new CrossEntropyLogitsOp<float>(), new CrossEntropyLogitsOp<double>());
                var recorded = Node.Record("binary_cross_entropy_with_logits", loss, static (node, g) =>
                {
                    var (x, t) = (node.Value(0), node.Value(1));
                    if (node.Needs(0))
                        node.Give(0, Pointwise.Ternary("binary_cross_entropy_with_logits", g, x, t,
                            new CrossEntropyLogitsGradOp<float>(), new CrossEntropyLogitsGradOp<double>()).Enter());
                    if (node.Needs(1)) node.Give(1, g.mul(x).neg());
                }, [input, target], [input, target]);
                return Reduced(weight is null ? recorded : recorded.mul(weight), reduction);
            }

            /// <summary>
            /// -t ln x - (1 - t) ln(1 - x) for probabilities x, both logarithms at least -100;
            /// dx = g (x - t) / max(x (1 - x), 1e-12).
            /// </summary>
            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
            {
                SameShape("binary_cross_entropy", input, target);
                var loss = Pointwise.Binary("binary_cross_entropy", input, target, new CrossEntropyOp<float>(), new CrossEntropyOp<double>());
                var recorded = Node.Record("binary_cross_entropy", loss, static (node, g) =>
                {
                    var (x, t) = (node.Value(0), node.Value(1));
                    if (node.Needs(0))
                        node.Give(0, Pointwise.Ternary("binary_cross_entropy", g, x, t, new CrossEntropyGradOp<float>(), new CrossEntropyGradOp<double>()).Enter());
                    if (node.Needs(1)) node.Give(1, g.mul(x.neg().log1p().sub(x.log())));
                }, [input, target], [input, target]);
                return Reduced(weight is null ? recorded : recorded.mul(weight), reduction);
            }

            /// <summary>(x - t)^2.</summary>
            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
            {
                SameShape("mse_loss", input, target);
                return Reduced(input.sub(target).square(), reduction);
            }

            /// <summary>|x - t|.</summary>
            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
            {
                SameShape("l1_loss", input, target);
                return Reduced(input.sub(target).abs(), reduction);
            }

            /// <summary>-x[t] for rows x of log-probabilities and class numbers t.</summary>
            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
            {
                if (input.ndim != 2 || target.ndim != 1 || input.sizes[0] != target.sizes[0])
                    throw new ArgumentException($"nll_loss: needs rows of classes and a class number a row, not {Shapes.Text(input.sizes)} and {Shapes.Text(target.sizes)}");
                var picked = input.gather(1, target.unsqueeze(1)).squeeze(1).neg();
                if (weight is null) return Reduced(picked, reduction);
                var weights = weight.index_select(0, target);
                var weighted = picked.mul(weights);
                return reduction == Reduction.Mean ? weighted.sum().div(weights.sum()) : Reduced(weighted, reduction);
            }

            /// <summary>-ln softmax(x)[t] for rows x of logits and class numbers t, all of which count.</summary>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0)
            {
                if (label_smoothing != 0) throw new NotSupportedException("cross_entropy: label_smoothing is not supported here");
                if (ignore_index >= 0) throw new NotSupportedException("cross_entropy: ignore_index is not supported here");
                return nll_loss(input.log_softmax(1), target, weight, reduction);
            }

            private static Tensor Reduced(Tensor loss, Reduction reduction) => reduction switch
            {
                Reduction.Sum => loss.sum(),
                Reduction.Mean => loss.mean(),
                _ => loss,
            };

            private static void SameShape(string op, Tensor input, Tensor target)
            {
                if (!input.sizes.AsSpan().SequenceEqual(target.sizes))
                    throw new ArgumentException($"{op}: shapes {Shapes.Text(input.sizes)} and {Shapes.Text(target.sizes)} differ");
            }
        }
    }
}
