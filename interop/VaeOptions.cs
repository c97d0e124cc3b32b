namespace Workbench.Interop;

/// <summary>A variational autoencoder (Kingma and Welling, 2014) and how it is trained.</summary>
public sealed record VaeOptions : TrainingOptions
{
    /// <summary>Dimensions of the code, at least 1.</summary>
    public int Latent { get; init; } = 32;

    /// <summary>Units of the encoder's hidden layers, from the pixels on, at least one; the decoder has them in reverse.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [200];

    /// <summary>The share of the encoder's hidden units dropped in training, at least 0 and below 1.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>The weight of the KL term in training, at least 0; 1 is the ELBO.</summary>
    public double KlWeight { get; init; } = 1;

    /// <summary>Epochs over which the KL weight rises linearly, at least 0; 0: none.</summary>
    public int KlWarmup { get; init; }

    internal override void Check()
    {
        base.Check();
        ArgumentOutOfRangeException.ThrowIfLessThan(Latent, 1, nameof(Latent));
        Widths(Hidden, nameof(Hidden));
        Share(Dropout, nameof(Dropout));
        if (!(KlWeight >= 0) || double.IsInfinity(KlWeight))
            throw new ArgumentOutOfRangeException(nameof(KlWeight), KlWeight, "must be a number of at least 0");
        ArgumentOutOfRangeException.ThrowIfLessThan(KlWarmup, 0, nameof(KlWarmup));
    }
}
