using TorchSharp;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>Sets all elements of a contiguous tensor to one number.</summary>
internal static unsafe class Filling
{
    internal static void Fill(Tensor target, Scalar value)
    {
        switch (target.dtype)
        {
            case ScalarType.Float32: Fill(target, (float)value.Real); break;
            case ScalarType.Float64: Fill(target, value.Real); break;
            case ScalarType.Int64: Fill(target, value.Integer); break;
            case ScalarType.Int32: Fill(target, (int)value.Integer); break;
            case ScalarType.Byte: Fill(target, (byte)value.Integer); break;
            default: Fill(target, value.Real != 0 ? (byte)1 : (byte)0); break;
        }
        GC.KeepAlive(target);
    }

    /// <summary>A number as an element of a whole type has it.</summary>
    internal static Scalar? Wrapped(Scalar? number, ScalarType type) => number is null ? null : type switch
    {
        ScalarType.Byte => (byte)number.Integer,
        ScalarType.Int32 => (int)number.Integer,
        _ => number,
    };

    private static void Fill<T>(Tensor target, T value) where T : unmanaged
    {
        const int chunk = 1 << 28;
        for (long at = 0, count = target.numel(); at < count; at += chunk)
            new Span<T>(target.Data<T>() + at, (int)Math.Min(chunk, count - at)).Fill(value);
    }
}
