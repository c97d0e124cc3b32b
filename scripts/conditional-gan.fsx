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

let conditional (run: Run<ConditionalGanOptions>) =
    let data = Experiment.data run
    let classes = ConditionalGanOptions.classes data
    let options = ConditionalGanOptions.gan run.Own
    let spec = GanExperiment.spec options classes data

    /// The same number of images of each label, in the labels' order.
    let generate lot times state =
        GanExperiment.noise spec run.Common.Seed lot (classes * times)
        |> GanExperiment.images spec state (Some(labels classes times))

    let stage = GanExperiment.stage run.Common "" options spec data (generate 0 1)

    Experiment.train run data [ stage ] (fun trained ->
        let state = trained.Head.State
        let shown = (generate 1 columns state).split(int64 columns)

        let grid = [ for row in shown -> Pictures.values data.ImageShape row ]

        let judged =
            Classifier.load data.Name
            |> Option.map (fun classifier ->
                let times = GanReport.judgedCount / classes
                let made = generate 2 times state

                Generators.agreement classifier (labels classes times) made,
                Generators.judge classifier data made)

        { Figures =
            [ "epochs", float state.Epoch
              match judged with
              | Some(agreement, others) ->
                  for name, estimate in agreement @ others do
                      name, estimate.Value
              | None -> () ]
          Pictures = [ ("samples", Pictures.rows grid) ]
          Line = GanReport.lineWithLabels state (Option.map fst judged)
          Sections =
            [ match judged with
              | Some(agreement, others) ->
                  Section.Figures(GanReport.tilesWithLabels data agreement others)
                  GanReport.agreement agreement
              | None -> GanReport.unjudged data
              Section.Images(
                  $"A row a label, from 0 to {classes - 1}: ten images each, from different noise.",
                  [ Pictures.block grid ]
              )
              yield!
                  GanReport.training
                      options
                      $"An image of each label, 0 to {classes - 1}, from the same noise, as the epochs went by."
                      trained.Head
              match judged with
              | Some(_, others) -> Generators.table data [ "conditional GAN", others ]
              | None -> () ] })

Cli.run fsi.CommandLineArgs script (fun run ->
    if run.Own.WideNoise then
        GanReport.train run (ConditionalGanOptions.gan run.Own)
    else
        conditional run)
