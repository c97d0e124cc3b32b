namespace Workbench.NeighbourEmbedding;

/// <summary>Points in D dimensions. Neither where they lie nor in what unit they are measured makes a difference to neighbours, so they are
/// centred, and scaled into [-1, 1] by a power of two, in double precision before they are rounded to single precision.</summary>
internal sealed class Points
{
    public int Count { get; }

    public int Dimensions { get; }

    /// <summary>Numbers a row takes: D coordinates, then zeros up to whole vectors.</summary>
    public int Stride { get; }

    public float[] Rows { get; }

    /// <summary>Squared lengths.</summary>
    public float[] Norms { get; }

    /// <exception cref="ArgumentException">There are no numbers, they do not make up <paramref name="count"/> equal rows, or one is not
    /// finite.</exception>
    public Points(ReadOnlySpan<float> rows, int count, string name)
    {
        if (count < 1 || rows.IsEmpty || rows.Length % count != 0)
            throw new ArgumentException($"{rows.Length} numbers do not make up {count} points of one or more coordinates each", name);
        Count = count;
        Dimensions = rows.Length / count;
        Stride = Lanes.Padded(Dimensions);
        Rows = new float[count * Stride];
        Norms = new float[count];
        Fill(rows, Mean(rows, name));
    }

    public ReadOnlySpan<float> Row(int i) => Rows.AsSpan(i * Stride, Dimensions);

    public ReadOnlySpan<Vector256<float>> Vectors(int i) => Lanes.Of(Rows.AsSpan(i * Stride, Stride));

    private double[] Mean(ReadOnlySpan<float> rows, string name)
    {
        var sums = new double[Dimensions];
        for (var i = 0; i < Count; i++)
            for (var k = 0; k < Dimensions; k++)
            {
                var value = rows[i * Dimensions + k];
                if (!float.IsFinite(value))
                    throw new ArgumentException($"point {i + 1} of {Count} is not finite", name);
                sums[k] += value;
            }
        return Array.ConvertAll(sums, sum => sum / Count);
    }

    private void Fill(ReadOnlySpan<float> rows, double[] mean)
    {
        var largest = 0.0;
        for (var at = 0; at < rows.Length; at++)
            largest = Math.Max(largest, Math.Abs(rows[at] - mean[at % Dimensions]));

        var unit = largest == 0 ? 1 : Math.ScaleB(1, -Math.ILogB(largest) - 1);
        for (var i = 0; i < Count; i++)
        {
            var norm = 0.0;
            for (var k = 0; k < Dimensions; k++)
            {
                var value = (float)((rows[i * Dimensions + k] - mean[k]) * unit);
                Rows[i * Stride + k] = value;
                norm += (double)value * value;
            }
            Norms[i] = (float)norm;
        }
    }
}
