using System.Numerics;
using Workbench.Engine;

namespace TorchSharp;

/// <content>Tests of elements, with broadcasting; results are bool tensors, and no gradient flows.</content>
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => Compared<Compare.Equal>("eq", target);
        public Tensor ne(Tensor target) => Compared<Compare.NotEqual>("ne", target);
        public Tensor lt(Tensor target) => Compared<Compare.Less>("lt", target);
        public Tensor le(Tensor target) => Compared<Compare.LessOrEqual>("le", target);
        public Tensor gt(Tensor target) => Compared<Compare.Greater>("gt", target);
        public Tensor ge(Tensor target) => Compared<Compare.GreaterOrEqual>("ge", target);
        public Tensor eq(Scalar target) => Compared<Compare.Equal>("eq", target);
        public Tensor ne(Scalar target) => Compared<Compare.NotEqual>("ne", target);
        public Tensor lt(Scalar target) => Compared<Compare.Less>("lt", target);
        public Tensor le(Scalar target) => Compared<Compare.LessOrEqual>("le", target);
        public Tensor gt(Scalar target) => Compared<Compare.Greater>("gt", target);
        public Tensor ge(Scalar target) => Compared<Compare.GreaterOrEqual>("ge", target);

        public Tensor isnan() => ne(this);
        public Tensor isfinite() => is_floating_point() ? sub(this).eq(0) : ones_like(this, ScalarType.Bool);
        public Tensor isinf() => isfinite().logical_or(isnan()).logical_not();

        public Tensor logical_not() => eq(0);
        public Tensor logical_and(Tensor other) => As(ScalarType.Bool).mul(other.As(ScalarType.Bool));
        public Tensor logical_or(Tensor other) => As(ScalarType.Bool).add(other.As(ScalarType.Bool));

        /// <summary>Whether all elements are within atol + rtol |target|; NaN equals NaN only if <paramref name="equal_nan"/>.</summary>
        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false)
        {
            Pointwise.SameType("allclose", this, target);
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            var close = sub(target).abs().le(target.abs().mul(rtol).add(atol)).logical_or(eq(target));
            if (equal_nan) close = close.logical_or(isnan().logical_and(target.isnan()));
            return close.all().item<bool>();
        }

        private Tensor Compared<TComparison>(string op, Tensor target) where TComparison : struct, Compare.IComparison
        {
            var (x, y) = Promoted(this, target);
            return Compare.Run<TComparison>(op, x, y).Enter();
        }

        private Tensor Compared<TComparison>(string op, Scalar target) where TComparison : struct, Compare.IComparison =>
            Compare.Run<TComparison>(op, Lifted(target), target).Enter();
    }

    public static Tensor eq(Tensor left, Tensor right) => left.eq(right);
    public static Tensor ne(Tensor left, Tensor right) => left.ne(right);
    public static Tensor lt(Tensor left, Tensor right) => left.lt(right);
    public static Tensor le(Tensor left, Tensor right) => left.le(right);
    public static Tensor gt(Tensor left, Tensor right) => left.gt(right);
    public static Tensor ge(Tensor left, Tensor right) => left.ge(right);
    public static Tensor isnan(Tensor input) => input.isnan();
    public static Tensor isfinite(Tensor tensor) => tensor.isfinite();
    public static Tensor isinf(Tensor tensor) => tensor.isinf();
    public static bool allclose(Tensor tensor, Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) =>
        tensor.allclose(target, rtol, atol, equal_nan);
}
