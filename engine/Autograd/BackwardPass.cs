using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>Runs the graph from results to leaves, without recursion, so that depth is bounded by memory alone.</summary>
internal static class BackwardPass
{
    private static long visits;

    /// <summary>Adds to the gradients of all leaves and retained results, or of the given tensors alone.</summary>
    internal static void Run(IList<Tensor> roots, IList<Tensor?>? gradients, bool retainGraph, IList<Tensor>? only)
    {
        if (gradients != null && gradients.Count != roots.Count)
            throw new ExternalException($"backward: {gradients.Count} gradients do not fit {roots.Count} results");
        var order = TopologicalOrder(roots);
        var wanted = only == null ? null : new HashSet<object>(only.Select(tensor => (object?)tensor.gradFn ?? tensor));
        var products = new LeafProducts();
        foreach (var node in order) Mark(node, wanted, products);
        var recording = GradMode.Set(false);
        try
        {
            for (var i = 0; i < roots.Count; i++) Seed(roots[i], gradients?[i]);
            for (var i = order.Count - 1; i >= 0; i--) Step(order[i], retainGraph, products);
            products.SettleAll();
        }
        finally
        {
            products.Forget();
            GradMode.Set(recording);
            foreach (var node in order) Forget(node);
        }
    }

    /// <summary>Each node after all that it reads from.</summary>
    private static List<Node> TopologicalOrder(IList<Tensor> roots)
    {
        var visit = Interlocked.Increment(ref visits);
        var order = new List<Node>();
        var path = new Stack<(Node Node, int Next)>();
        foreach (var root in roots)
        {
            if (root.gradFn == null || root.gradFn.Visit == visit) continue;
            root.gradFn.Visit = visit;
            path.Push((root.gradFn, 0));
            while (path.TryPop(out var top))
            {
                if (top.Next == top.Node.Count) { order.Add(top.Node); continue; }
                path.Push((top.Node, top.Next + 1));
                if (top.Node.Source(top.Next) is { } source && source.Visit != visit)
                {
                    source.Visit = visit;
                    path.Push((source, 0));
                }
            }
        }
        return order;
    }

    /// <summary>Notes on each edge whether it leads to a tensor whose gradient is asked for, and counts those that lead to leaves.</summary>
    private static void Mark(Node node, HashSet<object>? wanted, LeafProducts products)
    {
        node.Asked = wanted == null || wanted.Contains(node);
        node.Wanted = false;
        for (var i = 0; i < node.Count; i++)
        {
            var leads = node.Source(i) is { } source ? source.Wanted || source.Asked
                : node.Leaf(i) is { } leaf && (wanted == null || wanted.Contains(leaf));
            node.Want(i, leads);
            if (leads && node.Leaf(i) is { } due) products.Expect(due);
            node.Wanted |= leads;
        }
    }

    private static void Seed(Tensor root, Tensor? gradient)
    {
        if (!root.NeedsGradient)
            throw new ExternalException("backward: this tensor depends on nothing that requires a gradient");
        if (gradient == null && root.numel() != 1)
            throw new ExternalException($"backward: a result of shape {Shapes.Text(root.sizes)} needs a gradient to start from; only a single number starts from 1");
        if (gradient != null && !gradient.sizes.AsSpan().SequenceEqual(root.sizes))
            throw new ExternalException($"backward: a gradient of shape {Shapes.Text(gradient.sizes)} does not fit a result of shape {Shapes.Text(root.sizes)}");
        root.CheckCurrent("backward");
        var seed = gradient?.As(root.dtype).Alias() ?? ones_like(root).DetachFromDisposeScope();
        if (root.gradFn != null) Gradients.Add(ref root.gradFn.Gradient, seed);
        else Gradients.AddToLeaf(root, seed);
    }

    private static void Step(Node node, bool retainGraph, LeafProducts products)
    {
        if (node.Gradient == null) return;
        if (node.Retained is { } kept) Gradients.AddToLeaf(kept, node.Gradient.Alias());
        if (node.Wanted)
            using (Profile.Gradient(node.Op))
            using (NewDisposeScope())
                node.Run(products);
        node.Gradient.Dispose();
        node.Gradient = null;
        if (!retainGraph) node.Release();
    }

    /// <summary>Leaves no gradient behind when a step failed.</summary>
    private static void Forget(Node node)
    {
        node.Gradient?.Dispose();
        node.Gradient = null;
    }
}
