using Workbench.Engine;

namespace TorchSharp;

/// <content>Sums, differences, products, quotients and powers, with broadcasting and type promotion.</content>
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>x + y; dx = g, dy = g.</summary>
        public Tensor add(Tensor target)
        {
            var (x, y) = Promoted(this, target);
            return Node.Record("add", Arithmetic.Add(x, y), static (node, g) =>
            {
                node.Give(0, g);
                node.Give(1, g);
            }, [x, y]);
        }

        /// <summary>x + alpha * y, where whole numbers have whole multiples; of bools, the multiple by 0 or 1.</summary>
        public Tensor add(Tensor target, Scalar alpha)
        {
            var type = Types.Promote(this, target);
            if (Types.Category(alpha.Type) > Math.Max(1, Types.Category(type)))
                throw new ExternalException($"add: {target.type} has no multiple by {alpha.Real} in {type}");
            return add(target.As(type).mul(type == ScalarType.Bool ? alpha.ToBoolean() : alpha));
        }

        public Tensor add(Scalar scalar) =>
            Node.Record("add", Arithmetic.AddNumber(Lifted(scalar), scalar), static (node, g) => node.Give(0, g), [this]);

        /// <summary>x - y; dx = g, dy = -g. Bools have no difference.</summary>
        public Tensor sub(Tensor target)
        {
            if (type == ScalarType.Bool || target.type == ScalarType.Bool) throw Arithmetic.NotBool("sub");
            var (x, y) = Promoted(this, target);
            return Node.Record("sub", Arithmetic.Subtract(x, y), static (node, g) =>
            {
                node.Give(0, g);
                if (node.Needs(1)) node.Give(1, g.neg());
            }, [x, y]);
        }

        public Tensor sub(Scalar target)
        {
            if (type == ScalarType.Bool || target.Type == ScalarType.Bool) throw Arithmetic.NotBool("sub");
            // Of the whole number 0 the negative is no -0, which alone leaves every floating number as it is.
            return add(is_floating_point() || Types.IsFloating(target.Type) ? -target.Real : (Scalar)(-target.Integer));
        }

        /// <summary>x y; dx = g y, dy = g x.</summary>
        public Tensor mul(Tensor target)
        {
            var (x, y) = Promoted(this, target);
            return Node.Record("mul", Arithmetic.Multiply(x, y), static (node, g) =>
            {
                if (node.Needs(0)) node.Give(0, g.mul(node.Value(1)));
                if (node.Needs(1)) node.Give(1, g.mul(node.Value(0)));
            }, [x, y], [x, y]);
        }

        public Tensor mul(Scalar target) =>
            Node.Record("mul", Arithmetic.MultiplyNumber(Lifted(target), target), (node, g) => node.Give(0, g.mul(target)), [this]);

        /// <summary>
        /// x / y; dx = g / y, dy = -g x / y^2. Integers are divided as float32. Rounded quotients stay whole, and have no slope.
        /// </summary>
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None)
        {
            if (rounding_mode != RoundingMode.None) return Rounded(target, rounding_mode);
            var whole = !Types.IsFloating(Types.Promote(this, target));
            var (x, y) = whole ? (As(ScalarType.Float32), target.As(ScalarType.Float32)) : Promoted(this, target);
            return Node.Record("div", Arithmetic.Divide(x, y), static (node, g) =>
            {
                var divisor = node.Value(1);
                if (node.Needs(0)) node.Give(0, g.div(divisor));
                if (node.Needs(1)) node.Give(1, Pointwise.Ternary("div", g, node.Value(0), divisor,
                    new DivideRightGradOp<float>(), new DivideRightGradOp<double>()).Enter());
            }, [x, y], [x, y]);
        }

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None)
        {
            if (rounding_mode != RoundingMode.None) return Lifted(target).Rounded(Filled([], Types.Promote(type, target), target).Enter(), rounding_mode);
            var x = is_floating_point() ? this : As(ScalarType.Float32);
            return Node.Record("div", Arithmetic.DivideNumber(x, target), (node, g) => node.Give(0, g.div(target)), [x]);
        }

        /// <summary>-x.</summary>
        public Tensor neg() =>
            Node.Record("neg", Arithmetic.Negate(this), static (node, g) => node.Give(0, g.neg()), [this]);

        /// <summary>
        /// x^p; dx = g p x^(p-1). Whole powers up to 3, 0.5 and their negatives are computed without logarithms. Whole powers of
        /// whole numbers wrap, and are not negative.
        /// </summary>
        public Tensor pow(Scalar exponent)
        {
            if (!Types.IsFloating(Types.Promote(type, exponent))) return WholePowers.Of(Lifted(exponent), exponent.Integer).Enter();
            if (!is_floating_point()) return As(ScalarType.Float32).pow(exponent);
            var p = exponent.Real;
            return Node.Record("pow", Arithmetic.Power(this, p), (node, g) =>
                node.Give(0, p == 0 ? zeros_like(g) : g.mul(node.Value(0).pow(p - 1)).mul(p)), [this], [this]);
        }

        /// <summary>x^y; dx = g y x^(y-1), dy = g x^y ln x, both 0 where a factor 0 stands before what is not finite.</summary>
        public Tensor pow(Tensor exponent)
        {
            var (x, y) = Promoted(this, exponent);
            if (!x.is_floating_point()) return WholePowers.Of(x, y).Enter();
            var result = Arithmetic.Power(x, y);
            return Node.Record("pow", result, static (node, g) =>
            {
                var (x, y) = (node.Value(0), node.Value(1));
                if (node.Needs(0)) node.Give(0, g.mul(y.mul(x.pow(y.sub(1)))).masked_fill(y.eq(0), 0));
                if (node.Needs(1)) node.Give(1, g.mul(node.Value(2).mul(x.log())).masked_fill(x.eq(0).logical_and(y.ge(0)), 0));
            }, [x, y], [x, y, result]);
        }

        public Tensor add_(Tensor target) => CheckApart(target).Become(add(target));
        public Tensor add_(Tensor target, Scalar alpha) => CheckApart(target).Become(add(target, alpha));
        public Tensor add_(Scalar scalar) => Become(add(scalar));
        public Tensor sub_(Tensor target) => CheckApart(target).Become(sub(target));
        public Tensor sub_(Scalar target) => Become(sub(target));
        public Tensor mul_(Tensor target) => CheckApart(target).Become(mul(target));
        public Tensor mul_(Scalar target) => Become(mul(target));
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => CheckApart(target).Become(div(target, rounding_mode));
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => Become(div(target, rounding_mode));
        public Tensor neg_() => Become(neg());
        public Tensor pow_(Scalar exponent) => Become(pow(exponent));

        private Tensor Lifted(Scalar number) => As(Types.Promote(type, number));

        /// <summary>Both in the type of the operation.</summary>
        internal static (Tensor, Tensor) Promoted(Tensor x, Tensor y)
        {
            if (x.type == y.type) return (x, y);
            var type = Types.Promote(x, y);
            return (x.As(type), y.As(type));
        }
    }

    /// <summary>How quotients are rounded: not at all, towards 0, or down.</summary>
    public enum RoundingMode
    {
        None = 0,
        trunc = 1,
        floor = 2,
    }

    public static Tensor add(Tensor left, Tensor right) => left.add(right);
    public static Tensor add(Tensor left, Scalar right) => left.add(right);
    public static Tensor add(Tensor left, Tensor right, Scalar alpha) => left.add(right, alpha);
    public static Tensor sub(Tensor left, Tensor right) => left.sub(right);
    public static Tensor sub(Tensor left, Scalar right) => left.sub(right);
    public static Tensor mul(Tensor left, Tensor right) => left.mul(right);
    public static Tensor mul(Tensor left, Scalar right) => left.mul(right);
    public static Tensor div(Tensor left, Tensor right, RoundingMode rounding_mode = RoundingMode.None) => left.div(right, rounding_mode);
    public static Tensor div(Tensor left, Scalar right, RoundingMode rounding_mode = RoundingMode.None) => left.div(right, rounding_mode);
    public static Tensor neg(Tensor input) => input.neg();
    public static Tensor pow(Tensor left, Scalar exponent) => left.pow(exponent);
    public static Tensor pow(Tensor left, Tensor exponent) => left.pow(exponent);
}
