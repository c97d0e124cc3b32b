#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open Workbench

let question = "How well does a variational autoencoder explain these images?"

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | [<Help "dimensions of the code">] Latent of units: int
    | [<Help "units of the hidden layers, from the pixels to the code">] Hidden of units: int list
    | [<Help "between the layers">] Activation of Activation
    | [<Help "share of the encoder's hidden units dropped in training">] Dropout of share: float
    | [<Help "weight of the KL term at training; 1 is the ELBO">] Kl_Weight of x: float
    | [<Help "epochs over which the KL weight rises from 0; 0: none">] Kl_Warmup of epochs: int
    | [<Help "draws of the importance-weighted bound; 1: the ELBO">] Importance_Samples of k: int
    | [<Help "how much of the mean gradient Adam keeps at a step">] Beta1 of share: float
    | [<Help "what Adam adds to the root of the mean squared gradient">] Adam_Epsilon of
        epsilon: float
    | [<Help "begin with Glorot's weights, and with biases by which an image is the mean image">] From_Mean_Image
    | [<Help "exp: the encoder gives ln(variance); square: the deviation">] Variance of Variance
    | [<Help "epochs at which the learning rate drops, ascending">] Lr_Drop_At of n: int list
    | [<Help "factor by which it drops (default 0.5)">] Lr_Drop of factor: float

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let defaults =
    [ Latent 32
      Hidden [ 200 ]
      Activation Relu
      Dropout 0.1
      Kl_Weight 1.0
      Kl_Warmup 0
      Importance_Samples 1
      Beta1 0.9
      Adam_Epsilon 1e-8
      Variance Exponential ]

let body (run: Run<Setting>) =
    let drops = run.TryGet Lr_Drop_At |> Option.defaultValue []
    let factor = run.TryGet Lr_Drop
    BadInput.require (drops = List.sort (List.distinct drops)) "--lr-drop-at: must be ascending"
    BadInput.require (factor.IsNone || not drops.IsEmpty) "--lr-drop: needs --lr-drop-at"

    BadInput.require
        (not (run.Has From_Mean_Image) || (run.Request.TryGet Common.Init).IsNone)
        "--from-mean-image: --init brings weights of its own; leave one of them out"

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

    // The loss: minus the evidence lower bound, in nats per image, with a weight on the KL term; or a tighter bound.
    let draws = run.Get Importance_Samples
    let weight = Schedule.warmup (run.Get Kl_Warmup) (run.Get Kl_Weight)

    BadInput.require
        (draws = 1 || weight 1 = 1.0)
        "--importance-samples: this bound has no KL term; leave --kl-weight and --kl-warmup out"

    let elbo (pass: Pass) (batch: Batch) =
        let q = vae.Encode pass batch.Images
        let logits = vae.Decode pass (Gaussian.sample pass.Generator q)
        let reconstruction = Losses.binaryCrossEntropy logits batch.Images
        reconstruction + Losses.gaussianKl q * weight batch.Epoch

    let bound = if draws = 1 then elbo else Objectives.importanceWeighted vae draws

    let loss pass batch =
        let loss = bound pass batch
        loss, [ ("train_loss", loss) ]

    // The training: a fold over epochs. A run starts here, goes on here (--resume), is measured here (--evaluate).
    let measure epoch pass =
        ("kl_weight", weight epoch) :: Objectives.elbo vae data pass

    let begun =
        if run.Has From_Mean_Image then Objectives.fromMeanImage vae data else id

    let trained =
        run.Fit(
            data,
            begun (Objective.create vae.Nets [ Update.minimise "vae" vae.Nets loss ] measure),
            Can.vae vae,
            rate = Schedule.drops drops (defaultArg factor 0.5),
            beta1 = run.Get Beta1,
            epsilon = run.Get Adam_Epsilon,
            best = "test_nelbo",
            shown = [ "train_loss"; "test_nelbo"; "test_kl" ]
        )

    // The page.
    run.Report(fun () ->
        let pass = trained.Pass
        let reconstruct = Models.reconstruct vae pass
        let generate = Models.generate vae pass (run.Generator 0)
        let testRows = Pictures.test data reconstruct generate
        let trainingRows = Pictures.training data reconstruct
        let measure = Metrics.elbo vae pass data.Pixels
        let train, test = measure data.Train.Images, measure data.Test.Images
        let floor = Metrics.pixelEntropy data.Pixels data.Test.Images
        let nats value = $"{Sections.fixed2 value} nats"
        let means = Metrics.meanCodes (vae.Encode pass) data.Test.Images
        let active = Codes.activeUnits means
        let curve = Sections.learningCurve trained.History "nats per image"
        let tile name = Sections.tile name "nats"
        let labelled = List.map2 (fun label row -> label, Pictures.blocks [ row ])

        { Line =
            Terminal.table
                [ [ "negative ELBO"; nats test.NegativeElbo; "lower is better; the sum of" ]
                  [ "  reconstruction"; nats test.Reconstruction; "the pixels' cross-entropy" ]
                  [ "  KL"; nats test.Kl; $"{active} of {latent} units active" ] ]
            + $"\n({Sections.testSet data}, one noise sample each)"
          Figures =
            [ "epochs", float trained.State.Epoch
              yield! Objectives.named "train" train
              yield! Objectives.named "test" test
              "test_pixel_entropy", floor
              "active_units", float active ]
          Pictures =
            [ "samples", Pictures.rows testRows
              "training", Pictures.rows trainingRows
              for name, row in List.zip [ "originals"; "reconstructions"; "new" ] testRows do
                  name, Pictures.block [ row ] ]
          Sections =
            [ yield! Warnings.vae trained.History data active latent test.Kl
              Sections.testTiles
                  data
                  [ tile "Negative ELBO" (Some Lower) test.NegativeElbo
                    tile "Reconstruction" (Some Lower) test.Reconstruction
                    tile "KL" None test.Kl
                    Sections.counted "Active units" None active latent
                    if data.Pixels = Grey then
                        tile "Entropy of the pixels: no reconstruction is below" None floor ]
              Section.Rows(
                  "New images are decoded from draws of N(0, I), reconstructions from the mean code.",
                  labelled [ "test images"; "reconstructions"; "new images" ] testRows
              )
              Section.Words
                  $"An image's figure is the sum over its pixels or latent dimensions; figures are means over images, in evaluation mode, with one noise sample an image. {Sections.curvesOf data}"
              curve "Negative ELBO" "nelbo"
              curve "Reconstruction" "reconstruction"
              curve "KL" "kl"
              Sections.klPerDimension (vae.Encode pass) data
              if latent = 2 then
                  Sections.codes "" data means
                  Sections.plane data (fun z -> (vae.Decode pass z).sigmoid())
              Section.Rows(
                  "Training images.",
                  labelled [ "training images"; "reconstructions" ] trainingRows
              ) ] })

let experiment =
    Experiment.Create(question, defaults, body, common = [ Request.small ])

Experiment.Main experiment
