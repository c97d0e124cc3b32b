using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>
    /// Stochastic gradient descent: b = momentum b + (1 - dampening) g (b = g in the first step), p -= lr b, or
    /// p -= lr (g + momentum b) with Nesterov's momentum, or += to maximise. g has weight_decay p in it: maximising, decay is
    /// growth, in TorchSharp as here (and other than in PyTorch).
    /// </summary>
    public class SGD : OptimizerHelper
    {
        public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0,
            bool nesterov = false, bool maximize = false)
        {
            Refuse(lr < 0, nameof(lr), lr);
            Refuse(momentum < 0, nameof(momentum), momentum);
            Refuse(weight_decay < 0, nameof(weight_decay), weight_decay);
            if (nesterov && (momentum <= 0 || dampening != 0)) throw new ArgumentException("SGD: nesterov needs a momentum and no dampening");
            var options = new Options
            {
                LearningRate = lr, InitialLearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay,
                nesterov = nesterov, maximize = maximize,
            };
            AddGroup(parameters, options, parameter => new State(parameter));
        }

        public override Tensor? step(Func<Tensor>? closure = null) => Update(closure, (parameter, gradient, group) =>
        {
            var options = (Options)group;
            using var scope = NewDisposeScope();
            var slope = gradient;
            if (options.weight_decay != 0) slope = slope.add(parameter.mul(options.weight_decay!.Value));
            if (options.momentum != 0) slope = StateOf<State>(parameter).Push(slope, options);
            parameter.sub_(slope.mul(options.LearningRate!.Value * (options.maximize == true ? -1 : 1)));
        });

        public class Options : OptimizerOptions
        {
            public double? momentum;
            public double? dampening;
            public double? weight_decay;
            public bool? nesterov;
            public bool? maximize;

            public override void LoadStateDict(OptimizerOptions source)
            {
                base.LoadStateDict(source);
                var other = (Options)source;
                (momentum, dampening, weight_decay, nesterov, maximize) =
                    (other.momentum, other.dampening, other.weight_decay, other.nesterov, other.maximize);
            }
        }

        /// <summary>The running sum of gradients; null before the first step.</summary>
        public sealed class State : OptimizerState, IDisposable
        {
            public Tensor? momentum_buffer;

            public State(Parameter parameter) : base(parameter) { }

            internal Tensor Push(Tensor slope, Options options)
            {
                var momentum = options.momentum!.Value;
                if (momentum_buffer is null) momentum_buffer = slope.clone().DetachFromDisposeScope();
                else momentum_buffer.mul_(momentum).add_(slope.mul(1 - options.dampening!.Value));
                return options.nesterov == true ? slope.add(momentum_buffer.mul(momentum)) : momentum_buffer;
            }

            public override void LoadStateDict(OptimizerState source)
            {
                var other = (State)source;
                if (ReferenceEquals(other, this)) return;
                momentum_buffer?.Dispose();
                momentum_buffer = other.momentum_buffer?.clone().DetachFromDisposeScope();
            }

            public void Dispose() => momentum_buffer?.Dispose();
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static SGD SGD(IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0,
                double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }
}
