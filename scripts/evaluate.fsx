#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Workbench

let script =
    { Name = "evaluate"
      Question = "How good are the models of a run?"
      Common = EvaluateOptions.common
      Own = EvaluateOptions.own }

Cli.run fsi.CommandLineArgs script EvaluateExperiment.run
