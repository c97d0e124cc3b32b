using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>Sixteen bytes of each of a register's worth of rows, transposed: four registers of floats, or two of doubles,
/// each with one column.</summary>
internal unsafe struct GemmQuad<T, TLanes, TVector>
    where T : unmanaged
    where TLanes : struct, IGemmLanes<T, TVector>
    where TVector : unmanaged
{
    private TVector c0, c1, c2, c3;

    /// <summary>Columns: 4 for float, 2 for double.</summary>
    public static int Steps => 16 / sizeof(T);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GemmQuad<T, TLanes, TVector> Load(T* source, long row)
    {
        var x0 = TLanes.LoadPieces(source, Steps * row);
        var x1 = TLanes.LoadPieces(source + row, Steps * row);
        GemmQuad<T, TLanes, TVector> quad;

        if (sizeof(T) == 8)
        {
            quad.c0 = quad.c2 = TLanes.FirstHalves(x0, x1);
            quad.c1 = quad.c3 = TLanes.SecondHalves(x0, x1);
            return quad;
        }

        var x2 = TLanes.LoadPieces(source + 2 * row, Steps * row);
        var x3 = TLanes.LoadPieces(source + 3 * row, Steps * row);
        var (low01, low23) = (TLanes.ZipLow(x0, x1), TLanes.ZipLow(x2, x3));
        var (high01, high23) = (TLanes.ZipHigh(x0, x1), TLanes.ZipHigh(x2, x3));
        quad.c0 = TLanes.FirstHalves(low01, low23);
        quad.c1 = TLanes.SecondHalves(low01, low23);
        quad.c2 = TLanes.FirstHalves(high01, high23);
        quad.c3 = TLanes.SecondHalves(high01, high23);
        return quad;
    }

    /// <summary>The columns as rows of a dense panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(T* target, long width)
    {
        TLanes.Store(c0, target);
        TLanes.Store(c1, target + width);

        if (sizeof(T) == 8)
            return;

        TLanes.Store(c2, target + 2 * width);
        TLanes.Store(c3, target + 3 * width);
    }

    /// <summary>sum plus each column times its own factor, in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector AddTo(TVector sum, T* factors, long step)
    {
        sum = TLanes.MultiplyAdd(TLanes.Broadcast(factors[0]), c0, sum);
        sum = TLanes.MultiplyAdd(TLanes.Broadcast(factors[step]), c1, sum);

        if (sizeof(T) == 8)
            return sum;

        sum = TLanes.MultiplyAdd(TLanes.Broadcast(factors[2 * step]), c2, sum);
        return TLanes.MultiplyAdd(TLanes.Broadcast(factors[3 * step]), c3, sum);
    }
}
