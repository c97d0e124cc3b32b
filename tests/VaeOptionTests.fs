/// Every option of the vae script changes what it says: runs in this process on a tiny data set, compared by their files.
module Workbench.Tests.VaeOptionTests

open System
open System.IO
open System.Text.Json
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.RunSupport

/// What a run left in its folder.
type private Left = { Folder: string; Code: int }

let private text (left: Left) name =
    File.ReadAllText(Path.Combine(left.Folder, name))

let private metrics left = text left "metrics.csv"

let private config (left: Left) (name: string) =
    using (JsonDocument.Parse(text left "config.json")) (fun json ->
        json.RootElement.GetProperty(name).ToString())

let private figure (left: Left) (name: string) =
    using (JsonDocument.Parse(text left "metrics.json")) (fun json ->
        json.RootElement.GetProperty(name).GetDouble())

/// The columns of metrics.csv, by name.
let private column (left: Left) (name: string) =
    let lines = (metrics left).Split('\n', StringSplitOptions.RemoveEmptyEntries)
    let index = Array.IndexOf(lines[0].Split ',', name)
    [ for line in lines[1..] -> float (line.Split(',')[index]) ]

let private run (folder: string) (data: string) (name: string) (options: string list) : Left =
    let out = Path.Combine(folder, name)

    let common =
        [ "--data"; data; "--epochs"; "2"; "--batch"; "20"; "--quiet"; "--out"; out ]

    let given = options |> List.filter _.StartsWith("--")

    let rec without options =
        match options with
        | "--quiet" :: rest -> "--quiet" :: without rest
        | option :: _ :: rest when List.contains option given -> without rest
        | option :: value :: rest -> option :: value :: without rest
        | rest -> rest

    { Code = Cli.exitCode ("vae.fsx" :: without common @ options) vaeScript VaeExperiment.train
      Folder = out }

/// Runs with and without an option, and hands over both.
let private compared (options: string list) (check: Left -> Left -> unit) =
    withGlyphs 120 (fun folder data ->
        let plain, other = run folder data "plain" [], run folder data "other" options
        Expect.equal (plain.Code, other.Code) (0, 0) "both runs end well"
        check plain other)

let private changes (options: string list) =
    testCase $"{List.head options} changes the figures" (fun () ->
        compared options (fun plain other ->
            Expect.notEqual (metrics other) (metrics plain) "other figures"))

let private keeps (options: string list) =
    testCase $"{List.head options} leaves the figures alone" (fun () ->
        compared options (fun plain other ->
            Expect.equal (metrics other) (metrics plain) "the same figures, to the last bit"))

let private saved (options: string list) (name: string) (value: string) =
    testCase $"{List.head options} stands in config.json" (fun () ->
        compared options (fun _ other -> Expect.equal (config other name) value "as it was given"))

[<Tests>]
let tests =
    testList
        "vae options"
        [ yield!
              [ [ "--batch"; "30" ]
                [ "--lr"; "0.01" ]
                [ "--clip-norm"; "0.5" ]
                [ "--seed"; "2" ]
                [ "--limit"; "40" ]
                [ "--pixels"; "static" ]
                [ "--pixels"; "dynamic" ]
                [ "--latent"; "3" ]
                [ "--hidden"; "40"; "20" ]
                [ "--activation"; "relu" ]
                [ "--dropout"; "0.5" ]
                [ "--kl-weight"; "0.1" ]
                [ "--kl-warmup"; "4" ]
                [ "--variance"; "square" ]
                [ "--lr-drop-at"; "1" ]
                [ "--lr-drop-at"; "1"; "--lr-drop"; "0.1" ] ]
              |> List.map (fun options -> testLabel (String.concat " " options) (changes options))

          if Engine.isManaged then
              testSequenced (keeps [ "--threads"; "1" ])

          saved [ "--limit"; "40" ] "train-examples" "40"
          saved [ "--latent"; "3" ] "latent" "3"
          saved [ "--seed"; "5" ] "seed" "5"
          saved [ "--pixels"; "static" ] "pixels" "static"

          testCase "--epochs says how many rows metrics.csv has" (fun () ->
              compared [ "--epochs"; "3" ] (fun plain other ->
                  Expect.equal
                      (column plain "epoch", column other "epoch")
                      ([ 1.0; 2.0 ], [ 1.0; 2.0; 3.0 ])
                      "a row an epoch"))

          testCase "--kl-warmup raises the weight in equal steps" (fun () ->
              compared [ "--kl-warmup"; "4" ] (fun plain other ->
                  Expect.equal
                      (column plain "kl_weight", column other "kl_weight")
                      ([ 1.0; 1.0 ], [ 0.25; 0.5 ])
                      "per epoch"))

          testCase "--lr-drop is the factor of --lr-drop-at" (fun () ->
              withGlyphs 120 (fun folder data ->
                  let first = run folder data "first" [ "--lr-drop-at"; "1" ]

                  let second =
                      run folder data "second" [ "--lr-drop-at"; "1"; "--lr-drop"; "0.1" ]

                  Expect.equal
                      (column first "train_loss").Head
                      (column second "train_loss").Head
                      "the first epoch is the same"

                  Expect.notEqual (metrics first) (metrics second) "the second is not"))

          testCase "a run ends with a finite, fallen loss and whole files" (fun () ->
              withGlyphs 120 (fun folder data ->
                  let left = run folder data "run" [ "--epochs"; "8" ]
                  let losses = column left "train_loss"
                  Expect.isLessThan (List.last losses) (List.head losses) "the loss fell"

                  for name in [ "test_elbo"; "test_reconstruction"; "test_kl" ] do
                      Expect.isTrue (Double.IsFinite(figure left name)) $"{name} is a number"

                  Expect.floatClose
                      Accuracy.high
                      (figure left "test_elbo")
                      (figure left "test_reconstruction" + figure left "test_kl")
                      "the bound is the sum of its parts"

                  for file in
                      [ "config.json"
                        "metrics.csv"
                        "metrics.json"
                        "timing.json"
                        "samples/samples.png"
                        "samples/training.png" ] do
                      Expect.isTrue (File.Exists(Path.Combine(left.Folder, file))) file

                  Expect.isEmpty
                      (Directory.GetFiles(left.Folder, "*.tmp", SearchOption.AllDirectories))
                      "nothing half-written"))

          testCase "equal settings give equal files" (fun () ->
              withGlyphs 120 (fun folder data ->
                  let a, b = run folder data "a" [], run folder data "b" []

                  let bytes (left: Left) name =
                      File.ReadAllBytes(Path.Combine(left.Folder, name))

                  for name in [ "metrics.csv"; "metrics.json"; "samples/samples.png" ] do
                      Expect.equal (bytes a name) (bytes b name) name))

          testCase "a learning rate that throws the loss out of range ends as diverged" (fun () ->
              withGlyphs 120 (fun folder data ->
                  let left = run folder data "wild" [ "--lr"; "1e30" ]
                  Expect.equal left.Code 1 "exit code 1"

                  Expect.isTrue
                      (File.Exists(Path.Combine(left.Folder, "config.json")))
                      "its folder stays"))

          testCase "--labels must fit the images" (fun () ->
              withGlyphs 120 (fun folder data ->
                  let labels = Path.Combine(folder, "labels.idx")

                  Idx.write
                      labels
                      { Shape = [| 3 |]
                        Bytes = [| 1uy; 2uy; 3uy |] }

                  let left = run folder data "labelled" [ "--labels"; labels ]
                  Expect.equal left.Code 2 "bad input")) ]
