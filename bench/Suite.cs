namespace Workbench.Bench;

/// <summary>The workloads of the big table.</summary>
internal static class Suite
{
    internal static IEnumerable<Workload> Workloads(Peers peers, int points) =>
    [
        .. TrainingSteps.Workloads, Vaes.Sampling, Vaes.Evaluation, .. OfMnist(Vaes.Epoch), .. MatrixProducts.Workloads, StartUp.Workload,
        .. OfMnist(Placements.Workload(peers, points)),
    ];

    /// <summary>The workload, or none where it lacks its data: that is said.</summary>
    private static IEnumerable<Workload> OfMnist(Workload workload)
    {
        if (Repository.HasMnist)
            return [workload];

        Console.Error.WriteLine($"left out: {workload.Name}, since MNIST is not in {Path.Combine(Data.folder(), "mnist")} (WORKBENCH_DATA)");
        return [];
    }
}
