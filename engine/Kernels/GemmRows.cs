using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>A few neighbouring registers of one row of the product: what a tile is made of.</summary>
internal unsafe interface IGemmRow<TSelf, T> where TSelf : struct, IGemmRow<TSelf, T> where T : unmanaged
{
    static abstract TSelf Load(T* source);

    void Store(T* target);

    /// <summary>This row plus <paramref name="factor"/> times <paramref name="other"/>.</summary>
    TSelf Plus(T factor, TSelf other);
}

internal unsafe struct GemmRow1<TLanes, T, TVector> : IGemmRow<GemmRow1<TLanes, T, TVector>, T>
    where TLanes : struct, IGemmLanes<T, TVector>
    where T : unmanaged
    where TVector : unmanaged
{
    private TVector x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GemmRow1<TLanes, T, TVector> Load(T* source)
    {
        GemmRow1<TLanes, T, TVector> row;
        row.x = TLanes.Load(source);
        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(T* target) => TLanes.Store(x, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GemmRow1<TLanes, T, TVector> Plus(T factor, GemmRow1<TLanes, T, TVector> other)
    {
        GemmRow1<TLanes, T, TVector> row;
        row.x = TLanes.MultiplyAdd(TLanes.Broadcast(factor), other.x, x);
        return row;
    }
}

internal unsafe struct GemmRow2<TLanes, T, TVector> : IGemmRow<GemmRow2<TLanes, T, TVector>, T>
    where TLanes : struct, IGemmLanes<T, TVector>
    where T : unmanaged
    where TVector : unmanaged
{
    private TVector x, y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GemmRow2<TLanes, T, TVector> Load(T* source)
    {
        GemmRow2<TLanes, T, TVector> row;
        row.x = TLanes.Load(source);
        row.y = TLanes.Load(source + TLanes.Count);
        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(T* target)
    {
        TLanes.Store(x, target);
        TLanes.Store(y, target + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GemmRow2<TLanes, T, TVector> Plus(T factor, GemmRow2<TLanes, T, TVector> other)
    {
        var f = TLanes.Broadcast(factor);
        GemmRow2<TLanes, T, TVector> row;
        row.x = TLanes.MultiplyAdd(f, other.x, x);
        row.y = TLanes.MultiplyAdd(f, other.y, y);
        return row;
    }
}

internal unsafe struct GemmRow3<TLanes, T, TVector> : IGemmRow<GemmRow3<TLanes, T, TVector>, T>
    where TLanes : struct, IGemmLanes<T, TVector>
    where T : unmanaged
    where TVector : unmanaged
{
    private TVector x, y, z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GemmRow3<TLanes, T, TVector> Load(T* source)
    {
        GemmRow3<TLanes, T, TVector> row;
        row.x = TLanes.Load(source);
        row.y = TLanes.Load(source + TLanes.Count);
        row.z = TLanes.Load(source + 2 * TLanes.Count);
        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(T* target)
    {
        TLanes.Store(x, target);
        TLanes.Store(y, target + TLanes.Count);
        TLanes.Store(z, target + 2 * TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GemmRow3<TLanes, T, TVector> Plus(T factor, GemmRow3<TLanes, T, TVector> other)
    {
        var f = TLanes.Broadcast(factor);
        GemmRow3<TLanes, T, TVector> row;
        row.x = TLanes.MultiplyAdd(f, other.x, x);
        row.y = TLanes.MultiplyAdd(f, other.y, y);
        row.z = TLanes.MultiplyAdd(f, other.z, z);
        return row;
    }
}
