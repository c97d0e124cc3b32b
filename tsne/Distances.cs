namespace Workbench.NeighbourEmbedding;

/// <summary>What becomes of the distances of a block of points to all points.</summary>
internal interface IBlock
{
    /// <summary>Distance c is the squared distance of point <paramref name="row"/> to point column + c, less the row's own squared length;
    /// infinite for the row itself and past the last point. Columns come in whole vectors, from the first to the last.</summary>
    void Visit(int row, int column, ReadOnlySpan<float> distances);

    /// <summary>All columns were seen.</summary>
    void Finish();
}

/// <summary>Squared Euclidean distances between all pairs, |a|^2 + |b|^2 - 2ab: a matrix product, of which a block is kept at a time.
/// O(N^2 D) time, O(N D) memory.</summary>
internal sealed class Distances
{
    /// <summary>Columns of a panel: three vectors. With four rows they make twelve sums, which fit sixteen registers.</summary>
    private const int PanelColumns = 24;

    private const int TileRows = 4;

    private const int BlockRows = 64;

    /// <summary>The most columns that a block sees at once: ten panels.</summary>
    public const int BlockColumns = 240;

    private const int BlockVectors = BlockColumns / Lanes.Count;

    private readonly Points points;

    /// <summary>Points as columns: panels of 24, coordinate by coordinate.</summary>
    private readonly float[] panels;

    /// <summary>Squared lengths; the last panel is filled up with points that are infinitely far.</summary>
    private readonly float[] norms;

    public Distances(Points points)
    {
        this.points = points;
        var columns = Work.Chunks(PanelColumns, points.Count) * PanelColumns;
        panels = new float[columns * points.Dimensions];
        norms = new float[columns];
        Array.Fill(norms, float.PositiveInfinity);
        points.Norms.CopyTo(norms, 0);

        for (var j = 0; j < points.Count; j++)
        {
            var row = points.Row(j);
            var start = j / PanelColumns * points.Dimensions * PanelColumns + j % PanelColumns;
            for (var k = 0; k < row.Length; k++)
                panels[start + k * PanelColumns] = row[k];
        }
    }

    /// <summary>Squared lengths of the columns from one on.</summary>
    public ReadOnlySpan<float> Norms(int column, int columns) => norms.AsSpan(column, columns);

    /// <summary>Squared distances from products differ from the true ones by at most this times (|a|^2 + |b|^2): D + 16 roundings, of which
    /// each may err by half of 2^-23, and as much again to be safe.</summary>
    public static float Error(Points points) => (points.Dimensions + 16) * MathF.ScaleB(1, -23);

    /// <summary>The squared distance of two points, in double precision.</summary>
    public static double Squared(Points points, int i, int j)
    {
        var a = points.Vectors(i);
        var b = points.Vectors(j);
        var low = Vector256<double>.Zero;
        var high = Vector256<double>.Zero;
        for (var v = 0; v < a.Length; v++)
        {
            var d = Vector256.WidenLower(a[v]) - Vector256.WidenLower(b[v]);
            var e = Vector256.WidenUpper(a[v]) - Vector256.WidenUpper(b[v]);
            low = Vector256.FusedMultiplyAdd(d, d, low);
            high = Vector256.FusedMultiplyAdd(e, e, high);
        }
        var sum = low + high;
        return sum[0] + sum[2] + (sum[1] + sum[3]);
    }

    /// <summary>Shows each block of rows, <c>block(first, last)</c>, all its distances.</summary>
    public void Scan(Work work, Func<int, int, IBlock> block) =>
        work.Ranges(BlockRows, points.Count, (first, last) =>
        {
            var rows = block(first, last);
            var values = new Vector256<float>[BlockRows * BlockVectors];
            for (var column = 0; column < norms.Length; column += BlockColumns)
            {
                var columns = Math.Min(BlockColumns, norms.Length - column);
                Fill(first, last, column, columns, values);
                for (var i = first; i < last; i++)
                {
                    var distances = Row(values, i - first)[..columns];
                    if (i >= column && i < column + columns)
                        distances[i - column] = float.PositiveInfinity;
                    rows.Visit(i, column, distances);
                }
            }
            rows.Finish();
        });

    private static Span<float> Row(Span<Vector256<float>> values, int row) =>
        MemoryMarshal.Cast<Vector256<float>, float>(values.Slice(row * BlockVectors, BlockVectors));

    private void Fill(int first, int last, int column, int columns, Span<Vector256<float>> values)
    {
        for (var j = column; j < column + columns; j += PanelColumns)
        {
            var panel = Lanes.Of(panels.AsSpan(j * points.Dimensions, PanelColumns * points.Dimensions));
            var norm = Lanes.Of(norms.AsSpan(j, PanelColumns));
            for (var i = first; i < last; i += TileRows)
                Tile(Padded(i), Padded(i + 1), Padded(i + 2), Padded(i + 3), panel, norm,
                    values[((i - first) * BlockVectors + (j - column) / Lanes.Count)..]);
        }
    }

    /// <summary>A row, or past the end the last one, whose distances nobody sees.</summary>
    private ReadOnlySpan<float> Padded(int i) => points.Row(Math.Min(i, points.Count - 1));

    /// <summary>Four rows by a panel: norm - 2 times the product.</summary>
    private static void Tile(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> d,
        ReadOnlySpan<Vector256<float>> panel, ReadOnlySpan<Vector256<float>> norm, Span<Vector256<float>> target)
    {
        Vector256<float> a0 = default, a1 = default, a2 = default, b0 = default, b1 = default, b2 = default;
        Vector256<float> c0 = default, c1 = default, c2 = default, d0 = default, d1 = default, d2 = default;
        for (var k = 0; k < a.Length; k++)
        {
            var p2 = panel[3 * k + 2];
            var p0 = panel[3 * k];
            var p1 = panel[3 * k + 1];
            var x = Vector256.Create(a[k]);
            a0 = Vector256.FusedMultiplyAdd(x, p0, a0);
            a1 = Vector256.FusedMultiplyAdd(x, p1, a1);
            a2 = Vector256.FusedMultiplyAdd(x, p2, a2);
            x = Vector256.Create(b[k]);
            b0 = Vector256.FusedMultiplyAdd(x, p0, b0);
            b1 = Vector256.FusedMultiplyAdd(x, p1, b1);
            b2 = Vector256.FusedMultiplyAdd(x, p2, b2);
            x = Vector256.Create(c[k]);
            c0 = Vector256.FusedMultiplyAdd(x, p0, c0);
            c1 = Vector256.FusedMultiplyAdd(x, p1, c1);
            c2 = Vector256.FusedMultiplyAdd(x, p2, c2);
            x = Vector256.Create(d[k]);
            d0 = Vector256.FusedMultiplyAdd(x, p0, d0);
            d1 = Vector256.FusedMultiplyAdd(x, p1, d1);
            d2 = Vector256.FusedMultiplyAdd(x, p2, d2);
        }
        Store(a0, a1, a2, norm, target);
        Store(b0, b1, b2, norm, target[BlockVectors..]);
        Store(c0, c1, c2, norm, target[(2 * BlockVectors)..]);
        Store(d0, d1, d2, norm, target[(3 * BlockVectors)..]);
    }

    private static void Store(Vector256<float> product0, Vector256<float> product1, Vector256<float> product2,
        ReadOnlySpan<Vector256<float>> norm, Span<Vector256<float>> target)
    {
        var minusTwo = Vector256.Create(-2f);
        target[0] = Vector256.FusedMultiplyAdd(minusTwo, product0, norm[0]);
        target[1] = Vector256.FusedMultiplyAdd(minusTwo, product1, norm[1]);
        target[2] = Vector256.FusedMultiplyAdd(minusTwo, product2, norm[2]);
    }
}
