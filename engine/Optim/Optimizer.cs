using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>A learning rate that a schedule may set.</summary>
            public interface ILearningRateController
            {
                double LearningRate { get; set; }
                double InitialLearningRate { get; set; }
            }

            /// <summary>Changes parameters by their gradients.</summary>
            public abstract class Optimizer : IDisposable
            {
                private protected readonly List<ParamGroup> groups = [];

                private protected Optimizer() { }

                public virtual IEnumerable<ILearningRateController> ParamGroups => groups;

                /// <summary>Zeroes every gradient in place; those that are null stay so.</summary>
                public virtual void zero_grad()
                {
                    foreach (var parameter in parameters()) parameter.grad?.zero_();
                }

                /// <summary>One update from the gradients that are there; the closure, if any, is called first and its loss returned.</summary>
                public virtual Tensor? step(Func<Tensor>? closure = null) => closure?.Invoke();

                public virtual IEnumerable<Parameter> parameters() => groups.SelectMany(group => group.Parameters);

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing) => Release();

                private protected abstract void Release();

                /// <summary>Options and states by position: parameters in the order of their groups.</summary>
                public class StateDictionary
                {
                    internal StateDictionary() { }

                    public List<OptimizerOptions> Options { get; } = [];
                    public List<OptimizerState> State { get; } = [];
                }
            }
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>What the groups of any optimiser can set.</summary>
    public class OptimizerOptions
    {
        public double? LearningRate { get; set; }
        public double InitialLearningRate { get; set; }

        /// <summary>Takes over another's values.</summary>
        public virtual void LoadStateDict(OptimizerOptions source) =>
            (LearningRate, InitialLearningRate) = (source.LearningRate, source.InitialLearningRate);
    }

    /// <summary>What an optimiser remembers of one parameter.</summary>
    public abstract class OptimizerState
    {
        protected OptimizerState(Parameter parameter) { }

        /// <summary>Takes over another state's contents by copying them.</summary>
        public abstract void LoadStateDict(OptimizerState source);
    }

    /// <summary>Parameters that share options.</summary>
    public class ParamGroup : torch.optim.ILearningRateController
    {
        public ParamGroup() { }

        public IEnumerable<Parameter> Parameters { get; set; } = [];
        public OptimizerOptions Options { get; set; } = new();
        public double LearningRate { get => Options.LearningRate ?? 0; set => Options.LearningRate = value; }
        public double InitialLearningRate { get => Options.InitialLearningRate; set => Options.InitialLearningRate = value; }
    }

    /// <summary>What all optimisers here do alike: groups, and state in and out.</summary>
    public abstract class OptimizerHelper : torch.optim.Optimizer
    {
        private readonly Dictionary<Parameter, OptimizerState> states = [];

        public OptimizerHelper() { }

        /// <summary>The live options and states.</summary>
        public virtual torch.optim.Optimizer.StateDictionary state_dict()
        {
            var dictionary = new StateDictionary();
            foreach (var group in groups) dictionary.Options.Add(group.Options);
            foreach (var parameter in parameters()) dictionary.State.Add(states[parameter]);
            return dictionary;
        }

        /// <summary>Copies states of the same parameters in the same order, and the options.</summary>
        public virtual void load_state_dict(torch.optim.Optimizer.StateDictionary state_dict)
        {
            var mine = parameters().Select(parameter => states[parameter]).ToList();
            if (mine.Count != state_dict.State.Count || groups.Count != state_dict.Options.Count)
                throw new ArgumentException($"load_state_dict: {state_dict.State.Count} states do not fit {mine.Count} parameters");
            for (var i = 0; i < mine.Count; i++) mine[i].LoadStateDict(state_dict.State[i]);
            for (var i = 0; i < groups.Count; i++) groups[i].Options.LoadStateDict(state_dict.Options[i]);
        }

        private protected static void Refuse(bool unfit, string name, double value)
        {
            if (unfit) throw new ArgumentException($"an optimiser's {name} can't be {value}", name);
        }

        private protected void AddGroup(IEnumerable<Parameter> parameters, OptimizerOptions options, Func<Parameter, OptimizerState> state)
        {
            var own = parameters.ToArray();
            groups.Add(new ParamGroup { Parameters = own, Options = options });
            foreach (var parameter in own)
                if (!states.TryAdd(parameter, state(parameter))) throw new ArgumentException("an optimiser's parameters are given once each");
        }

        private protected TState StateOf<TState>(Parameter parameter) where TState : OptimizerState => (TState)states[parameter];

        private protected override void Release()
        {
            foreach (var state in states.Values) (state as IDisposable)?.Dispose();
        }

        /// <summary>Calls the closure, then updates every parameter that has a gradient, unrecorded.</summary>
        private protected torch.Tensor? Update(Func<torch.Tensor>? closure, Action<Parameter, torch.Tensor, OptimizerOptions> update)
        {
            var loss = closure?.Invoke();
            using var mode = torch.no_grad();
            foreach (var group in groups)
                foreach (var parameter in group.Parameters)
                    if (parameter.grad is { } gradient) update(parameter, gradient, group.Options);
            return loss;
        }
    }
}
