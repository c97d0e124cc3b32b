#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open TorchSharp
open Workbench

let question =
    "What does a convolutional autoencoder keep of digits on photographs?"

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | [<Help "channels of the convolutions, from the image on">] Channels of units: int list
    | [<Help "numbers of the code, the dense layer between the convolutions">] Latent of units: int

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let defaults = [ Channels [ 16; 32; 64 ]; Latent 128 ]

let body (run: Run<Setting>) =
    // The data: images N x numbers in [0, 1], colour after colour; some of the training images are held out.
    let data = Data.withValidation run.Data

    let colours, side =
        match data.ImageShape with
        | [ colours; height; width ] when height = width -> colours, height
        | shape ->
            BadInput.fail
                "--data: convolutions need square images, these are %s"
                (Arrays.text (Array.ofList shape))

    // The model: convolutions of 5 x 5 and stride 2, each of which halves the side; a dense layer to the code; back by a dense
    // layer and transposed convolutions. ReLU between the layers; the decoder ends with numbers in 0 to 1.
    let latent, channels = run.Get Latent, run.Get Channels
    let small = List.last (Stacks.sides side channels.Length)
    let last = List.last channels
    let features = last * small * small

    let model =
        Models.autoencoder
            latent
            [ Unflatten(colours, side, side)
              yield! Stacks.down Stacks.relu (colours :: channels)
              Flatten
              Linear(features, latent) ]
            [ Linear(latent, features)
              Activation Relu
              Unflatten(last, small, small)
              yield! Stacks.back Stacks.relu side (colours :: channels)
              Flatten
              Activation Sigmoid ]

    let reconstruct pass = model.Encode pass >> model.Decode pass

    // The loss: the squared error of reconstructions, summed over pixels and colours.
    let loss (pass: Pass) (batch: Batch) =
        let loss = Losses.squaredError (reconstruct pass batch.Images) batch.Images
        loss, [ ("train_loss", loss) ]

    // The training. What is kept as best is chosen by images that are neither learned from nor reported on.
    let measure _ pass =
        Objectives.errors (reconstruct pass) data

    let trained =
        run.Fit(
            data,
            Objective.create model.Nets [ Update.minimise "autoencoder" model.Nets loss ] measure,
            Can.autoencoder "convolutional autoencoder" model,
            best = "validation_error",
            shown = [ "train_loss"; "validation_error"; "test_error" ]
        )

    // The page.
    run.Report(fun () ->
        let pass, numbers = trained.Pass, float data.Size
        let error = Metrics.squaredError (reconstruct pass) data.Pixels
        let held = data.Validation.Value.Images

        let train, test, validation =
            error data.Train.Images, error data.Test.Images, error held

        let originals = Pictures.picked data run.Seed 10
        let pictures = [ originals; reconstruct pass originals ]
        let count (images: torch.Tensor) = Report.count images.shape[0]
        let shape = data.ImageShape |> List.map string |> String.concat " x "

        let tile name = Sections.tile name "" (Some Lower)

        { Line =
            $"squared error of reconstructions {Sections.fixed2 test}, summed over pixels and colours, {Sections.four (test / numbers)} a value; lower is better\n({Sections.testSet data})"
          Figures =
            [ "epochs", float trained.State.Epoch
              "train_error", train
              "validation_error", validation
              "test_error", test
              "train_mse", train / numbers
              "validation_mse", validation / numbers
              "test_mse", test / numbers ]
          Pictures = Summary.samples data pictures
          Sections =
            [ yield! Warnings.autoencoder "validation_error" trained.History data test
              Sections.testTiles
                  data
                  [ tile "Squared error of an image" test
                    tile "Mean squared error of a pixel's channel" (test / numbers) ]
              Sections.rows
                  data
                  "Ten test images picked at random, and their reconstructions."
                  (List.zip [ "test images"; "reconstructions" ] pictures)
              Section.Words
                  $"An image has {shape} values; errors are squared, summed over them, averaged over images, in evaluation mode. The model learns from {count data.Train.Images} images; {count held} are held out for validation. {Sections.curvesOf data}"
              Sections.curves
                  trained.History
                  "Squared error of reconstructions"
                  "squared error per image"
                  [ "test", "test_error"
                    "validation", "validation_error"
                    "training", "train_error" ] ] })

let experiment =
    Experiment.Create(
        question,
        defaults,
        body,
        common = [ Common.Data "mnist-m"; Common.Epochs 10 ]
    )

Experiment.Main experiment
