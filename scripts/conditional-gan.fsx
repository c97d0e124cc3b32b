#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open TorchSharp
open Workbench

let script =
    { Name = "conditional-gan"
      Question = "Does a generator that is told a digit draw that digit?"
      Common = GanOptions.common
      Own = ConditionalGanOptions.own }

/// Images of each label in the grid, and those that the classifier judges.
let gridColumns, judged = 10, 1_000

/// Each label so many times, one after the other.
let labels (classes: int) (times: int) : torch.Tensor =
    torch.tensor [| for label in 0 .. classes - 1 do
                        for _ in 1..times do
                            int64 label |]
