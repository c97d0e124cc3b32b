#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open TorchSharp
open Workbench

let convolutional = Array.contains "--conv" fsi.CommandLineArgs

let script =
    { Name = "vae-gan"
      Question = "What does a VAE gain from a discriminator?"
      Common =
        { Options.defaults with
            Data = "fashion-mnist"
            Epochs = if convolutional then 8 else 20 }
      Own = VaeGanOptions.own }

Cli.run fsi.CommandLineArgs script (fun run ->
    let data = Runner.data run
    let spec = VaeGanOptions.spec run.Own data
    let vae = VaeGanOptions.vae run.Own data

    let stages =
        [ { Stage.adversarial
                run.Common
                "vae-gan"
                (AdversarialObjectives.vaeGan spec run.Own.Loss data) with
              Shown = [ "train_kl"; "discriminator_loss"; "generator_loss"; "test_error" ] }
          { Stage.create run.Common "vae" (Objectives.vae vae (Schedule.constant 1.0) data) with
              Shown = [ "train_loss"; "test_elbo" ] } ]

    Runner.train run data stages (fun trained ->
        use _ = torch.no_grad ()
        let state, ofVae = trained[0].State, trained[1].State

        let noise () =
            Random.generator run.Common.Seed Random.Sampling 0

        let models: VaeGanReport.Model list =
            [ { Name = "vae_gan"
                Title = "VAE-GAN"
                Generate = VaeGan.generate spec state.Parameters (noise ())
                Reconstruct = VaeGan.reconstruct spec state.Parameters
                Encode = fun images -> fst (VaeGan.encode spec state.Parameters Evaluation images) }
              { Name = "vae"
                Title = "VAE"
                Generate = Vae.generate vae ofVae.Parameters (noise ())
                Reconstruct = Vae.reconstruct vae ofVae.Parameters
                Encode = Vae.encode vae ofVae.Parameters Evaluation } ]

        let told = models |> List.map (VaeGanReport.measure data)
        let originals = Pictures.picked data run.Common.Seed 10
        let samples = [ for model in models -> model.Title, model.Generate 10 ]

        let reconstructions =
            [ for model in models -> model.Title, model.Reconstruct originals ]

        let curves = Sections.curves state.History

        { Figures = ("epochs", float state.Epoch) :: List.collect VaeGanReport.figures told
          Pictures =
            [ ("samples",
               ("", originals) :: reconstructions @ samples
               |> List.map (snd >> Pictures.values data.ImageShape)
               |> Pictures.rows) ]
          Line = VaeGanReport.line told
          Sections =
            [ yield! VaeGanReport.table data told
              Sections.rows data "Ten new images each, decoded from draws of N(0, I)." samples
              Sections.rows
                  data
                  "Ten test images picked at random, and their reconstructions from the mean code."
                  (("test images", originals) :: reconstructions)
              yield! VaeGanReport.answer run.Own.Loss told
              yield!
                  Sections.adversarial state.History "generator" "D(x)" "D of images of the prior"
              curves
                  "KL of the code"
                  "nats per image"
                  [ "training", "train_kl"; "test", "test_kl" ]
              curves
                  "Half the squared distance in the discriminator's hidden layer"
                  "per image"
                  [ ("training", "similarity") ]
              curves
                  "Squared error of reconstructions"
                  "per image"
                  [ "test", "test_error"; "training", "train_error" ] ] }))
