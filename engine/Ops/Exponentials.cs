using Workbench.Engine;

namespace TorchSharp;

/// <content>Exponentials, logarithms, roots and squares, element by element.</content>
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>y = e^x; dx = g y.</summary>
        public Tensor exp()
        {
            var y = Pointwise.Lifted("exp", this, new ExpOp<float>(), new ExpOp<double>());
            return Node.Record("exp", y, static (node, g) => node.Give(0, g.mul(node.Value(0))), [this], [y]);
        }

        /// <summary>y = e^x - 1, exact near 0; dx = g (y + 1).</summary>
        public Tensor expm1()
        {
            var y = Pointwise.Lifted("expm1", this, new Expm1Op<float>(), new Expm1Op<double>());
            return Node.Record("expm1", y, static (node, g) => Pull(node, g, new Expm1GradOp<float>(), new Expm1GradOp<double>()), [this], [y]);
        }

        /// <summary>The natural logarithm; dx = g / x.</summary>
        public Tensor log() =>
            Node.Record("log", Pointwise.Lifted("log", this, new LogOp<float>(), new LogOp<double>()),
                static (node, g) => node.Give(0, g.div(node.Value(0))), [this], [this]);

        /// <summary>ln(1 + x), exact near 0; dx = g / (1 + x).</summary>
        public Tensor log1p() =>
            Node.Record("log1p", Pointwise.Lifted("log1p", this, new Log1pOp<float>(), new Log1pOp<double>()),
                static (node, g) => Pull(node, g, new Log1pGradOp<float>(), new Log1pGradOp<double>()), [this], [this]);

        /// <summary>y = the square root; dx = g / (2 y).</summary>
        public Tensor sqrt()
        {
            var y = Pointwise.Lifted("sqrt", this, new SqrtOp<float>(), new SqrtOp<double>());
            return Node.Record("sqrt", y, static (node, g) => Pull(node, g, new SqrtGradOp<float>(), new SqrtGradOp<double>()), [this], [y]);
        }

        /// <summary>y = 1 / sqrt(x); dx = -g y^3 / 2.</summary>
        public Tensor rsqrt()
        {
            var y = Pointwise.Lifted("rsqrt", this, new RsqrtOp<float>(), new RsqrtOp<double>());
            return Node.Record("rsqrt", y, static (node, g) => Pull(node, g, new RsqrtGradOp<float>(), new RsqrtGradOp<double>()), [this], [y]);
        }

        /// <summary>x^2; dx = 2 g x. Bools count as whole numbers.</summary>
        public Tensor square()
        {
            var x = type == ScalarType.Bool ? As(ScalarType.Int64) : this;
            return Node.Record("square", Arithmetic.Multiply(x, x),
                static (node, g) => Pull(node, g, new SquareGradOp<float>(), new SquareGradOp<double>()), [x], [x]);
        }

        /// <summary>y = 1 / x; dx = -g y^2.</summary>
        public Tensor reciprocal()
        {
            var y = Pointwise.Lifted("reciprocal", this, new ReciprocalOp<float>(), new ReciprocalOp<double>());
            return Node.Record("reciprocal", y, static (node, g) => Pull(node, g, new ReciprocalGradOp<float>(), new ReciprocalGradOp<double>()), [this], [y]);
        }

        /// <summary>|x|; dx = g sign(x), 0 at 0.</summary>
        public Tensor abs() =>
            Node.Record("abs", Absolute.Of(this), static (node, g) => Pull(node, g, new AbsGradOp<float>(), new AbsGradOp<double>()), [this], [this]);

        /// <summary>-1, 0 or 1; the gradient is 0.</summary>
        public Tensor sign() =>
            Node.Record("sign", Absolute.Sign(this), static (node, g) => node.Give(0, zeros_like(g)), [this]);

        public Tensor exp_() => Become(exp());
        public Tensor log_() => Become(log());
        public Tensor sqrt_() => Become(sqrt());
        public Tensor abs_() => Become(abs());
    }

    public static Tensor exp(Tensor input) => input.exp();
    public static Tensor expm1(Tensor input) => input.expm1();
    public static Tensor log(Tensor input) => input.log();
    public static Tensor log1p(Tensor input) => input.log1p();
    public static Tensor sqrt(Tensor input) => input.sqrt();
    public static Tensor rsqrt(Tensor input) => input.rsqrt();
    public static Tensor square(Tensor input) => input.square();
    public static Tensor reciprocal(Tensor input) => input.reciprocal();
    public static Tensor abs(Tensor input) => input.abs();
    public static Tensor sign(Tensor input) => input.sign();
}
