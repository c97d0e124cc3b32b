using System.Runtime.CompilerServices;

namespace Workbench.Engine;

/// <summary>How the loops of kernels are compiled.</summary>
internal static class Kernel
{
    /// <summary>
    /// Optimised from the first call on, and by itself: what a caller takes in shares the compiler's budget for one method. Without
    /// AVX-512 an operation on a <c>Vector512</c> is several, which use the budget up, and the rest of the loop is calls: the
    /// cross-entropy of logits then takes sixty times as long (<c>findings/dotnet-vector512-inlined.sh</c>).
    /// </summary>
    internal const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
