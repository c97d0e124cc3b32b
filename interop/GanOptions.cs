namespace Workbench.Interop;

/// <summary>A generative adversarial network (Goodfellow et al., 2014) and how it is trained.</summary>
public sealed record GanOptions : TrainingOptions
{
    /// <summary>40 epochs at a learning rate of 0.001.</summary>
    public GanOptions() => Epochs = 40;

    /// <summary>Numbers of a draw of noise, at least 1.</summary>
    public int Noise { get; init; } = 100;

    /// <summary>Steps of the discriminator for each of the generator's, at least 1.</summary>
    public int DiscriminatorSteps { get; init; } = 1;

    /// <summary>Whether the generator minimises ln(1 - D) in place of -ln D.</summary>
    public bool Saturating { get; init; }

    internal override void Check()
    {
        base.Check();
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 2, nameof(BatchSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(Noise, 1, nameof(Noise));
        ArgumentOutOfRangeException.ThrowIfLessThan(DiscriminatorSteps, 1, nameof(DiscriminatorSteps));
    }
}
