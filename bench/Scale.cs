namespace Workbench.Bench;

/// <summary>The VAE's training step against batch size and against width.</summary>
internal static class Scale
{
    private const int Hidden = 200;

    private static readonly Axis[] Axes =
    [
        new("batch size", $"784-{Hidden}-32", [1, 4, 16, 64, 256, 1024, 4096], batch => TrainingSteps.OfVae(Hidden, batch)),
        new("hidden units", $"batch {Arithmetic.Batch}", [64, 256, 1024, 4096], hidden => TrainingSteps.OfVae(hidden, Arithmetic.Batch)),
    ];

    internal static IEnumerable<Workload> Workloads => Axes.SelectMany(axis => axis.Workloads.Select(point => point.Workload));

    /// <summary>A picture of what was measured with all threads, a panel for each axis.</summary>
    internal static void Draw(IReadOnlyList<Measurement> measurements, Arguments arguments) =>
        File.WriteAllText(
            arguments.Svg ?? Path.Combine(Repository.Root, "bench", "results", "scale.svg"),
            ScalePlot.Draw(
                [.. Axes.Select(axis => axis.Panel([.. measurements.Where(m => m.Threads == arguments.Threads)])).Where(panel => panel.Values.Length > 0)],
                arguments.Threads));

    private sealed record Axis(string Name, string Rest, int[] Values, Func<int, Workload> Of)
    {
        internal IEnumerable<(int Value, Workload Workload)> Workloads => Values.Select(value => (value, Of(value)));

        internal Panel Panel(Measurement[] measurements)
        {
            var points = Workloads.Join(measurements, point => point.Workload.Name, m => m.Workload.Name, (point, m) => (point.Value, m)).ToArray();
            return new(Name, Rest, [.. points.Select(point => point.Value)],
            [
                .. new[] { Contender.Managed, Contender.Torch, Contender.Plain }.Select(contender => new Line(
                    contender.Name, [.. points.Select(point => Unit.StepsPerSecond.Of(point.m.Median(contender)!.Value))])),
            ]);
        }
    }
}

/// <summary>Steps per second along one axis.</summary>
internal sealed record Panel(string Axis, string Rest, int[] Values, Line[] Lines);

/// <summary>Somebody's, at each value of the axis.</summary>
internal sealed record Line(string Name, double[] Rates);
