using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

internal static unsafe partial class Reduce
{
    /// <summary>y[r] = ln of the sum over c of e^x[r, c], shifted by the row's maximum; -infinity for a row of -infinity.</summary>
    public static void LogSumExp<T>(T* x, T* y, long rows, long columns) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        ForRows(rows, columns, new LogSumExpRow<T>(x, y, columns));

    /// <summary>y[r, c] = e^x[r, c] / sum over c of e^x[r, c], shifted by the row's maximum. y may be x.</summary>
    public static void Softmax<T>(T* x, T* y, long rows, long columns) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        ForRows(rows, columns, new SoftmaxRow<T>(x, y, columns));

    /// <summary>y[r, c] = x[r, c] - ln of the sum over c of e^x[r, c]. y may be x.</summary>
    public static void LogSoftmax<T>(T* x, T* y, long rows, long columns) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        ForRows(rows, columns, new LogSoftmaxRow<T>(x, y, columns));

    /// <summary>dx[r, c] = y[r, c] (g[r, c] - sum over c of g[r, c] y[r, c]) for y = softmax x. dx may be g or y.</summary>
    public static void SoftmaxGrad<T>(T* g, T* y, T* dx, long rows, long columns) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        ForRows(rows, columns, new SoftmaxGradRow<T>(g, y, dx, columns));

    /// <summary>dx[r, c] = g[r, c] - e^y[r, c] * sum over c of g[r, c] for y = log softmax x. dx may be g or y.</summary>
    public static void LogSoftmaxGrad<T>(T* g, T* y, T* dx, long rows, long columns) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        ForRows(rows, columns, new LogSoftmaxGradRow<T>(g, y, dx, columns));

    static void ForRows<TRow>(long rows, long columns, TRow row) where TRow : unmanaged, IRow
    {
        // A row's elements cost some five additions each.
        long group = Math.Max(1, Grain / 4 / Math.Max(1, columns));
        Workers.For((int)((rows + group - 1) / group), new RowJob<TRow>(rows, group, row));
    }

    interface IRow
    {
        void Run(long row);
    }

    readonly struct RowJob<TRow>(long rows, long group, TRow row) : IJob where TRow : unmanaged, IRow
    {
        [MethodImpl(Kernel.Loop)]
        public void Run(int chunk)
        {
            for (long r = chunk * group; r < Math.Min(rows, (chunk + 1) * group); r++) row.Run(r);
        }
    }

    readonly struct LogSumExpRow<T>(T* x, T* y, long columns) : IRow where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run(long row)
        {
            var max = FoldRow<T, Plain<T>, MaxFold<T>>(new(x + row * columns), columns);
            var shift = T.IsInfinity(max) ? T.Zero : max;
            y[row] = shift + ScalarMath.Log(FoldRow<T, ExpShifted<T>, SumFold<T>>(new(x + row * columns, shift), columns));
        }
    }

    readonly struct SoftmaxRow<T>(T* x, T* y, long columns) : IRow where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run(long row)
        {
            T* from = x + row * columns, to = y + row * columns;
            var max = FoldRow<T, Plain<T>, MaxFold<T>>(new(from), columns);
            Elementwise.UnaryRange(from, to, columns, new ExpShiftedOp<T>(max));
            var sum = FoldRow<T, Plain<T>, SumFold<T>>(new(to), columns);
            Elementwise.UnaryRange(to, to, columns, new BindRight<T, DivideOp<T>>(default, sum));
        }
    }

    readonly struct LogSoftmaxRow<T>(T* x, T* y, long columns) : IRow where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run(long row)
        {
            T* from = x + row * columns, to = y + row * columns;
            var max = FoldRow<T, Plain<T>, MaxFold<T>>(new(from), columns);
            var logSum = ScalarMath.Log(FoldRow<T, ExpShifted<T>, SumFold<T>>(new(from, max), columns));
            Elementwise.UnaryRange(from, to, columns, new SubtractTwiceOp<T>(max, logSum));
        }
    }

    readonly struct SoftmaxGradRow<T>(T* g, T* y, T* dx, long columns) : IRow where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run(long row)
        {
            long start = row * columns;
            var sum = FoldRow<T, Products<T>, SumFold<T>>(new(g + start, y + start), columns);
            Elementwise.BinaryRange(g + start, y + start, dx + start, columns, new SoftmaxGradOp<T>(sum));
        }
    }

    readonly struct LogSoftmaxGradRow<T>(T* g, T* y, T* dx, long columns) : IRow where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run(long row)
        {
            long start = row * columns;
            var sum = FoldRow<T, Plain<T>, SumFold<T>>(new(g + start), columns);
            Elementwise.BinaryRange(g + start, y + start, dx + start, columns, new LogSoftmaxGradOp<T>(sum));
        }
    }

    /// <summary>e^(x[i] - shift).</summary>
    readonly struct ExpShifted<T>(T* x, T shift) : ISource<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Vector(long i, long j) => VectorMath.Exp(Vector512.Load(x + i) - Vector512.Create(shift));
        public Vector512<T> Partial(long i, long count) => VectorMath.Exp(Tail.Load(x + i, count) - Vector512.Create(shift));
        public T Scalar(long i, long j) => ScalarMath.Exp(x[i] - shift);
        public void EnterRow(long row) { }
    }
}

/// <summary>e^(x - shift).</summary>
readonly struct ExpShiftedOp<T>(T shift) : IUnaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => VectorMath.Exp(x - Vector512.Create(shift));
    public T Invoke(T x) => ScalarMath.Exp(x - shift);
}

/// <summary>(x - first) - second.</summary>
readonly struct SubtractTwiceOp<T>(T first, T second) : IUnaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> x) => x - Vector512.Create(first) - Vector512.Create(second);
    public T Invoke(T x) => x - first - second;
}

/// <summary>y (g - sum).</summary>
readonly struct SoftmaxGradOp<T>(T sum) : IBinaryOp<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> y) => y * (g - Vector512.Create(sum));
    public T Invoke(T g, T y) => y * (g - sum);
}

/// <summary>g - e^y * sum.</summary>
readonly struct LogSoftmaxGradOp<T>(T sum) : IBinaryOp<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Invoke(Vector512<T> g, Vector512<T> y) => g - VectorMath.Exp(y) * Vector512.Create(sum);
    public T Invoke(T g, T y) => g - ScalarMath.Exp(y) * sum;
}
