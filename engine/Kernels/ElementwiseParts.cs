using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Workbench.Engine;

/// <summary>How a long span is cut for the threads.</summary>
static class Chunks
{
    /// <summary>Bytes of an operand in one chunk of an operator of cost 1: some microseconds of work, so that handing it out costs little.</summary>
    const int Bytes = 1 << 16;

    /// <summary>Chunks begin at multiples of so many elements: whole vectors of every type.</summary>
    public const int Grain = 64;

    public static int Count<T>(long n, int cost) where T : unmanaged => Even(n, Math.Max(Bytes / (cost * Unsafe.SizeOf<T>()), 256));

    /// <summary>None, one, or an even number of chunks of at most so many elements: two threads cut all spans of a length at the same
    /// place, whatever the cost of an element.</summary>
    internal static int Even(long n, long most) => n <= most ? (int)Math.Min(n, 1) : checked((int)((n + 2 * most - 1) / (2 * most)) * 2);

    public static (long Start, long Count) Range<T>(int chunk, long n, int cost) where T : unmanaged
    {
        var chunks = Count<T>(n, cost);
        var start = Start(chunk, chunks, n);
        return (start, Start(chunk + 1, chunks, n) - start);
    }

    static long Start(int chunk, int chunks, long n) => Math.Min(n, (n + Grain - 1) / Grain * chunk / chunks * Grain);
}

/// <summary>The partial vector at the end of a span.</summary>
static unsafe class Tail
{
    /// <summary>A vector of the count elements at p, its other lanes filled with the first: a value the operator has to meet anyway, so that padding raises no error of its own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load<T>(T* p, long count) where T : unmanaged
    {
        if (Avx512F.IsSupported && sizeof(T) == 4)
            return Avx512F.MaskLoad((int*)p, FirstLanes<int>(count), Vector512.Create(*(int*)p)).As<int, T>();
        if (Avx512F.IsSupported && sizeof(T) == 8)
            return Avx512F.MaskLoad((long*)p, FirstLanes<long>(count), Vector512.Create(*(long*)p)).As<long, T>();
        return LoadCopy(p, count);
    }

    /// <summary>Writes the first count lanes to p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector512<T> v, T* p, long count) where T : unmanaged
    {
        if (Avx512F.IsSupported && sizeof(T) == 4) Avx512F.MaskStore((int*)p, FirstLanes<int>(count), v.As<T, int>());
        else if (Avx512F.IsSupported && sizeof(T) == 8) Avx512F.MaskStore((long*)p, FirstLanes<long>(count), v.As<T, long>());
        else StoreCopy(v, p, count);
    }

    /// <summary>All bits set in the first count lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FirstLanes<T>(long count) where T : unmanaged
    {
        // Lane numbers fit every element type: there are at most 64.
        if (sizeof(T) == 1) return Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)count)).As<byte, T>();
        if (sizeof(T) == 4) return Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).As<int, T>();
        return Vector512.LessThan(Vector512<long>.Indices, Vector512.Create(count)).As<long, T>();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static Vector512<T> LoadCopy<T>(T* p, long count) where T : unmanaged
    {
        var v = Vector512.Create(*p);
        Unsafe.CopyBlockUnaligned(&v, p, (uint)(count * sizeof(T)));
        return v;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void StoreCopy<T>(Vector512<T> v, T* p, long count) where T : unmanaged =>
        Unsafe.CopyBlockUnaligned(p, &v, (uint)(count * sizeof(T)));
}
