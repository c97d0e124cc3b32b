/// From a command line to what is in force of a script: its own options and the common ones, of a new run and of one that goes on.
module Workbench.Tests.RequestTests

open System
open System.IO
open Expecto
open FsCheck.FSharp
open Workbench
open Workbench.Tests.FileSupport

let private script: ScriptFile = Vae.experiment.File

let private words (line: string) =
    line.Split(' ', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

let private read (line: string) : Request =
    Request.read script (Settings.split (words line))

let private whole value = Json.Whole value
let private list values = Json.List(List.map Json.Whole values)

/// A command line, and the settings that it makes other than the defaults.
let private cases: (string * (string * Json) list) list =
    [ "", []
      "--data glyphs", [ "data", Json.Text "glyphs" ]
      "--labels a.npy", [ "labels", Json.Text "a.npy" ]
      "--test a.npy", [ "test", Json.Text "a.npy" ]
      "--test-labels a.txt", [ "test-labels", Json.Text "a.txt" ]
      "--epochs 3", [ "epochs", whole 3 ]
      "--batch 1", [ "batch", whole 1 ]
      "--lr 1e-4", [ "lr", Json.Real 1e-4 ]
      "--clip-norm 0.5", [ "clip-norm", Json.Real 0.5 ]
      "--ema 0.999", [ "ema", Json.Real 0.999 ]
      "--engine torch", [ "engine", Json.Text "torch" ]
      "--engine managed", [ "engine", Json.Text "managed" ]
      "--device cpu", []
      "--device cuda:1", [ "device", Json.Text "cuda:1" ]
      "--seed 0", []
      "--seed 2147483647", [ "seed", whole Int32.MaxValue ]
      "--limit 1", [ "limit", whole 1 ]
      "--threads 5", [ "threads", whole 5 ]
      "--pixels grey", []
      "--pixels static", [ "pixels", Json.Text "static" ]
      "--pixels dynamic", [ "pixels", Json.Text "dynamic" ]
      "--checkpoint-every 4", [ "checkpoint-every", whole 4 ]
      "--out some/where", [ "out", Json.Text "some/where" ]
      "--out=a=b", [ "out", Json.Text "a=b" ]
      "--quiet", [ "quiet", Json.Flag true ]
      "--latent 2", [ "latent", whole 2 ]
      "--hidden 400", [ "hidden", list [ 400 ] ]
      "--hidden 400 200 100", [ "hidden", list [ 400; 200; 100 ] ]
      "--hidden=400 200", [ "hidden", list [ 400; 200 ] ]
      "--name mine", [ "name", Json.Text "mine" ]
      "--one-file", [ "one-file", Json.Flag true ]
      "--tensorboard", [ "tensorboard", Json.Flag true ]
      "--init a.safetensors", [ "init", Json.Text "a.safetensors" ]
      "--activation tanh", [ "activation", Json.Text "tanh" ]
      "--activation relu", []
      "--dropout 0", [ "dropout", Json.Real 0.0 ]
      "--dropout=.25", [ "dropout", Json.Real 0.25 ]
      "--kl-weight 0", [ "kl-weight", Json.Real 0.0 ]
      "--kl-weight 4.5", [ "kl-weight", Json.Real 4.5 ]
      "--kl-warmup 10", [ "kl-warmup", whole 10 ]
      "--importance-samples 5", [ "importance-samples", whole 5 ]
      "--beta1 0.99", [ "beta1", Json.Real 0.99 ]
      "--adam-epsilon 5e-6", [ "adam-epsilon", Json.Real 5e-6 ]
      "--adam-epsilon 1e-8", []
      "--from-mean-image", [ "from-mean-image", Json.Flag true ]
      "--variance square", [ "variance", Json.Text "square" ]
      "--variance exp", []
      "--lr-drop-at 10 15", [ "lr-drop-at", list [ 10; 15 ] ]
      "--lr-drop 1 --lr-drop-at 1", [ "lr-drop-at", list [ 1 ]; "lr-drop", Json.Real 1.0 ] ]

/// A line changes what it says, and that alone; what is the default anyhow is no change.
let private changes (line: string, expected: (string * Json) list) =
    testCase $"'{line}'" (fun () ->
        let standard, request = read "", read line
        let other = Map.ofList expected

        Expect.equal
            request.Settings
            [ for name, value in standard.Settings ->
                  name, Map.tryFind name other |> Option.defaultValue value ]
            "settings"

        let isOther (name, _) =
            Map.tryFind name other <> None
            && not (List.contains (name, other[name]) standard.Settings)

        Expect.equal
            request.Changed
            (standard.Settings |> List.filter isOther |> List.map fst)
            "what is not the default")

/// A command line, and words that its error contains.
let private badCases =
    [ "--epochs 0", [ "--epochs: must be at least 1, not 0" ]
      "--epochs 1.5", [ "--epochs: must be a whole number, not 1.5" ]
      "--epochs ten", [ "--epochs: must be a whole number, not \"ten\"" ]
      "--epochs 2147483648", [ "--epochs: must be at most 2147483647" ]
      "--epochs=", [ "--epochs: must be a whole number, not \"\"" ]
      "--lr 0,5", [ "--lr: must be a positive number, not \"0,5\"" ]
      "--clip-norm 0", [ "--clip-norm: must be a positive number, not 0" ]
      "--threads 100000", [ "--threads: must be at most 1024" ]
      "--pixels Grey", [ "--pixels: must be one of grey, static, dynamic, not \"Grey\"" ]
      "--engine cuda", [ "--engine: must be one of torch, managed, not \"cuda\"" ]
      "--device gpu", [ "--device: must be cpu, cuda or cuda:N, not \"gpu\"" ]
      "--device cuda:x", [ "--device: must be cpu, cuda or cuda:N, not \"cuda:x\"" ]
      "--device=", [ "--device: must not be empty" ]
      "--data=", [ "--data: must not be empty" ]
      "--out=", [ "--out: must not be empty" ]
      "--quiet yes", [ "'yes'"; "--help" ]
      "--latent 0", [ "--latent: must be at least 1, not 0" ]
      "--hidden", [ "--hidden: needs at least one value" ]
      "--hidden 400 0", [ "--hidden: must be at least 1, not 0" ]
      "--hidden 400,200", [ "--hidden: must have spaces between its numbers: 400 200, not 400,200" ]
      "--lr-drop-at 3,", [ "--lr-drop-at: must have spaces between its numbers: 3, not 3," ]
      "--activation gelu", [ "--activation: must be one of tanh, relu, sigmoid, not \"gelu\"" ]
      "--dropout 1", [ "--dropout: must be a number of at least 0 and below 1, not 1" ]
      "--kl-weight -1", [ "--kl-weight: must be a number of at least 0, not -1" ]
      "--kl-warmup -1", [ "--kl-warmup: must be at least 0, not -1" ]
      "--importance-samples 0", [ "--importance-samples: must be at least 1, not 0" ]
      "--variance log", [ "--variance: must be one of exp, square" ]
      "--adam-epsilon 0", [ "--adam-epsilon: must be a positive number, not 0" ]
      "--lr-drop-at 0", [ "--lr-drop-at: must be at least 1, not 0" ]
      "--lr-drop-at 1 --lr-drop 1.5", [ "--lr-drop: must be a number above 0 and at most 1" ]
      "--bogus", [ "unknown option --bogus"; "--help" ]
      "--bogus=1", [ "unknown option --bogus" ]
      "--hidden 4 --bogus 5 --epochs 1", [ "unknown option --bogus" ]
      "--Latent 5", [ "unknown option --Latent; did you mean --latent?" ]
      "--epoch 5", [ "unknown option --epoch; did you mean --epochs?" ]
      "--batch-size 5", [ "unknown option --batch-size; did you mean --batch?" ]
      "--learning-rate 5", [ "unknown option --learning-rate; did you mean --lr?" ]
      "--", [ "unknown option --" ]
      "stray", [ "unexpected argument \"stray\"" ]
      "--latent 5 6", [ "'6'" ]
      "--epochs 5 6 --latent 2", [ "'6'" ]
      "--latent --epochs 5", [ "--latent" ]
      "--out --latent 5", [ "--out" ]
      "--epochs 5 --latent 6 --epochs 5", [ "--epochs"; "more than once" ] ]

let private help = lazy (Request.help 400 script [ "--evaluate <dir>", "folder" ])

let private few: ScriptFile =
    { script with
        Takes = [ "seed"; "quiet" ] }

let private lines =
    testList
        "new runs"
        [ testList "a line changes what it says, and that alone" (List.map changes cases)

          testList
              "bad input is told in one line that names the option"
              [ for line, expected in badCases do
                    testCase line (fun () -> expectBad expected (fun () -> read line)) ]

          testCase "both kinds of options mix in any order" (fun () ->
              let first = read "--hidden 4 5 --epochs 2 --latent 3 --quiet --dropout 0.5"
              let second = read "--quiet --latent=3 --dropout=0.5 --epochs=2 --hidden 4 5"
              Expect.equal second.Settings first.Settings "same settings"
              Expect.equal (second.Common, second.Own) (first.Common, first.Own) "same options")

          testCase "a script may take some of the common options only" (fun () ->
              let read line =
                  Request.read few (Settings.split (words line))

              Expect.equal
                  ((read "--seed 3 --quiet --latent 2").Settings |> List.truncate 3)
                  [ "seed", Json.Whole 3; "quiet", Json.Flag true; "latent", Json.Whole 2 ]
                  "the settings told"

              for name in Settings.names<Common> |> List.except few.Takes do
                  expectBad [ $"unknown option --{name}" ] (fun () -> read $"--{name} 1")

                  Expect.isFalse
                      ((Request.help 80 few []).Contains $"  --{name} ")
                      $"the help leaves --{name} out")

          testCase "defaults may depend on the script's own options" (fun () ->
              let rate (own: obj list) =
                  match Settings.tryGet (own.Head :?> Vae.Setting list) <@ Vae.Latent @> with
                  | Some 2 -> [ Common.Lr 0.5 ]
                  | _ -> []

              let read line =
                  Request.read { script with Common = rate } (Settings.split (words line))

              let lr (request: Request) =
                  Settings.tryGet request.Common <@ Common.Lr @>

              Expect.equal (lr (read "")) (Some 1e-3) "the usual"
              Expect.equal (lr (read "--latent 2")) (Some 0.5) "with this option"
              Expect.equal (lr (read "--latent 2 --lr 2")) (Some 2.0) "as given"
              Expect.equal (read "--latent 2").Changed [ "latent" ] "no change of its own")

          testCase "every script takes known options, each name once" (fun () ->
              for script in Scripts.all do
                  let takes, own = script.File.Takes, script.File.Own |> List.collect _.Names
                  Expect.isEmpty (List.except Settings.names<Common> takes) "options there are"
                  let names = takes @ own
                  Expect.equal names (List.distinct names) $"{script.Name}: no name twice") ]

let private helps =
    testList
        "help"
        [ testCase "it names the question, every option, and its default" (fun () ->
              Expect.stringContains help.Value script.Question "question"
              let own = script.Own |> List.collect _.Names

              for name in "help" :: "evaluate" :: own @ script.Takes do
                  Expect.stringContains help.Value $"  --{name} " $"the help lists {name}"

              for shown in [ "(default 20)"; "(default mnist)"; "(default relu)"; "(default 200)" ] do
                  Expect.stringContains help.Value shown "a default")

          testCase "it shows the script's own defaults" (fun () ->
              let other =
                  { script with
                      Common = fun _ -> [ Common.Data "fashion-mnist" ] }

              Expect.stringContains (Request.help 80 other []) "(default fashion-mnist)" "data")

          testCase
              "its lines fit the width, descriptions hang, and it ends with an example and places"
              (fun () ->
                  for script in Scripts.all do
                      for width in [ 60; 80; 120 ] do
                          let lines =
                              (Request.help width script.File []).Split Environment.NewLine
                              |> List.ofArray

                          let isExample (line: string) =
                              line.StartsWith("  dotnet", StringComparison.Ordinal)

                          for line in List.filter (isExample >> not) lines do
                              Less.orEqual line.Length width $"{script.Name}: {line}"

                          let options =
                              lines
                              |> List.filter _.StartsWith("  ", StringComparison.Ordinal)
                              |> List.filter (isExample >> not)

                          let column =
                              (List.find
                                  (fun (line: string) -> line.Contains "  this text")
                                  options)
                                  .IndexOf
                                  "this text"

                          for line in options do
                              Expect.isTrue
                                  (line.Length < column
                                   || line[column - 2 .. column - 1] = "  " && line[column] <> ' ')
                                  $"{script.Name} at {width}: below each other: {line}"

                          let text = String.concat "\n" lines

                          Expect.stringContains
                              text
                              $"Example:\n  dotnet fsi scripts/{script.Name}.fsx --"
                              "an example"

                          let words = String.concat " " lines

                          for place in
                              [ $"runs/{script.Name}/TIME"; "report.html"; "runs/index.html" ] do
                              Expect.stringContains words place "where to look")

          testCase "the example is taken" (fun () ->
              for script in Scripts.all do
                  let example =
                      (Request.help 80 script.File []).Split Environment.NewLine
                      |> Array.find _.StartsWith("  dotnet fsi", StringComparison.Ordinal)

                  let options = example.Substring(example.IndexOf ".fsx" + 5)
                  Request.read script.File (Settings.split (words options)) |> ignore) ]

/// A folder with the config.json of a run of the VAE's script, whose options are given.
let private saved
    (folder: string)
    (common: Common list)
    (own: Vae.Setting list)
    : string * Request =
    let options =
        Settings.options (Settings.describe common)
        @ Settings.options (Settings.describe own)

    let request = Request.read script options
    let out = Path.Combine(folder, Guid.NewGuid().ToString "N")

    ("script", Json.Text script.Name) :: request.Settings
    @ [ "script-sha256", Json.Text(Request.hash (Request.sources script.Path)) ]
    |> RunFolder.create script.Name (Some out)
    |> ignore

    out, request

/// Settings but for those that a run has for its own time.
let private lasting (request: Request) =
    let passing = [ "threads"; "resume"; "out"; "quiet"; "script-changed"; "engine" ]

    request.Settings
    |> List.filter (fun (name, _) -> not (List.contains name passing))

let private resumed (out: string) (line: string) =
    Request.read script (("resume", [ out ]) :: Settings.split (words line))

let private sample =
    lazy ([ Common.Epochs 3; Common.Seed 5 ], [ Vae.Hidden [ 40; 20 ]; Vae.Variance Square ])

let private onSaved (test: string -> Request -> unit) () =
    inFolder (fun folder -> sample.Value ||> saved folder ||> test)

let private going =
    testList
        "runs that go on"
        [ testProperty
              "they have the settings of the run, whatever these are"
              (Prop.forAll
                  (Arb.fromGen (Gen.zip SettingSamples.common SettingSamples.vae))
                  (fun (common, own) ->
                      inFolder (fun folder ->
                          let out, request = saved folder common own
                          let again = resumed out ""
                          lasting again = lasting request && again.Own = request.Own)))

          testCase "epochs, checkpoints and what tells of the time may be otherwise"
          <| onSaved (fun out request ->
              let again = resumed out "--epochs 9 --checkpoint-every 2 --quiet"
              let get name = (Map.ofList again.Settings)[name]
              Expect.equal (get "epochs", get "checkpoint-every") (whole 9, whole 2) "as given"
              Expect.equal (get "seed") (whole 5) "as saved"
              Expect.equal again.Own request.Own "the own options")

          testCase "what is said again may be said, what contradicts may not"
          <| onSaved (fun out _ ->
              resumed out "--seed 5 --hidden 40 20 --variance square" |> ignore

              for line, words in
                  [ "--seed 6", [ "--seed: 6 contradicts the 5 of the run in"; out ]
                    "--hidden 40", [ "--hidden: 40 contradicts the 40 20" ]
                    "--clip-norm 1", [ "--clip-norm: 1 contradicts the default (none)" ]
                    "--lr-drop-at 1", [ "--lr-drop-at" ]
                    "--out x", [ "--out"; "leave the option out" ]
                    "--bogus", [ "unknown option --bogus" ] ] do
                  expectBad words (fun () -> resumed out line))

          testCase "a script that has changed is refused, unless that is known"
          <| onSaved (fun out _ ->
              let config =
                  (RunFiles.config out).Value |> List.filter (fst >> (<>) "script-sha256")

              RunFolder.writeConfig { Path = out } (("script-sha256", Json.Text "0") :: config)
              expectBad [ "--resume: vae.fsx"; out; "--script-changed" ] (fun () -> resumed out "")
              resumed out "--script-changed" |> ignore)

          testCase
              "of a setting that config.json does not tell the default acted; without a script it is refused"
          <| onSaved (fun out request ->
              let config = (RunFiles.config out).Value

              let without name =
                  config |> List.filter (fst >> (<>) name)

              RunFolder.writeConfig { Path = out } (without "kl-weight")
              Expect.equal (resumed out "").Own request.Own "the default"
              resumed out "--kl-weight 1" |> ignore

              expectBad [ "--kl-weight: 2 contradicts the 1" ] (fun () ->
                  resumed out "--kl-weight 2")

              RunFolder.writeConfig { Path = out } (without "script")
              expectBad [ "does not say which script" ] (fun () -> resumed out ""))

          testCase "an evaluation has the run's settings but for what is given instead"
          <| onSaved (fun out request ->
              let measured = Request.evaluated script out [ "data", [ "moved.npy" ]; "quiet", [] ]
              Expect.equal measured.Own request.Own "the own options"

              Expect.equal
                  (Settings.tryGet measured.Common <@ Common.Data @>)
                  (Some "moved.npy")
                  "the data"

              Expect.equal (Settings.tryGet measured.Common <@ Common.Seed @>) (Some 5) "the seed") ]

let private texts =
    testCase "a script's text is its own and that of the experiments it loads" (fun () ->
        inFolder (fun folder ->
            let write (name: string) (lines: string list) =
                File.WriteAllText(Path.Combine(folder, name), String.concat "\n" lines)

            let path = Path.Combine(folder, "a.fsx")
            let hash () = Request.hash (Request.sources path)

            write
                "a.fsx"
                [ "#load \"prelude.fsx\""
                  "#load \"b.fsx\" // the swept one"
                  "#load \"refs.fsx\""
                  "let a = 1" ]

            write "b.fsx" [ "let b = 2" ]
            write "prelude.fsx" [ "0" ]
            Expect.equal (Request.sources path).Length 2 "a and b"
            Expect.equal (List.last (Request.sources path)) "let b = 2" "b"
            let before = hash ()
            Expect.equal before.Length 64 "SHA-256"
            write "prelude.fsx" [ "1" ]
            Expect.equal (hash ()) before "the prelude is the build's"
            write "b.fsx" [ "let b = 3" ]
            Expect.notEqual (hash ()) before "what is loaded counts"
            Expect.isEmpty (Request.sources (Path.Combine(folder, "none.fsx"))) "no file, no text"))

[<Tests>]
let tests = testList "Request" [ lines; helps; going; texts ]
