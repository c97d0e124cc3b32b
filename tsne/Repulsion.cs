namespace Workbench.NeighbourEmbedding;

/// <summary>What pushes points apart, by Barnes and Hut's approximation: a cell far away acts as its points' mean. A group of points walks
/// the tree together, and a cell must be far enough for all of them: size &lt; theta * (distance of the cell's mean from the group's bounding
/// box). O(N log N); theta 0 is exact, O(N^2).</summary>
internal static class Repulsion
{
    /// <summary>Sources that are collected before they act.</summary>
    private const int MostSources = 1024;

    private const int ChunkGroups = 8;

    /// <summary>What acts on points: a cell, or a single point.</summary>
    private readonly record struct Source(float X, float Y, float Mass);

    /// <summary>Writes to <paramref name="forces"/> the sum over j of (y_i - y_j) / (1 + |y_i - y_j|^2)^2 for each point i (x, then y), and
    /// returns Z, the sum over all i and j other than i of 1 / (1 + |y_i - y_j|^2).</summary>
    public static double Compute(Work work, double theta, QuadTree tree, float[] forces)
    {
        // Theta 0: size * infinity (or NaN) is less than no distance.
        var scale = (float)(1 / (theta * theta));
        var groups = Work.Chunks(QuadTree.Group, tree.Count);
        var normalisers = new double[Work.Chunks(ChunkGroups, groups)];
        work.Ranges(ChunkGroups, groups, (first, last) => normalisers[first / ChunkGroups] = Chunk(tree, scale, first, last, forces));
        return normalisers.Sum();
    }

    /// <summary>The forces of one chunk of groups; its share of the normaliser.</summary>
    private static double Chunk(QuadTree tree, float scale, int firstGroup, int lastGroup, Span<float> forces)
    {
        Span<Source> sources = stackalloc Source[MostSources];
        Span<Vector256<float>> sums = stackalloc Vector256<float>[6];
        var lanes = MemoryMarshal.Cast<Vector256<float>, float>(sums);
        var normaliser = 0.0;
        for (var group = firstGroup; group < lastGroup; group++)
        {
            var first = group * QuadTree.Group;
            sums.Clear();
            Walk(tree, first, scale, sources, sums);
            for (var r = 0; r < Math.Min(QuadTree.Group, tree.Count - first); r++)
            {
                var i = tree.Order[first + r];
                // A point acts on itself with weight 1 and no force.
                normaliser += lanes[r] - 1.0;
                forces[2 * i] = lanes[QuadTree.Group + r];
                forces[2 * i + 1] = lanes[2 * QuadTree.Group + r];
            }
        }
        return normaliser;
    }

    /// <summary>Walks the tree for the group that starts at <paramref name="first"/> of the tree's order.</summary>
    private static void Walk(QuadTree tree, int first, float scale, Span<Source> sources, Span<Vector256<float>> sums)
    {
        var x = tree.X.AsSpan(first, QuadTree.Group);
        var y = tree.Y.AsSpan(first, QuadTree.Group);
        var (left, right) = Bounds(x);
        var (bottom, top) = Bounds(y);
        var nodes = tree.Nodes;
        var count = 0;
        for (var at = 0; at < nodes.Length;)
        {
            ref readonly var node = ref nodes[at];
            var dx = Larger(Larger(left - node.X, node.X - right), 0);
            var dy = Larger(Larger(bottom - node.Y, node.Y - top), 0);
            if (node.SquaredSize * scale < dx * dx + dy * dy && (node.Last <= first || node.First >= first + QuadTree.Group))
            {
                if (count == MostSources)
                    Act(sources, ref count, Lanes.Of(x), Lanes.Of(y), sums);
                sources[count++] = new(node.X, node.Y, node.Mass);
                at = node.Next;
            }
            else if (node.Next == ++at)
                for (var r = node.First; r < node.Last; r++)
                {
                    if (count == MostSources)
                        Act(sources, ref count, Lanes.Of(x), Lanes.Of(y), sums);
                    sources[count++] = new(tree.X[r], tree.Y[r], 1);
                }
        }
        Act(sources, ref count, Lanes.Of(x), Lanes.Of(y), sums);
    }

    /// <summary>Without a word for NaN: one instruction.</summary>
    private static float Larger(float a, float b) => float.MaxNative(a, b);

    private static (float Least, float Greatest) Bounds(ReadOnlySpan<float> values)
    {
        var (least, greatest) = (values[0], values[0]);
        foreach (var value in values)
            (least, greatest) = (float.MinNative(least, value), Larger(greatest, value));
        return (least, greatest);
    }

    /// <summary>Adds to the sums of 16 targets, for each source at distance d with w = mass / (1 + d^2): w, and the vector from source to
    /// target times w / (1 + d^2). Sums are kept as 16 w, 16 x, 16 y. Then there are no sources.</summary>
    private static void Act(ReadOnlySpan<Source> sources, ref int count,
        ReadOnlySpan<Vector256<float>> x, ReadOnlySpan<Vector256<float>> y, Span<Vector256<float>> sums)
    {
        var one = Vector256<float>.One;
        var (x0, x1, y0, y1) = (x[0], x[1], y[0], y[1]);
        Vector256<float> z0 = default, z1 = default, fx0 = default, fx1 = default, fy0 = default, fy1 = default;
        foreach (ref readonly var source in sources[..count])
        {
            var sx = Vector256.Create(source.X);
            var sy = Vector256.Create(source.Y);
            var mass = Vector256.Create(source.Mass);
            var dx = x0 - sx;
            var dy = y0 - sy;
            var q = one / Vector256.FusedMultiplyAdd(dx, dx, Vector256.FusedMultiplyAdd(dy, dy, one));
            var w = mass * q;
            z0 += w;
            fx0 = Vector256.FusedMultiplyAdd(w * q, dx, fx0);
            fy0 = Vector256.FusedMultiplyAdd(w * q, dy, fy0);
            dx = x1 - sx;
            dy = y1 - sy;
            q = one / Vector256.FusedMultiplyAdd(dx, dx, Vector256.FusedMultiplyAdd(dy, dy, one));
            w = mass * q;
            z1 += w;
            fx1 = Vector256.FusedMultiplyAdd(w * q, dx, fx1);
            fy1 = Vector256.FusedMultiplyAdd(w * q, dy, fy1);
        }
        sums[0] += z0;
        sums[1] += z1;
        sums[2] += fx0;
        sums[3] += fx1;
        sums[4] += fy0;
        sums[5] += fy1;
        count = 0;
    }
}
