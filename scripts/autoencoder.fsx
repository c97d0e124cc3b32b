#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open TorchSharp
open Workbench

let script =
    { Name = "autoencoder"
      Question = "How much of an image do a few numbers keep?"
      Common =
        { Options.defaults with
            Data = "fashion-mnist" }
      Own = AutoencoderOptions.own }

Cli.run fsi.CommandLineArgs script (fun run ->
    let data = Runner.data run
    let spec = AutoencoderOptions.spec run.Own data
    let pixels = float (List.reduce (*) data.ImageShape)

    let stage =
        { Stage.create run.Common "" (Objectives.autoencoder spec data) with
            Shown = [ "train_loss"; "test_error" ]
            Best = Some "test_error" }

    Runner.train run data [ stage ] (fun trained ->
        use _ = torch.no_grad ()
        let state = trained.Head.State
        let reconstruct = Autoencoder.reconstruct spec state.Parameters

        let error images =
            Metrics.squaredError reconstruct data.Pixels images

        let test, train = error data.Test.Images, error data.Train.Images
        let originals = Pictures.picked data run.Common.Seed 10
        let pictures = [ originals; reconstruct originals ]

        let measured = Sections.note data "test" data.Test.Images.shape[0]

        let tile name value =
            Sections.tile data name "" (Sections.short value)

        { Figures =
            [ "epochs", float state.Epoch
              "train_error", train
              "test_error", test
              "train_mse", train / pixels
              "test_mse", test / pixels ]
          Pictures =
            [ ("samples", Pictures.rows (List.map (Pictures.values data.ImageShape) pictures)) ]
          Line =
            $"test error {Sections.fixed2 test} summed over pixels, {Sections.short (test / pixels)} a pixel "
            + $"({measured}, {spec.Latent} numbers of code)"
          Sections =
            [ Section.Tiles
                  [ tile "Squared error of an image" test
                    tile "Mean squared error of a pixel" (test / pixels) ]
              Section.Words
                  "Errors are squared, summed over an image's pixels, averaged over images, in evaluation mode; the curves' training images are the first 10,000."
              Sections.curves
                  state.History
                  "Squared error of reconstructions"
                  "per image"
                  [ "test", "test_error"; "training", "train_error" ]
              if spec.Latent = 2 then
                  Sections.cloud
                      "Codes of the test images"
                      ("first number", "second number")
                      data.Test.Labels
                      (Autoencoder.encode spec state.Parameters data.Test.Images)
              Sections.images
                  data
                  "Top: ten test images picked at random. Bottom: their reconstructions."
                  pictures
              if spec.Latent = 2 then
                  Section.Images(
                      "What codes decode to, over the middle of the test images' codes: the first number rises to the right, the second upwards.",
                      [ Pictures.planeOver
                            data.ImageShape
                            (Autoencoder.encode spec state.Parameters data.Test.Images)
                            (Autoencoder.decode spec state.Parameters) ]
                  ) ] }))
