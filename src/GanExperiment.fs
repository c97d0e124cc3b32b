namespace Workbench

open TorchSharp

/// A GAN's experiment, with labels or without: settings of the command line as a model, its training, images of it, and what
/// every page of a GAN shows.
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

    /// A GAN and its training; after each epoch, a picture of what `draw` makes.
    let stage
        (common: Common)
        (name: string)
        (options: GanOptions)
        (spec: Gan.Spec)
        (data: Dataset)
        (draw: State -> torch.Tensor)
        : Stage =
        let stage =
            AdversarialObjectives.gan spec options.DiscriminatorSteps options.Saturating
            |> Stage.create common name

        { stage with
            Settings =
                { stage.Settings with
                    Beta1 = GanOptions.beta1 }
            Shown = [ "discriminator_loss"; "generator_loss"; "d_real"; "d_fake" ]
            Picture =
                Some(fun state -> Pictures.block [ Pictures.values data.ImageShape (draw state) ]) }

    /// Both losses, and what the discriminator holds likely.
    let curves (history: EpochFigures list) : Section list =
        [ Sections.curves
              history
              "Losses"
              "nats"
              [ "discriminator", "discriminator_loss"; "generator", "generator_loss" ]
          Sections.curves
              history
              "Probability of being real, says the discriminator"
              "mean over a batch"
              [ "D(x), training images", "d_real"; "D(G(z)), generated images", "d_fake" ] ]

    /// What the curves mean.
    let reading: Section =
        Section.Text
            "The discriminator's loss is -ln D(x) - ln(1 - D(G(z))), the generator's -ln D(G(z)) (or, saturating, ln(1 - D(G(z)))), means over an epoch's training batches. A discriminator that cannot tell has D = 0.5 everywhere: its loss is 2 ln 2 = 1.39."

    /// Epochs whose pictures are shown: nearer together at the start, where most happens, and the last.
    let private told (pictures: (int * byte[]) list) =
        let steps =
            [ for decade in [ 1; 10; 100; 1000 ] do
                  for step in [ 1; 2; 3; 5 ] do
                      step * decade ]

        let last = pictures |> List.map fst |> List.fold max 0

        pictures
        |> List.filter (fun (epoch, _) -> epoch = last || List.contains epoch steps)

    /// Pictures of a selection of epochs.
    let epochs (caption: string) (pictures: (int * byte[]) list) : Section =
        Section.Rows(caption, [ for epoch, png in told pictures -> $"epoch {epoch}", [ png ] ])
