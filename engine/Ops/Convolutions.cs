using Workbench.Engine;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>
            /// y[n, f, i, j] = b[f] + the sum over c, r, s of x[n, c, i stride + r - padding, j stride + s - padding] w[f, c, r, s]
            /// for x of (N, C, H, W) or (C, H, W), w of (F, C, KH, KW) and b of (F); what lies outside of x is 0. Each side has
            /// floor((size + 2 padding - kernel) / stride) + 1 windows. dx is conv_transpose2d of g with w, dw the product of g and
            /// x under each tap, db the sum of g per feature. Dilation and groups are 1 here.
            /// </summary>
            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null,
                long[]? padding = null, long[]? dilation = null, long groups = 1)
            {
                if (input.ndim == 3) return conv2d(input.unsqueeze(0), weight, bias, strides, padding, dilation, groups).squeeze(0);
                Windows.Undilated("conv2d", dilation);
                Windows.Ungrouped("conv2d", groups);
                var shape = Windows.Convolution(input, weight, bias, strides, padding);
                return Node.Record("conv2d", Convolving.ToSmall(shape, input, weight, bias), (node, g) =>
                {
                    if (node.Needs(0)) node.Give(0, Convolving.ToLarge(shape, g, node.Value(1), null).Enter());
                    if (node.Needs(1)) node.Give(1, Convolving.ToWeights(shape, node.Value(0), g).Enter());
                    if (node.Needs(2)) node.Give(2, g.sum([0L, 2L, 3L]));
                }, [input, weight, bias], [input, weight]);
            }

            /// <summary>
            /// The transpose of conv2d: each x[n, f, i, j] adds w[f, c, r, s] times itself to
            /// y[n, c, i stride + r - padding, j stride + s - padding], on top of b[c], for x of (N, F, H, W) or (F, H, W), w of
            /// (F, C, KH, KW) and b of (C). Each side has (size - 1) stride - 2 padding + kernel + output_padding elements. dx is conv2d of g with
            /// w, dw the product of x and g under each tap, db the sum of g per channel. Dilation and groups are 1 here.
            /// </summary>
            public static Tensor conv_transpose2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null,
                long[]? padding = null, long[]? output_padding = null, long[]? dilation = null, long groups = 1)
            {
                if (input.ndim == 3)
                    return conv_transpose2d(input.unsqueeze(0), weight, bias, strides, padding, output_padding, dilation, groups).squeeze(0);
                Windows.Undilated("conv_transpose2d", dilation);
                Windows.Ungrouped("conv_transpose2d", groups);
                var shape = Windows.Transposed(input, weight, bias, strides, padding, output_padding);
                return Node.Record("conv_transpose2d", Convolving.ToLarge(shape, input, weight, bias), (node, g) =>
                {
                    if (node.Needs(0)) node.Give(0, Convolving.ToSmall(shape, g, node.Value(1), null).Enter());
                    if (node.Needs(1)) node.Give(1, Convolving.ToWeights(shape, g, node.Value(0)).Enter());
                    if (node.Needs(2)) node.Give(2, g.sum([0L, 2L, 3L]));
                }, [input, weight, bias], [input, weight]);
            }
        }
    }
}
