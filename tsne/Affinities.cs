namespace Workbench.NeighbourEmbedding;

/// <summary>A sparse symmetric matrix P of joint probabilities, in total 1: p_ij = (p(j|i) + p(i|j)) / 2N.</summary>
internal sealed class Affinities
{
    /// <summary>Row i lies at Start[i] .. Start[i + 1] - 1, in the order of its columns, filled up to whole vectors with entries (i, 0).</summary>
    public int[] Start { get; }

    public int[] Index { get; }

    public float[] Value { get; }

    public int Count => Start.Length - 1;

    /// <summary>From the conditional probabilities of each point's neighbours.</summary>
    public Affinities(Work work, Neighbours neighbours, float[] conditional)
    {
        var (start, index, value) = BothWays(neighbours, conditional);
        var count = start.Length - 1;
        var lengths = new int[count];
        work.Ranges(64, count, (first, last) =>
        {
            for (var i = first; i < last; i++)
                lengths[i] = Merge(index.AsSpan(start[i]..start[i + 1]), value.AsSpan(start[i]..start[i + 1]));
        });

        Start = Starts(Array.ConvertAll(lengths, Lanes.Padded));
        Index = new int[Start[count]];
        Value = new float[Start[count]];
        var share = 0.5f / count;
        for (var i = 0; i < count; i++)
        {
            Array.Fill(Index, i, Start[i], Start[i + 1] - Start[i]);
            Array.Copy(index, start[i], Index, Start[i], lengths[i]);
            for (var at = 0; at < lengths[i]; at++)
                Value[Start[i] + at] = value[start[i] + at] * share;
        }
    }

    /// <summary>The sum of p ln p, in nats.</summary>
    public double NegativeEntropy()
    {
        var sum = 0.0;
        foreach (var p in Value)
            if (p > 0)
                sum += p * Math.Log(p);
        return sum;
    }

    private static int[] Starts(int[] lengths)
    {
        var starts = new int[lengths.Length + 1];
        for (var i = 0; i < lengths.Length; i++)
            starts[i + 1] = starts[i] + lengths[i];
        return starts;
    }

    /// <summary>Each p(j|i) in row i and in row j, unsorted.</summary>
    private static (int[] Start, int[] Index, float[] Value) BothWays(Neighbours neighbours, float[] conditional)
    {
        var perPoint = neighbours.PerPoint;
        var lengths = new int[conditional.Length / perPoint];
        Array.Fill(lengths, perPoint);
        foreach (var j in neighbours.Index)
            lengths[j]++;

        var start = Starts(lengths);
        var next = start[..^1];
        var index = new int[2 * conditional.Length];
        var value = new float[index.Length];
        void Put(int row, int column, float p)
        {
            index[next[row]] = column;
            value[next[row]++] = p;
        }
        for (var at = 0; at < conditional.Length; at++)
        {
            Put(at / perPoint, neighbours.Index[at], conditional[at]);
            Put(neighbours.Index[at], at / perPoint, conditional[at]);
        }
        return (start, index, value);
    }

    /// <summary>Sorts a row and adds up the two entries that a column may have; how many are left. Their order makes no difference to the
    /// sum of two.</summary>
    private static int Merge(Span<int> index, Span<float> value)
    {
        index.Sort(value);
        var length = 0;
        for (var at = 0; at < index.Length; at++)
            if (length > 0 && index[length - 1] == index[at])
                value[length - 1] += value[at];
            else
            {
                index[length] = index[at];
                value[length++] = value[at];
            }
        return length;
    }
}
