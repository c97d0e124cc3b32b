#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Workbench

let script =
    { Name = "gan"
      Question = "Do two networks that compete learn to draw?"
      Common = GanOptions.common
      Own = GanOptions.own }

Cli.run fsi.CommandLineArgs script (fun run ->
    let data = Experiment.data run
    let spec = GanExperiment.spec run.Own 0 data
    let noise = GanExperiment.noise spec run.Common.Seed 0 16

    let draw state =
        Pictures.rows
            [ Pictures.values data.ImageShape (GanExperiment.images spec state None noise) ]

    let stage = GanExperiment.stage run.Common "" run.Own spec draw

    Experiment.train run data [ stage ] (fun trained ->
        let state = trained.Head.State

        { Figures = [ "epochs", float state.Epoch ]
          Pictures = []
          Line = ""
          Sections = GanExperiment.curves state.History }))
