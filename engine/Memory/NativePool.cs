using System.Numerics;
using System.Runtime.InteropServices;

namespace Workbench.Engine;

/// <summary>
/// Recycles 64-byte-aligned native memory by size class, so that a training step that repeats itself takes no new memory.
/// </summary>
/// <remarks>
/// A class spans an eighth of a doubling: at most 12.5 % of a block is unused. A block that nobody returned is handed
/// back by the finaliser of its <see cref="NativeBuffer"/>; since the collector does not see native memory, the pool asks
/// it to look for such blocks before it takes much new memory.
/// </remarks>
public static unsafe class NativePool
{
    private const int SmallestShift = 8;
    private const int StepsPerDoubling = 8;
    private const long YoungCollectionEvery = 16L << 20;
    private const long FullCollectionEvery = 192L << 20;
    private const long AlwaysKept = 256L << 20;

    private static readonly Stack<NativeBuffer>[] free = MakeClasses();
    private static long inUse, reserved, sinceYoung, sinceFull;

    /// <summary>Bytes in tensors that are alive, rounded up to their size class.</summary>
    public static long BytesInUse => Interlocked.Read(ref inUse);

    /// <summary>Bytes taken from the operating system and not given back: those in use and those waiting to be.</summary>
    public static long BytesReserved => Interlocked.Read(ref reserved);

    internal static NativeBuffer Rent(long bytes)
    {
        var index = ClassOf(bytes);
        var size = SizeOf(index);
        var buffer = TryPop(index) ?? AfterCollection(index, size) ?? Allocate(index, size);
        Interlocked.Add(ref inUse, size);
        return buffer;
    }

    internal static void Return(NativeBuffer buffer)
    {
        var size = SizeOf(buffer.SizeClass);
        var used = Interlocked.Add(ref inUse, -size);
        var idle = Interlocked.Read(ref reserved) - used;
        if (idle > Math.Max(AlwaysKept, used)) { Free(buffer, size); return; }
        var stack = free[buffer.SizeClass];
        lock (stack) stack.Push(buffer);
    }

    private static NativeBuffer? TryPop(int index)
    {
        var stack = free[index];
        lock (stack) return stack.TryPop(out var buffer) ? buffer : null;
    }

    /// <summary>When much was taken since the last look: let finalisers return what is unreachable, then try again.</summary>
    private static NativeBuffer? AfterCollection(int index, long size)
    {
        var young = Interlocked.Add(ref sinceYoung, size);
        var full = Interlocked.Add(ref sinceFull, size);
        if (young < YoungCollectionEvery) return null;
        Interlocked.Exchange(ref sinceYoung, 0);
        if (full >= FullCollectionEvery) Interlocked.Exchange(ref sinceFull, 0);
        GC.Collect(full >= FullCollectionEvery ? 2 : 1);
        GC.WaitForPendingFinalizers();
        return TryPop(index);
    }

    private static NativeBuffer Allocate(int index, long size)
    {
        var pointer = NativeMemory.AlignedAlloc((nuint)size, 64);
        Interlocked.Add(ref reserved, size);
        return new NativeBuffer((byte*)pointer, index);
    }

    private static void Free(NativeBuffer buffer, long size)
    {
        GC.SuppressFinalize(buffer);
        NativeMemory.AlignedFree(buffer.Pointer);
        Interlocked.Add(ref reserved, -size);
    }

    private static Stack<NativeBuffer>[] MakeClasses()
    {
        var classes = new Stack<NativeBuffer>[(48 - SmallestShift) * StepsPerDoubling];
        for (var i = 0; i < classes.Length; i++) classes[i] = new Stack<NativeBuffer>();
        return classes;
    }

    private static int ClassOf(long bytes)
    {
        if (bytes <= 1L << SmallestShift) return 0;
        if (bytes >= 1L << 46) throw new OutOfMemoryException($"a tensor of {bytes} bytes is larger than any machine's memory");
        // Blocks of class i hold up to (8 + i % 8) / 8 * 2^(8 + i / 8) bytes.
        var shift = BitOperations.Log2((ulong)(bytes - 1));
        var step = (int)((bytes - 1 - (1L << shift)) >> (shift - 3)) + 1;
        return (shift - SmallestShift) * StepsPerDoubling + step;
    }

    private static long SizeOf(int index)
    {
        var doubling = 1L << (SmallestShift + index / StepsPerDoubling);
        return doubling + index % StepsPerDoubling * (doubling / StepsPerDoubling);
    }
}
