namespace Workbench.Engine;

/// <summary>A block of native memory, shared by a tensor, its views and the graph by counting references.</summary>
/// <remarks>
/// Explicit disposal returns the block at once. Where nobody disposes, the finaliser does it: the object goes back to the
/// pool together with its memory, and registers for finalisation again.
/// </remarks>
internal sealed unsafe class NativeBuffer(byte* pointer, int sizeClass)
{
    private int references = 1;

    internal byte* Pointer => pointer;
    internal int SizeClass => sizeClass;

    /// <summary>Counts in-place changes, so that a gradient never uses a value that was overwritten.</summary>
    internal int Version;

    /// <summary>Counts those of them that were recorded for a gradient, of which views made before know nothing.</summary>
    internal int RecordedChanges;

    internal bool IsShared => Volatile.Read(ref references) > 1;

    internal static NativeBuffer Rent(long bytes)
    {
        var buffer = NativePool.Rent(bytes);
        buffer.references = 1;
        return buffer;
    }

    internal NativeBuffer AddReference()
    {
        Interlocked.Increment(ref references);
        return this;
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref references) == 0) NativePool.Return(this);
    }

    ~NativeBuffer()
    {
        // A buffer that waits in the pool is reachable, so only leaked ones come here.
        if (Environment.HasShutdownStarted || references == 0) return;
        references = 0;
        GC.ReRegisterForFinalize(this);
        NativePool.Return(this);
    }
}
