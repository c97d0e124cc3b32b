using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Workbench.Engine;

/// <summary>Chooses the register width for a product.</summary>
internal static class GemmDriver
{
    /// <summary>Runs a product whose sizes are above zero, but for K.</summary>
    public static void Run<T>(in GemmProblem<T> problem) where T : unmanaged
    {
        // The JIT calls 512-bit vectors unaccelerated on processors that slow down for them; a product gains all the same.
        if (Avx512F.IsSupported || Vector512.IsHardwareAccelerated)
            GemmBlocks<T, GemmLanes512<T>, Vector512<T>>.Run(problem, 8);
        else if (Vector256.IsHardwareAccelerated)
            GemmBlocks<T, GemmLanes256<T>, Vector256<T>>.Run(problem, 4);
        else
            GemmBlocks<T, GemmLanes128<T>, Vector128<T>>.Run(problem, AdvSimd.Arm64.IsSupported ? 8 : 4);
    }
}
