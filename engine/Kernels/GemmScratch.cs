using System.Runtime.InteropServices;

namespace Workbench.Engine;

/// <summary>A thread's native memory for packed operands: grows to the largest product seen, is reused by every later
/// one, and goes when the thread has gone.</summary>
internal sealed unsafe class GemmScratch
{
    [ThreadStatic] private static GemmScratch? shared;
    [ThreadStatic] private static GemmScratch? own;

    private void* memory;
    private long size;

    ~GemmScratch() => NativeMemory.AlignedFree(memory);

    /// <summary>What the calling thread lays out for all workers of its product: at least <paramref name="bytes"/>
    /// bytes on a 64-byte boundary, until its next call.</summary>
    public static void* Shared(long bytes) => (shared ??= new GemmScratch()).Take(bytes);

    /// <summary>The same for one worker's current block.</summary>
    public static void* Own(long bytes) => (own ??= new GemmScratch()).Take(bytes);

    private void* Take(long bytes)
    {
        if (bytes > size)
        {
            NativeMemory.AlignedFree(memory);
            memory = null;
            size = 0;
            memory = NativeMemory.AlignedAlloc(checked((nuint)bytes), 64);
            NativeMemory.Clear(memory, (nuint)bytes);
            size = bytes;
        }

        return memory;
    }
}
