using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>Adam's update of one parameter, in one pass over its four arrays.</summary>
internal static unsafe class AdamKernel
{
    private const int Chunk = 8192;

    internal static void Step(Parameter parameter, Tensor gradient, Adam.State state, Adam.Options options)
    {
        using var timing = Profile.Time("Adam");
        state.step++;
        using var dense = Pointwise.Dense(parameter);
        if (parameter.dtype == ScalarType.Float32) Step<float>(dense, gradient, state, options);
        else Step<double>(dense, gradient, state, options);
        if (!parameter.is_contiguous()) Copying.Copy(dense, parameter);
        parameter.Buffer.Version++;
        state.exp_avg.Buffer.Version++;
        state.exp_avg_sq.Buffer.Version++;
    }

    private static void Step<T>(Tensor parameter, Tensor gradient, Adam.State state, Adam.Options options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var dense = Pointwise.Dense(gradient);
        var n = parameter.numel();
        var (beta1, beta2) = (options.beta1!.Value, options.beta2!.Value);
        var unbiased = Math.Sqrt(1 - Math.Pow(beta2, state.step));
        var job = new Update<T>(
            parameter.Data<T>(), dense.Data<T>(), state.exp_avg.Data<T>(), state.exp_avg_sq.Data<T>(), n,
            T.CreateChecked(beta1), T.CreateChecked(1 - beta1), T.CreateChecked(beta2), T.CreateChecked(1 - beta2),
            T.CreateChecked(options.LearningRate!.Value * unbiased / (1 - Math.Pow(beta1, state.step))),
            T.CreateChecked(options.eps!.Value * unbiased),
            T.CreateChecked(options.weight_decay!.Value), T.CreateChecked(options.maximize == true ? -1 : 1));
        Workers.For((int)((n + Chunk - 1) / Chunk), job);
    }

    /// <summary>
    /// With c = sqrt(1 - b2^t): lr m / (1 - b1^t) / (sqrt(v) / c + eps) = (lr c / (1 - b1^t)) m / (sqrt(v) + eps c).
    /// </summary>
    private readonly struct Update<T>(T* p, T* g, T* m, T* v, long n, T b1, T a1, T b2, T a2, T rate, T eps, T decay, T sign) : IJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk)
        {
            var i = (long)chunk * Chunk;
            var end = Math.Min(n, i + Chunk);
            if (Simd.Enabled) i = Vectors(i, end);
            for (; i < end; i++)
            {
                var slope = sign * g[i] + decay * p[i];
                m[i] = b1 * m[i] + a1 * slope;
                v[i] = b2 * v[i] + a2 * slope * slope;
                p[i] -= rate * m[i] / (T.Sqrt(v[i]) + eps);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private long Vectors(long i, long end)
        {
            for (; i <= end - Vector512<T>.Count; i += Vector512<T>.Count)
            {
                var slope = Vector512.Load(g + i) * sign + Vector512.Load(p + i) * decay;
                var mean = Vector512.Load(m + i) * b1 + slope * a1;
                var square = Vector512.Load(v + i) * b2 + slope * a2 * slope;
                mean.Store(m + i);
                square.Store(v + i);
                (Vector512.Load(p + i) - mean * rate / (Vector512.Sqrt(square) + Vector512.Create(eps))).Store(p + i);
            }
            return i;
        }
    }
}
