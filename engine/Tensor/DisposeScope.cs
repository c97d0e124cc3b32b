using static TorchSharp.torch;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Opens a scope: tensors made on this thread from now on are disposed with it, unless moved out.</summary>
    public static DisposeScope NewDisposeScope() => new(DisposeScope.Current);

    public static DisposeScope? CurrentDisposeScope => DisposeScope.Current;

    public partial class Tensor
    {
        /// <summary>Hands this tensor to the scope around the current one, or to nobody.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            scope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Takes this tensor out of its scope: it lives until it is disposed or unreachable.</summary>
        public Tensor DetachFromDisposeScope()
        {
            scope?.Forget(this);
            return this;
        }

        /// <summary>Enters this tensor in the current scope: the last step of every operation.</summary>
        internal Tensor Enter()
        {
            DisposeScope.Current?.Add(this);
            return this;
        }
    }
}

/// <summary>Disposes what was made while it was the innermost scope of its thread.</summary>
/// <remarks>Tensors know their slot, so that leaving a scope costs no search.</remarks>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] private static DisposeScope? current;

    private readonly DisposeScope? outer;
    private readonly List<IDisposable?> items = [];
    private int forgotten;
    private bool closed;

    internal DisposeScope(DisposeScope? outer)
    {
        this.outer = outer;
        current = this;
    }

    internal static DisposeScope? Current => current;

    public int DisposablesCount => items.Count - forgotten;

    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        Detach(disposable);
        outer?.Attach(disposable);
        return disposable;
    }

    public T Detach<T>(T disposable) where T : IDisposable
    {
        if (disposable is Tensor tensor) { if (tensor.scope == this) Forget(tensor); }
        else
        {
            var slot = items.IndexOf(disposable);
            if (slot >= 0) Clear(slot);
        }
        return disposable;
    }

    public void Attach(IDisposable disposable)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        if (disposable is Tensor tensor) { tensor.scope?.Forget(tensor); Add(tensor); }
        else items.Add(disposable);
    }

    public bool Contains(IDisposable disposable) =>
        disposable is Tensor tensor ? tensor.scope == this : items.Contains(disposable);

    public void DisposeEverything()
    {
        for (var i = items.Count - 1; i >= 0; i--)
        {
            var item = items[i];
            if (item is Tensor tensor) tensor.scope = null;
            item?.Dispose();
        }
        items.Clear();
        forgotten = 0;
    }

    public void Dispose()
    {
        closed = true;
        while (current is { closed: true }) current = current.outer;
        DisposeEverything();
    }

    internal void Add(Tensor tensor)
    {
        tensor.scope = this;
        tensor.scopeSlot = items.Count;
        items.Add(tensor);
    }

    internal void Forget(Tensor tensor)
    {
        tensor.scope = null;
        Clear(tensor.scopeSlot);
    }

    private void Clear(int slot)
    {
        items[slot] = null;
        forgotten++;
        for (; items.Count > 0 && items[^1] is null; forgotten--) items.RemoveAt(items.Count - 1);
    }
}
