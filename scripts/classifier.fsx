#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Workbench

let script =
    { Name = "classifier"
      Question = "How well does a small network tell ten classes apart?"
      Common =
        { Options.defaults with
            LearningRate = 2e-3 }
      Own = ClassifierOptions.own }

Cli.run fsi.CommandLineArgs script (fun run ->
    let data = Runner.data run

    let stage =
        Stage.create run.Common "" (ClassifierObjective.create run.Own.Shift data)

    let rate epoch =
        run.Common.LearningRate * run.Own.Decay ** float (epoch - 1)

    let stage =
        { stage with
            Settings =
                { stage.Settings with
                    LearningRate = rate }
            Shown = [ "train_loss"; "test_loss"; "test_accuracy" ] }

    Runner.train run data [ stage ] (fun trained ->
        let state = trained.Head.State
        let figures = (List.last state.History).Figures
        let accuracy = Sections.fixed2 (100.0 * Sections.find "test_accuracy" figures)
        let measured = Sections.note data "test" data.Test.Images.shape[0]

        let about =
            [ "data", data.Name
              "data-sha256", data.Hash
              "epochs", string state.Epoch
              "test-accuracy", $"{accuracy} %%" ]

        run.Own.Weights
        |> Option.iter (fun path -> Classifier.save path (Map.ofList about) state.Parameters)

        { Figures = ("epochs", float state.Epoch) :: figures
          Pictures = []
          Line = $"{accuracy} %% right ({measured}), epoch {state.Epoch}"
          Sections =
            [ Section.Tiles [ Sections.tile data "Right answers" "%" accuracy ]
              Section.Words
                  "The classifier judges what generators make: its last layer but one gives the features of FID-LeNet, precision, recall, density and coverage."
              Sections.curves
                  state.History
                  "Cross-entropy"
                  "nats per image"
                  [ "test", "test_loss"; "training, moved images", "train_loss" ]
              Sections.curves
                  state.History
                  "Share of right answers"
                  "share"
                  [ ("test", "test_accuracy") ] ] }))
