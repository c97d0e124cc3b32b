using System.Diagnostics;

namespace Workbench.Bench;

/// <summary>A step that is called over and over as a <see cref="Side"/>.</summary>
internal static class Stepping
{
    internal static Side Of(Action step) => steps =>
    {
        var start = Stopwatch.GetTimestamp();

        for (var i = 0; i < steps; i++)
            step();

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / steps;
    };
}
