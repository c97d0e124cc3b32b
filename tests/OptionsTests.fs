module Workbench.Tests.OptionsTests

open System
open System.Globalization
open System.Threading
open Argu
open Expecto
open Workbench
open Workbench.Tests.FileSupport

let private script =
    { Name = "vae"
      Question = "How well does it explain digits?"
      Common = Options.defaults
      Own = VaeOptions.own }

let private words (line: string) =
    line.Split(' ', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

let private parse (line: string) =
    match CommandLine.read script (words line) with
    | Request.Run(common, own) -> common, own
    | Request.Help _ -> failtestf "help was not asked for by '%s'" line

let private common line = fst (parse line)
let private own line = snd (parse line)

let private help =
    match CommandLine.read script [ "--epochs"; "0"; "--help" ] with
    | Request.Help text -> text
    | Request.Run _ -> failtest "--help gives the help text"

/// Runs `test` under a culture of decimal commas, points between thousands and a minus sign of its own.
let private abroad (test: unit -> 'T) : 'T =
    let before = CultureInfo.CurrentCulture
    let culture = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
    culture.NumberFormat.NumberDecimalSeparator <- ","
    culture.NumberFormat.NumberGroupSeparator <- "."
    culture.NumberFormat.NegativeSign <- "~"
    CultureInfo.CurrentCulture <- culture

    try
        test ()
    finally
        CultureInfo.CurrentCulture <- before

/// Where no option names an engine, it is this process's.
let private defaults =
    { Options.defaults with
        Engine = Engine.name }

let private vae = VaeOptions.defaults

/// A command line and the change that it makes to the defaults.
let private commonCases =
    [ "--data glyphs", { defaults with Data = "glyphs" }
      "--labels a.npy", { defaults with Labels = Some "a.npy" }
      "--epochs 3", { defaults with Epochs = 3 }
      "--batch 1", { defaults with Batch = 1 }
      "--lr 1e-4", { defaults with LearningRate = 1e-4 }
      "--clip-norm 0.5", { defaults with ClipNorm = Some 0.5 }
      "--engine torch", { defaults with Engine = "torch" }
      "--engine managed", { defaults with Engine = "managed" }
      "--seed 0", { defaults with Seed = 0 }
      "--seed 2147483647", { defaults with Seed = Int32.MaxValue }
      "--limit 1", { defaults with Limit = Some 1 }
      "--threads 5", { defaults with Threads = 5 }
      "--pixels grey", { defaults with Pixels = Pixels.Grey }
      "--pixels static", { defaults with Pixels = Pixels.Static }
      "--pixels dynamic",
      { defaults with
          Pixels = Pixels.Dynamic }
      "--out some/where",
      { defaults with
          Out = Some "some/where" }
      "--out=a=b", { defaults with Out = Some "a=b" }
      "--quiet", { defaults with Quiet = true } ]

let private ownCases =
    [ "--latent 2", { vae with Latent = 2 }
      "--hidden 400", { vae with Hidden = [ 400 ] }
      "--hidden 400 200 100", { vae with Hidden = [ 400; 200; 100 ] }
      "--hidden=400 200", { vae with Hidden = [ 400; 200 ] }
      "--activation relu",
      { vae with
          Activation = Activation.Relu }
      "--activation tanh",
      { vae with
          Activation = Activation.Tanh }
      "--dropout 0", { vae with Dropout = 0.0 }
      "--dropout=.25", { vae with Dropout = 0.25 }
      "--kl-weight 0", { vae with KlWeight = 0.0 }
      "--kl-weight 4.5", { vae with KlWeight = 4.5 }
      "--kl-warmup 10", { vae with KlWarmup = 10 }
      "--variance square", { vae with Variance = Square }
      "--variance exp", { vae with Variance = Exponential }
      "--lr-drop-at 10 15", { vae with LrDropAt = [ 10; 15 ] }
      "--lr-drop 1 --lr-drop-at 1",
      { vae with
          LrDropAt = [ 1 ]
          LrDrop = 1.0 } ]

/// A command line, and words that its error contains.
let private badCases =
    [ "--epochs 0", [ "--epochs: must be at least 1, not 0" ]
      "--epochs -1", [ "--epochs: must be at least 1, not -1" ]
      "--epochs 1.5", [ "--epochs: must be a whole number, not 1.5" ]
      "--epochs ten", [ "--epochs: must be a whole number, not \"ten\"" ]
      "--epochs 2147483648", [ "--epochs: must be at most 2147483647" ]
      "--epochs=", [ "--epochs: must be a whole number, not \"\"" ]
      "--batch 0", [ "--batch: must be at least 1, not 0" ]
      "--lr 0", [ "--lr: must be a positive number, not 0" ]
      "--lr abc", [ "--lr: must be a positive number, not \"abc\"" ]
      "--lr NaN", [ "--lr: must be a positive number, not \"NaN\"" ]
      "--lr Infinity", [ "--lr: must be a positive number" ]
      "--lr 1e999", [ "--lr: must be a positive number" ]
      "--lr 0,5", [ "--lr: must be a positive number, not \"0,5\"" ]
      "--clip-norm 0", [ "--clip-norm: must be a positive number, not 0" ]
      "--clip-norm Infinity", [ "--clip-norm: must be a positive number" ]
      "--seed -1", [ "--seed: must be at least 0, not -1" ]
      "--limit 0", [ "--limit: must be at least 1, not 0" ]
      "--threads 0", [ "--threads: must be at least 1, not 0" ]
      "--threads 100000", [ "--threads: must be at most 1024" ]
      "--pixels Grey", [ "--pixels: must be one of grey, static, dynamic, not \"Grey\"" ]
      "--engine cuda", [ "--engine: must be one of torch, managed, not \"cuda\"" ]
      "--data=", [ "--data: must not be empty" ]
      "--out=", [ "--out: must not be empty" ]
      "--quiet yes", [ "'yes'"; "--help" ]
      "--latent 0", [ "--latent: must be at least 1, not 0" ]
      "--hidden", [ "--hidden: needs at least one value" ]
      "--hidden 400 0", [ "--hidden: must be at least 1, not 0" ]
      "--hidden 400,200", [ "--hidden: must be a whole number, not \"400,200\"" ]
      "--activation gelu", [ "--activation: must be one of tanh, relu, not \"gelu\"" ]
      "--dropout 1", [ "--dropout: must be a number of at least 0 and below 1, not 1" ]
      "--dropout -0.1", [ "--dropout"; "not -0.1" ]
      "--kl-weight -1", [ "--kl-weight: must be a number of at least 0, not -1" ]
      "--kl-warmup -1", [ "--kl-warmup: must be at least 0, not -1" ]
      "--variance log", [ "--variance: must be one of exp, square" ]
      "--lr-drop-at 15 10", [ "--lr-drop-at: must be in ascending order, not 15 10" ]
      "--lr-drop-at 5 5", [ "--lr-drop-at: must be in ascending order" ]
      "--lr-drop-at 0", [ "--lr-drop-at: must be at least 1, not 0" ]
      "--lr-drop-at 1 --lr-drop 0", [ "--lr-drop: must be a number above 0 and at most 1" ]
      "--lr-drop-at 1 --lr-drop 1.5", [ "--lr-drop: must be" ]
      "--lr-drop 0.5", [ "--lr-drop: needs --lr-drop-at" ]
      "--bogus", [ "unknown option --bogus"; "--help" ]
      "--bogus=1", [ "unknown option --bogus" ]
      "--hidden 4 --bogus 5 --epochs 1", [ "unknown option --bogus" ]
      "--Latent 5", [ "unknown option --Latent" ]
      "--", [ "unknown option --" ]
      "stray", [ "unexpected argument \"stray\"" ]
      "--latent 5 6", [ "'6'" ]
      "--epochs 5 6 --latent 2", [ "'6'" ]
      "--latent", [ "--latent" ]
      "--latent --epochs 5", [ "--latent" ]
      "--out --latent 5", [ "--out" ]
      "--latent 5 --latent 6", [ "--latent"; "more than once" ]
      "--epochs 5 --latent 6 --epochs 5", [ "--epochs"; "more than once" ]
      "--hidden 5 --hidden 6", [ "--hidden"; "more than once" ]
      "--quiet --quiet", [ "--quiet"; "more than once" ] ]

let private optionNames =
    let names (cases: ArgumentCaseInfo list) = cases |> List.map _.Name.Value

    names (ArgumentParser.Create<CommonArgument>().GetArgumentCases())
    @ names (ArgumentParser.Create<VaeArgument>().GetArgumentCases())

let private settingNames =
    Options.settings defaults @ VaeOptions.settings vae
    |> List.map (fun (name, _) -> $"--{name}")

[<Tests>]
let tests =
    testList
        "Options"
        [ testCase "without options, everything has its default" (fun () ->
              Expect.equal (parse "") (defaults, vae) "defaults")

          testList
              "a common option changes what it says, and that alone"
              [ for line, expected in commonCases do
                    testCase line (fun () -> Expect.equal (parse line) (expected, vae) line) ]

          testList
              "an option of the script changes what it says, and that alone"
              [ for line, expected in ownCases do
                    testCase line (fun () -> Expect.equal (parse line) (defaults, expected) line) ]

          testList
              "bad input is told in one line that names the option"
              [ for line, expected in badCases do
                    testCase line (fun () -> expectBad expected (fun () -> parse line)) ]

          testCase "both kinds of options mix in any order" (fun () ->
              let first = parse "--hidden 4 5 --epochs 2 --latent 3 --quiet --dropout 0.5"
              let second = parse "--quiet --latent=3 --dropout=0.5 --epochs=2 --hidden 4 5"
              Expect.equal first second "same settings"
              Expect.equal (snd first).Hidden [ 4; 5 ] "the list ends where the next option starts")

          testCase "an empty argument is a value, not an option" (fun () ->
              expectBad [ "--data: must not be empty" ] (fun () ->
                  CommandLine.read script [ "--data"; "" ]))

          testCase "a path with blanks and dashes is one value" (fun () ->
              match CommandLine.read script [ "--out"; "my runs/-a" ] with
              | Request.Run(common, _) -> Expect.equal common.Out (Some "my runs/-a") "path"
              | Request.Help _ -> failtest "no help was asked for")

          testCase "numbers are read alike under every culture" (fun () ->
              abroad (fun () ->
                  Expect.equal (own "--dropout 0.25").Dropout 0.25 "a decimal point"
                  Expect.equal (common "--lr 1.5e-3").LearningRate 0.0015 "an exponent"
                  expectBad [ "--lr" ] (fun () -> parse "--lr 0,5")
                  expectBad [ "--epochs"; "not -1" ] (fun () -> parse "--epochs -1")
                  expectBad [ "--epochs" ] (fun () -> parse "--epochs 1.000")))

          testCase "settings and options have the same names" (fun () ->
              Expect.equal (List.sort settingNames) (List.sort optionNames) "names")

          testCase "the help names the question, every option, and its default" (fun () ->
              Expect.isTrue (help.Contains script.Question) "question"

              for name in "--help" :: optionNames do
                  Expect.isTrue (help.Contains $"  {name} ") $"the help lists {name}"

              for shown in [ "(default 20)"; "(default mnist)"; "(default tanh)"; "(default 200)" ] do
                  Expect.isTrue (help.Contains shown) $"the help says {shown}")

          testCase "the help shows the script's own defaults" (fun () ->
              let other =
                  { script with
                      Common = { defaults with Data = "fashion-mnist" } }

              Expect.isTrue ((Help.text other).Contains "(default fashion-mnist)") "data")

          testCase "a script may take some of the common options only" (fun () ->
              let few =
                  { script with
                      Common =
                          { defaults with
                              Takes = set [ "seed"; "quiet" ] } }

              let read line = CommandLine.read few (words line)

              match read "--seed 3 --quiet --latent 2" with
              | Request.Run(common, _) ->
                  Expect.equal
                      (Options.settings common)
                      [ "seed", Json.Whole 3; "quiet", Json.Flag true ]
                      "the settings told"
              | Request.Help _ -> failtest "no help was asked for"

              for name, _ in
                  Options.settings defaults
                  |> List.filter (fun (name, _) -> not (few.Common.Takes.Contains name)) do
                  expectBad [ $"unknown option --{name}" ] (fun () -> read $"--{name} 1")

                  Expect.isFalse
                      ((Help.text few).Contains $"  --{name} ")
                      $"the help leaves --{name} out")

          testCase "what config.json tells gives the options back" (fun () ->
              for line in
                  [ ""
                    "--latent 3 --hidden 40 20 --lr-drop-at 1 2 --lr-drop 0.25 --dropout 0"
                    "--data x.npy --labels y.npy --pixels static --limit 7 --threads 3 --quiet" ] do
                  let common, own = parse line

                  match
                      Options.settings common @ VaeOptions.settings own
                      |> Json.Object
                      |> Json.text
                      |> Json.parse
                  with
                  | Json.Object saved ->
                      Expect.equal (CommandLine.ofSettings VaeOptions.own saved) (common, own) line
                  | _ -> failtest "an object")

          testCase "every script takes known options" (fun () ->
              let known = Options.settings defaults |> List.map fst |> Set.ofList
              Expect.equal defaults.Takes known "all, as a rule"

              Expect.isEmpty
                  (VariationalBoundOptions.common.Takes - known)
                  "names without an option") ]
