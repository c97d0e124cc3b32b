using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Workbench.Engine;

/// <summary>Losses of class numbers.</summary>
internal static class ClassLosses
{
    /// <summary>-w[t] x[t] for rows x of log-probabilities and class numbers t, but nothing for those to be ignored; the mean is over the weights.</summary>
    internal static Tensor Of(Tensor input, Tensor target, Tensor? weight, long ignored, Reduction reduction)
    {
        Check(input, target);
        if (weight is not null) CheckWeight(input, weight);
        var classes = target.As(ScalarType.Int64);
        using var left = Ignored(classes, ignored);
        if (left is not null) classes = classes.masked_fill(left, 0);
        var losses = Without(input.gather(1, classes.unsqueeze(1)).squeeze(1).neg(), left);
        if (weight is null && left is null) return functional.Reduced(losses, reduction);
        var weights = Without(weight is null ? ones_like(losses) : weight.index_select(0, classes), left);
        var weighted = losses.mul(weights);
        return reduction == Reduction.Mean ? weighted.sum().div(weights.sum()) : functional.Reduced(weighted, reduction);
    }

    /// <summary>Weights have no gradient in these losses.</summary>
    internal static void Fixed(string op, Tensor weight)
    {
        if (GradMode.Enabled && weight.NeedsGradient) throw new ExternalException($"{op}: has no derivative with respect to its weights; detach them");
    }

    private static void Check(Tensor input, Tensor target)
    {
        if (input.ndim > 2) throw new NotSupportedException($"nll_loss of more than rows of classes, {Shapes.Text(input.sizes)}, is not supported here");
        if (input.ndim != 2 || target.ndim != 1 || input.sizes[0] != target.sizes[0])
            throw new ExternalException($"nll_loss: needs rows of classes and a class number a row, not {Shapes.Text(input.sizes)} and {Shapes.Text(target.sizes)}");
        if (!input.is_floating_point()) throw Pointwise.NotFloating("nll_loss", input);
        if (target.dtype is not (ScalarType.Int64 or ScalarType.Byte)) throw new ExternalException($"nll_loss: class numbers are int64 or uint8, not {target.dtype}");
    }

    private static void CheckWeight(Tensor input, Tensor weight)
    {
        Fixed("nll_loss", weight);
        Pointwise.SameType("nll_loss", input, weight);
        if (weight.ndim != 1 || weight.sizes[0] != input.sizes[1])
            throw new ExternalException($"nll_loss: weights of shape {Shapes.Text(weight.sizes)} do not fit {input.sizes[1]} classes");
    }

    /// <summary>Which classes are left out; null where none is.</summary>
    private static Tensor? Ignored(Tensor classes, long ignored)
    {
        var left = classes.eq(ignored);
        if (left.any().item<bool>()) return left;
        left.Dispose();
        return null;
    }

    private static Tensor Without(Tensor values, Tensor? left) => left is null ? values : values.masked_fill(left, 0);
}
