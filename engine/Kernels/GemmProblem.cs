namespace Workbench.Engine;

/// <summary>C = Start + A B, or one slice of k of it. Start is C itself, a bias row or a row of zeros.</summary>
internal unsafe struct GemmProblem<T> : ILaneWork<T> where T : unmanaged
{
    public int M, N, K;
    public T* A;
    public long ARow, ACol;
    public T* B;
    public long BRow, BCol;
    public T* C;
    public long CRow;

    /// <summary>Where As is not null: K is cut into parts of PartK each, and the operands of part i begin at As[i] and Bs[i].</summary>
    public T** As, Bs;
    public int PartK;

    /// <summary>The start of element (i, j) lies at Start[i * StartRow + j * StartCol].</summary>
    public T* Start;
    public long StartRow, StartCol;

    /// <summary>The product, whose sizes are above zero, but for K.</summary>
    public readonly void Run<TLanes, TVector>(int tallest)
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged =>
        GemmBlocks<T, TLanes, TVector>.Run(this, tallest);

    /// <summary>The part that adds the products k = from to from + count - 1; all but the first start from C.</summary>
    public readonly GemmProblem<T> Slice(int from, int count)
    {
        var slice = this;
        slice.K = count;
        slice.A += from * ACol;
        slice.B += from * BRow;

        if (from > 0)
        {
            slice.Start = C;
            slice.StartRow = CRow;
            slice.StartCol = 1;
        }

        return slice;
    }
}
