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
            /// are used. Gradients as in Ioffe and Szegedy, 2015: with z the normalised x,
            /// dx = weight / sqrt(variance + eps) * (g - mean(g) - z mean(g z)).
            /// </summary>
            public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null,
                bool training = false, double momentum = 0.1, double eps = 1E-05)
            {
                CheckBatchNorm(input, [running_mean, running_var, weight, bias]);
                if (!training && (running_mean is null || running_var is null))
                    throw new ArgumentException("batch_norm: needs running statistics where it does not train");
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
                if (input.ndim < 2) throw new ArgumentException($"batch_norm: needs examples x features, not shape {Shapes.Text(input.sizes)}");
                if (!input.is_floating_point()) throw Pointwise.NotFloating("batch_norm", input);
                foreach (var given in perFeature)
                {
                    if (given is null) continue;
                    Pointwise.SameType("batch_norm", input, given);
                    if (given.numel() != input.sizes[1])
                        throw new ArgumentException($"batch_norm: {Shapes.Text(given.sizes)} does not fit the {input.sizes[1]} features of shape {Shapes.Text(input.sizes)}");
                }
            }

            /// <summary>The batch's mean and 1 / sqrt(variance + eps), towards which the running statistics move.</summary>
            private static (Tensor Mean, Tensor Scale) OfBatch(Tensor x, Tensor? runningMean, Tensor? runningVar, double momentum, double eps)
            {
                var count = x.sizes[0] * Shapes.Count(x.sizes.AsSpan(2));
                if (count < 2) throw new ArgumentException("batch_norm: a batch of one example has no variance; use at least two");
                var (mean, variance) = BatchNorm.Moments(x);
                using (variance)
                {
                    BatchNorm.Move(runningMean, mean, momentum, 1);
                    BatchNorm.Move(runningVar, variance, momentum, count / (count - 1.0));
                    return (mean, BatchNorm.Scale(variance, eps));
                }
            }

            private static void BatchNormGradients(Node node, Tensor g, Tensor? weight, bool training)
            {
                var (x, mean, scale) = (node.Value(0), node.Value(1), node.Value(2));
                if (!training && node.Needs(0)) node.Give(0, BatchNorm.Normalise(g, zeros_like(mean), scale, weight, null).Enter());
                if (!training && !node.Needs(1) && !node.Needs(2)) return;
                var (sums, products) = BatchNorm.Sums(g, x, mean, scale);
                using (sums)
                using (products)
                {
                    if (training && node.Needs(0)) node.Give(0, BatchNorm.Gradient(g, x, mean, scale, weight, sums, products).Enter());
                    if (node.Needs(1)) node.Give(1, products.reshape(node.ShapeOf(1)));
                    if (node.Needs(2)) node.Give(2, sums.reshape(node.ShapeOf(2)));
                }
            }

            /// <summary>
            /// In training, zeroes each element with probability p and scales the rest by 1 / (1 - p); otherwise x itself.
            /// </summary>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                if (p is < 0 or > 1) throw new ArgumentOutOfRangeException(nameof(p), $"dropout: a probability lies in 0 to 1, not {p}");
                if (!training || p == 0) return input.alias();
                var scale = p == 1 ? 0 : 1 / (1 - p);
                var kept = rand(input.sizes, input.dtype).ge(p).to_type(input.dtype).mul(scale);
                return inplace ? input.mul_(kept) : input.mul(kept);
            }
        }
    }
}
