module Workbench.Tests.FuzzTests

open Expecto
open Workbench.Tests.Fuzz

/// 5,005 cases in all.
let private casesEach = 455

[<Tests>]
let tests =
    testList
        "Fuzz"
        [ for format in formats do
              testCase $"damaged {format.Name} files give a value or one line" (fun () ->
                  match run format 1 1 casesEach with
                  | [] -> ()
                  | faults -> failtestf "%d faults, first: case %A" faults.Length faults.Head) ]
