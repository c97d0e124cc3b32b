using TorchSharp.Modules;
using Workbench.Engine;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static partial class utils
            {
                /// <summary>
                /// Scales the gradients of the given parameters, in place, by min(1, max_norm / (norm + 1e-6)), where norm = sqrt(sum of all their squares), and returns
                /// that norm. The sum is made in double precision, which no float32 gradient overflows (libtorch's norm of 1e20 is infinite). Gradients whose norm is NaN or infinity stay as they are (PyTorch makes them NaN or 0), so that the one at fault can be found.
                /// </summary>
                public static unsafe double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
                {
                    if (norm_type != 2) throw new NotSupportedException($"clip_grad_norm_ with a norm of type {norm_type} is not supported here");
                    using var timing = Profile.Time("clip_grad_norm_");
                    using var unrecorded = no_grad();
                    var sum = 0.0;
                    foreach (var parameter in tensors)
                        if (parameter.grad is { } gradient) sum += Squares(gradient);
                    var norm = Math.Sqrt(sum);
                    var scale = max_norm / (norm + 1e-6);
                    if (!double.IsFinite(norm) || scale >= 1) return norm;
                    foreach (var parameter in tensors) parameter.grad?.mul_(scale);
                    return norm;
                }

                private static unsafe double Squares(Tensor gradient)
                {
                    using var dense = Pointwise.Dense(gradient);
                    return gradient.dtype == ScalarType.Float32
                        ? SquareSum.Of(dense.Data<float>(), dense.numel())
                        : SquareSum.Of(dense.Data<double>(), dense.numel());
                }
            }
        }
    }
}
