namespace Workbench.Bench;

/// <summary>All workloads, by command.</summary>
internal static class Suite
{
    /// <summary>Those of the big table.</summary>
    internal static IEnumerable<Workload> Workloads =>
        [.. TrainingSteps.Workloads, Vaes.Sampling, Vaes.Evaluation, Vaes.Epoch, .. MatrixProducts.Workloads, WholeCommands.StartUp, WholeCommands.Training];

    /// <summary>The one of this name, whichever command it belongs to.</summary>
    internal static Workload Find(string name) =>
        Workloads.Concat(Convolutions.Workloads).Concat(Scale.Workloads).First(workload => workload.Name == name);
}
