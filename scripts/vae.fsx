#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open TorchSharp
open Workbench

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | Latent of units: int
    | Hidden of units: int list
    | Activation of Activation
    | Dropout of share: float
    | Kl_Weight of x: float
    | Kl_Warmup of epochs: int
    | Variance of Variance
    | Lr_Drop_At of n: int list
    | Lr_Drop of factor: float

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Latent _ -> "dimensions of the code"
            | Hidden _ -> "units of the hidden layers, from the pixels to the code"
            | Activation _ -> "between the layers"
            | Dropout _ -> "share of the encoder's hidden units dropped in training"
            | Kl_Weight _ -> "weight of the KL term at training; 1 is the ELBO"
            | Kl_Warmup _ -> "epochs over which the KL weight rises from 0; 0: none"
            | Variance _ -> "exp: the encoder gives ln(variance); square: the deviation"
            | Lr_Drop_At _ -> "epochs at which the learning rate drops, ascending"
            | Lr_Drop _ -> "factor by which it drops (default 0.5)"

let defaults =
    [ Latent 32
      Hidden [ 200 ]
      Activation Tanh
      Dropout 0.1
      Kl_Weight 1.0
      Kl_Warmup 0
      Variance Exponential ]

let body (run: Run<Setting>) =
    let drops = run.TryGet Lr_Drop_At |> Option.defaultValue []

    BadInput.require
        (drops = List.sort (List.distinct drops))
        "--lr-drop-at: must be in ascending order"

    BadInput.require
        ((run.TryGet Lr_Drop).IsNone || not drops.IsEmpty)
        "--lr-drop: needs --lr-drop-at, the epochs at which the rate drops"

    // The data: images N x pixels in [0, 1].
    let data = run.Data

    // The model: 784-200, two heads of 32 numbers, 32-200-784; the decoder gives logits.
    let between = Layer.Activation(run.Get Activation)
    let latent, widths = run.Get Latent, data.Size :: run.Get Hidden

    let vae =
        Models.vae
            (run.Get Variance)
            latent
            (widths |> Stacks.linear (fun _ -> [ between; Layer.Dropout(run.Get Dropout) ]))
            (latent :: List.rev widths |> Stacks.perceptron (fun _ -> [ between ]))

    // The loss: minus the evidence lower bound, in nats per image, with a weight on the KL term.
    let weight = Schedule.warmup (run.Get Kl_Warmup) (run.Get Kl_Weight)

    let loss (pass: Pass) (batch: Batch) =
        let q = vae.Encode pass batch.Images
        let logits = vae.Decode pass (Gaussian.sample pass.Generator q)
        let reconstruction = Losses.binaryCrossEntropy logits batch.Images
        let loss = reconstruction + Losses.gaussianKl q * weight batch.Epoch
        loss, [ ("train_loss", loss) ]

    // The training: a fold over epochs. A run starts here, goes on here (--resume), is measured here (--evaluate).
    let measure epoch pass =
        ("kl_weight", weight epoch) :: Objectives.elbo vae data pass

    let trained =
        run.Fit(
            data,
            Objective.create vae.Nets [ Update.minimise "vae" vae.Nets loss ] measure,
            Can.vae vae,
            rate = Schedule.drops drops (run.TryGet Lr_Drop |> Option.defaultValue 0.5),
            best = "test_elbo",
            shown = [ "train_loss"; "test_elbo"; "test_kl" ]
        )

    // The page.
    run.Report(fun () ->
        let pass, pixels = trained.Pass, data.Pixels
        let decode z = (vae.Decode pass z).sigmoid()
        let reconstruct images = decode (vae.Encode pass images).Mean
        let generator = run.Generator 0

        let testRows =
            Pictures.test data reconstruct (fun count ->
                decode (Gaussian.prior generator (int64 count) latent))

        let trainingRows = Pictures.training data reconstruct
        let train = Metrics.elboOf vae pass pixels data.Train.Images
        let test = Metrics.elboOf vae pass pixels data.Test.Images
        let floor = Metrics.pixelEntropy pixels data.Test.Images

        let curve title figure =
            Sections.curves
                trained.History
                title
                "nats per image"
                [ "test", $"test_{figure}"; "training", $"train_{figure}" ]

        let tile name value =
            Sections.tile data name "nats" (Sections.fixed2 value)

        { Line =
            $"test ELBO {Sections.fixed2 test.Elbo} nats = reconstruction {Sections.fixed2 test.Reconstruction} + KL {Sections.fixed2 test.Kl} "
            + $"({Pixels.name pixels} pixels of {data.Name}, {data.Test.Images.shape[0]} test images, one noise sample each)"
          Figures =
            [ "epochs", float trained.State.Epoch
              yield! Objectives.named "train" train
              yield! Objectives.named "test" test
              "train_pixel_entropy", Metrics.pixelEntropy pixels data.Train.Images
              "test_pixel_entropy", floor ]
          Pictures =
            [ "samples", Pictures.rows testRows
              "training", Pictures.rows trainingRows
              for name, row in List.zip [ "originals"; "reconstructions"; "new" ] testRows do
                  name, Pictures.block [ row ] ]
          Sections =
            [ Section.Tiles
                  [ tile "ELBO" test.Elbo
                    tile "Reconstruction" test.Reconstruction
                    tile "KL" test.Kl
                    if pixels = Grey then
                        tile "Least possible reconstruction" floor ]
              Section.Words
                  "An image's figure is the sum over its pixels or latent dimensions; figures are means over images, in evaluation mode, with one noise sample an image. Lower is better. The curves' training images are the first 10,000."
              curve "ELBO" "elbo"
              curve "Reconstruction" "reconstruction"
              curve "KL" "kl"
              Section.Chart(
                  "KL of each latent dimension, test images",
                  Metrics.klPerDimension (vae.Encode pass) pixels data.Test.Images
                  |> List.mapi (fun index kl -> string (index + 1), kl)
                  |> Plots.columns "latent dimension" "nats per image"
              )
              Section.Images(
                  "Top: test images. Middle: their reconstructions, decoded from the mean code. Bottom: new images, decoded from draws of N(0, I).",
                  Pictures.blocks testRows
              )
              if latent = 2 then
                  Section.Images(
                      $"What codes decode to: the first coordinate goes from {-Pictures.planeReach} to {Pictures.planeReach} to the right, the second upwards.",
                      [ Pictures.plane data.ImageShape decode ]
                  )
              Section.Images(
                  "Top: training images. Bottom: their reconstructions.",
                  Pictures.blocks trainingRows
              ) ] })

let experiment =
    Experiment.Create(
        "How well does a variational autoencoder explain these images?",
        defaults,
        body,
        common = [ Request.small ]
    )

Experiment.Main experiment
