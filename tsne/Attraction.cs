using System.Runtime.CompilerServices;

namespace Workbench.NeighbourEmbedding;

/// <summary>What pulls neighbours together: sums over the sparse matrix of affinities. Positions are x and y of each point in turn.</summary>
internal static class Attraction
{
    private const int ChunkRows = 128;

    /// <summary>How many chunks <see cref="Forces"/> is cut into.</summary>
    public static int Chunks(Affinities affinities) => Work.Chunks(ChunkRows, affinities.Count);

    /// <summary>One chunk of: writes to <paramref name="forces"/> the sum over j of p_ij (y_i - y_j) / (1 + |y_i - y_j|^2) for each point i
    /// (x, then y).</summary>
    public static void Forces(Affinities affinities, ReadOnlySpan<float> positions, Span<float> forces, int chunk)
    {
        ref var pairs = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<float, ulong>(positions));
        for (var i = chunk * ChunkRows; i < Math.Min(affinities.Count, (chunk + 1) * ChunkRows); i++)
        {
            var (x, y) = (Vector256.Create(positions[2 * i]), Vector256.Create(positions[2 * i + 1]));
            Vector256<float> fx = default, fy = default;
            var row = affinities.Start[i]..affinities.Start[i + 1];
            var values = Lanes.Of(affinities.Value.AsSpan(row));
            ref var index = ref MemoryMarshal.GetReference(affinities.Index.AsSpan(row));
            for (var v = 0; v < values.Length; v++)
            {
                var (dx, dy, d) = Offsets(x, y, ref pairs, ref Unsafe.Add(ref index, v * Lanes.Count));
                var f = values[v] / d;
                fx = Vector256.FusedMultiplyAdd(f, dx, fx);
                fy = Vector256.FusedMultiplyAdd(f, dy, fy);
            }
            forces[2 * i] = Lanes.Sum(fx);
            forces[2 * i + 1] = Lanes.Sum(fy);
        }
    }

    /// <summary>The sum over all i and j of p_ij ln(1 + |y_i - y_j|^2).</summary>
    public static double Energy(Work work, Affinities affinities, float[] positions)
    {
        var sums = new double[Chunks(affinities)];
        work.Ranges(ChunkRows, affinities.Count, (first, last) =>
        {
            ref var pairs = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<float, ulong>(positions));
            for (var i = first; i < last; i++)
            {
                var (x, y) = (Vector256.Create(positions[2 * i]), Vector256.Create(positions[2 * i + 1]));
                var sum = Vector256<float>.Zero;
                var row = affinities.Start[i]..affinities.Start[i + 1];
                var values = Lanes.Of(affinities.Value.AsSpan(row));
                ref var index = ref MemoryMarshal.GetReference(affinities.Index.AsSpan(row));
                for (var v = 0; v < values.Length; v++)
                {
                    var (_, _, d) = Offsets(x, y, ref pairs, ref Unsafe.Add(ref index, v * Lanes.Count));
                    sum = Vector256.FusedMultiplyAdd(values[v], Vector256.Log(d), sum);
                }
                sums[first / ChunkRows] += Lanes.Sum(sum);
            }
        });
        return sums.Sum();
    }

    /// <summary>The vectors from eight points to another, and one more than their squared lengths. A pair (x, y) is read as one number of 64
    /// bits, and eight of them are parted by narrowing. Here most of a step's reads are: what <see cref="Affinities"/> names are points, so
    /// that none is checked again, which would take half as long again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> X, Vector256<float> Y, Vector256<float> OnePlusSquare) Offsets(
        Vector256<float> x, Vector256<float> y, ref ulong pairs, ref int index)
    {
        var low = Four(ref pairs, ref index);
        var high = Four(ref pairs, ref Unsafe.Add(ref index, 4));
        var dx = x - Vector256.Narrow(low, high).AsSingle();
        var dy = y - Vector256.Narrow(low >>> 32, high >>> 32).AsSingle();
        return (dx, dy, Vector256.FusedMultiplyAdd(dx, dx, Vector256.FusedMultiplyAdd(dy, dy, Vector256<float>.One)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Four(ref ulong pairs, ref int index) =>
        Vector256.Create(
            Unsafe.Add(ref pairs, index),
            Unsafe.Add(ref pairs, Unsafe.Add(ref index, 1)),
            Unsafe.Add(ref pairs, Unsafe.Add(ref index, 2)),
            Unsafe.Add(ref pairs, Unsafe.Add(ref index, 3)));
}
