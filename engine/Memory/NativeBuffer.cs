namespace Workbench.Engine;

/// <summary>A block of native memory, shared by a tensor, its views and the graph by counting references.</summary>
/// <remarks>
/// The last release returns the block to the pool at once. Where nobody disposes, the finaliser does it. The object is new
/// for each use of a block: young objects are what the collector finds cheaply.
/// </remarks>
internal sealed unsafe class NativeBuffer
{
    private readonly int sizeClass;
    private int references = 1;

    internal NativeBuffer(long bytes)
    {
        sizeClass = NativePool.ClassOf(bytes);
        Pointer = NativePool.Rent(sizeClass);
    }

    internal byte* Pointer { get; }

    /// <summary>Counts in-place changes, so that a gradient never uses a value that was overwritten.</summary>
    internal int Version;

    /// <summary>Counts those of them that were recorded for a gradient, of which views made before know nothing.</summary>
    internal int RecordedChanges;

    internal bool IsShared => Volatile.Read(ref references) > 1;

    internal NativeBuffer AddReference()
    {
        Interlocked.Increment(ref references);
        return this;
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref references) != 0) return;
        GC.SuppressFinalize(this);
        NativePool.Return(Pointer, sizeClass);
    }

    ~NativeBuffer()
    {
        if (Pointer != null && !Environment.HasShutdownStarted) NativePool.Return(Pointer, sizeClass);
    }
}
