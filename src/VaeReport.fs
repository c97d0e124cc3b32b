namespace Workbench

open System.Globalization

/// What the VAE's page shows.
[<RequireQualifiedAccess>]
module VaeReport =

    let private nats (value: float) =
        value.ToString("F2", CultureInfo.InvariantCulture)

    let private find (name: string) (figures: (string * float) list) =
        figures |> List.find (fun (figure, _) -> figure = name) |> snd

    let private tiles (data: Dataset) (figures: (string * float) list) =
        let tile name figure (split: string) (examples: Examples) =
            { Name = name
              Value = nats (find figure figures)
              Unit = "nats"
              Note =
                $"{Pixels.name data.Pixels} pixels, {data.Name}, {Report.count examples.Images.shape[0]} {split} images" }

        Section.Tiles
            [ tile "ELBO" "test_elbo" "test" data.Test
              tile "Reconstruction" "test_reconstruction" "test" data.Test
              tile "KL" "test_kl" "test" data.Test
              tile "ELBO on training images" "train_elbo" "training" data.Train
              if data.Pixels = Grey then
                  tile "Least possible reconstruction" "test_pixel_entropy" "test" data.Test ]

    let private curves (history: EpochFigures list) title (figure: string) =
        let line name prefix : Series =
            { Name = name
              Points =
                [ for epoch in history -> float epoch.Epoch, find (prefix + figure) epoch.Figures ] }

        Section.Chart(
            title,
            Plots.lines "nats per image" [ line "test" "test_"; line "training" "train_" ]
        )

    let private dimensions (kl: float list) =
        Section.Chart(
            "KL of each latent dimension, test images",
            kl
            |> List.mapi (fun i value -> string (i + 1), value)
            |> Plots.columns "latent dimension" "nats per image"
        )

    let private plane spec parameters (data: Dataset) =
        let reach = Pictures.planeReach

        Section.Images(
            $"What codes decode to: the first coordinate goes from {-reach} to {reach} to the right, the second upwards.",
            [ Pictures.plane data.ImageShape (fun codes ->
                  (Vae.decode spec parameters codes).sigmoid()) ]
        )

    /// The page of a state: its figures, the rows of `Pictures.test` and of `Pictures.training`.
    let sections
        (spec: Vae.Spec)
        (data: Dataset)
        (state: State)
        (figures: (string * float) list)
        (testRows: FloatArray list)
        (trainingRows: FloatArray list)
        : Section list =
        let curves = curves state.History

        [ tiles data figures
          Section.Words
              "An image's figure is the sum over its pixels or latent dimensions; figures are means over images, in evaluation mode, with one noise sample an image. Lower is better. The curves' training images are the first 10,000."
          curves "ELBO" "elbo"
          curves "Reconstruction" "reconstruction"
          curves "KL" "kl"
          dimensions (Metrics.klPerDimension (Vae.encode spec state.Parameters Evaluation) data.Pixels data.Test.Images)
          Section.Images(
              "Top: test images. Middle: their reconstructions, decoded from the mean code. Bottom: new images, decoded from draws of N(0, I).",
              Pictures.blocks testRows
          )
          if spec.Latent = 2 then
              plane spec state.Parameters data
          Section.Images(
              "Top: training images. Bottom: their reconstructions.",
              Pictures.blocks trainingRows
          ) ]
