using Workbench.Engine;

namespace TorchSharp;

/// <content>Rounded quotients.</content>
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>x / y rounded towards 0 or down, in the type of both: its gradients are 0.</summary>
        private Tensor Rounded(Tensor target, RoundingMode rounding)
        {
            var (x, y) = Promoted(this, target);
            var down = rounding == RoundingMode.floor;
            return Node.Record("div", Quotients.Of(x, y, down), static (node, g) =>
            {
                if (node.Needs(0)) node.Give(0, zeros_like(g));
                if (node.Needs(1)) node.Give(1, zeros_like(g));
            }, [x, y]);
        }
    }
}
