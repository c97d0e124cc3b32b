#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

// Any script, once for each combination of values of its options: a process, a folder, and the same numbers as that run alone.
open Workbench

/// What there is to see of the points.
let page (epochs: int) (points: Point list) : Section list =
    let figures = points |> List.filter _.IsFinished |> Point.leading |> List.truncate 6

    [ Point.table
          "Final figures."
          "point"
          epochs
          [ for name in figures -> name, Sections.readable name ]
          points
      for name in figures do
          match Point.courses name points with
          | [] -> ()
          | courses ->
              let title = Sections.readable name
              Section.Chart(title, Plots.lines title courses)
      let pictures =
          match Point.pictures "new" points with
          | [] -> Point.pictures "samples" points
          | own -> own

      if not pictures.IsEmpty then
          Section.Rows("Images of each point.", pictures) ]

let body (sweep: GridSweep) =
    let points = sweep.Train()

    sweep.Report(fun () ->
        { Line =
            $"{points |> List.filter _.IsFinished |> List.length} of {points.Length} runs finished"
          Figures = []
          Pictures = // the index of runs shows it: the first point's
            [ for _, pictures in Point.pictures "samples" points |> List.truncate 1 do
                  "samples", pictures.Head ]
          Sections = page sweep.Epochs points })

let experiment =
    Experiment.Grid(
        "How does a run change with its options?",
        "--script vae --vary kl-weight 0.5 1 2 --vary latent 2 8 --data glyphs --epochs 2",
        body,
        common = [ Common.Threads 1 ]
    )

Experiment.Main experiment
