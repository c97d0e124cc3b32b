#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open System.IO
open Workbench

let script =
    { Name = "kl-sweep"
      Question = "What does a VAE's code gain and lose with the weight of its KL term?"
      Common =
        { Options.defaults with
            Epochs = 10
            Threads = 1 }
      Own = KlSweepOptions.own }

let elbo: SweepReport.Figure =
    { Name = "test_elbo"
      Title = "Test ELBO" }

let reconstruction: SweepReport.Figure =
    { Name = "test_reconstruction"
      Title = "Test reconstruction" }

let kl: SweepReport.Figure = { Name = "test_kl"; Title = "Test KL" }

Cli.run fsi.CommandLineArgs script (fun run ->
    let sweep =
        { Script = Path.Combine(__SOURCE_DIRECTORY__, "vae.fsx")
          Setting = "kl-weight"
          Prefix = "kl"
          Values = run.Own.Weights
          Arguments = KlSweepOptions.arguments run.Own
          Jobs = run.Own.Jobs
          Figures = [ reconstruction.Name; kl.Name; elbo.Name ] }

    Sweep.run run sweep (fun data points ->
        List.concat
            [ SweepReport.table
                  "Final figures in nats per image. The ELBO is reconstruction + KL at weight 1, whatever the weight in training; lower is better."
                  "KL weight"
                  run.Common.Epochs
                  [ reconstruction; kl; elbo ]
                  points
              SweepReport.tradeOff "Trade-off, by KL weight" kl reconstruction points
              SweepReport.overlay "KL weight" elbo points
              SweepReport.overlay "KL weight" reconstruction points
              SweepReport.overlay "KL weight" kl points
              SweepReport.pictures
                  "New images for each KL weight, decoded from the same draws of N(0, I)."
                  data.ImageShape
                  SweptPoint.samplesRow
                  None
                  points
              SweepReport.pictures
                  "Test images, and for each KL weight their reconstructions, decoded from the mean code."
                  data.ImageShape
                  SweptPoint.reconstructionsRow
                  (Some("test images", SweptPoint.originalsRow))
                  points ]))
