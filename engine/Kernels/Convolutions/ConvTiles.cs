namespace Workbench.Engine;

/// <summary>Columns of a product cut into tiles of up to three registers, of nearly equal widths; what lies past the last
/// column is filled up with zeros.</summary>
internal readonly struct ConvTiles(int columns, int lanes)
{
    private const int Widest = 3;

    private int Registers => (columns + lanes - 1) / lanes;

    /// <summary>Columns with those that fill up the last register.</summary>
    internal int Padded => Registers * lanes;

    internal int Count => (Registers + Widest - 1) / Widest;

    /// <summary>A tile's first column, and its width.</summary>
    internal (int From, int Width) this[int tile]
    {
        get
        {
            var (from, to) = (Registers * tile / Count, Registers * (tile + 1) / Count);
            return (from * lanes, (to - from) * lanes);
        }
    }

    internal int Columns => columns;
}
