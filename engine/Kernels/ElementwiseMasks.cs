using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>Loops that write or read masks: bytes, 0 for false and anything else for true.</summary>
internal static unsafe partial class Elementwise
{
    /// <summary>y[i] = 1 where op(a[i], b[i]) holds, else 0, for i &lt; n.</summary>
    public static void Compare<T, TOp>(T* a, T* b, byte* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, ICompareOp<T>
    {
        if (Chunks.Count<T>(n, 1) is var chunks && chunks <= 1)
            CompareRange(a, b, y, n, op);
        else
            Workers.For(chunks, new CompareJob<T, TOp>(a, b, y, n, op));
    }

    /// <summary>y[i] = 1 where op(a[i], right) holds, else 0, for i &lt; n.</summary>
    public static void CompareScalar<T, TOp>(T* a, T right, byte* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, ICompareOp<T>
    {
        if (Chunks.Count<T>(n, 1) is var chunks && chunks <= 1)
            CompareScalarRange(a, right, y, n, op);
        else
            Workers.For(chunks, new CompareScalarJob<T, TOp>(a, right, y, n, op));
    }

    /// <summary>y[i] = mask[i] ? a[i] : b[i] for i &lt; n.</summary>
    public static void Where<T>(byte* mask, T* a, T* b, T* y, long n) where T : unmanaged
    {
        if (Chunks.Count<T>(n, 1) is var chunks && chunks <= 1)
            WhereRange(mask, a, b, y, n);
        else
            Workers.For(chunks, new WhereJob<T>(mask, a, b, y, n));
    }

    /// <summary>y[i] = mask[i] ? value : a[i] for i &lt; n.</summary>
    public static void MaskedFill<T>(byte* mask, T value, T* a, T* y, long n) where T : unmanaged
    {
        if (Chunks.Count<T>(n, 1) is var chunks && chunks <= 1)
            FillRange(mask, value, a, y, n);
        else
            Workers.For(chunks, new FillJob<T>(mask, value, a, y, n));
    }

    [MethodImpl(Kernel.Loop)]
    static void CompareRange<T, TOp>(T* a, T* b, byte* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, ICompareOp<T>
    {
        long i = 0;
        if (Simd.Enabled)
            for (; i <= n - Vector512<T>.Count; i += Vector512<T>.Count)
                StoreBits<T>(Vector512.ExtractMostSignificantBits(op.Invoke(Vector512.Load(a + i), Vector512.Load(b + i))), y + i);
        for (; i < n; i++) y[i] = op.Invoke(a[i], b[i]) ? (byte)1 : (byte)0;
    }

    [MethodImpl(Kernel.Loop)]
    static void CompareScalarRange<T, TOp>(T* a, T right, byte* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, ICompareOp<T>
    {
        long i = 0;
        if (Simd.Enabled)
            for (; i <= n - Vector512<T>.Count; i += Vector512<T>.Count)
                StoreBits<T>(Vector512.ExtractMostSignificantBits(op.Invoke(Vector512.Load(a + i), Vector512.Create(right))), y + i);
        for (; i < n; i++) y[i] = op.Invoke(a[i], right) ? (byte)1 : (byte)0;
    }

    [MethodImpl(Kernel.Loop)]
    static void WhereRange<T>(byte* mask, T* a, T* b, T* y, long n) where T : unmanaged
    {
        long i = 0;
        if (Simd.Enabled)
            for (; i <= n - Vector512<T>.Count; i += Vector512<T>.Count)
                Vector512.ConditionalSelect(Falses<T>(mask + i), Vector512.Load(b + i), Vector512.Load(a + i)).Store(y + i);
        for (; i < n; i++) y[i] = mask[i] != 0 ? a[i] : b[i];
    }

    [MethodImpl(Kernel.Loop)]
    static void FillRange<T>(byte* mask, T value, T* a, T* y, long n) where T : unmanaged
    {
        long i = 0;
        if (Simd.Enabled)
            for (; i <= n - Vector512<T>.Count; i += Vector512<T>.Count)
                Vector512.ConditionalSelect(Falses<T>(mask + i), Vector512.Load(a + i), Vector512.Create(value)).Store(y + i);
        for (; i < n; i++) y[i] = mask[i] != 0 ? value : a[i];
    }

    /// <summary>One byte, 0 or 1, for each lane's bit, lowest first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreBits<T>(ulong bits, byte* y) where T : unmanaged
    {
        for (int i = 0; i < Vector512<T>.Count; i += 8, bits >>= 8)
            *(ulong*)(y + i) = Spread((byte)bits);
    }

    /// <summary>Eight bits to eight bytes, 0 or 1: byte k of a copy in every byte keeps bit k alone, and the addition carries it to the top.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Spread(byte bits) =>
        (((bits * 0x0101010101010101ul & 0x8040201008040201ul) + 0x7F7F7F7F7F7F7F7Ful) >> 7) & 0x0101010101010101ul;

    /// <summary>All bits set in the lanes whose mask byte is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Falses<T>(byte* mask) where T : unmanaged
    {
        if (sizeof(T) == 1) return Vector512.Equals(Vector512.Load(mask), Vector512<byte>.Zero).As<byte, T>();
        if (sizeof(T) == 4)
        {
            var four = Vector512.WidenLower(Vector512.WidenLower(Vector128.Load(mask).ToVector256().ToVector512()));
            return Vector512.Equals(four, Vector512<uint>.Zero).As<uint, T>();
        }
        var eight = Vector512.WidenLower(Vector512.WidenLower(Vector512.WidenLower(Vector128.CreateScalar(*(ulong*)mask).AsByte().ToVector256().ToVector512())));
        return Vector512.Equals(eight, Vector512<ulong>.Zero).As<ulong, T>();
    }

    readonly struct CompareJob<T, TOp>(T* a, T* b, byte* y, long n, TOp op) : IJob where T : unmanaged where TOp : unmanaged, ICompareOp<T>
    {
        public void Run(int chunk)
        {
            var (start, count) = Chunks.Range<T>(chunk, n, 1);
            CompareRange(a + start, b + start, y + start, count, op);
        }
    }

    readonly struct CompareScalarJob<T, TOp>(T* a, T right, byte* y, long n, TOp op) : IJob where T : unmanaged where TOp : unmanaged, ICompareOp<T>
    {
        public void Run(int chunk)
        {
            var (start, count) = Chunks.Range<T>(chunk, n, 1);
            CompareScalarRange(a + start, right, y + start, count, op);
        }
    }

    readonly struct WhereJob<T>(byte* mask, T* a, T* b, T* y, long n) : IJob where T : unmanaged
    {
        public void Run(int chunk)
        {
            var (start, count) = Chunks.Range<T>(chunk, n, 1);
            WhereRange(mask + start, a + start, b + start, y + start, count);
        }
    }

    readonly struct FillJob<T>(byte* mask, T value, T* a, T* y, long n) : IJob where T : unmanaged
    {
        public void Run(int chunk)
        {
            var (start, count) = Chunks.Range<T>(chunk, n, 1);
            FillRange(mask + start, value, a + start, y + start, count);
        }
    }
}
