#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"
#load "vae.fsx" // the experiment that is swept; its options are taken here, too

open Argu
open Workbench

[<Unique>]
type Setting =
    | [<Help "weights of the KL term at training, a run each">] Kl_Weight of x: float list

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let body (sweep: Sweep<Setting, Vae.Setting>) =
    // A run of vae.fsx for each weight: a process, a folder, and the same numbers as that run alone.
    let figures = [ "test_reconstruction"; "test_kl"; "test_nelbo" ]
    let weights = sweep.Get Kl_Weight
    BadInput.require (weights = List.distinct weights) "--kl-weight: a weight is given twice"

    let points =
        sweep.Train([ for weight in weights -> [ Vae.Kl_Weight weight ] ], figures)

    let curve title figure =
        Section.Chart(
            $"{title} by KL weight",
            Plots.lines "nats per image" (Point.courses figure points)
        )

    sweep.Report(fun () ->
        { Line =
            $"{points |> List.filter _.IsFinished |> List.length} of {points.Length} runs finished"
          Figures = []
          Pictures = Point.samples points
          Sections =
            [ Point.table
                  "Final figures in nats per image. The negative ELBO is reconstruction + KL at weight 1, whatever the weight in training; lower is better."
                  "KL weight"
                  sweep.Epochs
                  [ "test_reconstruction", "Test reconstruction"
                    "test_kl", "Test KL"
                    "test_nelbo", "Test negative ELBO"
                    "active_units", "Active units" ]
                  points
              Section.Chart(
                  "What a weight buys",
                  Point.pairs "test_kl" "test_reconstruction" points
                  |> Plots.path "test KL, nats" "test reconstruction, nats"
              )
              curve "Test negative ELBO" "test_nelbo"
              curve "Test reconstruction" "test_reconstruction"
              curve "Test KL" "test_kl"
              Section.Rows(
                  "New images for each KL weight, decoded from the same draws of N(0, I).",
                  Point.pictures "new" points
              )
              Section.Rows(
                  "Test images, and for each KL weight their reconstructions, decoded from the mean code.",
                  [ for _, originals in Point.pictures "originals" points |> List.truncate 1 do
                        "test images", originals
                    yield! Point.pictures "reconstructions" points ]
              ) ] })

let experiment =
    Experiment.Sweep(
        Vae.experiment,
        "What does a VAE's code gain and lose with the weight of its KL term?",
        [ Kl_Weight [ 0.0; 0.1; 0.5; 1.0; 2.0; 4.0 ] ],
        body,
        common = [ Common.Epochs 10; Common.Threads 1 ]
    )

Experiment.Main experiment
