using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>Comparisons at each element type, over operands stretched to one shape.</summary>
internal static unsafe class Compare
{
    /// <summary>A comparison, of whatever type its elements are.</summary>
    internal interface IComparison
    {
        void Run<T>(T* a, T* b, byte* y, long n) where T : unmanaged, INumber<T>;

        void RunNumber<T>(T* a, T b, byte* y, long n) where T : unmanaged, INumber<T>;
    }

    internal static Tensor Run<TComparison>(string op, Tensor a, Tensor b) where TComparison : struct, IComparison
    {
        using var timing = Profile.Time(op);
        var shape = Shapes.Broadcast(op, a.sizes, b.sizes);
        using var x = Pointwise.Whole(a, shape);
        using var y = Pointwise.Whole(b, shape);
        var result = Tensor.Allocate(shape, ScalarType.Bool);
        var to = result.Data<byte>();
        var n = result.numel();
        var comparison = default(TComparison);
        switch (x.dtype)
        {
            case ScalarType.Float32: comparison.Run(x.Data<float>(), y.Data<float>(), to, n); break;
            case ScalarType.Float64: comparison.Run(x.Data<double>(), y.Data<double>(), to, n); break;
            case ScalarType.Int64: comparison.Run(x.Data<long>(), y.Data<long>(), to, n); break;
            case ScalarType.Int32: comparison.Run(x.Data<int>(), y.Data<int>(), to, n); break;
            default: comparison.Run(x.Data<byte>(), y.Data<byte>(), to, n); break;
        }
        return result;
    }

    /// <summary>The same with one number on the right, already of the tensor's type.</summary>
    internal static Tensor Run<TComparison>(string op, Tensor a, Scalar b) where TComparison : struct, IComparison
    {
        using var timing = Profile.Time(op);
        using var x = Pointwise.Dense(a);
        var result = Tensor.Allocate((long[])a.sizes.Clone(), ScalarType.Bool);
        var to = result.Data<byte>();
        var n = result.numel();
        var comparison = default(TComparison);
        switch (x.dtype)
        {
            case ScalarType.Float32: comparison.RunNumber(x.Data<float>(), (float)b.Real, to, n); break;
            case ScalarType.Float64: comparison.RunNumber(x.Data<double>(), b.Real, to, n); break;
            case ScalarType.Int64: comparison.RunNumber(x.Data<long>(), b.Integer, to, n); break;
            case ScalarType.Int32: comparison.RunNumber(x.Data<int>(), (int)b.Integer, to, n); break;
            default: comparison.RunNumber(x.Data<byte>(), (byte)b.Integer, to, n); break;
        }
        return result;
    }

    internal readonly struct Equal : IComparison
    {
        public void Run<T>(T* a, T* b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.Compare(a, b, y, n, new EqualOp<T>());

        public void RunNumber<T>(T* a, T b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.CompareScalar(a, b, y, n, new EqualOp<T>());
    }

    internal readonly struct NotEqual : IComparison
    {
        public void Run<T>(T* a, T* b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.Compare(a, b, y, n, new NotEqualOp<T>());

        public void RunNumber<T>(T* a, T b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.CompareScalar(a, b, y, n, new NotEqualOp<T>());
    }

    internal readonly struct Less : IComparison
    {
        public void Run<T>(T* a, T* b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.Compare(a, b, y, n, new LessOp<T>());

        public void RunNumber<T>(T* a, T b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.CompareScalar(a, b, y, n, new LessOp<T>());
    }

    internal readonly struct LessOrEqual : IComparison
    {
        public void Run<T>(T* a, T* b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.Compare(a, b, y, n, new LessOrEqualOp<T>());

        public void RunNumber<T>(T* a, T b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.CompareScalar(a, b, y, n, new LessOrEqualOp<T>());
    }

    internal readonly struct Greater : IComparison
    {
        public void Run<T>(T* a, T* b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.Compare(a, b, y, n, new GreaterOp<T>());

        public void RunNumber<T>(T* a, T b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.CompareScalar(a, b, y, n, new GreaterOp<T>());
    }

    internal readonly struct GreaterOrEqual : IComparison
    {
        public void Run<T>(T* a, T* b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.Compare(a, b, y, n, new GreaterOrEqualOp<T>());

        public void RunNumber<T>(T* a, T b, byte* y, long n) where T : unmanaged, INumber<T> => Elementwise.CompareScalar(a, b, y, n, new GreaterOrEqualOp<T>());
    }
}
