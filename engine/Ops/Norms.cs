using Workbench.Engine;

namespace TorchSharp;

/// <content>Norms of all elements.</content>
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>
        /// The p-th root of the sum of all |x|^p: the length for p = 2, the sum of absolute values for p = 1, the largest of
        /// them for p = infinity, the smallest for -infinity; for p = 0 how many are not 0, which has no gradient. The gradient at 0 is 0.
        /// </summary>
        public Tensor norm(float p = 2)
        {
            if (!is_floating_point()) throw Pointwise.NotFloating("norm", this);
            return p switch
            {
                0 => ne(0).sum(type: type),
                1 => abs().sum(),
                2 => square().sum().Root(2),
                float.PositiveInfinity => abs().max(),
                float.NegativeInfinity => abs().min(),
                > 0 and < 1 => SteepNorm(p),
                > 0 => abs().pow(p).sum().Root(p),
                _ => throw new NotSupportedException($"norm with p = {p} is not supported here"),
            };
        }

        /// <summary>For p below 1, where the slope of |x|^p at 0 is infinite: dx = g sign(x) |x|^(p-1) y^(1-p), but 0 at 0.</summary>
        private Tensor SteepNorm(double p)
        {
            var norm = PowerRoot(p);
            return Node.Record("norm", norm, (node, g) =>
            {
                var (x, y) = (node.Value(0), node.Value(1));
                node.Give(0, x.sign().mul(x.abs().pow(p - 1).masked_fill(x.eq(0), 0)).mul(g).mul(y.pow(1 - p)));
            }, [this], [this, norm]);
        }

        /// <summary>(the sum of all |x|^p)^(1/p), in no graph and no scope.</summary>
        private Tensor PowerRoot(double p)
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            return abs().pow(p).sum().pow(1 / p).DetachFromDisposeScope();
        }

        /// <summary>y = x^(1/p); dx = g / (p y^(p-1)), but 0 at y = 0: the root of a sum of powers has no slope to follow there.</summary>
        private Tensor Root(double p)
        {
            var y = Arithmetic.Power(this, 1 / p);
            return Node.Record("root", y, (node, g) =>
            {
                var y = node.Value(0);
                node.Give(0, g.div(y.pow(p - 1).mul(p)).masked_fill(y.eq(0), 0));
            }, [this], [y]);
        }
    }
}
