using System.Numerics;

namespace Workbench.NeighbourEmbedding;

/// <summary>A cell that holds points First .. Last - 1 of the tree's order. Its children are the nodes after it, up to Next - 1, each
/// followed by its own; a leaf's Next is the node after it.</summary>
internal struct Node
{
    /// <summary>The points' mean.</summary>
    public float X, Y;

    /// <summary>How many points.</summary>
    public float Mass;

    /// <summary>The square of the longer side of the points' bounding box.</summary>
    public float SquaredSize;

    public int First, Last, Next;
}

/// <summary>A quadtree over points in the plane: points sorted along a curve that visits each cell's points one after the other (Morton,
/// 1966), and the cells in the order of a walk from the root. O(N). Building it again reuses its memory.</summary>
internal sealed class QuadTree(int count)
{
    /// <summary>Points that are handled together: neighbours on the curve.</summary>
    public const int Group = 16;

    /// <summary>The most points in a leaf, unless they (nearly) coincide.</summary>
    private const int Leaf = 8;

    private ulong[] keys = new ulong[count];
    private ulong[] spare = new ulong[count];
    private readonly Node[] nodes = new Node[2 * count];
    private int nodeCount;

    public int Count => count;

    public ReadOnlySpan<Node> Nodes => nodes.AsSpan(0, nodeCount);

    /// <summary>The points' numbers in the tree's order.</summary>
    public int[] Order { get; } = new int[count];

    /// <summary>The points' coordinates in the tree's order; the last one is repeated up to a whole group.</summary>
    public float[] X { get; } = new float[Work.Chunks(Group, count) * Group];

    public float[] Y { get; } = new float[Work.Chunks(Group, count) * Group];

    /// <summary>Builds the tree of positions: x and y of each point in turn.</summary>
    public void Build(ReadOnlySpan<float> positions)
    {
        Encode(positions);
        for (var shift = 32; shift < 64; shift += 11)
        {
            SortBy(shift);
            (keys, spare) = (spare, keys);
        }
        for (var r = 0; r < X.Length; r++)
        {
            var i = (int)(uint)keys[Math.Min(r, count - 1)];
            X[r] = positions[2 * i];
            Y[r] = positions[2 * i + 1];
            if (r < count)
                Order[r] = i;
        }
        nodeCount = 0;
        Add(0, count);
    }

    /// <summary>Keys: 16 bits of x and of y, mixed bit by bit, then the point's number.</summary>
    private void Encode(ReadOnlySpan<float> positions)
    {
        var box = Extent.Of(positions[0], positions[1]);
        for (var i = 1; i < count; i++)
            box = box.With(Extent.Of(positions[2 * i], positions[2 * i + 1]));

        var scale = box.Size > 0 ? 65536 / box.Size : 0;
        for (var i = 0; i < count; i++)
        {
            var column = Math.Min(65535, (uint)((positions[2 * i] - box.Left) * scale));
            var row = Math.Min(65535, (uint)((positions[2 * i + 1] - box.Bottom) * scale));
            keys[i] = (ulong)(Spread(column) | Spread(row) << 1) << 32 | (uint)i;
        }
    }

    /// <summary>16 bits with gaps of one.</summary>
    private static uint Spread(uint bits)
    {
        bits = (bits | bits << 8) & 0x00FF00FF;
        bits = (bits | bits << 4) & 0x0F0F0F0F;
        bits = (bits | bits << 2) & 0x33333333;
        return (bits | bits << 1) & 0x55555555;
    }

    /// <summary>One pass of a radix sort, by 11 bits, from keys to spare.</summary>
    private void SortBy(int shift)
    {
        const int Digits = 1 << 11;
        Span<int> next = stackalloc int[Digits];
        next.Clear();
        foreach (var key in keys)
            next[(int)(key >> shift) & (Digits - 1)]++;
        var sum = 0;
        for (var digit = 0; digit < Digits; digit++)
            (next[digit], sum) = (sum, sum + next[digit]);
        foreach (var key in keys)
            spare[next[(int)(key >> shift) & (Digits - 1)]++] = key;
    }

    /// <summary>Adds the node of points first .. last - 1, and those below it.</summary>
    private Extent Add(int first, int last)
    {
        var at = nodeCount++;
        var differing = (keys[first] ^ keys[last - 1]) >> 32;
        Extent extent;
        if (differing == 0 || last - first <= Leaf)
        {
            extent = Extent.Of(X[first], Y[first]);
            for (var r = first + 1; r < last; r++)
                extent = extent.With(Extent.Of(X[r], Y[r]));
        }
        else
        {
            // The cell is the smallest that holds them all: cells with one child are left out.
            var shift = 32 + (BitOperations.Log2(differing) & ~1);
            var start = QuadrantEnd(shift, first, last);
            extent = Add(first, start);
            while (start < last)
            {
                var next = QuadrantEnd(shift, start, last);
                extent = extent.With(Add(start, next));
                start = next;
            }
        }

        double mass = last - first;
        nodes[at] = new Node
        {
            X = (float)(extent.SumX / mass),
            Y = (float)(extent.SumY / mass),
            Mass = (float)mass,
            SquaredSize = extent.Size * extent.Size,
            First = first,
            Last = last,
            Next = nodeCount,
        };
        return extent;
    }

    /// <summary>The first place after <paramref name="first"/> whose quadrant is another.</summary>
    private int QuadrantEnd(int shift, int first, int last)
    {
        var own = keys[first] >> shift & 3;
        while (last - first > 1)
        {
            var middle = (first + last) >>> 1;
            if ((keys[middle] >> shift & 3) == own)
                first = middle;
            else
                last = middle;
        }
        return last;
    }

    /// <summary>What a cell needs of its children.</summary>
    private readonly record struct Extent(float Left, float Right, float Bottom, float Top, double SumX, double SumY)
    {
        public float Size => Math.Max(Right - Left, Top - Bottom);

        public static Extent Of(float x, float y) => new(x, x, y, y, x, y);

        public Extent With(in Extent other) =>
            new(Math.Min(Left, other.Left), Math.Max(Right, other.Right), Math.Min(Bottom, other.Bottom), Math.Max(Top, other.Top),
                SumX + other.SumX, SumY + other.SumY);
    }
}
