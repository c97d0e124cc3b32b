namespace Workbench.Bench;

/// <summary>An action that is taken over and over as <see cref="Steps"/>.</summary>
internal static class Stepping
{
    internal static Steps Of(Action step) => stepDone =>
    {
        while (true)
        {
            step();
            stepDone();
        }
    };
}
