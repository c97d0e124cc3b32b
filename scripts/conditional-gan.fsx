#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open TorchSharp
open Workbench

let script =
    { Name = "conditional-gan"
      Question = "Does a generator that is told a label draw it?"
      Common = GanOptions.common
      Own = ConditionalGanOptions.own }

/// Each label so many times, one after the other.
let labels (classes: int) (times: int) : torch.Tensor =
    torch.tensor
        [| for label in 0L .. int64 classes - 1L do
               yield! Array.replicate times label |]

/// Images of each label in the grid.
let columns = 10

let conditional (run: ScriptRun<ConditionalGanOptions>) =
    let data = Runner.data run
    let classes = ConditionalGanOptions.classes data
    let options = ConditionalGanOptions.gan run.Own
    let spec = GanExperiment.spec options classes data

    /// The same number of images of each label, in the labels' order.
    let generate lot times state =
        GanExperiment.noise spec run.Common.Seed lot (classes * times)
        |> GanExperiment.images spec state (Some(labels classes times))

    let stage = GanExperiment.stage run.Common "" options spec data (generate 0 1)

    Runner.train run data [ stage ] (fun trained ->
        let state = trained.Head.State
        let made = generate 2 (GanReport.judgedCount / classes) state
        let asked = labels classes (GanReport.judgedCount / classes)

        let agreement =
            match Classifier.load data.Name with
            | Some classifier -> Generators.agreement classifier asked made
            | None -> []

        let judged = Generators.judged data made
        let grid = generate 1 columns state

        { Figures =
            ("epochs", float state.Epoch)
            :: [ for name, estimate in agreement @ judged -> name, estimate.Value ]
          Pictures = [ ("samples", Png.grid Png.defaults (Pictures.values data.ImageShape grid)) ]
          Line = GanReport.lineWithLabels state agreement
          Sections =
            [ if not agreement.IsEmpty then
                  Section.Tiles(GanReport.tilesWithLabels data agreement judged)
              Sections.grid
                  data
                  $"A row a label, from 0 to {classes - 1}: ten images each, from different noise."
                  columns
                  grid
              if not agreement.IsEmpty then
                  GanReport.agreement agreement
              yield!
                  GanReport.training
                      options
                      $"An image of each label, 0 to {classes - 1}, from the same noise, as the epochs went by."
                      trained.Head
              yield! Generators.tables data [ ("conditional GAN", judged) ] ] })

Cli.run fsi.CommandLineArgs script (fun run ->
    if run.Own.WideNoise then
        let run =
            { run with
                Question = "Is a generator better with ten times the noise?" }

        GanReport.train run (ConditionalGanOptions.gan run.Own)
    else
        conditional run)
