#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Workbench

let script =
    { Name = "vae"
      Question = "How well does a VAE with a 32-dimensional code explain handwritten digits?"
      Common = Options.defaults
      Own = VaeOptions.own }

Cli.run fsi.CommandLineArgs script (fun run ->
    for name, value in run.Settings do
        run.Say $"{name, -12} {Json.plain value}"

    let folder =
        RunFolder.create run.Script run.Common.Out (run.Settings @ Machine.versions)

    run.Say $"the run is in {folder.Path}"
    Ending.Finished)
