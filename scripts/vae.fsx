#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Workbench

let script =
    { Name = "vae"
      Question = "How well does a VAE with a 32-dimensional code explain handwritten digits?"
      Common = Options.defaults
      Own = VaeOptions.own }

Cli.run fsi.CommandLineArgs script VaeExperiment.train
