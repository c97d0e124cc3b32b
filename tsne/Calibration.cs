namespace Workbench.NeighbourEmbedding;

/// <summary>The Gaussian round a point whose perplexity, e to its entropy in nats, is the one asked for.</summary>
internal static class Calibration
{
    /// <summary>How near the entropy must come, in nats.</summary>
    private const double Tolerance = 1e-5;

    private const int MostSteps = 100;

    /// <summary>For each point the probabilities of its neighbours, in their order: p(j|i) = exp(-b_i d_ij) / sum over j, with squared
    /// distances d and a precision b_i such that their entropy is ln perplexity, as near as the distances allow: those of equal distance
    /// always get equal shares.</summary>
    public static float[] Conditional(Work work, double perplexity, Neighbours neighbours)
    {
        var count = neighbours.PerPoint;
        var probabilities = new float[neighbours.Distance.Length];
        work.Ranges(64, probabilities.Length / count, (first, last) =>
        {
            for (var i = first; i < last; i++)
            {
                var distances = neighbours.Distance.AsSpan(i * count, count);
                var (precision, sum) = Precision(Math.Log(perplexity), distances);
                for (var j = 0; j < count; j++)
                    probabilities[i * count + j] = (float)(Math.Exp(-precision * (distances[j] - distances[0])) / sum);
            }
        });
        return probabilities;
    }

    /// <summary>Newton's steps for the logarithm of the precision (the entropy falls by the variance of b d for each e-fold), at most
    /// e^4-fold each; half way back where one would leave what is known to be too low and too high.</summary>
    private static (double Precision, double Sum) Precision(double entropy, ReadOnlySpan<double> distances)
    {
        double low = -700, high = 700, logarithm = Math.Log(Guess(distances));
        for (var steps = 1; ; steps++)
        {
            var (reached, sum, variance) = Shape(distances, Math.Exp(logarithm));
            if (steps == MostSteps || Math.Abs(reached - entropy) <= Tolerance)
                return (Math.Exp(logarithm), sum);
            if (reached > entropy)
                low = logarithm;
            else
                high = logarithm;
            var next = logarithm + Math.Clamp((reached - entropy) / Math.Max(variance, 1e-300), -4, 4);
            logarithm = next > low && next < high ? next : (low + high) / 2;
        }
    }

    /// <summary>The entropy of p_j = exp(-b d_j) / sum, the sum, and the variance of b d under p. Distances count from the least.</summary>
    private static (double Entropy, double Sum, double Variance) Shape(ReadOnlySpan<double> distances, double precision)
    {
        double sum = 0, linear = 0, square = 0;
        foreach (var distance in distances)
        {
            var energy = precision * (distance - distances[0]);
            var weight = Math.Exp(-energy);
            sum += weight;
            linear += weight * energy;
            square += weight * energy * energy;
        }
        var mean = linear / sum;
        return (Math.Log(sum) + mean, sum, square / sum - mean * mean);
    }

    /// <summary>A first precision: as if distances were exponentially distributed.</summary>
    private static double Guess(ReadOnlySpan<double> distances)
    {
        var sum = 0.0;
        foreach (var distance in distances)
            sum += distance - distances[0];
        return sum > 0 ? distances.Length / sum : 1;
    }
}
