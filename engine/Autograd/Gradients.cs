using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>How gradients add up.</summary>
internal static class Gradients
{
    /// <summary>Adds a gradient that the callee now owns to a sum that may not have begun.</summary>
    internal static void Add(ref Tensor? sum, Tensor gradient)
    {
        if (sum == null) { sum = gradient; return; }
        if (!sum.Buffer.IsShared && sum.is_contiguous()) Pointwise.Accumulate(sum, gradient);
        else
        {
            var total = (sum + gradient).DetachFromDisposeScope();
            sum.Dispose();
            sum = total;
        }
        gradient.Dispose();
    }

    /// <summary>Adds to <c>leaf.gradient</c>, in place where there is one.</summary>
    internal static void AddToLeaf(Tensor leaf, Tensor gradient)
    {
        if (leaf.gradient == null)
        {
            var mine = !gradient.Buffer.IsShared && gradient.is_contiguous();
            leaf.gradient = mine ? gradient : gradient.clone().DetachFromDisposeScope();
            if (!mine) gradient.Dispose();
            return;
        }
        if (!leaf.gradient.TakeIfZero(gradient)) leaf.gradient.AddUnrecorded(gradient);
        gradient.Dispose();
    }
}
