using System.Diagnostics;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace Workbench.Bench;

/// <summary>Convolutions of 100 images, and their gradients, beside PyTorch's, in turns.</summary>
internal static class Convolutions
{
    private const int Batch = 100;
    private const int Rounds = 15;

    /// <summary>Multiply-adds of one turn: some 20 ms.</summary>
    private const double Turn = 1e9;

    /// <summary>PyTorch's threads go on spinning after a step; nobody should be timed beside them.</summary>
    private const int Rest = 50;

    /// <summary>The layers of the convolutional autoencoders, for 28x28 images and for 32x32 in colour.</summary>
    private static readonly Shape[] Shapes =
    [
        new("conv", 1, 28, 32, 5, 2), new("conv", 32, 14, 64, 5, 2),
        new("transposed", 32, 14, 64, 4, 1), new("transposed", 1, 28, 32, 4, 1),
        new("conv", 3, 32, 16, 5, 2), new("conv", 16, 16, 32, 5, 2), new("conv", 32, 8, 64, 5, 2),
        new("transposed", 32, 8, 64, 4, 1), new("transposed", 16, 16, 32, 4, 1), new("transposed", 3, 32, 16, 4, 1),
    ];

    internal static void Run()
    {
        using var one = Peer.Start(1, "peer_conv.py");
        using var two = Peer.Start(2, "peer_conv.py");
        Console.WriteLine($"| layer, {Batch} images | product | ours, {torch.get_num_threads()} threads | PyTorch, 1 thread | PyTorch, 2 threads | PyTorch's best / ours: median (min to max) |");
        Console.WriteLine("|---|---|---|---|---|---|");

        foreach (var shape in Shapes)
            foreach (var product in new[] { "result", "input", "weight" })
                Console.WriteLine(Row(shape, product, one, two));
    }

    private static string Row(Shape shape, string product, Peer one, Peer two)
    {
        using var scope = torch.NewDisposeScope();
        var step = Step(shape, product);
        var steps = (int)Math.Max(1, Turn / shape.Work);
        var name = shape.Name(product);
        Milliseconds(step, steps);
        one.Milliseconds(name, steps);
        two.Milliseconds(name, steps);
        var rounds = Enumerable.Range(0, Rounds).Select(_ => Round(step, name, steps, one, two)).ToArray();
        var (single, both) = (Median(rounds.Select(r => r.One)), Median(rounds.Select(r => r.Two)));
        var ratios = rounds.Select(r => (single < both ? r.One : r.Two) / r.Ours).Order().ToArray();
        return $"| {shape.Text} | {product} | {shape.Figures(Median(rounds.Select(r => r.Ours)))} | {shape.Figures(single)} | {shape.Figures(both)} "
            + $"| {Median(ratios):F2} ({ratios[0]:F2} to {ratios[^1]:F2}) |";
    }

    private static (double Ours, double One, double Two) Round(Action step, string name, int steps, Peer one, Peer two)
    {
        var ours = Milliseconds(step, steps);
        var single = one.Milliseconds(name, steps);
        var both = two.Milliseconds(name, steps);
        Thread.Sleep(Rest);
        return (ours, single, both);
    }

    /// <summary>One product; what it makes is disposed.</summary>
    private static Action Step(Shape shape, string product)
    {
        var (x, y) = (torch.randn(Batch, shape.Channels, shape.Size, shape.Size), torch.randn(Batch, shape.Features, shape.Small, shape.Small));
        if (shape.Kind == "transposed") (x, y) = (y, x);
        var weight = torch.randn(shape.Features, shape.Channels, shape.Kernel, shape.Kernel) * 0.1;
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

    private static double Milliseconds(Action step, int steps)
    {
        var start = Stopwatch.GetTimestamp();

        for (var i = 0; i < steps; i++)
            step();

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / steps;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    /// <summary>A layer with stride 2 between large images (Channels x Size x Size) and small ones of so many features.</summary>
    private sealed record Shape(string Kind, int Channels, int Size, int Features, int Kernel, int Padding)
    {
        private const int Stride = 2;

        internal int Small => (Size + 2 * Padding - Kernel) / Stride + 1;

        /// <summary>Multiply-adds, those with padding included.</summary>
        internal double Work => (double)Batch * Channels * Features * Kernel * Kernel * Small * Small;

        internal string Text => Kind == "conv"
            ? $"{Channels}x{Size}x{Size} to {Features}x{Small}x{Small}, {Kernel}x{Kernel}"
            : $"{Features}x{Small}x{Small} to {Channels}x{Size}x{Size}, {Kernel}x{Kernel} transposed";

        internal string Name(string product) => $"{Kind}:{Channels}x{Size}:{Features}:{Kernel}:{Stride}:{Padding}:{product}";

        internal string Figures(double milliseconds) => $"{milliseconds:F2} ms, {2 * Work / milliseconds / 1e6:F0} GFLOP/s";

        internal torch.Tensor Convolve(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias) => Kind == "conv"
            ? F.conv2d(x, weight, bias, [Stride, Stride], [Padding, Padding])
            : F.conv_transpose2d(x, weight, bias, [Stride, Stride], [Padding, Padding]);
    }
}
