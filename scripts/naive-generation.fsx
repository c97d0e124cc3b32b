#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open TorchSharp
open Workbench

let script =
    { Name = "naive-generation"
      Question = "Does an autoencoder's decoder make images of random numbers?"
      Common =
        { Options.defaults with
            Data = "fashion-mnist" }
      Own = AutoencoderOptions.own }

Cli.run fsi.CommandLineArgs script (fun run ->
    let data = Runner.data run
    let plain = AutoencoderOptions.spec run.Own data

    let normalised =
        { plain with
            Bottleneck = Autoencoder.Normalised }

    let vae = AutoencoderOptions.vae run.Own data

    let stage name objective =
        { Stage.create run.Common name objective with
            Shown = [ "train_loss"; "test_error"; "test_elbo" ] }

    let stages =
        [ stage "plain" (Objectives.autoencoder plain data)
          stage "normalised" (Objectives.autoencoder normalised data)
          stage "vae" (Objectives.vae vae (Schedule.constant 1.0) data) ]

    Runner.train run data stages (fun trained ->
        use _ = torch.no_grad ()
        let parameters = trained |> List.map _.State.Parameters

        let models: NaiveGeneration.Model list =
            [ { Name = "plain"
                Title = "A: plain autoencoder"
                Encode = Autoencoder.encode plain parameters[0]
                Decode = Autoencoder.decode plain parameters[0] }
              { Name = "normalised"
                Title = "B: normalised bottleneck"
                Encode = Autoencoder.encode normalised parameters[1]
                Decode = Autoencoder.decode normalised parameters[1] }
              { Name = "vae"
                Title = "C: VAE"
                Encode = NaiveGeneration.sampled vae parameters[2]
                Decode = fun z -> (Vae.decode vae parameters[2] z).sigmoid() } ]

        // The same draws for all three, so that pictures compare column by column.
        let draws count =
            Gaussian.prior (Random.generator run.Common.Seed Random.Sampling 0) count plain.Latent

        let told = models |> List.map (NaiveGeneration.measure data draws)
        let few = draws 10L
        let pictures = [ for model in models -> model.Title, model.Decode few ]

        { Figures =
            ("epochs", float trained.Head.State.Epoch)
            :: List.collect NaiveGeneration.figures told
          Pictures =
            [ ("samples",
               Pictures.rows
                   [ for _, images in pictures -> Pictures.values data.ImageShape images ]) ]
          Line = NaiveGeneration.line told
          Sections =
            [ yield! NaiveGeneration.table data told
              Sections.rows
                  data
                  "Ten images each, decoded from the same ten draws of N(0, I)."
                  pictures
              yield! NaiveGeneration.answers told
              if plain.Latent = 2 then
                  for model in models do
                      Sections.cloud
                          $"Codes of the test images, {model.Title}"
                          ("first number", "second number")
                          data.Test.Labels
                          (model.Encode data.Test.Images)
              for model, reached in List.zip models trained do
                  Sections.curves
                      reached.State.History
                      $"Training, {model.Title}"
                      "per image"
                      [ "test error", "test_error"
                        "training error", "train_error"
                        "test ELBO", "test_elbo"
                        "training ELBO", "train_elbo" ] ] }))
