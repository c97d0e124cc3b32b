namespace Workbench.Interop;

/// <summary>What an epoch left behind.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">How many there will be.</param>
/// <param name="Figures">By name. Those in nats are summed over pixels or latent dimensions and averaged over images;
/// <c>train_loss</c> is the mean over the epoch's batches, all others are measured in evaluation mode.</param>
public sealed record EpochReport(int Epoch, int Epochs, IReadOnlyDictionary<string, double> Figures);

/// <summary>A training whose numbers stopped being finite.</summary>
/// <param name="epoch">The epoch, from 1.</param>
/// <param name="step">The step in it, from 1.</param>
/// <param name="tensor">What was not finite.</param>
public sealed class TrainingDivergedException(int epoch, int step, string tensor)
    : Exception($"{tensor} is not finite at epoch {epoch}, step {step}; try a smaller learning rate")
{
    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>The step in it, from 1.</summary>
    public int Step { get; } = step;

    /// <summary>What was not finite.</summary>
    public string Tensor { get; } = tensor;
}
