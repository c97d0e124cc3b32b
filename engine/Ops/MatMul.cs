using Workbench.Engine;

namespace TorchSharp;

/// <content>Matrix products.</content>
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>A B for an m x k and a k x n matrix; dA = G B^T, dB = A^T G.</summary>
        public Tensor mm(Tensor target)
        {
            var (a, b) = (this, target);
            if (a.ndim != 2 || b.ndim != 2 || a.sizes[1] != b.sizes[0])
                throw new ExternalException($"mm: no product of shapes {Shapes.Text(a.sizes)} and {Shapes.Text(b.sizes)}");
            return Node.Record("mm", MatrixProduct.Of("mm", a, b), static (node, g) =>
            {
                if (node.Needs(0)) node.GiveProduct(0, g, node.Value(1).t());
                if (node.Needs(1)) node.GiveProduct(1, node.Value(0).t(), g);
            }, [a, b], [a, b]);
        }

        /// <summary>
        /// The product of matrices; a vector counts as a row on the left and as a column on the right. On the left any
        /// number of leading dimensions may stand before a matrix or vector on the right. Where the shapes do not fit, libtorch
        /// ends the process here.
        /// </summary>
        public Tensor matmul(Tensor target)
        {
            var (a, b) = (this, target);
            if (b.ndim > 2) throw new NotSupportedException($"matmul with batches on the right, of shape {Shapes.Text(b.sizes)}, is not supported here");
            if (a.ndim == 0 || b.ndim == 0 || a.sizes[^1] != b.sizes[0])
                throw new ExternalException($"matmul: no product of shapes {Shapes.Text(a.sizes)} and {Shapes.Text(b.sizes)}");
            var left = a.ndim == 2 ? a : a.reshape(Shapes.Count(a.sizes.AsSpan(..^1)), a.sizes[^1]);
            var right = b.ndim == 2 ? b : b.unsqueeze(1);
            var product = left.mm(right);
            return a.ndim == 2 && b.ndim == 2 ? product
                : product.reshape([.. a.sizes[..^1], .. b.ndim == 2 ? b.sizes[1..] : []]);
        }

        /// <summary>The sum of the products of two vectors' elements.</summary>
        public Tensor dot(Tensor target)
        {
            if (ndim != 1 || target.ndim != 1 || sizes[0] != target.sizes[0])
                throw new InvalidOperationException($"dot: needs two vectors of one length, not shapes {Shapes.Text(sizes)} and {Shapes.Text(target.sizes)}");
            return matmul(target);
        }

        /// <summary>The matrix of all products of two vectors' elements.</summary>
        public Tensor outer(Tensor vec2)
        {
            if (ndim != 1 || vec2.ndim != 1)
                throw new ExternalException($"outer: needs two vectors, not shapes {Shapes.Text(sizes)} and {Shapes.Text(vec2.sizes)}");
            return unsqueeze(1).mul(vec2);
        }
    }

    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);
    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);
    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);

    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>
            /// y = x W^T + b for x of shape (..., in), W of shape (out, in), b of shape (out) or what stretches to y's;
            /// dx = g W, dW = g^T x, db = the sum of g over its rows.
            /// </summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null)
            {
                if (weights.ndim == 1 && bias is null) return input.matmul(weights);
                if (input.ndim == 0 || weights.ndim != 2 || input.sizes[^1] != weights.sizes[^1])
                    throw new ExternalException($"linear: shapes {Shapes.Text(input.sizes)} and weights {Shapes.Text(weights.sizes)} do not fit");
                if (bias is { } given && (given.ndim != 1 || given.sizes[0] != weights.sizes[0])) return Shifted(linear(input, weights), given);
                if (input.ndim != 2)
                    return linear(input.reshape(Shapes.Count(input.sizes.AsSpan(..^1)), input.sizes[^1]), weights, bias).reshape([.. input.sizes[..^1], weights.sizes[0]]);
                using var transposed = weights.Window([weights.sizes[1], weights.sizes[0]], [weights.strides[1], weights.strides[0]], weights.offset);
                return Node.Record("linear", MatrixProduct.Of("linear", input, transposed, bias), static (node, g) =>
                {
                    if (node.Needs(0)) node.GiveProduct(0, g, node.Value(1));
                    if (node.Needs(1)) node.GiveProduct(1, g.t(), node.Value(0));
                    if (node.Needs(2)) node.Give(2, g.sum(0L));
                }, [input, weights, bias], [input, weights]);
            }

            /// <summary>A product plus a bias that is stretched to its shape.</summary>
            private static Tensor Shifted(Tensor product, Tensor bias)
            {
                Shapes.Stretches("linear", bias.sizes, product.sizes);
                return product.add(bias);
            }
        }
    }
}
