namespace Workbench.Bench;

/// <summary>The workloads of the big table.</summary>
internal static class Suite
{
    internal static IEnumerable<Workload> Workloads(Peers peers, int points) =>
    [
        .. TrainingSteps.Workloads, Vaes.Sampling, Vaes.Evaluation, Vaes.Epoch, .. MatrixProducts.Workloads, StartUp.Workload,
        Placements.Workload(peers, points),
    ];
}
