namespace Workbench

open TorchSharp

/// A GAN's experiment, with labels or without: settings of the command line as a model, its training, images of it, and what
/// every page of a GAN shows.
[<RequireQualifiedAccess>]
module GanExperiment =

    /// The model for these data, with so many classes; 0: it is asked for none.
    let spec (options: GanOptions) (classes: int) (data: Dataset) : Gan.Spec =
        { Gan.defaults with
            Pixels = List.reduce (*) data.ImageShape
            Noise = options.Noise
            Classes = classes }

    /// So many draws of noise, of several independent lots under a seed.
    let noise (spec: Gan.Spec) (seed: int) (lot: int) (count: int) : torch.Tensor =
        Gaussian.prior (Random.generator seed Random.Sampling lot) (int64 count) spec.Noise

    /// Images, N x pixels, of N draws of noise, and of labels where the model has classes; in evaluation.
    let images spec (state: State) (labels: torch.Tensor option) (noise: torch.Tensor) =
        use _ = torch.no_grad ()
        (Gan.generate spec state.Parameters Evaluation labels noise).Output

    /// A GAN and its training; after each epoch, a picture of what it makes of the same noise.
    let stage
        (common: Common)
        (name: string)
        (options: GanOptions)
        (spec: Gan.Spec)
        (draw: State -> byte[])
        : Stage =
        let objective =
            AdversarialObjectives.gan spec options.DiscriminatorSteps options.Saturating

        let stage = Stage.create common name objective

        { stage with
            Settings =
                { stage.Settings with
                    Beta1 = GanOptions.beta1 }
            Shown = [ "discriminator_loss"; "generator_loss"; "d_real"; "d_fake" ]
            Picture = Some draw }

    /// Both losses, and what the discriminator holds likely.
    let curves (history: EpochFigures list) : Section list =
        [ Sections.curves
              history
              "Losses"
              "nats"
              [ "discriminator", "discriminator_loss"; "generator", "generator_loss" ]
          Sections.curves
              history
              "What the discriminator holds likely to be real"
              "mean probability"
              [ "D(x), training images", "d_real"; "D(G(z)), generated images", "d_fake" ] ]
