using TorchSharp.Modules;
using Workbench.Engine;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>
    /// Adam (Kingma and Ba, 2015): m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2,
    /// p -= lr / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps).
    /// </summary>
    public class Adam : OptimizerHelper
    {
        private readonly AdamKernel<float> single = new();
        private readonly AdamKernel<double> wide = new();

        public Adam(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08,
            double weight_decay = 0, bool amsgrad = false, bool maximize = false)
        {
            Refuse(lr < 0, nameof(lr), lr);
            Refuse(beta1 is < 0 or >= 1, nameof(beta1), beta1);
            Refuse(beta2 is < 0 or >= 1, nameof(beta2), beta2);
            Refuse(eps < 0, nameof(eps), eps);
            Refuse(weight_decay < 0, nameof(weight_decay), weight_decay);
            if (amsgrad) throw new NotSupportedException("Adam with amsgrad is not supported here");
            var options = new Options
            {
                LearningRate = lr, InitialLearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, maximize = maximize,
            };
            AddGroup(parameters, options, parameter => new State(parameter));
        }

        public override Tensor? step(Func<Tensor>? closure = null)
        {
            var loss = Update(closure, (parameter, gradient, options) =>
            {
                if (parameter.dtype == ScalarType.Float32) single.Add(parameter, gradient, StateOf<State>(parameter), (Options)options);
                else wide.Add(parameter, gradient, StateOf<State>(parameter), (Options)options);
            });
            single.Run();
            wide.Run();
            return loss;
        }

        public class Options : OptimizerOptions
        {
            public double? beta1;
            public double? beta2;
            public double? weight_decay;
            public double? eps;
            public bool? maximize;

            public override void LoadStateDict(OptimizerOptions source)
            {
                base.LoadStateDict(source);
                var other = (Options)source;
                (beta1, beta2, eps, weight_decay, maximize) = (other.beta1, other.beta2, other.eps, other.weight_decay, other.maximize);
            }
        }

        /// <summary>Steps taken, and the running means of the gradient and of its square.</summary>
        public sealed class State : OptimizerState, IDisposable
        {
            public long step;
            public Tensor exp_avg;
            public Tensor exp_avg_sq;

            public State(Parameter parameter) : base(parameter) =>
                (exp_avg, exp_avg_sq) = (zeros_like(parameter).DetachFromDisposeScope(), zeros_like(parameter).DetachFromDisposeScope());

            public override void LoadStateDict(OptimizerState source)
            {
                var other = (State)source;
                if (ReferenceEquals(other, this)) return;
                step = other.step;
                exp_avg.copy_(other.exp_avg);
                exp_avg_sq.copy_(other.exp_avg_sq);
            }

            public void Dispose()
            {
                exp_avg.Dispose();
                exp_avg_sq.Dispose();
            }
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static Adam Adam(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08,
                double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}
