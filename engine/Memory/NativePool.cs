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
    private const long RentsPerPeriod = 4096;

    private static readonly Stack<NativeBuffer>[] free = MakeClasses();
    private static long inUse, reserved, sinceYoung, sinceFull;
    private static long rents, peak, peakBefore;

    /// <summary>Bytes in tensors that are alive, rounded up to their size class.</summary>
    public static long BytesInUse => Interlocked.Read(ref inUse);

    /// <summary>Bytes taken from the operating system and not given back: those in use and those waiting to be.</summary>
    public static long BytesReserved => Interlocked.Read(ref reserved);

    internal static NativeBuffer Rent(long bytes)
    {
        var index = ClassOf(bytes);
        var size = SizeOf(index);
        Interlocked.Add(ref sinceFull, size);
        var buffer = TryPop(index) ?? AfterCollection(index, size) ?? Allocate(index, size);
        NotePeak(Interlocked.Add(ref inUse, size));
        return buffer;
    }

    /// <summary>Remembers the most that was in use in this period and in the one before.</summary>
    private static void NotePeak(long used)
    {
        if (Interlocked.Increment(ref rents) % RentsPerPeriod == 0)
        {
            Volatile.Write(ref peakBefore, Volatile.Read(ref peak));
            Volatile.Write(ref peak, used);
        }
        else if (used > Volatile.Read(ref peak)) Volatile.Write(ref peak, used);
    }

    internal static void Return(NativeBuffer buffer)
    {
        Interlocked.Add(ref inUse, -SizeOf(buffer.SizeClass));
        var stack = free[buffer.SizeClass];
        lock (stack) stack.Push(buffer);
        if (Surplus() > 0) Trim();
    }

    /// <summary>
    /// Idle bytes beyond what is worth keeping: twice what was in use of late, since the peaks of the size classes fall at
    /// different times.
    /// </summary>
    private static long Surplus() =>
        Interlocked.Read(ref reserved) - Interlocked.Read(ref inUse)
        - Math.Max(AlwaysKept, 2 * Math.Max(Volatile.Read(ref peak), Volatile.Read(ref peakBefore)));

    /// <summary>Gives idle blocks back to the system, the largest first, until there is no surplus.</summary>
    private static void Trim()
    {
        for (var index = free.Length - 1; index >= 0; index--)
            while (Surplus() > 0 && TryPop(index) is { } buffer) Free(buffer);
    }

    private static NativeBuffer? TryPop(int index)
    {
        var stack = free[index];
        lock (stack) return stack.TryPop(out var buffer) ? buffer : null;
    }

    /// <summary>
    /// The pool has no such block: where much was new since the last young collection, or much was rented at all since the
    /// last full one, lets finalisers return what is unreachable and tries again. Recycled blocks are old objects, which only
    /// a full collection finds.
    /// </summary>
    private static NativeBuffer? AfterCollection(int index, long size)
    {
        var young = Interlocked.Add(ref sinceYoung, size) >= YoungCollectionEvery;
        var full = Interlocked.Read(ref sinceFull) >= FullCollectionEvery;
        if (!young && !full) return null;
        Interlocked.Exchange(ref sinceYoung, 0);
        if (full) Interlocked.Exchange(ref sinceFull, 0);
        GC.Collect(full ? 2 : 1);
        GC.WaitForPendingFinalizers();
        return TryPop(index);
    }

    private static NativeBuffer Allocate(int index, long size)
    {
        var pointer = NativeMemory.AlignedAlloc((nuint)size, 64);
        Interlocked.Add(ref reserved, size);
        return new NativeBuffer((byte*)pointer, index);
    }

    private static void Free(NativeBuffer buffer)
    {
        GC.SuppressFinalize(buffer);
        NativeMemory.AlignedFree(buffer.Pointer);
        Interlocked.Add(ref reserved, -SizeOf(buffer.SizeClass));
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
