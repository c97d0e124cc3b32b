using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>Adam's update of many parameters at once, in one pass over the four arrays of each. A chunk of the work is one slice of
/// every parameter, so that a thread updates the rows whose gradients it made, in its own cache.</summary>
internal sealed unsafe class AdamKernel<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ElementsOfChunk = 8192;

    private readonly List<Update> updates = [];
    private readonly List<(Tensor Dense, Tensor? Target)> held = [];
    private long elements;

    /// <summary>Counts a step of this parameter; its elements change in <see cref="Run"/>.</summary>
    internal void Add(Parameter parameter, Tensor gradient, Adam.State state, Adam.Options options)
    {
        state.step++;
        var (beta1, beta2) = (options.beta1!.Value, options.beta2!.Value);
        var unbiased = Math.Sqrt(1 - Math.Pow(beta2, state.step));
        var update = new Update(
            Hold(parameter, parameter), Hold(gradient, null), state.exp_avg.Data<T>(), state.exp_avg_sq.Data<T>(), parameter.numel(),
            T.CreateChecked(beta1), T.CreateChecked(1 - beta1), T.CreateChecked(beta2), T.CreateChecked(1 - beta2),
            T.CreateChecked(options.LearningRate!.Value * unbiased / (1 - Math.Pow(beta1, state.step))),
            T.CreateChecked(options.eps!.Value * unbiased),
            T.CreateChecked(options.weight_decay!.Value), T.CreateChecked(options.maximize == true ? -1 : 1));
        updates.Add(update);
        elements += parameter.numel();
        parameter.Buffer.Version++;
        state.exp_avg.Buffer.Version++;
        state.exp_avg_sq.Buffer.Version++;
    }

    /// <summary>Updates all that were added, and forgets them.</summary>
    internal void Run()
    {
        if (updates.Count == 0) return;
        using var timing = Profile.Time("Adam");
        var chunks = (int)((elements + ElementsOfChunk - 1) / ElementsOfChunk);
        fixed (Update* first = CollectionsMarshal.AsSpan(updates)) Workers.For(chunks, new Job(first, updates.Count, chunks));
        foreach (var (dense, target) in held)
        {
            if (target is { } strided && !strided.is_contiguous()) Copying.Copy(dense, strided);
            dense.Dispose();
        }
        updates.Clear();
        held.Clear();
        elements = 0;
    }

    private T* Hold(Tensor tensor, Tensor? target)
    {
        var dense = Pointwise.Dense(tensor);
        held.Add((dense, target));
        return dense.Data<T>();
    }

    private readonly struct Job(Update* updates, int count, int chunks) : IJob
    {
        public void Run(int chunk)
        {
            for (var index = 0; index < count; index++) updates[index].Run(chunk, chunks);
        }
    }

    /// <summary>
    /// With c = sqrt(1 - b2^t): lr m / (1 - b1^t) / (sqrt(v) / c + eps) = (lr c / (1 - b1^t)) m / (sqrt(v) + eps c).
    /// </summary>
    private readonly struct Update(T* p, T* g, T* m, T* v, long n, T b1, T a1, T b2, T a2, T rate, T eps, T decay, T sign)
    {
        /// <summary>Slices begin where lines of the cache do.</summary>
        private static int Line => 64 / sizeof(T);

        /// <summary>Elements of a block.</summary>
        private const int Block = 256;

        [MethodImpl(Kernel.Loop)]
        internal void Run(int slice, int slices)
        {
            var i = StartOf(slice, slices);
            var end = StartOf(slice + 1, slices);
            if (Simd.Enabled) i = Vectors(i, end);
            for (; i < end; i++)
            {
                var slope = sign * g[i] + decay * p[i];
                m[i] = b1 * m[i] + a1 * slope;
                v[i] = b2 * v[i] + a2 * slope * slope;
                p[i] -= rate * m[i] / (T.Sqrt(v[i]) + eps);
            }
        }

        private long StartOf(int slice, int slices) => Math.Min(n, (n + Line - 1) / Line * slice / slices * Line);

        /// <summary>Whole vectors, a block of both moments first and its parameters after that. Those another core may have read since:
        /// the line must be taken back from there, and many are at a time only where stores to them are not spread among others.</summary>
        private long Vectors(long i, long end)
        {
            var steps = stackalloc T[Block];
            for (long count; (count = Math.Min(Block, (end - i) / Vector512<T>.Count * Vector512<T>.Count)) > 0; i += count)
            {
                MoveMoments(i, count, steps);
                Elementwise.BinaryRange(p + i, steps, p + i, count, default(SubtractOp<T>));
            }
            return i;
        }

        /// <summary>Both moments of so many elements from i on, and the steps that they make.</summary>
        [MethodImpl(Kernel.Loop)]
        private void MoveMoments(long i, long count, T* steps)
        {
            for (var end = i + count; i < end; i += Vector512<T>.Count, steps += Vector512<T>.Count)
            {
                var slope = Vector512.Load(g + i) * sign + Vector512.Load(p + i) * decay;
                var mean = Vector512.Load(m + i) * b1 + slope * a1;
                var square = Vector512.Load(v + i) * b2 + slope * a2 * slope;
                mean.Store(m + i);
                square.Store(v + i);
                (mean * rate / (Vector512.Sqrt(square) + Vector512.Create(eps))).Store(steps);
            }
        }
    }
}
