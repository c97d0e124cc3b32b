using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace Workbench.Bench;

/// <summary>Convolutions of 100 images, and their gradients, on both engines.</summary>
internal static class Convolutions
{
    private const int Batch = 100;

    /// <summary>The layers of the convolutional autoencoders, for 28x28 images and for 32x32 in colour.</summary>
    private static readonly Shape[] Shapes =
    [
        new("conv", 1, 28, 32, 5, 2), new("conv", 32, 14, 64, 5, 2),
        new("transposed", 32, 14, 64, 4, 1), new("transposed", 1, 28, 32, 4, 1),
        new("conv", 3, 32, 16, 5, 2), new("conv", 16, 16, 32, 5, 2), new("conv", 32, 8, 64, 5, 2),
        new("transposed", 32, 8, 64, 4, 1), new("transposed", 16, 16, 32, 4, 1), new("transposed", 3, 32, 16, 4, 1),
    ];

    /// <summary>The result of each layer, and the gradients of its input and of its weight.</summary>
    internal static IEnumerable<Workload> Workloads =>
        from shape in Shapes
        from product in new[] { "result", "input", "weight" }
        select new Workload(shape.Name(product), $"{shape.Text}: {product}", () => Stepping.Of(Step(shape, product)))
        {
            Flops = shape.Flops,
        };

    /// <summary>One product; what it makes is disposed.</summary>
    private static Action Step(Shape shape, string product)
    {
        var (x, y) = (Draw(Batch, shape.Channels, shape.Size, shape.Size), Draw(Batch, shape.Features, shape.Small, shape.Small));
        if (shape.Kind == "transposed") (x, y) = (y, x);
        var weight = Draw(shape.Features, shape.Channels, shape.Kernel, shape.Kernel) * 0.1;
        var bias = torch.zeros(y.shape[1]);

        if (product == "result")
            return () =>
            {
                using var scope = torch.NewDisposeScope();
                shape.Convolve(x, weight, bias);
            };

        var leaf = (product == "input" ? x : weight.detach()).requires_grad_();
        var result = product == "input" ? shape.Convolve(leaf, weight, null) : shape.Convolve(x, leaf, null);
        return () =>
        {
            using var scope = torch.NewDisposeScope();
            torch.autograd.backward([result], [y], retain_graph: true);
            leaf.grad!.Dispose();
            leaf.grad = null;
        };
    }

    private static torch.Tensor Draw(params long[] shape) => torch.randn(shape);

    /// <summary>A layer with stride 2 between large images (Channels x Size x Size) and small ones of so many features.</summary>
    private sealed record Shape(string Kind, int Channels, int Size, int Features, int Kernel, int Padding)
    {
        private const int Stride = 2;

        internal int Small => (Size + 2 * Padding - Kernel) / Stride + 1;

        /// <summary>Those on padding included.</summary>
        internal double Flops => 2.0 * Batch * Channels * Features * Kernel * Kernel * Small * Small;

        internal string Text => Kind == "conv"
            ? $"{Batch} images {Channels}x{Size}x{Size} to {Features}x{Small}x{Small}, {Kernel}x{Kernel}"
            : $"{Batch} images {Features}x{Small}x{Small} to {Channels}x{Size}x{Size}, {Kernel}x{Kernel} transposed";

        internal string Name(string product) => $"{Kind}:{Channels}x{Size}:{Features}:{Kernel}:{Stride}:{Padding}:{product}";

        internal torch.Tensor Convolve(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias) => Kind == "conv"
            ? F.conv2d(x, weight, bias, [Stride, Stride], [Padding, Padding])
            : F.conv_transpose2d(x, weight, bias, [Stride, Stride], [Padding, Padding]);
    }
}
