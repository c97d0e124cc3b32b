#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Workbench

let script =
    { Name = "vae"
      Question = "How well does a variational autoencoder explain these images?"
      Common = Options.small
      Own = VaeOptions.own }

Cli.run fsi.CommandLineArgs script VaeExperiment.train
