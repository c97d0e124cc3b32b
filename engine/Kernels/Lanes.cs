using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Workbench.Engine;

/// <summary>Work on registers of any width.</summary>
internal interface ILaneWork<T> where T : unmanaged
{
    /// <summary>Runs with registers of one width, and micro-kernels of up to <paramref name="tallest"/> rows.</summary>
    void Run<TLanes, TVector>(int tallest)
        where TLanes : struct, IGemmLanes<T, TVector>
        where TVector : unmanaged;
}

/// <summary>Chooses the register width for products and what is laid out for them.</summary>
internal static class Lanes
{
    internal static void Run<T, TWork>(in TWork work) where T : unmanaged where TWork : struct, ILaneWork<T>
    {
        // The JIT calls 512-bit vectors unaccelerated on processors that slow down for them; a product gains all the same.
        if (Avx512F.IsSupported || Vector512.IsHardwareAccelerated)
            work.Run<GemmLanes512<T>, Vector512<T>>(8);
        else if (Vector256.IsHardwareAccelerated)
            work.Run<GemmLanes256<T>, Vector256<T>>(4);
        else
            work.Run<GemmLanes128<T>, Vector128<T>>(AdvSimd.Arm64.IsSupported ? 8 : 4);
    }
}
