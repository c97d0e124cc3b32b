namespace Workbench.NeighbourEmbedding;

/// <summary>Gradient descent on KL(P || Q) with momentum and a gain for each coordinate (van der Maaten and Hinton, 2008). Arrays hold x and
/// y of each point in turn, filled up with zeros to whole vectors.</summary>
internal sealed class Descent
{
    /// <summary>Progress is told this often.</summary>
    private const int TellEvery = 50;

    /// <summary>Exaggeration ends where the positions' deviation has come down to this part of the start's.</summary>
    private const double Gathered = 0.01;

    private readonly Work work;
    private readonly Affinities affinities;
    private readonly TSneSettings settings;
    private readonly double rate, gathered;
    private readonly float[] positions, velocity, gains, attraction, repulsion;
    private readonly QuadTree tree;
    private bool exaggerated;

    private Descent(Work work, TSneSettings settings, Affinities affinities, float[] start)
    {
        (this.work, this.affinities, this.settings) = (work, affinities, settings);
        var count = affinities.Count;
        rate = settings.LearningRate ?? Math.Max(count / settings.Exaggeration / 4, 50);
        float[] Numbers() => new float[Lanes.Padded(2 * count)];
        (positions, velocity, gains, attraction, repulsion) = (Numbers(), Numbers(), Numbers(), Numbers(), Numbers());
        start.CopyTo(positions, 0);
        gathered = Gathered * Deviation();
        tree = new(count);
    }

    /// <summary>Descends from positions. Every 50 iterations <paramref name="progress"/> gets the iteration, from 1, and the KL divergence,
    /// in nats, of the positions before its step, with Z approximated as in the forces. The KL divergence of the result has the exact Z.</summary>
    public static Embedding Run(Work work, TSneSettings settings, Affinities affinities, float[] start, Action<int, double>? progress)
    {
        var descent = new Descent(work, settings, affinities, start);
        for (var iteration = 1; iteration <= settings.Iterations; iteration++)
            descent.Iterate(iteration, progress);
        var kl = descent.Divergence(descent.Forces(0));
        return new(descent.positions[..start.Length], kl);
    }

    private void Iterate(int iteration, Action<int, double>? progress)
    {
        var before = exaggerated;
        exaggerated = iteration <= settings.ExaggeratedIterations && (iteration == 1 || (before && Deviation() >= gathered));
        if (iteration == 1 || exaggerated != before)
        {
            Array.Clear(velocity);
            Array.Fill(gains, 1);
        }
        var normaliser = Forces(settings.Theta);
        if (progress is not null && iteration % TellEvery == 0)
            progress(iteration, Divergence(normaliser));
        Move(exaggerated ? settings.Exaggeration : 1, normaliser, exaggerated ? 0.5f : 0.8f);
    }

    /// <summary>The root of the mean squared distance from the centre. Exaggerated attraction gathers clusters; points whose
    /// neighbourhoods overlap too much for clusters it draws to one place, from which, once their differences are lost to rounding, none
    /// comes back. (scikit-learn ends exaggeration there as well: no gradient is left.)</summary>
    private double Deviation()
    {
        double x = 0, y = 0, square = 0;
        var count = affinities.Count;
        for (var at = 0; at < 2 * count; at += 2)
        {
            x += positions[at];
            y += positions[at + 1];
            square += (double)positions[at] * positions[at] + (double)positions[at + 1] * positions[at + 1];
        }
        return Math.Sqrt(Math.Max(0, square - (x * x + y * y) / count) / count);
    }

    /// <summary>Both forces; the normaliser Z. The tree is built beside the attraction, which does not need it.</summary>
    private double Forces(double theta)
    {
        work.Each(1 + Attraction.Chunks(affinities), chunk =>
        {
            if (chunk == 0)
                tree.Build(positions);
            else
                Attraction.Forces(affinities, positions, attraction, chunk - 1);
        });
        return Repulsion.Compute(work, theta, tree, repulsion);
    }

    /// <summary>KL = sum of p ln (p / q), q = 1 / ((1 + d^2) Z).</summary>
    private double Divergence(double normaliser) =>
        affinities.NegativeEntropy() + Attraction.Energy(work, affinities, positions) + Math.Log(normaliser);

    /// <summary>One step along the gradient 4 (exaggeration * attraction - repulsion / Z). A gain grows by 0.2 where the velocity still goes
    /// downhill, and shrinks to 0.8 of itself elsewhere, to no less than 0.01.</summary>
    private void Move(double exaggeration, double normaliser, float momentum)
    {
        var pull = (float)(4 * exaggeration);
        var push = (float)(4 / normaliser);
        var y = Lanes.Of(positions.AsSpan());
        var v = Lanes.Of(velocity.AsSpan());
        var g = Lanes.Of(gains.AsSpan());
        var a = Lanes.Of(attraction.AsSpan());
        var r = Lanes.Of(repulsion.AsSpan());
        for (var at = 0; at < y.Length; at++)
        {
            var gradient = pull * a[at] - push * r[at];
            var downhill = Vector256.LessThan(v[at] * gradient, Vector256<float>.Zero);
            var shrunk = Vector256.Max(0.8f * g[at], Vector256.Create(0.01f));
            g[at] = Vector256.ConditionalSelect(downhill, g[at] + Vector256.Create(0.2f), shrunk);
            v[at] = momentum * v[at] - (float)rate * g[at] * gradient;
            y[at] += v[at];
        }
    }
}
