using Workbench.Engine;

namespace Workbench.Engine
{
    /// <summary>Whether this thread records operations; disposing an instance restores what was before.</summary>
    internal sealed class GradMode : IDisposable
    {
        [ThreadStatic] private static bool off;

        private readonly bool before;

        internal GradMode(bool enabled)
        {
            before = off;
            off = !enabled;
        }

        internal static bool Enabled => !off;

        /// <summary>The same without an object to dispose: returns what to set back.</summary>
        internal static bool Set(bool enabled)
        {
            var was = !off;
            off = !enabled;
            return was;
        }

        public void Dispose() => off = before;
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        /// <summary>Records no operation on this thread until disposed.</summary>
        public static IDisposable no_grad() => new GradMode(false);

        public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

        public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

        public static IDisposable inference_mode(bool mode = true) => new GradMode(!mode);

        public static bool is_grad_enabled() => GradMode.Enabled;
    }
}
