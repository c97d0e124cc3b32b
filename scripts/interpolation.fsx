#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open TorchSharp
open Workbench

let script =
    { Name = "interpolation"
      Question = "What lies between two images, for a GAN and for a VAE?"
      Common = GanOptions.common
      Own = InterpolationOptions.own }

/// Draws that ways may start and end at; the first few are shown.
let draws, shown = 1_000, 10

Cli.run fsi.CommandLineArgs script (fun run ->
    let data = Runner.data run
    let classifier = InterpolationOptions.classifier run.Own data
    let gan = GanExperiment.spec GanOptions.defaults 0 data
    let vae = VaeExperiment.spec VaeOptions.defaults data
    let noise = GanExperiment.noise gan run.Common.Seed 0 draws

    let generate (state: State) = GanExperiment.images gan state None

    let stages =
        [ GanExperiment.stage run.Common "gan" GanOptions.defaults gan data (fun state ->
              generate state (noise.narrow (0L, 0L, int64 shown)))
          VaeExperiment.stage
              (InterpolationOptions.ofVae run.Common)
              "vae"
              VaeOptions.defaults
              data ]

    Runner.train run data stages (fun trained ->
        use _ = torch.no_grad ()
        let ofGan, ofVae = trained[0].State, trained[1].State
        let test = Ends.ofLabels Classifier.classes data.Test.Labels.Value
        let made = generate ofGan noise

        let spaces =
            [ { Name = "GAN"
                Points = noise
                Candidates = Ends.ofProbabilities (Classifier.probabilities classifier made)
                Draw = generate ofGan
                Way = run.Own.Way }
              { Name = "VAE"
                Points = (Vae.encode vae ofVae.Parameters Evaluation data.Test.Images).Mean
                Candidates = test
                Draw = fun codes -> (Vae.decode vae ofVae.Parameters codes).sigmoid()
                Way = run.Own.Way }
              { Name = "Blend"
                Points = data.Test.Images
                Candidates = test
                Draw = id
                Way = Line } ]

        let labels = Ends.labels spaces.Head.Candidates shown (run.Own.From, run.Own.To)
        let pairs = Ends.pairs Classifier.classes

        let strips =
            [ for space in spaces ->
                  space.Name, Ways.images space [ Ends.first space.Candidates labels ] ]

        let ways =
            [ for space in spaces ->
                  space.Name,
                  Ends.spread space.Candidates Classifier.classes pairs
                  |> Ways.images space
                  |> Ways.measure classifier data ]

        let real = Ways.reference classifier data

        { Figures =
            ("epochs", float (min ofGan.Epoch ofVae.Epoch))
            :: InterpolationReport.figures ways real
          Pictures =
            [ ("samples",
               [ for _, images in strips -> Pictures.values data.ImageShape images ]
               |> Pictures.rows) ]
          Line = InterpolationReport.line ways
          Sections =
            [ InterpolationReport.tiles data ways
              Sections.images
                  data
                  (InterpolationReport.picked spaces.Head.Candidates labels)
                  [ made.narrow (0L, 0L, int64 shown) ]
              Sections.rows data (InterpolationReport.strips labels run.Own.Way) strips
              yield! InterpolationReport.answers ways real
              yield! InterpolationReport.charts ways
              InterpolationReport.definitions
              InterpolationReport.table data ways
              yield! GanReport.curves ofGan.History
              Sections.curves
                  ofVae.History
                  "The VAE's ELBO"
                  "nats per image"
                  [ "test", "test_elbo"; "training", "train_elbo" ] ] }))
