using Workbench.Engine;

namespace TorchSharp;

/// <content>The functions between layers.</content>
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The gradient of a function of one tensor, from the one value that it saved.</summary>
        private static void Pull<TF, TD>(Node node, Tensor g, TF single, TD wide)
            where TF : unmanaged, IBinaryOp<float>
            where TD : unmanaged, IBinaryOp<double> =>
            node.Give(0, Pointwise.Binary(node.Op, g, node.Value(0), single, wide).Enter());

        /// <summary>y = tanh x; dx = g (1 - y^2).</summary>
        public Tensor tanh()
        {
            var y = Pointwise.Lifted("tanh", this, new TanhOp<float>(), new TanhOp<double>());
            return Node.Record("tanh", y, static (node, g) => Pull(node, g, new TanhGradOp<float>(), new TanhGradOp<double>()), [this], [y]);
        }

        /// <summary>y = 1 / (1 + e^-x); dx = g y (1 - y).</summary>
        public Tensor sigmoid()
        {
            var y = Pointwise.Lifted("sigmoid", this, new SigmoidOp<float>(), new SigmoidOp<double>());
            return Node.Record("sigmoid", y, static (node, g) => Pull(node, g, new SigmoidGradOp<float>(), new SigmoidGradOp<double>()), [this], [y]);
        }

        /// <summary>max(x, 0); dx = g where x > 0, else 0.</summary>
        public Tensor relu()
        {
            if (type is not (ScalarType.Float32 or ScalarType.Float64 or ScalarType.Bool)) return clamp_min(0);
            var y = Pointwise.Unary("relu", this, new ReluOp<float>(), new ReluOp<double>());
            return Node.Record("relu", y, static (node, g) => Pull(node, g, new ReluGradOp<float>(), new ReluGradOp<double>()), [this], [y]);
        }

        /// <summary>x where x > 0, else slope x; dx = g or slope g.</summary>
        public Tensor leaky_relu(Scalar negative_slope)
        {
            var (single, wide) = ((float)negative_slope.Real, negative_slope.Real);
            var y = Pointwise.Unary("leaky_relu", this, new LeakyReluOp<float>(single), new LeakyReluOp<double>(wide));
            return Node.Record("leaky_relu", y, (node, g) => Pull(node, g, new LeakyReluGradOp<float>(single), new LeakyReluGradOp<double>(wide)), [this], [this]);
        }

        /// <summary>ln(1 + e^(beta x)) / beta, and x itself where beta x is above the threshold; dx = g sigmoid(beta x).</summary>
        public Tensor softplus(double beta = 1, double threshold = 20)
        {
            var y = Pointwise.Unary("softplus", this,
                new SoftplusOp<float>((float)beta, (float)threshold), new SoftplusOp<double>(beta, threshold));
            return Node.Record("softplus", y, (node, g) => Pull(node, g, new SoftplusGradOp<float>((float)beta, (float)threshold), new SoftplusGradOp<double>(beta, threshold)), [this], [this]);
        }

        /// <summary>ln sigmoid(x); dx = g sigmoid(-x).</summary>
        public Tensor log_sigmoid() =>
            Node.Record("log_sigmoid", Pointwise.Unary("log_sigmoid", this, new LogSigmoidOp<float>(), new LogSigmoidOp<double>()),
                static (node, g) => Pull(node, g, new LogSigmoidGradOp<float>(), new LogSigmoidGradOp<double>()), [this], [this]);

        public Tensor tanh_() => Become(tanh());
        public Tensor sigmoid_() => Become(sigmoid());
        public Tensor relu_() => Become(relu());

        /// <summary>As leaky_relu; where the slope is negative, the gradient is not to be told from the result, and refused.</summary>
        public Tensor leaky_relu_(Scalar negative_slope) =>
            Become(negative_slope.Real >= 0 || !GradMode.Enabled || !NeedsGradient
                ? leaky_relu(negative_slope)
                : Node.Record("leaky_relu_", detach().leaky_relu(negative_slope), static (_, _) =>
                    throw new ExternalException("leaky_relu_: has no derivative with a negative slope; use leaky_relu"), [this]));
    }

    public static Tensor tanh(Tensor input) => input.tanh();
    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? x.tanh_() : x.tanh();
            public static Tensor sigmoid(Tensor x) => x.sigmoid();
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();
            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) =>
                inplace ? input.leaky_relu_(negative_slope) : input.leaky_relu(negative_slope);
            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => x.softplus(beta, threshold);
        }
    }
}
