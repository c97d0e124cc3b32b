namespace Workbench.Bench;

/// <summary>The fastest matrix product that the machine has shown in this run.</summary>
/// <param name="Rate">GFLOP/s.</param>
/// <param name="Owner">Whose product it was.</param>
internal sealed record Peak(double Rate, string Owner)
{
    internal static Peak Measure(Peers peers)
    {
        var product = Interleaved.Measure(MatrixProducts.Peak, peers, null);
        var (ours, theirs) = (product.Ours.Min(), product.Theirs.Min());
        var rate = product.Workload.Flops!.Value / Math.Min(ours, theirs) / 1e6;
        return new(rate, ours < theirs ? "ours" : product.Workload.Rival.Name);
    }

    /// <summary>From 0 to 1; null where no FLOP are counted.</summary>
    internal double? Share(Measurement measurement) => measurement.Rate / Rate;
}
