/// Published figures beside those of runs here.
module Workbench.Tests.ReproductionTests

open System.IO
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport

let private published: Published =
    { Name = "small"
      What = "a small VAE"
      Script = "vae"
      Options = [ "--data"; "glyphs"; "--limit"; "100"; "--hidden"; "20" ]
      Stages = [ 1; 2; 8 ]
      Evaluation = [ "--importance"; "5"; "--limit"; "20"; "--samples"; "100" ]
      Figure = "nll"
      Value = 86.76
      Source = "somebody (2016)"
      Differs = "" }

let private evaluation (value: float) =
    Json.Object
        [ "models",
          Json.List
              [ Json.Object
                    [ "figures",
                      Json.List
                          [ for name, value in [ "nelbo", 999.0; "nll", value ] do
                                Json.Object
                                    [ "name", Json.Text name
                                      "value", Json.Real value
                                      "standard-error", Json.Real 0.25
                                      "count", Json.Whole 20 ] ] ] ] ]

/// A script that keeps the words that it gets, leaves what a run would, and measures 100 less the epochs; code 130 at these epochs.
let private pretend (folder: string) (stoppedAt: int list) (calls: ResizeArray<string list>) =
    let mutable epochs = 0

    fun (arguments: string list) ->
        calls.Add arguments
        let given = Map.ofList (Settings.split arguments)

        match given.TryFind "evaluate" with
        | Some _ ->
            evaluation (100.0 - float epochs)
            |> Json.bytes
            |> RunFolder.writeFile { Path = folder } "evaluation.json"

            0
        | None ->
            epochs <- int given["epochs"].Head

            if not (RunFolder.holdsRun folder) then
                RunFolder.create "vae" (Some folder) [ "script", Json.Text "vae" ] |> ignore

            RunFolder.writeTiming { Path = folder } [ "seconds", Json.Real(float epochs * 60.0) ]
            if List.contains epochs stoppedAt then 130 else 0

let private steps =
    testList
        "stage by stage"
        [ testCase "a run starts, goes on, and is measured after each stage" (fun () ->
              inFolder (fun home ->
                  let folder = Path.Combine(home, "small")
                  let calls = ResizeArray()
                  let run = pretend folder [] calls

                  let reach stages =
                      Reproduction.reach run [ "--engine"; "managed" ] stages published folder

                  Expect.equal (reach 2) 0 "it ends well"

                  let evaluated =
                      [ "--evaluate"; folder ] @ published.Evaluation @ [ "--engine"; "managed" ]

                  Expect.equal
                      (List.ofSeq calls)
                      [ published.Options
                        @ [ "--out"; folder; "--epochs"; "1"; "--engine"; "managed" ]
                        evaluated
                        [ "--resume"; folder; "--epochs"; "2"; "--engine"; "managed" ]
                        evaluated ]
                      "the processes"

                  Expect.equal
                      (published.Stages |> List.map (Reproduction.tryRead published folder))
                      [ for epochs in [ 1; 2 ] do
                            Some
                                { Epochs = epochs
                                  Value = 100.0 - float epochs
                                  StandardError = 0.25
                                  Count = 20
                                  Seconds = float epochs * 60.0 }
                        None ]
                      "what was measured"

                  calls.Clear()
                  Expect.equal (reach 2) 0 "once more"
                  Expect.isEmpty calls "nothing is done again"
                  reach 3 |> ignore
                  Expect.hasLength calls 2 "the stage that is left"))

          testCase
              "where a process does not end well, nothing follows, and the next call goes on"
              (fun () ->
                  inFolder (fun home ->
                      let folder = Path.Combine(home, "small")
                      let calls = ResizeArray()

                      let reach stopped =
                          Reproduction.reach (pretend folder stopped calls) [] 3 published folder

                      Expect.equal (reach [ 2 ]) 130 "the code of what was interrupted"
                      Expect.hasLength calls 3 "a stage, its measurement, and the stopped one"
                      Expect.isNone (Reproduction.tryRead published folder 2) "not measured"
                      calls.Clear()
                      Expect.equal (reach []) 0 "it ends well"

                      Expect.equal
                          (List.truncate 4 calls[0])
                          [ "--resume"; folder; "--epochs"; "2" ]
                          "from where it was"))

          testCase
              "what was measured by other options is not taken for this, nor gone on with"
              (fun () ->
                  inFolder (fun home ->
                      let folder = Path.Combine(home, "small")
                      let calls = ResizeArray()

                      let reach published =
                          Reproduction.reach (pretend folder [] calls) [] 2 published folder

                      Expect.equal (reach published) 0 "it ends well"
                      calls.Clear()

                      let other =
                          { published with
                              Options = published.Options @ [ "--beta1"; "0.99" ] }

                      expectBad [ "other options"; "small"; "--out" ] (fun () -> reach other)
                      Expect.isEmpty calls "nothing is run"

                      expectBad [ "other options" ] (fun () ->
                          Reproduction.tryRead other folder 1)

                      Expect.isSome (Reproduction.tryRead published folder 1) "it stays"))

          testCase "a figure that the evaluation has not is said" (fun () ->
              inFolder (fun home ->
                  let folder = Path.Combine(home, "small")
                  let other = { published with Figure = "fid_lenet" }

                  expectBad [ "fid_lenet" ] (fun () ->
                      Reproduction.reach (pretend folder [] (ResizeArray())) [] 1 other folder)))

          testCase "the table has a row for each stage that was measured" (fun () ->
              let stage epochs value =
                  { Epochs = epochs
                    Value = value
                    StandardError = 0.254
                    Count = 20
                    Seconds = 65.0 }

              let other = { published with Name = "other" }
              let found = [ published, [ stage 1 97.123; stage 2 90.0 ]; other, [] ]

              Expect.equal
                  ((Reproduction.table found).TrimEnd().Split '\n')
                  [| "| what | epochs | here (images) | published | source | differs | training | command |"
                     "| --- | --- | --- | --- | --- | --- | --- | --- |"
                     "| a small VAE | 1 of 8 | 97.12 ± 0.25 (20) | 86.76 | somebody (2016) | – | 1:05 | `reproduce.fsx small` |"
                     "| a small VAE | 2 of 8 | 90.00 ± 0.25 (20) | 86.76 | somebody (2016) | – | 1:05 | `reproduce.fsx small` |" |]
                  "Markdown") ]

let private asScript =
    testList
        "as a script"
        [ testCase "a real run comes to its stages" (fun () ->
              inFolder (fun home ->
                  let folder = Path.Combine(home, "small")

                  let run arguments =
                      (run (scriptPath "vae.fsx") arguments home).Code

                  Expect.equal (Reproduction.reach run [] 2 published folder) 0 "it ends well"

                  for epochs in [ 1; 2 ] do
                      let stage = (Reproduction.tryRead published folder epochs).Value
                      Expect.equal stage.Count 20 "images"
                      Expect.isGreaterThan stage.Value 50.0 "nats"))

          testCase "a row that is not there, and help" (fun () ->
              inFolder (fun home ->
                  let script = scriptPath "reproduce.fsx"
                  let result = run script [ "nowhere"; "--out"; "runs" ] home
                  Expect.equal (result.Code, result.Output) (2, "") "bad input"

                  Expect.stringContains
                      result.Errors
                      "no row is called nowhere; they are"
                      "which there are"

                  Expect.isEmpty (Directory.GetFileSystemEntries home) "nothing is written")) ]

[<Tests>]
let tests = testList "reproduction" (steps :: onceForBoth [ asScript ])
