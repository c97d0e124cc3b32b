using Workbench.Engine;

namespace TorchSharp;

/// <content>Between two tensors.</content>
public static unsafe partial class torch
{
    public partial class Tensor
    {
        /// <summary>x + w (y - x), between x (w = 0) and y (w = 1), which have one type; dx = g (1 - w), dy = g w, dw = g (y - x).</summary>
        public Tensor lerp(Tensor end, Tensor weight)
        {
            Pointwise.SameType("lerp", this, end);
            var common = weight.ndim == 0 ? Types.Promote(this, weight) : type;
            var (x, y, w) = (As(common), end.As(common), weight.ndim == 0 ? weight.As(common) : weight);
            var result = Pointwise.Ternary("lerp", x, y, w, new LerpOp<float>(), new LerpOp<double>());
            return Node.Record("lerp", result, static (node, g) =>
            {
                var w = node.Value(2);
                if (node.Needs(0)) node.Give(0, g.mul(w.neg().add(1)));
                if (node.Needs(1)) node.Give(1, g.mul(w));
                if (node.Needs(2)) node.Give(2, g.mul(node.Value(1).sub(node.Value(0))));
            }, [x, y, w], [x, y, w]);
        }

        /// <summary>The same in place: unrecorded, by one number and of one shape, in one pass over the elements.</summary>
        public Tensor lerp_(Tensor end, Tensor weight)
        {
            CheckApart(end).CheckApart(weight);
            if (!MovesAtOnce(end, weight)) return Become(lerp(end, weight));
            using var timing = Profile.Time("lerp_");
            using var w = weight.to_type(type);
            if (type == ScalarType.Float32) Elementwise.Binary(Data<float>(), end.Data<float>(), Data<float>(), numel(), Bind(*w.Data<float>()));
            else Elementwise.Binary(Data<double>(), end.Data<double>(), Data<double>(), numel(), Bind(*w.Data<double>()));
            Buffer.Version++;
            GC.KeepAlive(end);
            return this;
        }

        private bool MovesAtOnce(Tensor end, Tensor weight) =>
            !(GradMode.Enabled && (NeedsGradient || end.NeedsGradient || weight.NeedsGradient))
            && Types.IsFloating(type) && end.type == type && weight.ndim == 0
            && end.sizes.AsSpan().SequenceEqual(sizes) && is_contiguous() && end.is_contiguous();

        private static BindLast<T, LerpOp<T>> Bind<T>(T weight) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> => new(default, weight);
    }
}
