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
                if (input.ndim < 2) throw new ArgumentException($"batch_norm: needs examples x features, not shape {Shapes.Text(input.sizes)}");
                if (!training && (running_mean is null || running_var is null))
                    throw new ArgumentException("batch_norm: needs running statistics where it does not train");
                long[] features = [1, input.sizes[1], .. Enumerable.Repeat(1L, input.sizes.Length - 2)];
                foreach (var given in (Tensor?[])[running_mean, running_var, weight, bias])
                    if (given is { } && given.numel() != input.sizes[1])
                        throw new ArgumentException($"batch_norm: {Shapes.Text(given.sizes)} does not fit the {input.sizes[1]} features of shape {Shapes.Text(input.sizes)}");
                var normalised = training
                    ? Normalised(input, features, running_mean, running_var, momentum, eps)
                    : input.sub(running_mean!.reshape(features)).mul(running_var!.add(eps).rsqrt().reshape(features));
                var scaled = weight is null ? normalised : normalised.mul(weight.reshape(features));
                return bias is null ? scaled : scaled.add(bias.reshape(features));
            }

            /// <summary>x with mean 0 and variance 1 per feature over the batch.</summary>
            private static Tensor Normalised(Tensor x, long[] features, Tensor? runningMean, Tensor? runningVar, double momentum, double eps)
            {
                long[] dims = [0, .. Enumerable.Range(2, x.sizes.Length - 2).Select(d => (long)d)];
                var count = x.numel() / x.sizes[1];
                if (count < 2) throw new ArgumentException("batch_norm: a batch of one example has no variance; use at least two");
                var recording = GradMode.Set(false);
                Tensor z, scale;
                try
                {
                    var mean = x.mean(dims, true);
                    var centred = x.sub(mean);
                    var variance = centred.square().mean(dims, true);
                    scale = variance.add(eps).rsqrt();
                    z = centred.mul(scale);
                    Move(runningMean, mean, momentum);
                    Move(runningVar, variance.mul(count / (count - 1.0)), momentum);
                }
                finally
                {
                    GradMode.Set(recording);
                }
                return Node.Record("batch_norm", z.Alias(), (node, g) =>
                {
                    var (z, scale) = (node.Value(0), node.Value(1));
                    var along = g.mul(z).mean(dims, true);
                    node.Give(0, g.sub(g.mean(dims, true)).sub(z.mul(along)).mul(scale));
                }, [x], [z, scale]);
            }

            private static void Move(Tensor? running, Tensor statistic, double momentum)
            {
                if (running is null) return;
                running.mul_(1 - momentum).add_(statistic.reshape(running.sizes).mul(momentum));
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
