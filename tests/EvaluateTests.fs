/// `--evaluate` on runs of `vae` in this process; the other scripts' tests evaluate theirs.
module Workbench.Tests.EvaluateTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.EvaluateSupport
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport

let private vae = lazy (Scripts.find "vae")

/// Trains a small VAE on so many glyphs below `folder`, of which a tenth are for testing: the folder of its run.
let private trainOn (count: int) (folder: string) (options: string list) : string =
    let out = Path.Combine(folder, "run")
    let data = writeGlyphs folder count

    [ "--data"
      data
      "--epochs"
      "2"
      "--batch"
      "20"
      "--latent"
      "4"
      "--hidden"
      "30" ]
    @ [ "--quiet"; "--out"; out ]
    @ options
    |> finishes Vae.experiment

    out

let private trainIn = trainOn 120

/// A test of a trained VAE's folder.
let private onRun name (options: string list) (test: string -> unit) =
    testCase name (fun () -> inFolder (fun folder -> test (trainIn folder options)))

/// The figures of an evaluation of a run with one model.
let private figures (folder: string) (options: string list) : Measured =
    Expect.equal (evaluate vae.Value folder (quick @ options)) Ending.Finished "it ends well"
    (measured folder)[""]

let private countOf (name: string) (folder: string) (options: string list) =
    let found = figures folder options
    found[name].Count

let private values (names: string list) (measured: Measured) =
    [ for name in names -> measured[name].Value ]

let private figuresOfVae =
    testList
        "figures"
        [ for pixels in [ "grey"; "static"; "dynamic" ] do
              onRun
                  $"the ELBO's parts are the run's own, {pixels}"
                  [ "--pixels"; pixels ]
                  (fun folder ->
                      let told = Map.ofList (RunFiles.figures folder).Value
                      let found = figures folder []

                      for name in [ "nelbo"; "reconstruction"; "kl" ] do
                          Expect.floatClose
                              Accuracy.high
                              found[name].Value
                              told[$"test_{name}"]
                              name

                      for KeyValue(name, figure) in found do
                          Expect.equal figure.Pixels pixels $"{name}: the pixel mode"
                          Expect.isGreaterThan figure.Count 0 $"{name}: the count"
                          Expect.isTrue (Double.IsFinite figure.Value) $"{name}: a number"

                          Expect.equal
                              (Double.IsNaN figure.StandardError)
                              (name = "active_units" || name = "parzen_sigma")
                              $"{name}: the standard error"

                      Less.than found["nll"].Value found["nll_nelbo"].Value "Jensen")

          onRun "one importance sample is the ELBO's draw, many lie below" [] (fun folder ->
              let one = figures folder [ "--importance"; "1" ]
              Expect.equal one["nll"].Value one["nll_nelbo"].Value "K = 1"
              let many = figures folder [ "--importance"; "300" ]
              Less.than many["nll"].Value one["nll"].Value "K = 300")

          onRun
              "the folder keeps its other files, and the index takes it for a run"
              []
              (fun folder ->
                  let names = [ "config.json"; "metrics.csv"; "metrics.json"; Checkpoint.name ]

                  let files () =
                      [ for name in names -> File.ReadAllBytes(Path.Combine(folder, name)) ]

                  let before = files ()
                  figures folder [] |> ignore
                  Expect.equal (files ()) before "as they were"
                  let page = File.ReadAllText(Path.Combine(folder, "evaluation.html"))
                  Expect.stringContains page "NLL, 2 importance samples" "the page"
                  let units = "<strong>[0-9]+</strong><small> of [0-9]+</small>"
                  Expect.isTrue (Regex.IsMatch(page, units)) "units are whole numbers"
                  let left = Directory.GetFiles(folder, "*.tmp") |> List.ofArray
                  Expect.equal left [] "no leftovers"
                  let runs, broken = Runs.scan (Path.GetDirectoryName folder)
                  Expect.equal ([ for run in runs -> run.Path ], broken) ([ "run" ], []) "one run") ]

let private options =
    testList
        "options"
        [ onRun "--limit: so many images of likelihood" [] (fun folder ->
              Expect.equal (countOf "nll" folder [ "--limit"; "5" ]) 5 "five"
              Expect.equal (countOf "nll" folder []) 12 "no more than there are")

          onRun "--samples: so many new images" [] (fun folder ->
              Expect.equal (countOf "parzen_sigma" folder [ "--samples"; "30" ]) 30 "thirty")

          onRun "--sigma: the windows' width, and no test image is held back" [] (fun folder ->
              let chosen = figures folder []
              Expect.equal chosen["parzen"].Count 11 "one test image chose"
              let given = figures folder [ "--sigma"; "0.7" ]
              Expect.equal given["parzen_sigma"].Value 0.7 "as given"
              Expect.equal given["parzen"].Count 12 "all")

          onRun "--seed: other draws, the same ELBO" [] (fun folder ->
              let one, other = figures folder [], figures folder [ "--seed"; "1" ]

              for name in [ "nll"; "parzen" ] do
                  Expect.notEqual other[name].Value one[name].Value name

              Expect.equal
                  (values [ "nelbo"; "test_error" ] other)
                  (values [ "nelbo"; "test_error" ] one)
                  "on the fixed noise of evaluation")

          // A rate that makes the loss rise again.
          let wild = [ "--lr"; "0.5"; "--activation"; "tanh" ]

          onRun "a model that is hardly trained is told as that" [ "--lr"; "1e-6" ] (fun folder ->
              let result =
                  captured (fun () ->
                      vae.Value.Run(arguments folder quick) |> ignore
                      0)

              let warning = "A negative ELBO of "
              let page = File.ReadAllText(Path.Combine(folder, "evaluation.html"))
              let head = page.Substring(page.IndexOf "role=\"alert\"", 400)
              Expect.stringContains head warning "at the page's head"
              Expect.stringContains result.Output $"warning: {warning}" "said")

          onRun "--best: the epoch with the least test loss" wild (fun folder ->
              let told = (RunFiles.metrics folder).Value
              let elbo row = Map.find "test_nelbo" (Map.ofList row)
              let best = told |> List.minBy elbo
              let found = figures folder [ "--best" ]
              Expect.floatClose Accuracy.high found["nelbo"].Value (elbo best) "its ELBO"

              let told = (models folder)[""]
              Expect.equal told["checkpoint"] (Json.Text Checkpoint.bestName) "said")

          onRun
              "--threads: the same figures, by the managed engine the same bytes"
              []
              (fun folder ->
                  let with_ threads =
                      let found = figures folder [ "--threads"; threads ]
                      found, text folder

                  let (three, bytes), (one, ofOne) = with_ "3", with_ "1"
                  Expect.equal (List.ofSeq three.Keys) (List.ofSeq one.Keys) "figures"

                  // On some processors libtorch divides a product among its threads, and adds its parts up in another order.
                  for KeyValue(name, figure) in three do
                      Expect.floatClose Accuracy.medium figure.Value one[name].Value name

                  let same = if Engine.isManaged then ofOne else snd (with_ "3")
                  Expect.equal bytes same "evaluation.json")

          onRun "--data: the run's data, wherever they lie now" [] (fun folder ->
              let parent = Path.GetDirectoryName folder
              let moved = Path.Combine(parent, "moved.npy")
              File.Move(Path.Combine(parent, "glyphs.npy"), moved)

              expectBad [ "glyphs.npy"; "does not exist" ] (fun () ->
                  evaluate vae.Value folder quick)

              Expect.equal (countOf "nelbo" folder [ "--data"; moved ]) 12 "found") ]

let private classifierOption =
    testCase "--classifier: judges new images of any data, by the weights of its file"
    <| fun () ->
        inFolder (fun folder ->
            let run = trainOn 220 folder []
            let file = Path.Combine(folder, "judge.safetensors")
            Expect.isFalse ((figures run []).ContainsKey "fid_lenet") "a file's data have none"

            let judgedBy change =
                Classifier.save file Map.empty (change (Classifier.load "glyphs").Value.Parameters)
                let found = figures run [ "--classifier"; file ]
                found["fid_lenet"].Value

            let distance = judgedBy id

            let longer (name: string) (tensor: torch.Tensor) =
                if name.StartsWith("features.8", StringComparison.Ordinal) then
                    tensor * 2.0
                else
                    tensor

            // Features twice as long lie four times as far apart, squared.
            Expect.floatClose
                Accuracy.medium
                (judgedBy (Map.map longer))
                (4.0 * distance)
                "as judged"

            Expect.stringContains (text run) "judge.safetensors" "said"
            Expect.stringContains (text run) (Files.hash file) "which it was"

            for path, words in
                [ Path.Combine(folder, "none.safetensors"), "none.safetensors"
                  Path.Combine(run, Checkpoint.name), "--classifier: " ] do
                expectBad [ words ] (fun () ->
                    evaluate vae.Value run (quick @ [ "--classifier"; path ])))

/// Writes a setting into a run's config.json.
let private setting (folder: string) (name: string) (value: Json) =
    let config = (RunFiles.config folder).Value
    let others = config |> List.filter (fst >> (<>) name)
    RunFolder.writeConfig { Path = folder } ((name, value) :: others)

let private refused (folder: string) (options: string list) (words: string list) =
    expectBad words (fun () -> evaluate vae.Value folder (quick @ options))
    Expect.isFalse (File.Exists(Path.Combine(folder, "evaluation.json"))) "nothing is written"

let private badInput =
    testList
        "bad input"
        [ testCase "no folder, no run, a run without a model"
          <| fun () ->
              inFolder (fun folder ->
                  refused (Path.Combine(folder, "none")) [] [ "--evaluate"; "holds no run" ]
                  refused folder [] [ "--evaluate"; "holds no run" ]
                  let config = Path.Combine(folder, "config.json")
                  File.WriteAllText(config, "{ \"script\": ")
                  refused folder [] [ "--evaluate"; "holds no run" ]
                  File.WriteAllText(config, "{}")
                  refused folder [] [ "does not say which script" ]
                  File.WriteAllText(config, "{ \"script\": \"kl-sweep\" }")
                  refused folder [] [ "--evaluate"; "a run of kl-sweep, not of vae" ])

          testCase "a sweep, and a run that has no model"
          <| fun () ->
              inFolder (fun folder ->
                  let made (name: string) (path: string) =
                      let out = Path.Combine(folder, path)
                      RunFolder.create name (Some out) [ "script", Json.Text name ] |> ignore
                      out

                  let expect name out words =
                      expectBad words (fun () -> evaluate (Scripts.find name) out quick)

                  let sweep = made "kl-sweep" "sweep"
                  let point = made "vae" "sweep/kl-weight-1"
                  expect "kl-sweep" sweep [ "--evaluate"; "is a sweep"; point ]
                  expect "variational-bound" (made "variational-bound" "bound") [ "no model" ])

          onRun "values out of range" [] (fun folder ->
              refused folder [ "--importance"; "0" ] [ "--importance: must be at least 1" ]
              refused folder [ "--limit"; "0" ] [ "--limit: must be at least 1" ]
              refused folder [ "--samples"; "19" ] [ "--samples: must be at least 20" ]
              refused folder [ "--sigma"; "0" ] [ "--sigma: must be a positive number" ]
              refused folder [ "--epochs"; "3" ] [ "--epochs"; "leave the option out" ]
              refused folder [ "--bogus" ] [ "--bogus" ])

          onRun "settings that do not hold, or are another model's" [] (fun folder ->
              setting folder "activation" (Json.Text "step")
              refused folder [] [ "--activation: must be one of tanh, relu" ]
              setting folder "activation" (Json.Text "tanh")
              setting folder "latent" (Json.Whole 5)
              refused folder [] [ Checkpoint.name; "another model" ])

          onRun "other data" [] (fun folder ->
              let data = Path.Combine(Path.GetDirectoryName folder, "glyphs.npy")
              Npy.writeBytes data (Glyphs.grey 8UL 120).Images
              refused folder [] [ "--evaluate"; "SHA-256" ])

          onRun "a damaged checkpoint, then none" [] (fun folder ->
              let path = Path.Combine(folder, Checkpoint.name)
              File.WriteAllBytes(path, Array.truncate 5000 (File.ReadAllBytes path))
              refused folder [] [ Checkpoint.name ]

              for name in [ Checkpoint.name; Checkpoint.bestName ] do
                  File.Delete(Path.Combine(folder, name))

              refused folder [] [ "--evaluate"; "no checkpoint yet" ]
              refused folder [ "--best" ] [ "--best" ])

          onRun "another process at work in the folder" [] (fun folder ->
              use _ = RunFolder.alone "--resume" folder
              refused folder [] [ "--evaluate"; "another process" ]) ]

let private said =
    testList
        "on the terminal"
        [ onRun
              "the table is printed, and nothing with --quiet"
              [ "--pixels"; "static" ]
              (fun folder ->
                  let result = exitOf Vae.experiment (arguments folder quick)
                  Expect.equal (result.Code, result.Errors) (0, "") "it ends well"

                  for words in
                      [ "VAE of vae, epoch 2"
                        "NLL, 2 importance samples"
                        "12 test images"
                        "static pixels"
                        "value ± standard error" ] do
                      Expect.stringContains result.Output words words

                  let quiet = exitOf Vae.experiment ("--quiet" :: arguments folder quick)
                  Expect.equal (quiet.Code, quiet.Output, quiet.Errors) (0, "", "") "quiet") ]

let private asScript =
    testCase "evaluate.fsx needs a run" (fun () ->
        inFolder (fun folder ->
            let result = run (scriptPath "evaluate.fsx") [] folder
            Expect.equal (result.Code, result.Output) (2, "") "bad input"
            Expect.stringStarts result.Errors "error: --run: needed" "the line"
            Expect.equal (result.Errors.TrimEnd().Split('\n').Length) 1 "one line"))

[<Tests>]
let tests =
    testList
        "evaluate"
        (figuresOfVae
         :: options
         :: classifierOption
         :: badInput
         :: said
         :: onceForBoth [ asScript ])
