using Workbench.Engine;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>
            /// The largest element under each window of (N, C, H, W) or (C, H, W); padding counts as -infinity, and the stride
            /// defaults to the window. The gradient goes to the first of equals. Dilation is 1 here.
            /// </summary>
            public static Tensor max_pool2d(Tensor input, long[] kernel_size, long[]? strides = null, long[]? padding = null,
                long[]? dilation = null, bool ceil_mode = false)
            {
                Windows.Undilated("max_pool2d", dilation);
                var (rows, columns) = Windows.Pool("max_pool2d", input, kernel_size, strides, padding, ceil_mode);
                var (y, places) = Pools.Max(input, rows, columns);
                using (places)
                    return Node.Record("max_pool2d", y,
                        (node, g) => node.Give(0, Pools.SpreadMax(g, node.Value(0), node.ShapeOf(0), rows, columns).Enter()), [input], [places]);
            }

            /// <summary>The same with one number for rows and columns.</summary>
            public static Tensor max_pool2d(Tensor input, long kernel_size, long? stride = null, long? padding = null,
                long? dilation = null, bool ceil_mode = false) =>
                max_pool2d(input, [kernel_size], Some(stride), Some(padding), Some(dilation), ceil_mode);

            /// <summary>
            /// The mean under each window of (N, C, H, W) or (C, H, W); padding counts as zeros, or not at all without
            /// count_include_pad; divisor_override, if not 0, stands in for the number of elements. The stride defaults to the window.
            /// </summary>
            public static Tensor avg_pool2d(Tensor input, long[] kernel_size, long[]? stride = null, long[]? padding = null,
                bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null)
            {
                var (rows, columns) = Windows.Pool("avg_pool2d", input, kernel_size, stride, padding, ceil_mode);
                var divisor = divisor_override ?? 0;
                return Node.Record("avg_pool2d", Pools.Average(input, rows, columns, divisor, count_include_pad),
                    (node, g) => node.Give(0, Pools.SpreadAverage(g, node.ShapeOf(0), rows, columns, divisor, count_include_pad).Enter()), [input]);
            }

            /// <summary>The same with one number for rows and columns.</summary>
            public static Tensor avg_pool2d(Tensor input, long kernel_size, long? stride = null, long padding = 0,
                bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
                avg_pool2d(input, [kernel_size], Some(stride), [padding], ceil_mode, count_include_pad, divisor_override);

            private static long[]? Some(long? number) => number is { } given ? [given] : null;
        }
    }
}
