module Workbench.Tests.FuzzTests

open Expecto
open Workbench.Tests.ProcessSupport

/// 5,005 cases in all.
let private casesEach = 455

let private damaged (format: Fuzz.Format) =
    testCase $"damaged {format.Name} files give a value or one line" (fun () ->
        match Fuzz.run format 1 1 casesEach with
        | [] -> ()
        | faults -> failtestf "%d faults, first: case %A" faults.Length faults.Head)

/// What is read as bytes is read the same beside either engine.
[<Tests>]
let tests =
    let ofTensors, ofBytes =
        Fuzz.formats |> List.partition (fun format -> format.Name = "safetensors")

    testList "Fuzz" (List.map damaged ofTensors @ onceForBoth (List.map damaged ofBytes))
