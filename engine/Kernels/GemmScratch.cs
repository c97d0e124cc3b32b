using System.Runtime.InteropServices;

namespace Workbench.Engine;

/// <summary>A calling thread's own native memory for packed panels: grows to the largest product seen, is reused by
/// every later one, and goes when the thread has gone.</summary>
internal sealed unsafe class GemmScratch
{
    [ThreadStatic] public static GemmScratch? Panels, Strips;

    private void* memory;
    private long size;

    /// <summary>At least <paramref name="bytes"/> bytes on a 64-byte boundary, until this thread's next call.</summary>
    public static void* Take(ref GemmScratch? own, long bytes) => (own ??= new GemmScratch()).Grow(bytes);

    private void* Grow(long bytes)
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

    ~GemmScratch() => NativeMemory.AlignedFree(memory);
}
