namespace Workbench

open TorchSharp

/// A GAN's experiment, with labels or without: settings of the command line as a model, its training, and
/// images of it.
[<RequireQualifiedAccess>]
module GanExperiment =

    /// Images of the same noise in the picture of an epoch.
    let abreast = 10

    /// The model for these data, with so many classes; 0: it is asked for none.
    let spec (options: GanOptions) (classes: int) (data: Dataset) : Gan.Spec =
        { Gan.defaults with
            Pixels = List.reduce (*) data.ImageShape
            Noise = options.Noise
            Classes = classes }

    /// So many draws of noise. Lots of different numbers are independent of each other.
    let noise (spec: Gan.Spec) (seed: int) (lot: int) (count: int) : torch.Tensor =
        Gaussian.prior (Random.generator seed Random.Sampling lot) (int64 count) spec.Noise

    /// Images, N x pixels, of N draws of noise, and of labels where the model has classes; in evaluation.
    let images spec (state: State) (labels: torch.Tensor option) (noise: torch.Tensor) =
        use _ = torch.no_grad ()
        (Gan.generate spec state.Parameters Evaluation labels noise).Output

    let private checkSteps (common: CommonOptions) (options: GanOptions) (data: Dataset) =
        let batches = Train.batchCount common.Batch data

        if options.DiscriminatorSteps > batches then
            BadInput.fail
                "--discriminator-steps: at most %d, the batches of an epoch, or the generator never steps"
                batches

    /// A GAN and its training; after each epoch, a picture of what `draw` makes.
    let stage
        (common: CommonOptions)
        (name: string)
        (options: GanOptions)
        (spec: Gan.Spec)
        (data: Dataset)
        (draw: State -> torch.Tensor)
        : Stage =
        checkSteps common options data

        let stage =
            AdversarialObjectives.gan spec options.DiscriminatorSteps options.Saturating
            |> Stage.adversarial common name

        { stage with
            Shown = [ "discriminator_loss"; "generator_loss"; "d_real"; "d_fake" ]
            Picture =
                Some(fun state -> Pictures.block [ Pictures.values data.ImageShape (draw state) ]) }
