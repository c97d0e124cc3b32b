using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>Checks and shapes of what slides a window over images, once, at the operation's boundary.</summary>
internal static class Windows
{
    /// <summary>Two numbers, for rows and columns, from none (the default), one for both, or two.</summary>
    internal static (int Rows, int Columns) Pair(string op, string name, long[]? given, int least, (int, int) otherwise)
    {
        if (given is null) return otherwise;
        if (given.Length is not (1 or 2)) throw new ExternalException($"{op}: {name} is one number, or one for rows and one for columns, not {Shapes.Text(given)}");
        foreach (var number in given)
            if (number < least || number > int.MaxValue) throw new ExternalException($"{op}: {name} {Shapes.Text(given)} is below {least}");
        return ((int)given[0], (int)given[^1]);
    }

    internal static void Undilated(string op, long[]? dilation)
    {
        if (Pair(op, "dilation", dilation, 1, (1, 1)) != (1, 1)) throw new NotSupportedException($"{op} with a dilation of {Shapes.Text(dilation)} is not supported here");
    }

    internal static void Ungrouped(string op, long groups)
    {
        if (groups < 1) throw new ExternalException($"{op}: there is at least one group, not {groups}");
        if (groups > 1) throw new NotSupportedException($"{op} in {groups} groups is not supported here");
    }

    /// <summary>The geometry of a convolution of input (N, C, H, W) with weights (F, C, KH, KW).</summary>
    internal static ConvShape Convolution(Tensor input, Tensor weight, Tensor? bias, long[]? strides, long[]? padding)
    {
        const string op = "conv2d";
        CheckOperands(op, input, weight, bias, weight.ndim == 4 ? weight.sizes[0] : 0, 1);
        var (stride, pad) = (Pair(op, "strides", strides, 1, (1, 1)), Pair(op, "padding", padding, 0, (0, 0)));
        var (x, w) = (input.sizes, weight.sizes);
        var shape = new ConvShape(Size(op, x[0]), Size(op, x[1]), Size(op, w[0]),
            Slide(Size(op, x[2]), Size(op, w[2]), stride.Rows, pad.Rows, false),
            Slide(Size(op, x[3]), Size(op, w[3]), stride.Columns, pad.Columns, false));
        if (shape.Rows.Small < 1 || shape.Columns.Small < 1)
            throw new ExternalException($"{op}: a window of {Shapes.Text(w)} does not fit into {Shapes.Text(x)} with padding [{pad.Rows}, {pad.Columns}]");
        return shape;
    }

    /// <summary>The geometry of a transposed convolution of input (N, F, H, W) with weights (F, C, KH, KW).</summary>
    internal static ConvShape Transposed(Tensor input, Tensor weight, Tensor? bias, long[]? strides, long[]? padding, long[]? outputPadding)
    {
        const string op = "conv_transpose2d";
        CheckOperands(op, input, weight, bias, weight.ndim == 4 ? weight.sizes[1] : 0, 0);
        var (stride, pad) = (Pair(op, "strides", strides, 1, (1, 1)), Pair(op, "padding", padding, 0, (0, 0)));
        var extra = Pair(op, "output_padding", outputPadding, 0, (0, 0));
        if (extra.Rows >= stride.Rows || extra.Columns >= stride.Columns)
            throw new ExternalException($"{op}: output_padding [{extra.Rows}, {extra.Columns}] is not below strides [{stride.Rows}, {stride.Columns}]");
        var (x, w) = (input.sizes, weight.sizes);
        var shape = new ConvShape(Size(op, x[0]), Size(op, w[1]), Size(op, w[0]),
            Spread(Size(op, x[2]), Size(op, w[2]), stride.Rows, pad.Rows, extra.Rows),
            Spread(Size(op, x[3]), Size(op, w[3]), stride.Columns, pad.Columns, extra.Columns));
        if (shape.Rows.Large < 1 || shape.Columns.Large < 1)
            throw new ExternalException($"{op}: nothing is left of {Shapes.Text(x)} and {Shapes.Text(w)} with padding [{pad.Rows}, {pad.Columns}]");
        return shape;
    }

    /// <summary>The axes of a pooling window over the last two dimensions of (N, C, H, W) or (C, H, W).</summary>
    internal static (ConvAxis Rows, ConvAxis Columns) Pool(
        string op, Tensor input, long[] kernelSize, long[]? stride, long[]? padding, bool ceilMode)
    {
        if (input.ndim is not (3 or 4) || input.sizes.AsSpan(input.sizes.Length - 3).Contains(0)) throw new ExternalException($"{op}: needs images (N, C, H, W) or (C, H, W), not shape {Shapes.Text(input.sizes)}");
        var kernel = Pair(op, "kernel_size", kernelSize, 1, default);
        var step = Pair(op, "stride", stride is { Length: 0 } ? null : stride, 1, kernel);
        var pad = Pair(op, "padding", padding, 0, (0, 0));
        if (pad.Rows > kernel.Rows / 2 || pad.Columns > kernel.Columns / 2)
            throw new ExternalException($"{op}: padding [{pad.Rows}, {pad.Columns}] is more than half of the window [{kernel.Rows}, {kernel.Columns}]");
        var rows = Slide(Size(op, input.sizes[^2]), kernel.Rows, step.Rows, pad.Rows, ceilMode);
        var columns = Slide(Size(op, input.sizes[^1]), kernel.Columns, step.Columns, pad.Columns, ceilMode);
        if (rows.Small < 1 || columns.Small < 1)
            throw new ExternalException($"{op}: a window of [{kernel.Rows}, {kernel.Columns}] does not fit into {Shapes.Text(input.sizes)} with padding [{pad.Rows}, {pad.Columns}]");
        return (rows, columns);
    }

    private static void CheckOperands(string op, Tensor input, Tensor weight, Tensor? bias, long results, int channelDimension)
    {
        Pointwise.SameType(op, input, weight);
        if (bias is not null) Pointwise.SameType(op, input, bias);
        if (input.ndim != 4 || weight.ndim != 4 || input.sizes[1] != weight.sizes[channelDimension]
            || weight.sizes[0] < 1 || weight.sizes[2] < 1 || weight.sizes[3] < 1 || bias is not null && (bias.ndim != 1 || bias.sizes[0] != results))
            throw new ExternalException($"{op}: images {Shapes.Text(input.sizes)} (N, C, H, W), weights {Shapes.Text(weight.sizes)}"
                + (bias is null ? "" : $" and bias {Shapes.Text(bias.sizes)}") + " do not fit");
        if (!Types.IsFloating(input.dtype)) throw new NotSupportedException($"{op} of {input.dtype} is not supported here");
    }

    /// <summary>As many windows as fit; with ceil, one more that hangs over, if it begins on the image or the padding before it.</summary>
    private static ConvAxis Slide(int size, int kernel, int stride, int padding, bool ceil)
    {
        var room = (long)size + 2L * padding - kernel;
        var windows = room < 0 && !ceil ? 0 : (room + (ceil ? stride - 1 : 0)) / stride + 1;
        if (ceil && (windows - 1) * stride >= (long)size + padding) windows--;
        return new ConvAxis(size, checked((int)Math.Max(0, windows)), kernel, stride, padding);
    }

    private static ConvAxis Spread(int size, int kernel, int stride, int padding, int extra)
    {
        var large = (size - 1L) * stride - 2L * padding + kernel + extra;
        return new ConvAxis(checked((int)Math.Max(0, large)), size, kernel, stride, padding);
    }

    private static int Size(string op, long size) =>
        size <= int.MaxValue ? (int)size : throw new NotSupportedException($"{op} with a dimension of {size} is not supported here");
}
