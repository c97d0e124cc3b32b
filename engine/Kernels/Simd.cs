namespace Workbench.Engine;

/// <summary>The switch between the vector kernels and the scalar ones that specify them.</summary>
internal static class Simd
{
    /// <summary>False when the environment variable WORKBENCH_SIMD is 0: every kernel then runs its reference.</summary>
    public static readonly bool Enabled = Environment.GetEnvironmentVariable("WORKBENCH_SIMD") != "0";
}
