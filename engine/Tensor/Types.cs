using TorchSharp;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>What the engine knows of an element type: its size, its .NET type, and how types combine.</summary>
internal static class Types
{
    internal static int Size(ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Bool => 1,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        _ => 8,
    };

    internal static bool IsFloating(ScalarType type) => type is ScalarType.Float32 or ScalarType.Float64;

    internal static ScalarType Of<T>() where T : unmanaged => Of(typeof(T));

    internal static ScalarType Of(Type type) =>
        type == typeof(float) ? ScalarType.Float32
        : type == typeof(double) ? ScalarType.Float64
        : type == typeof(long) ? ScalarType.Int64
        : type == typeof(int) ? ScalarType.Int32
        : type == typeof(byte) ? ScalarType.Byte
        : type == typeof(bool) ? ScalarType.Bool
        : throw new NotSupportedException($"tensors hold float, double, long, int, byte or bool, not {type.Name}");

    /// <summary>The type of an operation on two tensors: the higher category (bool, integer, floating), then the wider.</summary>
    internal static ScalarType Promote(ScalarType a, ScalarType b) => Rank(a) >= Rank(b) ? a : b;

    /// <summary>The same for two tensors: one of no dimensions only lifts the category of one that has some.</summary>
    internal static ScalarType Promote(Tensor a, Tensor b) =>
        a.ndim == 0 && b.ndim > 0 && Category(a.dtype) <= Category(b.dtype) ? b.dtype
        : b.ndim == 0 && a.ndim > 0 && Category(b.dtype) <= Category(a.dtype) ? a.dtype
        : Promote(a.dtype, b.dtype);

    /// <summary>The type of an operation on a tensor and a number: a number only lifts the category, to float32 or int64.</summary>
    internal static ScalarType Promote(ScalarType tensor, Scalar number) =>
        Category(number.Type) <= Category(tensor) ? tensor
        : IsFloating(number.Type) ? ScalarType.Float32
        : ScalarType.Int64;

    private static int Rank(ScalarType type) => type switch
    {
        ScalarType.Bool => 0,
        ScalarType.Byte => 1,
        ScalarType.Int32 => 2,
        ScalarType.Int64 => 3,
        ScalarType.Float32 => 4,
        _ => 5,
    };

    /// <summary>What a type can take in: bools are lowest, floating numbers highest.</summary>
    internal static int Category(ScalarType type) => type == ScalarType.Bool ? 0 : IsFloating(type) ? 2 : 1;
}
