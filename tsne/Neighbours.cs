using System.Numerics;

namespace Workbench.NeighbourEmbedding;

/// <summary>The nearest neighbours of each point, itself not counted: <see cref="PerPoint"/> of them, from the nearest to the farthest; of
/// equally far ones that with the smaller number comes first. Exact, by comparing all pairs.</summary>
internal sealed class Neighbours
{
    public int PerPoint { get; }

    public int[] Index { get; }

    /// <summary>Squared distances.</summary>
    public double[] Distance { get; }

    /// <summary>The nearest <paramref name="perPoint"/> (less than the number of points) of each point.</summary>
    public Neighbours(Work work, int perPoint, Points points)
    {
        PerPoint = perPoint;
        Index = new int[points.Count * perPoint];
        Distance = new double[points.Count * perPoint];
        new Distances(points).Scan(work, (first, last) => new Block(this, points, first, last));
    }

    private sealed class Block(Neighbours target, Points points, int first, int last) : IBlock
    {
        private readonly Candidates[] candidates =
            [.. Enumerable.Range(first, last - first).Select(row => new Candidates(points, row, target.PerPoint))];

        public void Visit(int row, int column, ReadOnlySpan<float> distances) => candidates[row - first].Add(column, distances);

        public void Finish()
        {
            for (var row = first; row < last; row++)
            {
                var start = row * target.PerPoint;
                candidates[row - first].Nearest(target.Index.AsSpan(start, target.PerPoint), target.Distance.AsSpan(start, target.PerPoint));
            }
        }
    }

    /// <summary>Candidates for the neighbours of one point: those whose distance from the product may still be small enough.</summary>
    private sealed class Candidates(Points points, int row, int wanted)
    {
        private float[] keys = new float[2 * wanted + 2 * Distances.BlockColumns];
        private int[] items = new int[2 * wanted + 2 * Distances.BlockColumns];
        private int count;
        private float limit = float.PositiveInfinity;

        public void Add(int column, ReadOnlySpan<float> distances)
        {
            if (count + distances.Length > keys.Length)
                MakeRoom();

            var near = Vector256.Create(limit);
            var vectors = Lanes.Of(distances);
            for (var v = 0; v < vectors.Length; v++)
                for (var mask = Vector256.LessThan(vectors[v], near).ExtractMostSignificantBits(); mask != 0; mask &= mask - 1)
                {
                    var at = v * Lanes.Count + BitOperations.TrailingZeroCount(mask);
                    keys[count] = distances[at];
                    items[count++] = column + at;
                }
        }

        /// <summary>The nearest items and their distances, measured again without the product.</summary>
        public void Nearest(Span<int> index, Span<double> distance)
        {
            Prune();
            var nearest = items.AsSpan(0, count);
            var distances = new double[count];
            for (var i = 0; i < count; i++)
                distances[i] = Distances.Squared(points, row, nearest[i]);
            distances.AsSpan().Sort(nearest);

            for (int start = 0, next = 1; next <= count; next++)
                if (next == count || distances[next] > distances[start])
                {
                    nearest[start..next].Sort();
                    start = next;
                }
            nearest[..wanted].CopyTo(index);
            distances.AsSpan(0, wanted).CopyTo(distance);
        }

        private void MakeRoom()
        {
            Prune();
            if (count + Distances.BlockColumns > keys.Length)
            {
                Array.Resize(ref keys, 2 * keys.Length);
                Array.Resize(ref items, keys.Length);
            }
        }

        /// <summary>Keeps those that may be among the nearest. Distances d from products err by up to e (|a|^2 + |b|^2), and
        /// |b|^2 is at most 2 |a|^2 + 2 d: what is beyond the limit here is surely farther than as many others as are wanted.</summary>
        private void Prune()
        {
            if (count <= wanted)
                return;
            var farthest = Select(keys.AsSpan(0, count).ToArray(), wanted - 1);
            var norm = points.Norms[row];
            limit = MathF.BitIncrement(farthest + 8 * Distances.Error(points) * (norm + Math.Max(0, farthest + norm)));

            var kept = 0;
            for (var i = 0; i < count; i++)
                if (keys[i] < limit)
                {
                    keys[kept] = keys[i];
                    items[kept++] = items[i];
                }
            count = kept;
        }

        /// <summary>The number that would stand at a place if they were sorted: Hoare's algorithm FIND (1961). They change their order.</summary>
        private static float Select(Span<float> values, int place)
        {
            for (int low = 0, high = values.Length - 1; low < high;)
            {
                var pivot = values[place];
                int i = low, j = high;
                while (i <= j)
                {
                    while (values[i] < pivot)
                        i++;
                    while (pivot < values[j])
                        j--;
                    if (i <= j)
                    {
                        (values[i], values[j]) = (values[j], values[i]);
                        i++;
                        j--;
                    }
                }
                if (j < place)
                    low = i;
                if (place < i)
                    high = j;
            }
            return values[place];
        }
    }
}
