#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

// Any script, once for each combination of values of its options: a process, a folder, and the same numbers as that run alone.
open Workbench

let body (sweep: GridSweep) =
    let points = sweep.Train()
    let finished = points |> List.filter _.IsFinished

    sweep.Report(fun () ->
        { Line = $"{finished.Length} of {points.Length} runs finished"
          Figures = []
          Pictures = Point.samples points
          Sections =
            [ yield! Comparison.sections points
              Point.table
                  "Each run, whose name leads to its page."
                  "run"
                  sweep.Epochs
                  [ for name in Point.leading finished |> List.truncate 6 ->
                        name, Sections.readable name ]
                  points ] })

let experiment =
    Experiment.Grid(
        "How does a run change with its options?",
        "--script vae --vary kl-weight 0.5 1 2 --vary latent 2 8 --data glyphs --epochs 2",
        body,
        common = [ Common.Threads 1 ]
    )

Experiment.Main experiment
