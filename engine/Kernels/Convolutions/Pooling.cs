using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>
/// Maxima and averages over windows that slide over planes (a channel of an image each). A plane belongs to one thread, so
/// gradients are added up in one order.
/// </summary>
internal static unsafe class Pooling<T> where T : unmanaged, INumber<T>
{
    /// <summary>Pixels worth handing to a thread.</summary>
    private const int Grain = 1 << 14;

    /// <summary>y = the largest element under each window, and its place in the plane: the first of equals, the last NaN.</summary>
    internal static void Max(ConvAxis rows, ConvAxis columns, long planes, T* x, T* y, int* places)
    {
        var group = PlanesOfChunk(rows, columns);
        Workers.For(Chunks(planes, group), new MaxJob(rows, columns, planes, group, x, y, places));
    }

    /// <summary>x = each g added at its place.</summary>
    internal static void SpreadMax(ConvAxis rows, ConvAxis columns, long planes, T* g, int* places, T* x)
    {
        var group = PlanesOfChunk(rows, columns);
        Workers.For(Chunks(planes, group), new SpreadMaxJob(rows, columns, planes, group, g, places, x));
    }

    /// <summary>y = the sum under each window, times its share.</summary>
    internal static void Average(ConvAxis rows, ConvAxis columns, long planes, Share share, T* x, T* y)
    {
        var group = PlanesOfChunk(rows, columns);
        Workers.For(Chunks(planes, group), new AverageJob(rows, columns, planes, group, share, x, y));
    }

    /// <summary>x = each g times its window's share, added to all under the window.</summary>
    internal static void SpreadAverage(ConvAxis rows, ConvAxis columns, long planes, Share share, T* g, T* x)
    {
        var group = PlanesOfChunk(rows, columns);
        Workers.For(Chunks(planes, group), new SpreadAverageJob(rows, columns, planes, group, share, g, x));
    }

    /// <summary>What a window's sum is divided by: a fixed number, or how many elements it covers, padding counted or not.</summary>
    internal readonly record struct Share(long Divisor, bool CountsPadding)
    {
        internal T Of(ConvAxis rows, ConvAxis columns, int i, int j) =>
            T.CreateTruncating(Divisor != 0 ? Divisor : Extent(rows, i) * Extent(columns, j));

        /// <summary>A window that hangs over the padded image's end counts only what is on it.</summary>
        private long Extent(ConvAxis axis, int window)
        {
            var (from, to) = axis.Taps(window);
            return CountsPadding ? Math.Min(axis.Kernel, axis.Large + axis.Padding - axis.At(window, 0)) : to - from;
        }
    }

    private static long PlanesOfChunk(ConvAxis rows, ConvAxis columns) =>
        Math.Max(1, Grain / Math.Max(1, (long)rows.Large * columns.Large));

    private static int Chunks(long planes, long group) => checked((int)((planes + group - 1) / group));

    private readonly struct MaxJob(ConvAxis rows, ConvAxis columns, long planes, long group, T* x, T* y, int* places) : IJob
    {
        public void Run(int chunk)
        {
            var small = (long)rows.Small * columns.Small;
            for (var plane = chunk * group; plane < Math.Min(planes, (chunk + 1) * group); plane++)
            {
                var from = x + plane * rows.Large * columns.Large;
                var to = y + plane * small;
                var at = places + plane * small;
                if (typeof(T) == typeof(float) && Vector256.IsHardwareAccelerated && IsPair(rows) && IsPair(columns) && columns.Small >= 4)
                    Quarters((float*)from, (float*)to, at);
                else
                    Plane(from, to, at);
            }
        }

        private static bool IsPair(ConvAxis axis) =>
            axis is { Kernel: 2, Stride: 2, Padding: 0 } && axis.Large >= 2 * axis.Small;

        /// <summary>Windows of 2 by 2 side by side, as most networks have them, by fours; the last four of a row may overlap others.</summary>
        [MethodImpl(Kernel.Loop)]
        private void Quarters(float* from, float* to, int* at)
        {
            var steps = Vector128.Create(0, 2, 4, 6);
            for (var i = 0; i < rows.Small; i++)
                for (var next = 0; next < columns.Small; next += 4)
                {
                    var j = Math.Min(next, columns.Small - 4);
                    var place = 2 * i * columns.Large + 2 * j;
                    var best = EvenOrOdd(from + place, Vector128.Create(place) + steps);
                    Take(ref best, EvenOrOdd(from + place + columns.Large, Vector128.Create(place + columns.Large) + steps));
                    best.Value.Store(to + i * columns.Small + j);
                    best.Place.Store(at + i * columns.Small + j);
                }
        }

        /// <summary>The better one of each two neighbours.</summary>
        private static (Vector128<float> Value, Vector128<int> Place) EvenOrOdd(float* from, Vector128<int> places)
        {
            var apart = Vector256.Shuffle(Vector256.Load(from), Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7));
            var best = (apart.GetLower(), places);
            Take(ref best, (apart.GetUpper(), places + Vector128<int>.One));
            return best;
        }

        private static void Take(ref (Vector128<float> Value, Vector128<int> Place) best, (Vector128<float> Value, Vector128<int> Place) other)
        {
            var isBetter = Vector128.GreaterThan(other.Value, best.Value) | Vector128.IsNaN(other.Value);
            best.Value = Vector128.ConditionalSelect(isBetter, other.Value, best.Value);
            best.Place = Vector128.ConditionalSelect(isBetter.AsInt32(), other.Place, best.Place);
        }

        [MethodImpl(Kernel.Loop)]
        private void Plane(T* from, T* to, int* at)
        {
            for (var i = 0; i < rows.Small; i++)
            {
                var (top, bottom) = rows.Taps(i);
                for (var j = 0; j < columns.Small; j++)
                {
                    var (left, right) = columns.Taps(j);
                    var place = rows.At(i, top) * columns.Large + columns.At(j, left);
                    for (var r = top; r < bottom; r++)
                    {
                        var start = rows.At(i, r) * columns.Large + columns.At(j, 0);
                        for (var p = start + left; p < start + right; p++)
                        {
                            // No branch: which element is larger can't be foretold.
                            var better = from[p] > from[place] | T.IsNaN(from[p]);
                            place += (p - place) & -(better ? 1 : 0);
                        }
                    }
                    *to++ = from[place];
                    *at++ = place;
                }
            }
        }
    }

    private readonly struct SpreadMaxJob(ConvAxis rows, ConvAxis columns, long planes, long group, T* g, int* places, T* x) : IJob
    {
        [MethodImpl(Kernel.Loop)]
        public void Run(int chunk)
        {
            var (large, small) = ((long)rows.Large * columns.Large, (long)rows.Small * columns.Small);
            for (var plane = chunk * group; plane < Math.Min(planes, (chunk + 1) * group); plane++)
            {
                var to = x + plane * large;
                new Span<T>(to, (int)large).Clear();
                for (var window = plane * small; window < (plane + 1) * small; window++) to[places[window]] += g[window];
            }
        }
    }

    private readonly struct AverageJob(ConvAxis rows, ConvAxis columns, long planes, long group, Share share, T* x, T* y) : IJob
    {
        public void Run(int chunk)
        {
            for (var plane = chunk * group; plane < Math.Min(planes, (chunk + 1) * group); plane++)
                Plane(x + plane * rows.Large * columns.Large, y + plane * rows.Small * columns.Small);
        }

        [MethodImpl(Kernel.Loop)]
        private void Plane(T* from, T* to)
        {
            for (var i = 0; i < rows.Small; i++)
            {
                var (top, bottom) = rows.Taps(i);
                for (var j = 0; j < columns.Small; j++)
                {
                    var (left, right) = columns.Taps(j);
                    var sum = T.Zero;
                    for (var r = top; r < bottom; r++)
                        for (var s = left; s < right; s++)
                            sum += from[rows.At(i, r) * columns.Large + columns.At(j, s)];
                    *to++ = sum / share.Of(rows, columns, i, j);
                }
            }
        }
    }

    private readonly struct SpreadAverageJob(ConvAxis rows, ConvAxis columns, long planes, long group, Share share, T* g, T* x) : IJob
    {
        public void Run(int chunk)
        {
            for (var plane = chunk * group; plane < Math.Min(planes, (chunk + 1) * group); plane++)
                Plane(g + plane * rows.Small * columns.Small, x + plane * rows.Large * columns.Large);
        }

        [MethodImpl(Kernel.Loop)]
        private void Plane(T* from, T* to)
        {
            new Span<T>(to, rows.Large * columns.Large).Clear();
            for (var i = 0; i < rows.Small; i++)
            {
                var (top, bottom) = rows.Taps(i);
                for (var j = 0; j < columns.Small; j++)
                {
                    var (left, right) = columns.Taps(j);
                    var part = *from++ / share.Of(rows, columns, i, j);
                    for (var r = top; r < bottom; r++)
                        for (var s = left; s < right; s++)
                            to[rows.At(i, r) * columns.Large + columns.At(j, s)] += part;
                }
            }
        }
    }
}
