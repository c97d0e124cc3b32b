using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>A tensor that is trained. It takes the place of the one it is made from, which becomes invalid.</summary>
    public class Parameter : Tensor
    {
        public Parameter(Tensor data, bool requires_grad = true)
            : base(data.Buffer.AddReference(), data.sizes, data.strides, data.offset, data.dtype)
        {
            this.requires_grad = requires_grad;
            data.scope?.Add(this);
            data.Dispose();
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
