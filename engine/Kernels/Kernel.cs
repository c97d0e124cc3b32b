using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>How the loops of kernels are compiled.</summary>
internal static class Kernel
{
    /// <summary>
    /// Optimised from the first call on, and by itself. What a caller takes in shares its allowance of local variables, of which a
    /// <c>Vector512</c> on a processor without AVX-512 costs two and more: once that is used up, the rest of the loop is calls. The
    /// cross-entropy of logits then takes sixty times as long.
    /// </summary>
    internal const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
