using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>
/// The products that one backward pass adds to the gradients of leaves. Where a leaf is due for several, as a discriminator's weights
/// that see real and made images, they wait for each other and become one sum, of the same bits: its memory is passed over once.
/// </summary>
internal sealed class LeafProducts
{
    /// <summary>How many gradients a leaf is still due for.</summary>
    private readonly Dictionary<Tensor, int> due = [];

    private readonly Dictionary<Tensor, Waiting> waiting = [];

    private readonly record struct Waiting(string Op, List<(Tensor A, Tensor B)> Pairs);

    /// <summary>Counts an edge of the graph that leads to a leaf.</summary>
    internal void Expect(Tensor leaf) => due[leaf] = due.GetValueOrDefault(leaf) + 1;

    /// <summary>Adds A B to a leaf's gradient, now or together with those that are due.</summary>
    internal void Add(string op, Tensor leaf, Tensor a, Tensor b)
    {
        var last = --due[leaf] == 0;
        var together = GemmSum.Together(a.sizes[1]);
        if (waiting.TryGetValue(leaf, out var before) && (before.Pairs.Count >= together || !Alike(before.Pairs[0], (a, b)))) Settle(leaf);
        if (!waiting.ContainsKey(leaf) && (last || together < 2))
        {
            Sum(op, leaf, [(a, b)]);
            return;
        }
        if (!waiting.TryGetValue(leaf, out var now)) waiting[leaf] = now = new Waiting(op, []);
        now.Pairs.Add((a.Alias(), b.Alias()));
        if (last) Settle(leaf);
    }

    /// <summary>Adds another gradient, which the callee now owns, after what waits.</summary>
    internal void Add(Tensor leaf, Tensor gradient)
    {
        due[leaf]--;
        Settle(leaf);
        Gradients.AddToLeaf(leaf, gradient);
    }

    /// <summary>Adds what still waits: a gradient that a leaf was due for may not come, where nothing flows.</summary>
    internal void SettleAll()
    {
        foreach (var leaf in waiting.Keys.ToArray())
            using (Profile.Gradient(waiting[leaf].Op))
                Settle(leaf);
    }

    /// <summary>Lets go of what waits.</summary>
    internal void Forget()
    {
        foreach (var (_, pairs) in waiting.Values) Dispose(pairs);
        waiting.Clear();
    }

    private void Settle(Tensor leaf)
    {
        if (!waiting.Remove(leaf, out var ready)) return;
        Sum(ready.Op, leaf, CollectionsMarshal.AsSpan(ready.Pairs));
        Dispose(ready.Pairs);
    }

    private static void Sum(string op, Tensor leaf, ReadOnlySpan<(Tensor A, Tensor B)> pairs)
    {
        var type = pairs[0].A.dtype;
        if (leaf.gradient is { } sum && sum.is_contiguous() && sum.dtype == type) MatrixProduct.Sum(op, pairs, sum, true);
        else
        {
            var product = Tensor.Allocate([.. leaf.sizes], type);
            MatrixProduct.Sum(op, pairs, product, false);
            Gradients.AddToLeaf(leaf, product);
        }
    }

    /// <summary>Whether two products can be one sum: by shape and strides.</summary>
    private static bool Alike((Tensor A, Tensor B) x, (Tensor A, Tensor B) y) => Alike(x.A, y.A) && Alike(x.B, y.B);

    private static bool Alike(Tensor x, Tensor y) =>
        x.dtype == y.dtype && x.sizes.AsSpan().SequenceEqual(y.sizes) && x.strides.AsSpan().SequenceEqual(y.strides);

    private static void Dispose(List<(Tensor A, Tensor B)> pairs)
    {
        foreach (var (a, b) in pairs)
        {
            a.Dispose();
            b.Dispose();
        }
    }
}
