#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Workbench

let script =
    { Name = "variational-bound"
      Question = "How far is the variational bound below log p(x), and when does it touch it?"
      Common = VariationalBoundOptions.common
      Own = VariationalBoundOptions.own }

Cli.run fsi.CommandLineArgs script VariationalBoundExperiment.run
