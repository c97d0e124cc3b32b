using Workbench.Engine;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>
            /// y = (x - mean) / sqrt(variance + eps) * weight + bias, per feature (dimension 1 of x). In training, mean and
            /// biased variance are the batch's, and the running statistics move towards them in place:
            /// r = (1 - momentum) r + momentum (statistic of the batch, the variance there unbiased). Otherwise the running ones
            /// are used. A batch of one example is its own mean: the result is the bias and the running variance becomes NaN, as
            /// libtorch's. Gradients as in Ioffe and Szegedy, 2015: with z the normalised x,
            /// dx = weight / sqrt(variance + eps) * (g - mean(g) - z mean(g z)).
            /// </summary>
            public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null,
                bool training = false, double momentum = 0.1, double eps = 1E-05)
            {
                CheckBatchNorm(input, [running_mean, running_var, weight, bias]);
                CheckStatistics(running_mean, running_var, training);
                var (mean, scale) = training
                    ? OfBatch(input, running_mean, running_var, momentum, eps)
                    : (Copying.Dense(running_mean!), BatchNorm.Scale(running_var!, eps));
                var weighted = weight is not null;
                using (mean)
                using (scale)
                    return Node.Record("batch_norm", BatchNorm.Normalise(input, mean, scale, weight, bias),
                        (node, g) => BatchNormGradients(node, g, weighted ? node.Value(3) : null, training),
                        [input, weight, bias], [input, mean, scale, weight]);
            }

            private static void CheckBatchNorm(Tensor input, ReadOnlySpan<Tensor?> perFeature)
            {
                if (input.ndim < 2) throw new ExternalException($"batch_norm: needs examples x features, not shape {Shapes.Text(input.sizes)}");
                if (!input.is_floating_point()) throw Pointwise.NotFloating("batch_norm", input);
                foreach (var given in perFeature)
                {
                    if (given is null) continue;
                    Pointwise.SameType("batch_norm", input, given);
                    if (given.numel() != input.sizes[1])
                        throw new ExternalException($"batch_norm: {Shapes.Text(given.sizes)} does not fit the {input.sizes[1]} features of shape {Shapes.Text(input.sizes)}");
                }
            }

            private static void CheckStatistics(Tensor? mean, Tensor? variance, bool training)
            {
                if (mean is null != variance is null || !training && mean is null)
                    throw new ExternalException("batch_norm: needs both running statistics, or in training none");
                foreach (var statistic in (ReadOnlySpan<Tensor?>)[mean, variance])
                {
                    if (statistic is null) continue;
                    if (statistic.ndim != 1) throw new ExternalException($"batch_norm: running statistics are vectors, not of shape {Shapes.Text(statistic.sizes)}");
                    if (GradMode.Enabled && statistic.NeedsGradient)
                        throw new ExternalException("batch_norm: has no derivative with respect to its running statistics; detach them");
                }
            }

            /// <summary>The batch's mean and 1 / sqrt(variance + eps), towards which the running statistics move.</summary>
            private static (Tensor Mean, Tensor Scale) OfBatch(Tensor x, Tensor? runningMean, Tensor? runningVar, double momentum, double eps)
            {
                var count = x.sizes[0] * Shapes.Count(x.sizes.AsSpan(2));
                var (mean, variance) = BatchNorm.Moments(x);
                using (variance)
                {
                    if (count == 0) return (mean, BatchNorm.Scale(variance, eps));
                    BatchNorm.Move(runningMean, mean, momentum, 1);
                    BatchNorm.Move(runningVar, variance, momentum, count / (count - 1.0));
                    return (mean, BatchNorm.Scale(variance, eps));
                }
            }

            private static void BatchNormGradients(Node node, Tensor g, Tensor? weight, bool training)
            {
                var (x, mean, scale) = (node.Value(0), node.Value(1), node.Value(2));
                if (weight is not null) CheckVector(weight.sizes);
                if (!training && node.Needs(0)) node.Give(0, BatchNorm.Normalise(g, zeros_like(mean), scale, weight, null).Enter());
                if (!training && !node.Needs(1) && !node.Needs(2)) return;
                var (sums, products) = BatchNorm.Sums(g, x, mean, scale);
                using (sums)
                using (products)
                {
                    if (training && node.Needs(0)) node.Give(0, BatchNorm.Gradient(g, x, mean, scale, weight, sums, products).Enter());
                    if (node.Needs(1)) node.Give(1, products.alias());
                    if (!node.Needs(2)) return;
                    CheckVector(node.ShapeOf(2));
                    node.Give(2, sums.alias());
                }
            }

            /// <summary>Other shapes of as many elements are taken, but not differentiated, in libtorch as here.</summary>
            private static void CheckVector(long[] shape)
            {
                if (shape.Length != 1) throw new ExternalException($"batch_norm: weights and biases of shape {Shapes.Text(shape)} have no gradient; use vectors");
            }

            /// <summary>
            /// In training, zeroes each element with probability p and scales the rest by 1 / (1 - p); otherwise x itself.
            /// </summary>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                if (p is not (>= 0 and <= 1)) throw new ExternalException($"dropout: a probability lies in 0 to 1, not {p}");
                if (!training || p == 0) return input.alias();
                if (!input.is_floating_point()) throw Pointwise.NotFloating("dropout", input);
                var scale = p == 1 ? 0 : 1 / (1 - p);
                var kept = rand(input.sizes, input.dtype).ge(p).to_type(input.dtype).mul(scale);
                return inplace ? input.mul_(kept) : input.mul(kept);
            }
        }
    }
}
