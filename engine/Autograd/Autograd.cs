using Workbench.Engine;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Adds the gradient of this number to the <see cref="grad"/> of every leaf it depends on.</summary>
        public void backward() => autograd.backward(this);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward(this, grad_tensors, retain_graph, create_graph, inputs);
    }

    /// <summary>Gradients by reverse-mode differentiation of what was recorded.</summary>
    public static class autograd
    {
        /// <summary>Adds gradients to the leaves, or to the given inputs alone. Gradients of gradients are not supported.</summary>
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            FirstOrder(create_graph);
            if (inputs is { Count: 0 }) inputs = null;
            var retained = Retain(inputs ?? []);
            try
            {
                BackwardPass.Run(tensors, grad_tensors!, retain_graph ?? false, inputs);
            }
            finally
            {
                foreach (var tensor in retained) tensor.Retains = false;
            }
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        /// <summary>
        /// The gradients of the outputs' sum with respect to each input. No leaf's <c>grad</c> changes; results that retain theirs add
        /// to it. An input that was not used is an error, or, if allowed, gets an invalid tensor.
        /// </summary>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null,
            bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            FirstOrder(create_graph);
            var before = inputs.Select(input => input.grad).ToArray();
            var retained = Retain(inputs);
            foreach (var input in inputs) input.grad = null;
            try
            {
                BackwardPass.Run(outputs, grad_outputs!, retain_graph, inputs);
                if (!allow_unused && inputs.Any(input => input.grad is null))
                    throw new ExternalException("grad: an input was not used to compute the outputs; pass allow_unused = true to get an invalid tensor for it");
                return [.. inputs.Select(input => input.grad?.Enter() ?? Tensor.Invalid())];
            }
            finally
            {
                foreach (var tensor in retained) tensor.Retains = false;
                for (var i = 0; i < before.Length; i++) inputs[i].grad = inputs[i].Retains ? Sum(before[i], inputs[i].grad) : before[i];
            }
        }

        private static Tensor? Sum(Tensor? a, Tensor? b) =>
            a is null ? b?.clone().DetachFromDisposeScope() : b is null ? a : (a + b).DetachFromDisposeScope();

        /// <summary>Has those results that do not yet retain their gradients do so, and names them.</summary>
        private static List<Tensor> Retain(IList<Tensor> tensors)
        {
            var added = tensors.Where(tensor => !tensor.is_leaf && !tensor.Retains).Distinct().ToList();
            foreach (var tensor in added) tensor.Retains = true;
            return added;
        }

        private static void FirstOrder(bool createGraph)
        {
            if (createGraph) throw new NotSupportedException("create_graph: this engine records no gradients of gradients");
        }
    }
}
