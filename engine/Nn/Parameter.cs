using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>A tensor that is trained: the same elements, outside the graph, watched.</summary>
    public class Parameter : Tensor
    {
        public Parameter(Tensor data, bool requires_grad = true)
            : base(data.Buffer.AddReference(), data.sizes, data.strides, data.offset, data.dtype) => this.requires_grad = requires_grad;
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
