namespace Workbench

/// How adversarial models are trained, whatever the model.
[<RequireQualifiedAccess>]
module AdversarialTraining =

    /// How much of the mean gradient Adam keeps at a step (Radford et al., 2016).
    let beta1 = 0.5

    /// The share of the epochs with the full learning rate, which then fades: images become clear sooner than at a low constant
    /// rate, and clearer than at a high one.
    let steady = 0.25

    /// The rate that an adversarial training starts from.
    let learningRate = 1e-3

    /// `settings` with Adam's beta1 and the fading rate of an adversarial training, from a learning rate.
    let settings (learningRate: float) (settings: TrainSettings) : TrainSettings =
        { settings with
            LearningRate = Schedule.fades steady settings.Epochs learningRate
            Beta1 = beta1 }

    /// What a run's settings say of it.
    let described: (string * Json) list =
        [ "beta1", Json.Real beta1; "lr-steady", Json.Real steady ]
