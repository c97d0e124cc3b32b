using System.Numerics;
using System.Runtime.InteropServices;

namespace Workbench.Engine;

/// <summary>
/// Recycles 64-byte-aligned native memory by size class, so that a training step that repeats itself takes no new memory.
/// </summary>
/// <remarks>
/// A class spans an eighth of a doubling: at most 12.5 % of a block is unused. A block that nobody returned is handed
/// back by the finaliser of its <see cref="NativeBuffer"/>. The collector does not see native memory: where much more is in
/// use than after its last run, the pool has it look for what is unreachable before it takes new memory.
/// </remarks>
internal static unsafe class NativePool
{
    private const int SmallestShift = 8;
    private const int StepsPerDoubling = 8;
    private const long LeastGrowth = 64L << 20;
    private const long AlwaysKept = 256L << 20;
    private const long RentsPerPeriod = 4096;

    private static readonly Stack<nint>[] free = MakeClasses();
    private static long inUse, reserved, inUseAtCollection;
    private static long rents, peak, peakBefore;

    /// <summary>Bytes in tensors that are alive, rounded up to their size class.</summary>
    public static long BytesInUse => Interlocked.Read(ref inUse);

    /// <summary>Bytes taken from the operating system and not given back: those in use and those waiting to be.</summary>
    public static long BytesReserved => Interlocked.Read(ref reserved);

    internal static byte* Rent(int sizeClass)
    {
        var size = SizeOf(sizeClass);
        var block = TryPop(sizeClass);
        if (block == null && CollectIfGrown()) block = TryPop(sizeClass);
        if (block == null) block = Allocate(size);
        NotePeak(Interlocked.Add(ref inUse, size));
        return block;
    }

    internal static void Return(byte* block, int sizeClass)
    {
        Interlocked.Add(ref inUse, -SizeOf(sizeClass));
        var stack = free[sizeClass];
        lock (stack) stack.Push((nint)block);
        if (Surplus() > 0) Trim();
    }

    internal static int ClassOf(long bytes)
    {
        if (bytes <= 1L << SmallestShift) return 0;
        if (bytes >= 1L << 46) throw new OutOfMemoryException($"a tensor of {bytes} bytes is larger than any machine's memory");
        // Blocks of class i hold up to (8 + i % 8) / 8 * 2^(8 + i / 8) bytes.
        var shift = BitOperations.Log2((ulong)(bytes - 1));
        var step = (int)((bytes - 1 - (1L << shift)) >> (shift - 3)) + 1;
        return (shift - SmallestShift) * StepsPerDoubling + step;
    }

    private static byte* TryPop(int sizeClass)
    {
        var stack = free[sizeClass];
        lock (stack) return stack.TryPop(out var block) ? (byte*)block : null;
    }

    /// <summary>
    /// Lets finalisers return what is unreachable, if enough may be: first among young objects, then, if that freed
    /// less than half of the growth, among all.
    /// </summary>
    private static bool CollectIfGrown()
    {
        var before = Interlocked.Read(ref inUseAtCollection);
        var growth = BytesInUse - before;
        if (growth < Math.Max(LeastGrowth, before / 32)) return false;
        Collect(1);
        if (BytesInUse - before > growth / 2) Collect(2);
        Interlocked.Exchange(ref inUseAtCollection, BytesInUse);
        return true;
    }

    private static void Collect(int generation)
    {
        GC.Collect(generation);
        GC.WaitForPendingFinalizers();
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
        for (var sizeClass = free.Length - 1; sizeClass >= 0; sizeClass--)
            while (Surplus() > 0)
            {
                var block = TryPop(sizeClass);
                if (block == null) break;
                NativeMemory.AlignedFree(block);
                Interlocked.Add(ref reserved, -SizeOf(sizeClass));
            }
    }

    private static byte* Allocate(long size)
    {
        var block = NativeMemory.AlignedAlloc((nuint)size, 64);
        Interlocked.Add(ref reserved, size);
        return (byte*)block;
    }

    private static Stack<nint>[] MakeClasses()
    {
        var classes = new Stack<nint>[(48 - SmallestShift) * StepsPerDoubling];
        for (var i = 0; i < classes.Length; i++) classes[i] = new Stack<nint>();
        return classes;
    }

    private static long SizeOf(int sizeClass)
    {
        var doubling = 1L << (SmallestShift + sizeClass / StepsPerDoubling);
        return doubling + sizeClass % StepsPerDoubling * (doubling / StepsPerDoubling);
    }
}
