#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open TorchSharp
open Workbench

let script =
    { Name = "conv-autoencoder"
      Question = "What does a convolutional autoencoder keep of digits on photographs?"
      Common =
        { Options.defaults with
            Data = "mnist-m"
            Epochs = 10 }
      Own = ConvAutoencoderOptions.own }

Cli.run fsi.CommandLineArgs script (fun run ->
    let data = Runner.data run |> Data.withValidation
    let spec = ConvAutoencoderOptions.spec run.Own data
    let pixels = float (List.reduce (*) data.ImageShape)

    let stage =
        { Stage.create run.Common "" (Objectives.autoencoder spec data) with
            Shown = [ "train_loss"; "validation_error"; "test_error" ]
            Best = Some "validation_error" }

    Runner.train run data [ stage ] (fun trained ->
        use _ = torch.no_grad ()
        let state = trained.Head.State
        let reconstruct = Autoencoder.reconstruct spec state.Parameters

        let error images =
            Metrics.squaredError reconstruct data.Pixels images

        let train, test = error data.Train.Images, error data.Test.Images
        let validation = error data.Validation.Value.Images
        let originals = Pictures.picked data run.Common.Seed 10
        let pictures = [ originals; reconstruct originals ]
        let measured = Sections.note data "test" data.Test.Images.shape[0]

        let count (examples: Examples) = Report.count examples.Images.shape[0]
        let shape = data.ImageShape |> List.map string |> String.concat " x "

        let tile name value =
            Sections.tile data name "" (Sections.short value)

        { Figures =
            [ "epochs", float state.Epoch
              "train_error", train
              "validation_error", validation
              "test_error", test
              "train_mse", train / pixels
              "validation_mse", validation / pixels
              "test_mse", test / pixels ]
          Pictures =
            [ ("samples", Pictures.rows (List.map (Pictures.values data.ImageShape) pictures)) ]
          Line =
            $"test error {Sections.fixed2 test} summed over pixels and colours, {Sections.short (test / pixels)} a number ({measured})"
          Sections =
            [ Section.Tiles
                  [ tile "Squared error of an image" test
                    tile "Mean squared error of a number" (test / pixels) ]
              Section.Words
                  $"An image is {shape} numbers; errors are squared, summed over them, averaged over images, in evaluation mode. {count data.Train} images are learned from, {count data.Validation.Value} held out for validation; the curves' training images are the first 10,000."
              Sections.curves
                  state.History
                  "Squared error of reconstructions"
                  "per image"
                  [ "test", "test_error"
                    "validation", "validation_error"
                    "training", "train_error" ]
              Sections.images
                  data
                  "Top: ten test images picked at random. Bottom: their reconstructions."
                  pictures ] }))
