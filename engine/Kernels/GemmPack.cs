using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

/// <summary>Copies a strided slice of a matrix into a dense panel that micro-kernels can read row by row.</summary>
internal static unsafe class GemmPack<T, TLanes, TVector>
    where T : unmanaged
    where TLanes : struct, IGemmLanes<T, TVector>
    where TVector : unmanaged
{
    /// <summary>target[p * width + j] = source[p * pStep + j * jStep] for p below k and j below count.
    /// The columns from count to width hold numbers that nobody reads.</summary>
    public static void Run(T* source, long pStep, long jStep, int k, int count, T* target, int width)
    {
        if (jStep == 1)
            CopyRows(source, pStep, k, count, target, width);
        else if (pStep == 1)
            Transpose(source, jStep, k, count, target, width);
        else
            CopySingly(source, pStep, jStep, 0, k, 0, count, target, width);
    }

    [MethodImpl(Kernel.Loop)]
    private static void CopyRows(T* source, long pStep, int k, int count, T* target, int width)
    {
        // A whole register may be read past a row's end, but never past the slice's last element.
        var last = source + Math.Max(0, (k - 1) * pStep) + count;

        for (var p = 0; p < k; p++, source += pStep, target += width)
        {
            for (var j = 0; j < count; j += TLanes.Count)
            {
                if (source + j + TLanes.Count <= last)
                    TLanes.Store(TLanes.Load(source + j), target + j);
                else
                    CopySingly(source, 0, 1, 0, 1, j, count, target, width);
            }
        }
    }

    private static void Transpose(T* source, long jStep, int k, int count, T* target, int width)
    {
        var whole = k - k % GemmQuad<T, TLanes, TVector>.Steps;
        var wide = count - count % TLanes.Count;
        var narrow = count - count % Vector128<T>.Count;

        for (var j = 0; j < wide; j += TLanes.Count)
            TransposeColumns<TLanes, TVector>(source + j * jStep, jStep, whole, target + j, width);

        for (var j = wide; j < narrow; j += Vector128<T>.Count)
            TransposeColumns<GemmLanes128<T>, Vector128<T>>(source + j * jStep, jStep, whole, target + j, width);

        CopySingly(source, 1, jStep, 0, whole, narrow, count, target, width);
        CopySingly(source, 1, jStep, whole, k, 0, count, target, width);
    }

    /// <summary>As many columns as a register has elements, from k contiguous elements each.</summary>
    [MethodImpl(Kernel.Loop)]
    private static void TransposeColumns<TL, TV>(T* source, long jStep, int k, T* target, int width)
        where TL : struct, IGemmLanes<T, TV>
        where TV : unmanaged
    {
        var steps = GemmQuad<T, TL, TV>.Steps;

        for (var p = 0; p < k; p += steps, source += steps, target += steps * width)
            GemmQuad<T, TL, TV>.Load(source, jStep).Store(target, width);
    }

    [MethodImpl(Kernel.Loop)]
    private static void CopySingly(
        T* source, long pStep, long jStep, int pFrom, int pTo, int jFrom, int jTo, T* target, int width)
    {
        for (var p = pFrom; p < pTo; p++)
        {
            for (var j = jFrom; j < jTo; j++)
                target[p * width + j] = source[p * pStep + j * jStep];
        }
    }
}
