using System.Numerics;

namespace Workbench.NeighbourEmbedding;

/// <summary>Ranks of points among all others, by distance.</summary>
internal static class Ranks
{
    /// <summary>For each point i and each j of <paramref name="others"/> at i: how many points come before j in the order of distance from i
    /// (equal distances in the order of their numbers). 0 for the nearest.</summary>
    public static int[] Find(Work work, Points points, Neighbours others)
    {
        var ranks = new int[others.Index.Length];
        var distances = new Distances(points);
        distances.Scan(work, (first, last) => new Block(points, distances, others, ranks, first, last));
        return ranks;
    }

    private sealed class Block : IBlock
    {
        private readonly Points points;
        private readonly Distances distances;
        private readonly Neighbours others;
        private readonly int[] ranks;
        private readonly int start;

        /// <summary>Squared distances of the others.</summary>
        private readonly double[] measured;

        public Block(Points points, Distances distances, Neighbours others, int[] ranks, int first, int last)
        {
            (this.points, this.distances, this.others, this.ranks, start) = (points, distances, others, ranks, first * others.PerPoint);
            measured = new double[(last - first) * others.PerPoint];
            for (var at = 0; at < measured.Length; at++)
                measured[at] = Distances.Squared(points, first + at / others.PerPoint, others.Index[start + at]);
        }

        public void Visit(int row, int column, ReadOnlySpan<float> values)
        {
            Span<Vector256<float>> low = stackalloc Vector256<float>[values.Length / Lanes.Count];
            Span<Vector256<float>> high = stackalloc Vector256<float>[low.Length];
            var error = Distances.Error(points);
            var norms = Lanes.Of(distances.Norms(column, values.Length));
            for (var v = 0; v < low.Length; v++)
            {
                low[v] = Lanes.Of(values)[v] - error * norms[v];
                high[v] = Lanes.Of(values)[v] + error * norms[v];
            }
            for (var at = row * others.PerPoint; at < (row + 1) * others.PerPoint; at++)
                ranks[at] += Nearer(row, others.Index[at], measured[at - start], column, low, high);
        }

        public void Finish()
        {
        }

        /// <summary>How many columns come before another point at the given squared distance. What the product's error allows them to be,
        /// low to high, settles all but those that are about as far, which are measured.</summary>
        private int Nearer(int row, int other, double distance, int column,
            ReadOnlySpan<Vector256<float>> low, ReadOnlySpan<Vector256<float>> high)
        {
            var bound = (float)distance - points.Norms[row];
            var margin = Distances.Error(points) * (2 * points.Norms[row] + (float)distance);
            var sure = Vector256.Create(bound - margin);
            var possible = Vector256.Create(bound + margin);
            var nearer = 0;
            for (var v = 0; v < low.Length; v++)
            {
                var unsure = Vector256.LessThan(low[v], possible).ExtractMostSignificantBits();
                if (unsure == 0)
                    continue;
                var certain = Vector256.LessThan(high[v], sure).ExtractMostSignificantBits();
                nearer += BitOperations.PopCount(certain);
                for (unsure &= ~certain; unsure != 0; unsure &= unsure - 1)
                    if (ComesBefore(row, column + v * Lanes.Count + BitOperations.TrailingZeroCount(unsure), other, distance))
                        nearer++;
            }
            return nearer;
        }

        private bool ComesBefore(int row, int j, int other, double distance)
        {
            var d = Distances.Squared(points, row, j);
            return d < distance || d == distance && j < other;
        }
    }
}
