using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>Maps of an (outer, channels, inner) array whose coefficients belong to channels.</summary>
static unsafe class ChannelMaps
{
    /// <summary>Elements worth handing to a thread.</summary>
    const int Grain = 16384;

    /// <summary>y = (x - mean) scale + shift.</summary>
    internal static void Normalise<T>(T* x, T* mean, T* scale, T* shift, T* y, long outer, long channels, long inner)
        where T : unmanaged, INumber<T> =>
        Write(new Normalised<T>(x, mean, scale, shift, ByColumn(channels, inner)), y, outer, channels, inner);

    /// <summary>y = (g - offset - (x - mean) slope) scale.</summary>
    internal static void NormaliseGradient<T>(T* g, T* x, T* mean, T* offset, T* slope, T* scale, T* y, long outer, long channels, long inner)
        where T : unmanaged, INumber<T> =>
        Write(new NormalisedGradient<T>(g, x, mean, offset, slope, scale, ByColumn(channels, inner)), y, outer, channels, inner);

    /// <summary>Whether rows go across the channels; otherwise each lies within one.</summary>
    static bool ByColumn(long channels, long inner) => inner == 1 && channels > 1;

    static void Write<T, TMap>(TMap map, T* y, long outer, long channels, long inner) where T : unmanaged where TMap : unmanaged, IChannelMap<T>
    {
        var (rows, length) = ByColumn(channels, inner) ? (outer, channels) : (outer * channels, inner);
        var chunks = Chunks.Even(rows * length, Grain);
        Workers.For(chunks, new RowsJob<T, TMap>(map, y, rows, length, channels, chunks));
    }

    /// <summary>One element from those at the same place, and the coefficients of its channel.</summary>
    interface IChannelMap<T> where T : unmanaged
    {
        /// <summary>The map for a row that lies within a channel.</summary>
        void Enter(long channel);

        /// <summary>The results from element i on, which stands in column j of its row.</summary>
        Vector512<T> Vector(long i, long j);

        /// <summary>The first count of them, and anything in the other lanes.</summary>
        Vector512<T> Partial(long i, long j, long count);

        T Scalar(long i, long j);
    }

    readonly struct RowsJob<T, TMap>(TMap map, T* y, long rows, long length, long channels, int chunks) : IJob
        where T : unmanaged where TMap : unmanaged, IChannelMap<T>
    {
        [MethodImpl(Kernel.Loop)]
        public void Run(int chunk)
        {
            var own = map;
            for (var row = rows * chunk / chunks; row < rows * (chunk + 1) / chunks; row++)
            {
                own.Enter(row % channels);
                Row(own, row * length);
            }
        }

        [MethodImpl(Kernel.Loop)]
        void Row(TMap own, long i)
        {
            long j = 0, lanes = Vector512<T>.Count;
            if (!Simd.Enabled)
            {
                for (; j < length; j++) y[i + j] = own.Scalar(i + j, j);
                return;
            }
            for (; j <= length - lanes; j += lanes) own.Vector(i + j, j).Store(y + i + j);
            if (j < length) Tail.Store(own.Partial(i + j, j, length - j), y + i + j, length - j);
        }
    }

    /// <summary>A coefficient of each channel: of the column, or of the row that was entered.</summary>
    struct Coefficient<T>(T* values, bool byColumn) where T : unmanaged
    {
        T current;

        public void Enter(long channel)
        {
            if (!byColumn) current = values[channel];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector512<T> Vector(long j) => byColumn ? Vector512.Load(values + j) : Vector512.Create(current);
        public readonly Vector512<T> Partial(long j, long count) => byColumn ? Tail.Load(values + j, count) : Vector512.Create(current);
        public readonly T Scalar(long j) => byColumn ? values[j] : current;
    }

    struct Normalised<T>(T* x, T* mean, T* scale, T* shift, bool byColumn) : IChannelMap<T> where T : unmanaged, INumber<T>
    {
        Coefficient<T> m = new(mean, byColumn), s = new(scale, byColumn), b = new(shift, byColumn);

        public void Enter(long channel)
        {
            m.Enter(channel);
            s.Enter(channel);
            b.Enter(channel);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Vector(long i, long j) => (Vector512.Load(x + i) - m.Vector(j)) * s.Vector(j) + b.Vector(j);
        public Vector512<T> Partial(long i, long j, long count) =>
            (Tail.Load(x + i, count) - m.Partial(j, count)) * s.Partial(j, count) + b.Partial(j, count);
        public T Scalar(long i, long j) => (x[i] - m.Scalar(j)) * s.Scalar(j) + b.Scalar(j);
    }

    struct NormalisedGradient<T>(T* g, T* x, T* mean, T* offset, T* slope, T* scale, bool byColumn) : IChannelMap<T> where T : unmanaged, INumber<T>
    {
        Coefficient<T> m = new(mean, byColumn), o = new(offset, byColumn), k = new(slope, byColumn), s = new(scale, byColumn);

        public void Enter(long channel)
        {
            m.Enter(channel);
            o.Enter(channel);
            k.Enter(channel);
            s.Enter(channel);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Vector(long i, long j) =>
            (Vector512.Load(g + i) - o.Vector(j) - (Vector512.Load(x + i) - m.Vector(j)) * k.Vector(j)) * s.Vector(j);
        public Vector512<T> Partial(long i, long j, long count) =>
            (Tail.Load(g + i, count) - o.Partial(j, count) - (Tail.Load(x + i, count) - m.Partial(j, count)) * k.Partial(j, count)) * s.Partial(j, count);
        public T Scalar(long i, long j) => (g[i] - o.Scalar(j) - (x[i] - m.Scalar(j)) * k.Scalar(j)) * s.Scalar(j);
    }
}
