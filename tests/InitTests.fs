/// Weights in (`--init`) and out (`export.fsx`).
module Workbench.Tests.InitTests

open System.IO
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ModelSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport

let private experiment name =
    experimentOf (fun run ->
        let vae = Models.denseVae run.Data.Size [ 8 ] (run.Get Tiny.Latent) 0.0

        let trained =
            run.Fit(run.Data, Objectives.vae vae run.Data, Can.vae vae, name = name)

        run.Report(fun () ->
            { Line = "done"
              Figures = [ "epochs", float trained.State.Epoch ]
              Pictures = []
              Sections = [] }))

let private runOf name (arguments: string list) =
    Expect.equal (Experiment.Run(experiment name, "--quiet" :: arguments)) Ending.Finished "a run"

let private train = runOf ""

let private checkpointOf (folder: string) = Path.Combine(folder, Checkpoint.name)
let private stateOf (folder: string) = Checkpoint.load (checkpointOf folder)

/// A trained run's folder, that of another, and the settings of one in it.
let private folders (test: string -> string -> string list -> unit) () =
    withGlyphs 60 (fun folder data ->
        let first, second = Path.Combine(folder, "first"), Path.Combine(folder, "second")
        let settings = [ "--data"; data; "--epochs"; "1"; "--out" ]
        train (settings @ [ first ])
        test first second (settings @ [ second ]))

let private writes path (tensors: (string * torch.Tensor) list) =
    Safetensors.write
        path
        { Tensors = Map.ofList tensors
          Metadata = Map.empty }

let private near (a: Parameters) (b: Parameters) =
    a
    |> Map.forall (fun name tensor -> (tensor - b[name]).abs().max().item<float32>() < 1e-6f)

let private still = [ "--lr"; "1e-12"; "--seed"; "5" ]

let private starting =
    testList
        "--init"
        [ testCase "starts from another run's weights, which seeds do not change"
          <| folders (fun first second settings ->
              train (settings @ still @ [ "--init"; checkpointOf first ])

              Expect.isTrue
                  (near (stateOf first).Parameters (stateOf second).Parameters)
                  "the same"

              Directory.Delete(second, true)
              train (settings @ still)

              Expect.isFalse
                  (near (stateOf first).Parameters (stateOf second).Parameters)
                  "without")

          testCase "takes what PyTorch writes: float64, and counts of batches"
          <| folders (fun first second settings ->
              let path = Path.Combine(Path.GetDirectoryName first, "weights.safetensors")

              [ for KeyValue(name, tensor) in (stateOf first).Parameters ->
                    name, tensor.to_type (torch.float64) ]
              @ [ "decoder.1.num_batches_tracked", torch.zeros (1L, dtype = torch.int64) ]
              |> writes path

              train (settings @ still @ [ "--init"; path ])

              Expect.isTrue
                  (near (stateOf first).Parameters (stateOf second).Parameters)
                  "the same")

          testCase "tells what does not fit, and leaves nothing behind"
          <| folders (fun first second settings ->
              let path = Path.Combine(Path.GetDirectoryName first, "weights.safetensors")
              let whole = (stateOf first).Parameters

              let refused tensors expected =
                  writes path tensors

                  expectBad (path :: expected) (fun () ->
                      Experiment.Run(experiment "", settings @ [ "--init"; path ]))

                  Expect.isFalse (Directory.Exists second) "no folder"

              refused
                  [ for KeyValue(name, tensor) in whole do
                        if name <> "decoder.0.bias" then
                            name, tensor ]
                  [ "decoder.0.bias is missing" ]

              refused
                  (Map.toList (whole.Add("decoder.0.bias", torch.zeros 3L)))
                  [ "decoder.0.bias is (3), not (8)" ]

              refused
                  (Map.toList (whole.Add("other.weight", torch.zeros 3L)))
                  [ "other.weight is none of the model's" ]

              refused [] [ "decoder.0.bias is missing; "; "and " ])

          testCase "of a run that goes on is not read again, and its file is told by its hash"
          <| folders (fun first second settings ->
              let path = Path.Combine(Path.GetDirectoryName first, "weights.safetensors")
              File.Copy(checkpointOf first, path)
              train (settings @ [ "--init"; path ])

              let hash () =
                  (Map.ofList (RunFiles.config second).Value)["init-sha256"]

              let before = hash ()
              Expect.equal (Json.plain before).Length 64 "a SHA-256"
              File.Delete path
              train [ "--resume"; second; "--epochs"; "2" ]
              Expect.equal (hash ()) before "as before"
              Expect.equal (stateOf second).Epoch 2 "went on")

          testCase "is of one model"
          <| folders (fun first _ settings ->
              expectBad [ "--init"; "several models" ] (fun () ->
                  Experiment.Run(experiment "a", settings @ [ "--init"; checkpointOf first ]))) ]

let private exporting =
    testList
        "export"
        [ testCase "leaves weights alone, which a run takes"
          <| folders (fun first second settings ->
              let out = Path.Combine(Path.GetDirectoryName first, "weights.safetensors")
              let result = run (scriptPath "export.fsx") [ first; "--out"; out ] first
              Expect.equal (result.Code, result.Errors) (0, "") "written"
              let saved = Safetensors.read out
              Expect.isTrue (sameParameters saved.Tensors (stateOf first).Parameters) "all of them"
              Expect.isEmpty saved.Metadata "and nothing else"
              train (settings @ still @ [ "--init"; out ])
              Expect.isTrue (near (stateOf first).Parameters (stateOf second).Parameters) "taken"
              let result = run (scriptPath "export.fsx") [ second; "--best" ] first
              Expect.equal result.Code 2 "there is no best epoch"
              Expect.stringContains result.Errors "has no best.safetensors" "said")

          testCase "of averaged weights are the averages"
          <| folders (fun first second settings ->
              train (settings @ [ "--ema"; "0.9" ])
              let out = Path.Combine(Path.GetDirectoryName first, "weights.safetensors")
              Checkpoint.export out (stateOf second)
              let saved = (Safetensors.read out).Tensors
              Expect.isTrue (sameParameters saved (stateOf second).Averages) "averages")

          testCase "there are no averages where they would keep nothing, nor once a run goes on"
          <| folders (fun _ second settings ->
              train (settings @ [ "--ema"; "0" ])
              Expect.isEmpty (stateOf second).Averages "none"
              train [ "--resume"; second; "--epochs"; "2" ]
              Expect.equal (stateOf second).Epoch 2 "gone on"
              Expect.isEmpty (stateOf second).Averages "none again") ]

[<Tests>]
let tests = testList "weights" (starting :: onceForBoth [ exporting ])
