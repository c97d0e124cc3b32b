using System.Numerics;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Workbench.Engine;

internal static unsafe class Probabilities
{
    /// <summary>Refuses what is not between 0 and 1.</summary>
    internal static void Check(string op, Tensor p)
    {
        if (!Types.IsFloating(p.dtype)) throw Pointwise.NotFloating(op, p);
        using var dense = Pointwise.Dense(p);
        if (!(p.dtype == ScalarType.Float32 ? InUnit<float>(dense) : InUnit<double>(dense)))
            throw new ExternalException($"{op}: a probability outside 0 to 1, or NaN");
    }

    private static bool InUnit<T>(Tensor p) where T : unmanaged, INumber<T>
    {
        var numbers = new ReadOnlySpan<T>(p.Data<T>(), checked((int)p.numel()));
        return numbers.IsEmpty || (TensorPrimitives.Min(numbers) >= T.Zero && TensorPrimitives.Max(numbers) <= T.One);
    }
}
