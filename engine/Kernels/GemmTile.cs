using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Workbench.Engine;

/// <summary>Where a strip of tiles reads and writes: rows of A, one panel of B, the strip's start values, its C.
/// Element (i, p) of A lies at A[i * ARow + p * ACol]; rows of B, Start and C are contiguous. A convolution runs p again from
/// other places: Runs times, A and B each moved by their RunStep, and all of that Rounds times, moved by RoundStep.</summary>
internal unsafe struct GemmStrip<T> where T : unmanaged
{
    public int K, Runs, Rounds;
    public T* A;
    public long ARow, ACol, ARunStep, ARoundStep;
    public T* B;
    public long BRow, BRunStep, BRoundStep;
    public T* Start;
    public long StartRow;
    public T* C;
    public long CRow;

    /// <summary>The same strip, further down.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GemmStrip<T> Below(int rows)
    {
        var below = this;
        below.A += rows * ARow;
        below.Start += rows * StartRow;
        below.C += rows * CRow;
        return below;
    }
}

/// <summary>The micro-kernels: C = Start + A B for 8, 4, 2 or 1 rows as wide as a TRow, all of it held in registers.
/// Each element is a single chain of multiply-adds in the order of k, so its bits do not depend on the tile it is in.</summary>
internal static unsafe class GemmTile<T, TRow>
    where T : unmanaged
    where TRow : struct, IGemmRow<TRow, T>
{
    private const int CacheLine = 64;

    /// <summary>Any number of rows, <paramref name="tallest"/> (8 or 4) at a time.</summary>
    [MethodImpl(Kernel.Loop)]
    public static void Run(GemmStrip<T> strip, int rows, int tallest)
    {
        for (; rows >= 8 && tallest == 8; rows -= 8, strip = strip.Below(8))
            Eight(&strip);

        for (; rows >= 4; rows -= 4, strip = strip.Below(4))
            Four(&strip);

        for (; rows >= 2; rows -= 2, strip = strip.Below(2))
            Two(&strip);

        if (rows == 1)
            One(&strip);
    }

    /// <summary>Asks for eight rows of C before they are computed: with few steps of k they are done soon, and would wait for the
    /// memory that they are written to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(GemmStrip<T>* strip)
    {
        if (!Sse.IsSupported)
            return;

        var c = strip->C;

        for (var row = 0; row < 8; row++, c += strip->CRow)
        {
            for (var at = 0; at < Unsafe.SizeOf<TRow>(); at += CacheLine)
                Sse.Prefetch0((byte*)c + at);
        }
    }

    [MethodImpl(Kernel.Loop)]
    private static void Eight(GemmStrip<T>* strip)
    {
        Fetch(strip);
        var s = strip->Start;
        var sRow = strip->StartRow;
        var (r0, r1, r2, r3) = (TRow.Load(s), TRow.Load(s + sRow), TRow.Load(s + 2 * sRow), TRow.Load(s + 3 * sRow));
        s += 4 * sRow;
        var (r4, r5, r6, r7) = (TRow.Load(s), TRow.Load(s + sRow), TRow.Load(s + 2 * sRow), TRow.Load(s + 3 * sRow));

        var a = strip->A;
        var (aRow, aCol) = (strip->ARow, strip->ACol);
        var (aRow2, aRow3) = (2 * aRow, 3 * aRow);
        var lower = a + 4 * aRow;
        var b = strip->B;
        var bRow = strip->BRow;

        var (k, runs) = (strip->K, strip->Runs);
        var (aJump, bJump) = (strip->ARunStep - k * aCol, strip->BRunStep - k * bRow);
        var (aTurn, bTurn) = (strip->ARoundStep - runs * strip->ARunStep, strip->BRoundStep - runs * strip->BRunStep);

        for (var round = strip->Rounds; round > 0; round--)
        {
            for (var run = runs; run > 0; run--)
            {
                for (var p = k; p > 0; p--)
                {
                    var row = TRow.Load(b);
                    r0 = r0.Plus(a[0], row);
                    r1 = r1.Plus(a[aRow], row);
                    r2 = r2.Plus(a[aRow2], row);
                    r3 = r3.Plus(a[aRow3], row);
                    r4 = r4.Plus(lower[0], row);
                    r5 = r5.Plus(lower[aRow], row);
                    r6 = r6.Plus(lower[aRow2], row);
                    r7 = r7.Plus(lower[aRow3], row);
                    a += aCol;
                    lower += aCol;
                    b += bRow;
                }

                a += aJump;
                lower += aJump;
                b += bJump;
            }

            a += aTurn;
            lower += aTurn;
            b += bTurn;
        }

        var c = strip->C;
        var cRow = strip->CRow;
        r0.Store(c);
        r1.Store(c + cRow);
        r2.Store(c + 2 * cRow);
        r3.Store(c + 3 * cRow);
        c += 4 * cRow;
        r4.Store(c);
        r5.Store(c + cRow);
        r6.Store(c + 2 * cRow);
        r7.Store(c + 3 * cRow);
    }

    [MethodImpl(Kernel.Loop)]
    private static void Four(GemmStrip<T>* strip)
    {
        var s = strip->Start;
        var sRow = strip->StartRow;
        var (r0, r1, r2, r3) = (TRow.Load(s), TRow.Load(s + sRow), TRow.Load(s + 2 * sRow), TRow.Load(s + 3 * sRow));

        var a = strip->A;
        var (aRow, aCol) = (strip->ARow, strip->ACol);
        var (aRow2, aRow3) = (2 * aRow, 3 * aRow);
        var b = strip->B;
        var bRow = strip->BRow;

        var (k, runs) = (strip->K, strip->Runs);
        var (aJump, bJump) = (strip->ARunStep - k * aCol, strip->BRunStep - k * bRow);
        var (aTurn, bTurn) = (strip->ARoundStep - runs * strip->ARunStep, strip->BRoundStep - runs * strip->BRunStep);

        for (var round = strip->Rounds; round > 0; round--)
        {
            for (var run = runs; run > 0; run--)
            {
                for (var p = k; p > 0; p--)
                {
                    var row = TRow.Load(b);
                    r0 = r0.Plus(a[0], row);
                    r1 = r1.Plus(a[aRow], row);
                    r2 = r2.Plus(a[aRow2], row);
                    r3 = r3.Plus(a[aRow3], row);
                    a += aCol;
                    b += bRow;
                }

                a += aJump;
                b += bJump;
            }

            a += aTurn;
            b += bTurn;
        }

        var c = strip->C;
        var cRow = strip->CRow;
        r0.Store(c);
        r1.Store(c + cRow);
        r2.Store(c + 2 * cRow);
        r3.Store(c + 3 * cRow);
    }

    [MethodImpl(Kernel.Loop)]
    private static void Two(GemmStrip<T>* strip)
    {
        var (r0, r1) = (TRow.Load(strip->Start), TRow.Load(strip->Start + strip->StartRow));
        var a = strip->A;
        var (aRow, aCol) = (strip->ARow, strip->ACol);
        var b = strip->B;
        var bRow = strip->BRow;

        var (k, runs) = (strip->K, strip->Runs);
        var (aJump, bJump) = (strip->ARunStep - k * aCol, strip->BRunStep - k * bRow);
        var (aTurn, bTurn) = (strip->ARoundStep - runs * strip->ARunStep, strip->BRoundStep - runs * strip->BRunStep);

        for (var round = strip->Rounds; round > 0; round--)
        {
            for (var run = runs; run > 0; run--)
            {
                for (var p = k; p > 0; p--)
                {
                    var row = TRow.Load(b);
                    r0 = r0.Plus(a[0], row);
                    r1 = r1.Plus(a[aRow], row);
                    a += aCol;
                    b += bRow;
                }

                a += aJump;
                b += bJump;
            }

            a += aTurn;
            b += bTurn;
        }

        r0.Store(strip->C);
        r1.Store(strip->C + strip->CRow);
    }

    [MethodImpl(Kernel.Loop)]
    private static void One(GemmStrip<T>* strip)
    {
        var r0 = TRow.Load(strip->Start);
        var a = strip->A;
        var aCol = strip->ACol;
        var b = strip->B;
        var bRow = strip->BRow;

        var (k, runs) = (strip->K, strip->Runs);
        var (aJump, bJump) = (strip->ARunStep - k * aCol, strip->BRunStep - k * bRow);
        var (aTurn, bTurn) = (strip->ARoundStep - runs * strip->ARunStep, strip->BRoundStep - runs * strip->BRunStep);

        for (var round = strip->Rounds; round > 0; round--)
        {
            for (var run = runs; run > 0; run--)
            {
                for (var p = k; p > 0; p--)
                {
                    r0 = r0.Plus(a[0], TRow.Load(b));
                    a += aCol;
                    b += bRow;
                }

                a += aJump;
                b += bJump;
            }

            a += aTurn;
            b += bTurn;
        }

        r0.Store(strip->C);
    }
}
