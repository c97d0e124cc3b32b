#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open TorchSharp
open Workbench

let script =
    { Name = "adversarial-autoencoder"
      Question = "Can a discriminator give an autoencoder's codes a shape?"
      Common = { Options.defaults with Epochs = 20 }
      Own = AdversarialAutoencoderOptions.own }

Cli.run fsi.CommandLineArgs script (fun run ->
    let data = Runner.data run
    let options = run.Own
    let spec = AdversarialAutoencoderOptions.spec options data

    let objective =
        AdversarialObjectives.adversarialAutoencoder
            spec
            options.Reconstruction
            options.Saturating
            run.Common.Epochs
            data

    let stage =
        { Stage.adversarial run.Common "" objective with
            Shown = [ "train_loss"; "discriminator_loss"; "generator_loss"; "test_error" ]
            Best = Some "test_error" }

    Runner.train run data [ stage ] (fun trained ->
        use _ = torch.no_grad ()
        let state = trained.Head.State
        let encode = AdversarialAutoencoder.encode spec state.Parameters
        let decode = AdversarialAutoencoder.decode spec state.Parameters

        let error images =
            Metrics.squaredError (encode >> decode) data.Pixels images

        let test = error data.Test.Images
        let codes = encode data.Test.Images
        let matched = AdversarialAutoencoderReport.matched codes
        let placed = AdversarialAutoencoderReport.place run data encode
        let originals = Pictures.picked data run.Common.Seed 10
        let generator = Random.generator run.Common.Seed Random.Sampling 0
        let samples = decode (Gaussian.prior generator 100L spec.Latent)
        let rows = [ originals; decode (encode originals); samples.narrow (0L, 0L, 10L) ]
        let tile = Sections.tile data
        let curves = Sections.curves state.History

        { Figures =
            [ "epochs", float state.Epoch
              "test_error", test
              "train_error", error data.Train.Images
              "matched_dimensions", float matched
              "code_distance", Frechet.fromStandardNormal codes
              match placed with
              | Some placed ->
                  "tsne_kl", placed.Kl
                  "tsne_trustworthiness", placed.Trustworthiness
              | None -> () ]
          Pictures =
            [ ("samples", Pictures.rows (List.map (Pictures.values data.ImageShape) rows)) ]
          Line =
            $"test error {Sections.fixed2 test} summed over pixels; {matched} of {spec.Latent} dimensions of the test codes have mean 0 and variance 1"
          Sections =
            [ Section.Tiles
                  [ tile "Squared error of an image" "" (Sections.short test)
                    tile "Dimensions that match N(0, 1)" $"of {spec.Latent}" (string matched) ]
              Section.Words
                  "Errors are squared, summed over pixels, averaged over images. A dimension matches where the test codes' mean is within 0.1 of 0 and their variance between 0.8 and 1.2."
              curves "Reconstruction" "loss of training, per image" [ ("training", "train_loss") ]
              curves
                  "Squared error of reconstructions"
                  "per image"
                  [ "test", "test_error"; "training", "train_error" ]
              yield! Sections.adversarial state.History "encoder" "draws of N(0, I)" "codes"
              Sections.images
                  data
                  "Top: ten test images picked at random. Middle: their reconstructions. Bottom: new images, decoded from draws of N(0, I)."
                  rows
              yield!
                  placed
                  |> Option.map (AdversarialAutoencoderReport.cloud data)
                  |> Option.defaultValue []
              Sections.rows
                  data
                  "The code of a test image along one dimension at a time, from -3 to 3; the dimensions that vary most."
                  [ for name, line in AdversarialAutoencoderReport.traversals codes 8 ->
                        name, decode line ]
              Sections.grid data "A hundred new images." 10 samples ] }))
