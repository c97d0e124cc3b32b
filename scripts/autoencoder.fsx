#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open Workbench

let question = "How much of an image do a few numbers keep?"

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | [<Help "numbers of the code, the one narrow layer">] Latent of units: int
    | [<Help "units of the hidden layers, from the pixels to the code">] Hidden of units: int list

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let defaults = [ Latent 2; Hidden [ 512; 128 ] ]

let body (run: Run<Setting>) =
    // The data: images N x pixels in [0, 1].
    let data = run.Data

    // The model: 784-512-128-2 and back, ReLU between the layers; the decoder ends with pixels in 0 to 1.
    let latent = run.Get Latent
    let widths = data.Size :: run.Get Hidden @ [ latent ]

    let model =
        Models.autoencoder
            latent
            (Stacks.perceptron Stacks.relu widths)
            (Stacks.perceptron Stacks.relu (List.rev widths) @ [ Activation Sigmoid ])

    let reconstruct pass = model.Encode pass >> model.Decode pass

    // The loss: the squared error of reconstructions, summed over pixels.
    let loss (pass: Pass) (batch: Batch) =
        let loss = Losses.squaredError (reconstruct pass batch.Images) batch.Images
        loss, [ ("train_loss", loss) ]

    // The training.
    let measure _ pass =
        Objectives.errors (reconstruct pass) data

    let trained =
        run.Fit(
            data,
            Objective.create model.Nets [ Update.minimise "autoencoder" model.Nets loss ] measure,
            Can.autoencoder "autoencoder" model,
            best = "test_error",
            shown = [ "train_loss"; "test_error" ]
        )

    // The page.
    run.Report(fun () ->
        let pass, pixels = trained.Pass, float data.Size
        let error = Metrics.squaredError (reconstruct pass) data.Pixels
        let test, train = error data.Test.Images, error data.Train.Images
        let codes = model.Encode pass data.Test.Images
        let originals = Pictures.picked data run.Seed 10
        let pictures = [ originals; reconstruct pass originals ]
        let tile name = Sections.tile name "" (Some Lower)

        { Line =
            $"squared error of reconstructions {Sections.fixed2 test}, summed over pixels, {Sections.four (test / pixels)} a pixel; lower is better\n"
            + $"({Sections.testSet data}, {latent} numbers of code)"
          Figures =
            [ "epochs", float trained.State.Epoch
              "train_error", train
              "test_error", test
              "train_mse", train / pixels
              "test_mse", test / pixels ]
          Pictures = Summary.samples data pictures
          Sections =
            [ yield! Warnings.autoencoder "test_error" trained.History data test
              Sections.testTiles
                  data
                  [ tile "Squared error of an image" test
                    tile "Mean squared error of a pixel" (test / pixels) ]
              Sections.rows
                  data
                  "Ten test images picked at random, and what the code keeps of them."
                  (List.zip [ "test images"; "reconstructions" ] pictures)
              Section.Words
                  $"Errors are squared, summed over an image's pixels, averaged over images, in evaluation mode. {Sections.curvesOf data}"
              Sections.learningCurve
                  trained.History
                  "squared error per image"
                  "Squared error of reconstructions"
                  "error"
              if latent = 2 then
                  Sections.codes "" data codes

                  Section.Images(
                      "What codes decode to, over the middle of the test images' codes: the first dimension rises to the right, the second upwards.",
                      [ Pictures.planeOver data.ImageShape codes (model.Decode pass) ]
                  ) ] })

let experiment =
    Experiment.Create(question, defaults, body, common = [ Common.Data "fashion-mnist" ])

Experiment.Main experiment
