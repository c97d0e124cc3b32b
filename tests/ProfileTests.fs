/// `WORKBENCH_PROFILE=1`: a table of operations at a run's end. The managed engine's alone, so its tests have it alone.
module Workbench.Tests.ProfileTests

open System
open System.Globalization
open Expecto
open Workbench
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport

/// A short run of the VAE with the variable set.
let private profiled () =
    withGlyphs 200 (fun folder data ->
        let arguments =
            [ "--engine"
              "managed"
              "--data"
              data
              "--epochs"
              "2"
              "--batch"
              "100"
              "--quiet"
              "--out"
              "run" ]

        use running =
            startWith
                (fun info -> info.Environment["WORKBENCH_PROFILE"] <- "1")
                "dotnet"
                ([ "fsi"; scriptPath "vae.fsx" ] @ arguments)
                folder

        finish running "")

let private words (line: string) =
    line.Split("  ", StringSplitOptions.RemoveEmptyEntries)
    |> Array.map _.Trim()
    |> List.ofArray

let private column (index: int) (row: string list) =
    Double.Parse((List.item index row).Replace(" %", ""), CultureInfo.InvariantCulture)

[<Tests>]
let tests =
    testList
        "profile"
        (onManaged
            [ testCase "a table of operations on standard error, the slowest first" (fun () ->
                  let result = profiled ()
                  Expect.equal result.Code 0 result.Errors

                  let rows =
                      result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                      |> List.ofArray
                      |> List.map words

                  Expect.equal
                      rows.Head
                      [ "operation"; "calls"; "ms"; "share"; "us a call"; "GFLOP/s" ]
                      "columns"

                  let operations = rows.Tail |> List.takeWhile (fun row -> row.Length > 3)
                  let times = operations |> List.map (column 2)
                  Expect.equal times (List.sortDescending times) "by time"

                  let row name =
                      operations |> List.find (fun row -> row.Head = name)

                  Expect.equal (row "linear").Length 6 "a product has a rate"

                  Expect.isGreaterThan (row "linear gradient" |> column 5) 0.0 "its gradient, too"

                  Expect.equal (row "relu").Length 5 "nothing else has one"
                  Expect.equal (row "Adam" |> column 1) 4.0 "two epochs of two batches"
                  let outside = List.last rows
                  Expect.equal outside.Head "outside operations" "what is left"
                  let shares = column 2 outside + List.sumBy (column 3) operations

                  Expect.floatClose { absolute = 2.0; relative = 0.0 } shares 100.0 "all of it") ])
