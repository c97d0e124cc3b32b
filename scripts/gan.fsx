#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Workbench

let script =
    { Name = "gan"
      Question = "Can a network learn to draw from a critic alone?"
      Common = GanOptions.common
      Own = GanOptions.own }

Cli.run fsi.CommandLineArgs script (fun run -> GanReport.train run run.Own)
