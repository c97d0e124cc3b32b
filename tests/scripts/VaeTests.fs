/// vae.fsx: what its options do to its figures, what it leaves, and what a newcomer makes of a copy of it.
module Workbench.Tests.VaeTests

open System
open System.IO
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.ScriptSupport

let private vae = lazy (Scripts.find "vae")

/// The columns of metrics.csv, by name.
let private column (folder: string) (name: string) : float list =
    [ for row in (RunFiles.metrics folder).Value -> (Map.ofList row)[name] ]

let private figure (folder: string) (name: string) : float =
    (Map.ofList (RunFiles.figures folder).Value)[name]

let private config (folder: string) (name: string) : Json =
    (Map.ofList (RunFiles.config folder).Value)[name]

let private bytes (folder: string) (name: string) =
    File.ReadAllBytes(Path.Combine(folder, name))

/// Hands over what runs the script in a fresh folder: a name and options to the run's folder.
let private running (test: (string -> string list -> string) -> unit) () =
    inFolder (fun folder -> test (fun name options -> runIn folder name vae.Value options))

let private figures =
    testList
        "figures"
        [ testCase "--epochs says how many rows metrics.csv has"
          <| running (fun run ->
              let columns options =
                  column (run options [ "--epochs"; options ]) "epoch"

              Expect.equal
                  (columns "2", columns "3")
                  ([ 1.0; 2.0 ], [ 1.0; 2.0; 3.0 ])
                  "a row each")

          testCase "--kl-warmup raises the weight in equal steps"
          <| running (fun run ->
              let weights options =
                  column (run (string options) options) "kl_weight"

              Expect.equal (weights [ "--kl-weight"; "2" ]) [ 2.0; 2.0 ] "at once"

              Expect.equal
                  (weights [ "--kl-weight"; "2"; "--kl-warmup"; "4" ])
                  [ 0.5; 1.0 ]
                  "by a quarter an epoch")

          testCase "--lr-drop is the factor of --lr-drop-at"
          <| running (fun run ->
              let first = run "first" [ "--lr-drop-at"; "1" ]
              let second = run "second" [ "--lr-drop-at"; "1"; "--lr-drop"; "0.1" ]
              let loss folder epoch = (column folder "train_loss")[epoch - 1]
              Expect.equal (loss first 1) (loss second 1) "the first epoch is the same"
              Expect.notEqual (loss first 2) (loss second 2) "the second is not")

          testCase "a run ends with a finite, fallen loss and whole files"
          <| running (fun run ->
              let out = run "run" [ "--epochs"; "8" ]
              let losses = column out "train_loss"
              Less.than (List.last losses) (List.head losses) "the loss fell"

              for name, value in (RunFiles.figures out).Value do
                  Expect.isTrue (Double.IsFinite value) $"{name} is a number"

              Expect.floatClose
                  Accuracy.high
                  (figure out "test_nelbo")
                  (figure out "test_reconstruction" + figure out "test_kl")
                  "the bound is the sum of its parts"

              for file in
                  [ "config.json"
                    "metrics.csv"
                    "timing.json"
                    "report.html"
                    Checkpoint.name
                    Checkpoint.bestName
                    "samples/samples.png"
                    "samples/training.png"
                    "samples/new.png" ] do
                  Expect.isTrue (File.Exists(Path.Combine(out, file))) file

              Expect.isFalse
                  (File.Exists(Path.Combine(out, Checkpoint.previousName)))
                  "what a finished run needs no more"

              Expect.isEmpty
                  (Checkpoint.load (Path.Combine(out, Checkpoint.bestName))).Moments
                  "the best is there to be measured"

              Expect.isEmpty
                  (Directory.GetFiles(out, "*.tmp", SearchOption.AllDirectories))
                  "nothing half-written")

          testCase "equal settings give equal files"
          <| running (fun run ->
              let a, b = run "a" [], run "b" []

              for name in [ "metrics.csv"; "metrics.json"; "samples/samples.png"; Checkpoint.name ] do
                  Expect.equal (bytes a name) (bytes b name) name)

          testCase "a learning rate that throws the loss out of range ends as diverged"
          <| fun () ->
              inFolder (fun folder ->
                  let out = Path.Combine(folder, "wild")

                  let options =
                      tinyFiles folder 60 @ [ "--epochs"; "1"; "--batch"; "20"; "--lr"; "1e30" ]

                  match vae.Value.Run(options @ [ "--quiet"; "--out"; out ]) with
                  | Ending.Failed reason ->
                      Expect.stringContains reason "diverged" "why"
                      Expect.stringContains reason "try a smaller --lr" "what to do"
                  | other -> failtest $"failed, not {other}"

                  Expect.equal (config out "lr") (Json.Real 1e30) "its folder stays"
                  Expect.isNone (RunFiles.figures out) "without figures")

          testCase "--from-mean-image and the weights of --init are one too many"
          <| fun () ->
              inFolder (fun folder ->
                  let out = Path.Combine(folder, "run")

                  let options =
                      tinyFiles folder 60 @ [ "--from-mean-image"; "--init"; "w.safetensors" ]

                  expectBad [ "--from-mean-image: --init" ] (fun () ->
                      vae.Value.Run(options @ [ "--out"; out ]))

                  Expect.isFalse (Directory.Exists out) "nothing is left")

          testCase "--labels must fit the images"
          <| fun () ->
              inFolder (fun folder ->
                  let out = Path.Combine(folder, "run")
                  let options = tinyFiles folder 60

                  Idx.write
                      options[3]
                      { Shape = [| 3 |]
                        Bytes = [| 1uy; 2uy; 3uy |] }

                  expectBad [ "labels.idx: 3 labels do not fit the 60 images" ] (fun () ->
                      vae.Value.Run(options @ [ "--out"; out ]))

                  Expect.isFalse (Directory.Exists out) "nothing is left")

          testCase "settings stand in config.json"
          <| running (fun run ->
              let out =
                  run
                      "run"
                      [ "--limit"; "40"; "--latent"; "3"; "--seed"; "5"; "--pixels"; "static" ]

              for name, value in
                  [ "limit", Json.Whole 40
                    "train-examples", Json.Whole 40
                    "test-examples", Json.Whole 12
                    "latent", Json.Whole 3
                    "seed", Json.Whole 5
                    "pixels", Json.Text "static"
                    "epochs", Json.Whole 2
                    "planned-epochs", Json.Whole 2
                    "engine", Json.Text Engine.name ] do
                  Expect.equal (config out name) value name

              Expect.equal (figure out "epochs") 2.0 "and the epochs in metrics.json")

          if Engine.isManaged then
              testCase "--threads leaves the figures alone"
              <| running (fun run ->
                  let metrics threads =
                      bytes (run threads [ "--threads"; threads ]) "metrics.csv"

                  Expect.equal (metrics "1") (metrics "2") "the same figures, to the last bit") ]

/// Parts of a script's text, which it must have once, and what a newcomer writes instead.
let private freeBits =
    [ "open Argu\n", "open Argu\nopen Plotly.NET\n"

      // No less than half a nat of each dimension of the code is counted.
      "Losses.gaussianKl q * weight batch.Epoch",
      "(Losses.gaussianKlPerDimension q).clamp_min(0.5).sum() * weight batch.Epoch"

      "              curve \"Negative ELBO\" \"nelbo\"\n",
      "              Section.Chart(\n"
      + "                  \"How far the codes are from 0\",\n"
      + "                  Chart.Histogram(X = (vae.Encode pass data.Test.Images).Mean.square().sum(1L).data<float32>().ToArray())\n"
      + "              )\n"
      + "              curve \"Negative ELBO\" \"nelbo\"\n" ]

/// Another architecture: no normalisation, a sigmoid between the layers.
let private plainGan =
    [ ("Stacks.perceptron Stacks.normalisedRelu",
       "Stacks.perceptron (fun _ -> [ Layer.Activation Sigmoid ])") ]

/// A copy of a script with such changes, in a folder of its own.
let private copied (folder: string) (script: string) changes (name: string) : string =
    let prelude = scriptPath "prelude.fsx"

    let text =
        ("#load \"prelude.fsx\"", $"#load @\"{prelude}\"") :: changes
        |> List.fold
            (fun (text: string) (part: string, instead: string) ->
                Expect.equal (text.Split(part).Length - 1) 1 $"{script} has '{part}' once"
                text.Replace(part, instead))
            (File.ReadAllText(scriptPath script))

    let path = Path.Combine(folder, name)
    File.WriteAllText(path, text)
    path

let private otherGan =
    testCase "a copy of the GAN with another architecture trains" (fun () ->
        inFolder (fun folder ->
            let script = copied folder "gan.fsx" plainGan "plain-gan.fsx"
            let out = Path.Combine(folder, "run")
            let options = [ "--epochs"; "1"; "--batch"; "20"; "--quiet"; "--out"; out ]
            let result = run script (tinyFiles folder 60 @ options) folder
            Expect.equal (result.Code, result.Errors) (0, "") "it trains"
            let names = (Checkpoint.load (Path.Combine(out, Checkpoint.name))).Parameters.Keys

            Expect.isFalse
                (names |> Seq.exists _.Contains("running_mean"))
                "nothing is normalised"))

let private newcomer =
    testCase "a copy with another loss and a histogram trains, goes on and is measured" (fun () ->
        inFolder (fun folder ->
            let script = copied folder "vae.fsx" freeBits "free-bits.fsx"
            let out = Path.Combine(folder, "run")
            let latent = [ "--latent"; "4"; "--epochs"; "1"; "--batch"; "20"; "--threads"; "1" ]
            let data = tinyFiles folder 120

            // Its output goes into a pipe here: plain lines, and nothing on standard error.
            let first = run script (data @ latent @ [ "--out"; out ]) folder
            Expect.equal (first.Code, first.Errors) (0, "") "it trains"
            Expect.stringContains first.Output "epoch 1/1" "a line an epoch"

            Expect.stringContains
                first.Output
                $"the page is {out}/{RunFolder.pageName}"
                "the page"

            Expect.isFalse (first.Output.Contains '\027') "no control sequences"
            Expect.equal (config out "script") (Json.Text "free-bits") "by its own name"

            let page = File.ReadAllText(Path.Combine(out, "report.html"))
            Expect.stringContains page "How far the codes are from 0" "the chart"
            Expect.stringContains page "\"type\":\"histogram\"" "of its kind"

            let plain = runIn folder "plain" vae.Value latent
            Expect.notEqual (column out "train_loss") (column plain "train_loss") "another loss"

            let again = run script [ "--resume"; out; "--epochs"; "2"; "--quiet" ] folder

            Expect.equal
                (again.Code, again.Output, again.Errors)
                (0, "", "")
                "it goes on, quietly"

            Expect.equal (column out "epoch") [ 1.0; 2.0 ] "to a second epoch"

            // evaluate.fsx starts the script that made the run.
            let evaluate = scriptPath "evaluate.fsx"
            let measured = run evaluate ([ "--run"; out ] @ EvaluateSupport.quick) folder
            Expect.equal (measured.Code, measured.Errors) (0, "") "it is measured"
            Expect.stringContains measured.Output "VAE of free-bits, epoch 2" "by its name"
            let page = File.ReadAllText(Path.Combine(out, "evaluation.html"))

            Expect.stringContains
                page
                "<span>free-bits.fsx</span> <span>--evaluate</span>"
                "the command, from where it was given"

            let found = (EvaluateSupport.measured out)[""]
            let told = figure out "test_nelbo"
            Expect.floatClose Accuracy.medium found["nelbo"].Value told "as it was told"))

[<Tests>]
let tests =
    ModelSupport.bitwise (testList "vae" (figures :: onManaged [ newcomer; otherGan ]))
