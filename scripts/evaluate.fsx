#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open System.Diagnostics
open Workbench

let script =
    { Name = "evaluate"
      Question = "How good are the models of a run?"
      Common = EvaluateOptions.common
      Own = EvaluateOptions.own }

Cli.run fsi.CommandLineArgs script (fun run ->
    let clock = Stopwatch.StartNew()
    use _ = SavedRun.alone run.Own
    let saved = SavedRun.read run

    saved.Models
    |> List.map (Evaluation.measure run saved.Data)
    |> EvaluationReport.write run saved clock.Elapsed.TotalSeconds

    Ending.Finished)
