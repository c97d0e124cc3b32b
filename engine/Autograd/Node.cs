using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>From the gradient of an operation's result, gives (<see cref="Node.Give"/>) those of its inputs.</summary>
internal delegate void Backward(Node node, Tensor gradient);

/// <summary>One recorded operation: where its inputs came from, what its gradient needs, and how to compute it.</summary>
internal sealed class Node
{
    private readonly string op;
    private readonly Edge[] edges;
    private readonly Saved[] saved;
    private readonly Backward backward;
    private bool released;

    /// <summary>Where products for leaves go, while the gradient runs.</summary>
    private LeafProducts? products;

    /// <summary>The tensor that is this operation's result, and the operations that read it.</summary>
    private int holders = 1;

    [ThreadStatic] private static Stack<Node>? unheld;

    internal Tensor? Gradient;
    internal Tensor? Retained;
    internal long Visit;

    /// <summary>Whether the gradient of an input is waited for.</summary>
    internal bool Wanted;

    /// <summary>Whether the gradient of the result itself may be kept.</summary>
    internal bool Asked;

    /// <summary>An input: a recorded result, a leaf that collects its gradient, or (neither) a constant.</summary>
    private struct Edge
    {
        internal Node? Source;
        internal Tensor? Leaf;
        internal long[] Shape;
        internal ScalarType Type;
        internal bool Wanted;
    }

    private readonly record struct Saved(Tensor? Value, int Version);

    private Node(string op, Backward backward, ReadOnlySpan<Tensor?> inputs, ReadOnlySpan<Tensor?> saved)
    {
        this.op = op;
        this.backward = backward;
        edges = new Edge[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is not { NeedsGradient: true } input) continue;
            if (input.gradFn != null) Interlocked.Increment(ref input.gradFn.holders);
            edges[i] = new Edge
            {
                Source = input.gradFn,
                Leaf = input.gradFn == null ? input : null,
                Shape = input.sizes,
                Type = input.dtype,
            };
        }
        this.saved = saved.Length == 0 ? [] : new Saved[saved.Length];
        for (var i = 0; i < saved.Length; i++)
            if (saved[i] is { } value) this.saved[i] = new Saved(value.Alias(), value.Buffer.Version);
    }

    /// <summary>Records a view: another window on its input's elements.</summary>
    internal static Tensor RecordView(string op, Tensor window, Backward backward, Tensor input)
    {
        if (GradMode.Enabled) input.CheckCurrent(op);
        window.BecomeView();
        if (GradMode.Enabled && input.NeedsGradient) window.gradFn = new Node(op, backward, [input], []) { IsView = true };
        return window.Enter();
    }

    /// <summary>The last step of every operation: enters the result in the dispose scope and, if a gradient can flow, in the graph.</summary>
    /// <param name="saved">What the gradient reads; kept alive even when the caller disposes its tensors.</param>
    internal static Tensor Record(string op, Tensor result, Backward backward, ReadOnlySpan<Tensor?> inputs, ReadOnlySpan<Tensor?> saved = default)
    {
        if (GradMode.Enabled && Types.IsFloating(result.dtype))
        {
            var flows = false;
            foreach (var input in inputs)
            {
                input?.CheckCurrent(op);
                flows |= input is { NeedsGradient: true };
            }
            if (flows) result.gradFn = new Node(op, backward, inputs, saved);
        }
        return result.Enter();
    }

    /// <summary>Copies the saved first operand, whose buffer is about to be overwritten by this very operation. Another operand of the
    /// same buffer is not copied, as in libtorch: its gradient will be refused.</summary>
    internal void KeepApart(NativeBuffer overwritten)
    {
        for (var i = 0; i < saved.Length; i++)
        {
            if (saved[i].Value is not { } value || value.Buffer != overwritten) continue;
            var copy = Copying.Dense(value);
            saved[i] = new Saved(copy, copy.Buffer.Version);
            value.Dispose();
            return;
        }
    }

    internal string Op => op;
    internal bool IsView { get; init; }
    internal int Count => edges.Length;

    /// <summary>The leaf that this is a view of, by one view or several.</summary>
    internal Tensor? Viewed()
    {
        var node = this;
        while (node is { IsView: true } && node.edges[0].Source is { } source) node = source;
        return node.IsView ? node.edges[0].Leaf : null;
    }

    internal Node? Source(int input) => edges[input].Source;
    internal Tensor? Leaf(int input) => edges[input].Leaf;
    internal void Want(int input, bool wanted) => edges[input].Wanted = wanted;

    /// <summary>Whether anybody waits for this input's gradient.</summary>
    internal bool Needs(int input) => edges[input].Wanted;

    internal long[] ShapeOf(int input) => edges[input].Shape;

    internal Tensor Value(int index)
    {
        var (value, version) = saved[index];
        if (value!.Buffer.Version != version)
            throw new ExternalException($"{op}: a value that its gradient needs was changed in place; use the form without the underscore");
        return value;
    }

    /// <summary>
    /// Adds to the gradient of an input; what a broadcast stretched is summed back, and the element type restored. A
    /// backward function gives each tensor that it made only once: it changes hands here.
    /// </summary>
    internal void Give(int input, Tensor gradient)
    {
        ref var edge = ref edges[input];
        if (!edge.Wanted) return;
        var fitted = Fit(gradient, edge.Shape, edge.Type);
        var owned = fitted.scope == null ? fitted.Alias() : fitted.DetachFromDisposeScope();
        if (edge.Source != null) Gradients.Add(ref edge.Source.Gradient, owned);
        else products!.Add(edge.Leaf!, owned);
    }

    /// <summary>Adds A B to the gradient of an input; to that of a leaf in place.</summary>
    internal void GiveProduct(int input, Tensor a, Tensor b)
    {
        ref var edge = ref edges[input];
        if (!edge.Wanted) return;
        if (edge.Leaf is { } leaf) products!.Add(op, leaf, a, b);
        else Give(input, a.mm(b));
    }

    internal void Run(LeafProducts leaves)
    {
        if (released && saved.Length > 0)
            throw new ExternalException($"{op}: the graph was freed by an earlier backward; pass retain_graph = true to that one");
        products = leaves;
        backward(this, Gradient!);
        products = null;
    }

    /// <summary>
    /// One holder less. What nobody holds is let go of at once, with all that only it held: no backward can come by any more, and
    /// the collector would be late.
    /// </summary>
    internal void Drop()
    {
        if (Interlocked.Decrement(ref holders) != 0) return;
        var waiting = unheld ??= new Stack<Node>();
        for (var node = this; node != null; waiting.TryPop(out node))
        {
            node.Release();
            foreach (var edge in node.edges)
                if (edge.Source is { } source && Interlocked.Decrement(ref source.holders) == 0) waiting.Push(source);
        }
    }

    /// <summary>Lets go of what was saved.</summary>
    internal void Release()
    {
        released = true;
        for (var i = 0; i < saved.Length; i++)
        {
            saved[i].Value?.Dispose();
            saved[i] = default;
        }
    }

    private static Tensor Fit(Tensor gradient, long[] shape, ScalarType type)
    {
        if (!gradient.sizes.AsSpan().SequenceEqual(shape)) gradient = gradient.SumTo(shape);
        return gradient.dtype == type ? gradient : gradient.to_type(type);
    }
}
