using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>
/// Loops over contiguous spans, written once for all operators. Element i of the result depends on element i of the operands alone: the last, partial vector goes
/// through the same vector code on a padded copy, so that bits depend neither on length, alignment and chunking nor on the number of threads.
/// The result may be one of the operands (same address); otherwise spans must not overlap.
/// </summary>
internal static unsafe partial class Elementwise
{
    /// <summary>y[i] = op(x[i]) for i &lt; n.</summary>
    public static void Unary<T, TOp>(T* x, T* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, IUnaryOp<T>
    {
        if (Chunks.Count<T>(n, TOp.Cost) is var chunks && chunks <= 1)
            UnaryRange(x, y, n, op);
        else
            Workers.For(chunks, new UnaryJob<T, TOp>(x, y, n, op));
    }

    /// <summary>y[i] = op(a[i], b[i]) for i &lt; n.</summary>
    public static void Binary<T, TOp>(T* a, T* b, T* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, IBinaryOp<T>
    {
        if (Chunks.Count<T>(n, TOp.Cost) is var chunks && chunks <= 1)
            BinaryRange(a, b, y, n, op);
        else
            Workers.For(chunks, new BinaryJob<T, TOp>(a, b, y, n, op));
    }

    /// <summary>y[i] = op(a[i], right) for i &lt; n.</summary>
    public static void BinaryScalarRight<T, TOp>(T* a, T right, T* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, IBinaryOp<T> =>
        Unary(a, y, n, new BindRight<T, TOp>(op, right));

    /// <summary>y[i] = op(left, b[i]) for i &lt; n.</summary>
    public static void BinaryScalarLeft<T, TOp>(T left, T* b, T* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, IBinaryOp<T> =>
        Unary(b, y, n, new BindLeft<T, TOp>(op, left));

    /// <summary>y[i] = op(a[i], b[i], c[i]) for i &lt; n.</summary>
    public static void Ternary<T, TOp>(T* a, T* b, T* c, T* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, ITernaryOp<T>
    {
        if (Chunks.Count<T>(n, TOp.Cost) is var chunks && chunks <= 1)
            TernaryRange(a, b, c, y, n, op);
        else
            Workers.For(chunks, new TernaryJob<T, TOp>(a, b, c, y, n, op));
    }

    [MethodImpl(Kernel.Loop)]
    internal static void UnaryRange<T, TOp>(T* x, T* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, IUnaryOp<T>
    {
        long i = 0;
        if (!Simd.Enabled)
        {
            for (; i < n; i++) y[i] = op.Invoke(x[i]);
            return;
        }
        for (; i <= n - Vector512<T>.Count; i += Vector512<T>.Count)
            op.Invoke(Vector512.Load(x + i)).Store(y + i);
        if (i < n) Tail.Store(op.Invoke(Tail.Load(x + i, n - i)), y + i, n - i);
    }

    [MethodImpl(Kernel.Loop)]
    internal static void BinaryRange<T, TOp>(T* a, T* b, T* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, IBinaryOp<T>
    {
        long i = 0;
        if (!Simd.Enabled)
        {
            for (; i < n; i++) y[i] = op.Invoke(a[i], b[i]);
            return;
        }
        for (; i <= n - Vector512<T>.Count; i += Vector512<T>.Count)
            op.Invoke(Vector512.Load(a + i), Vector512.Load(b + i)).Store(y + i);
        if (i < n) Tail.Store(op.Invoke(Tail.Load(a + i, n - i), Tail.Load(b + i, n - i)), y + i, n - i);
    }

    [MethodImpl(Kernel.Loop)]
    internal static void TernaryRange<T, TOp>(T* a, T* b, T* c, T* y, long n, TOp op) where T : unmanaged where TOp : unmanaged, ITernaryOp<T>
    {
        long i = 0;
        if (!Simd.Enabled)
        {
            for (; i < n; i++) y[i] = op.Invoke(a[i], b[i], c[i]);
            return;
        }
        for (; i <= n - Vector512<T>.Count; i += Vector512<T>.Count)
            op.Invoke(Vector512.Load(a + i), Vector512.Load(b + i), Vector512.Load(c + i)).Store(y + i);
        if (i < n) Tail.Store(op.Invoke(Tail.Load(a + i, n - i), Tail.Load(b + i, n - i), Tail.Load(c + i, n - i)), y + i, n - i);
    }

    readonly struct UnaryJob<T, TOp>(T* x, T* y, long n, TOp op) : IJob where T : unmanaged where TOp : unmanaged, IUnaryOp<T>
    {
        public void Run(int chunk)
        {
            var (start, count) = Chunks.Range<T>(chunk, n, TOp.Cost);
            UnaryRange(x + start, y + start, count, op);
        }
    }

    readonly struct BinaryJob<T, TOp>(T* a, T* b, T* y, long n, TOp op) : IJob where T : unmanaged where TOp : unmanaged, IBinaryOp<T>
    {
        public void Run(int chunk)
        {
            var (start, count) = Chunks.Range<T>(chunk, n, TOp.Cost);
            BinaryRange(a + start, b + start, y + start, count, op);
        }
    }

    readonly struct TernaryJob<T, TOp>(T* a, T* b, T* c, T* y, long n, TOp op) : IJob where T : unmanaged where TOp : unmanaged, ITernaryOp<T>
    {
        public void Run(int chunk)
        {
            var (start, count) = Chunks.Range<T>(chunk, n, TOp.Cost);
            TernaryRange(a + start, b + start, c + start, y + start, count, op);
        }
    }
}
