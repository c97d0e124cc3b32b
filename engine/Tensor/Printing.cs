using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>How tensors look in a REPL and in messages.</summary>
internal static class Printing
{
    private const int Edge = 3;
    private const string Gap = "...";

    /// <summary>Shape, element type and device: [100x784], type = Float32, device = cpu.</summary>
    internal static string Summary(Tensor tensor) =>
        $"[{string.Join("x", tensor.shape)}], type = {tensor.dtype}, device = {tensor.device}";

    internal static string Elements(Tensor tensor, string format, string newLine, CultureInfo culture)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        return Block(tensor.detach(), 1, value => Text(value, format, culture), newLine);
    }

    /// <summary>A row in one line; blocks of more dimensions are further apart.</summary>
    private static string Block(Tensor tensor, int indent, Func<Scalar, string> text, string newLine)
    {
        if (tensor.ndim == 0) return text(tensor.ToScalar());
        var parts = Shown(tensor.sizes[0]).Select(i => i < 0 ? Gap : Block(tensor.select(0, i), indent + 1, text, newLine));
        if (tensor.ndim == 1) return "[" + string.Join(", ", parts).Replace(Gap + ",", Gap) + "]";
        var between = string.Concat(Enumerable.Repeat(newLine, (int)tensor.ndim - 1)) + new string(' ', indent);
        return "[" + string.Join(between, parts) + "]";
    }

    /// <summary>The indices to show; -1 stands for those left out.</summary>
    private static IEnumerable<long> Shown(long size) =>
        size <= 2 * Edge
            ? Enumerable.Range(0, (int)size).Select(i => (long)i)
            : [0, 1, 2, -1, size - 3, size - 2, size - 1];

    private static string Text(Scalar value, string format, CultureInfo culture) => value.Type switch
    {
        ScalarType.Float32 or ScalarType.Float64 => value.Real.ToString(format, culture),
        ScalarType.Bool => value.Real != 0 ? "True" : "False",
        _ => value.Integer.ToString(culture),
    };
}
