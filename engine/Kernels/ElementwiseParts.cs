using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>How a long span is cut for the threads.</summary>
static class Chunks
{
    /// <summary>Bytes of an operand in one chunk of an operator of cost 1: some microseconds of work, so that handing it out costs little.</summary>
    const int Bytes = 1 << 16;

    static long Elements<T>(int cost) where T : unmanaged => Math.Max(Bytes / (cost * Unsafe.SizeOf<T>()) & -64, 256);

    public static int Count<T>(long n, int cost) where T : unmanaged => (int)((n + Elements<T>(cost) - 1) / Elements<T>(cost));

    public static (long Start, long Count) Range<T>(int chunk, long n, int cost) where T : unmanaged
    {
        long start = chunk * Elements<T>(cost);
        return (start, Math.Min(Elements<T>(cost), n - start));
    }
}

/// <summary>The partial vector at the end of a span.</summary>
static unsafe class Tail
{
    /// <summary>A vector of the count elements at p, its other lanes filled with the first: a value the operator has to meet anyway, so that padding raises no error of its own.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector512<T> Load<T>(T* p, long count) where T : unmanaged
    {
        var v = Vector512.Create(*p);
        Unsafe.CopyBlockUnaligned(&v, p, (uint)(count * sizeof(T)));
        return v;
    }

    /// <summary>Writes the first count lanes to p.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Store<T>(Vector512<T> v, T* p, long count) where T : unmanaged =>
        Unsafe.CopyBlockUnaligned(p, &v, (uint)(count * sizeof(T)));
}
