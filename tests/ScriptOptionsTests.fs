/// Bad options of every script: one line that names the option, before anything is read or written.
module Workbench.Tests.ScriptOptionsTests

open System
open Argu
open Expecto
open Workbench
open Workbench.Tests.FileSupport

/// A script as its options are seen: how it reads a command line, its options, and which of them take no value or any text.
type private Read =
    { Script: string
      Parse: string list -> unit
      Options: ArgumentCaseInfo list }

let private texts =
    set [ "--data"; "--labels"; "--out"; "--resume"; "--run"; "--weights" ]

let private reading name common (own: OwnOptions<'Argument, 'Own>) =
    let script =
        { Name = name
          Question = "?"
          Common = common
          Own = own }

    { Script = name
      Parse = fun line -> CommandLine.read script line |> ignore
      Options = Options.cases common @ ArgumentParser.Create<'Argument>().GetArgumentCases() }

let private scripts =
    [ reading "vae" Options.defaults VaeOptions.own
      reading "kl-sweep" Options.defaults KlSweepOptions.own
      reading "autoencoder" Options.defaults AutoencoderOptions.own
      reading "naive-generation" Options.defaults AutoencoderOptions.own
      reading "gan" GanOptions.common GanOptions.own
      reading "conditional-gan" GanOptions.common ConditionalGanOptions.own
      reading "interpolation" GanOptions.common InterpolationOptions.own
      reading "vae-gan" Options.defaults VaeGanOptions.own
      reading "conv-autoencoder" Options.defaults ConvAutoencoderOptions.own
      reading "adversarial-autoencoder" Options.defaults AdversarialAutoencoderOptions.own
      reading "classifier" Options.defaults ClassifierOptions.own
      reading "evaluate" EvaluateOptions.common EvaluateOptions.own
      reading "variational-bound" VariationalBoundOptions.common VariationalBoundOptions.own ]

let private isFlag (option: ArgumentCaseInfo) =
    Array.isEmpty (option.UnionCaseInfo.GetFields())

let private refuses (script: Read) (words: string list) (line: string list) =
    expectBad words (fun () -> script.Parse line)

let private isWhole (option: ArgumentCaseInfo) =
    option.UnionCaseInfo.GetFields() |> Array.exists (fun field -> field.Name = "n")

let private notNumbers = [ "?!"; "-1"; "NaN"; "Infinity"; "1e999"; "0x10"; "1,5" ]

/// What must stand beside an option.
let private company (script: Read) name =
    match script.Script, name with
    | _, "--lr-drop" -> [ "--lr-drop-at"; "1" ]
    | "vae-gan", "--channels" -> [ "--conv" ]
    | "evaluate", option when option <> "--run" -> [ "--run"; "x" ]
    | _ -> []

/// What no option takes, whatever it is for.
let private everyOption (script: Read) =
    [ for option in script.Options do
          let name = option.Name.Value

          testCase name (fun () ->
              if isFlag option then
                  refuses script [ "'1'" ] [ name; "1" ]
                  refuses script [ name; "more than once" ] [ name; name ]
              else
                  refuses script [ name ] [ name ]
                  refuses script [ name ] [ name; "--seed"; "1" ]
                  refuses script [ name; "must" ] (company script name @ [ $"{name}=" ])
                  refuses script [ name; "more than once" ] [ name; "1"; name; "1" ]

              if not (isFlag option || texts.Contains name) then
                  for value in notNumbers do
                      refuses script [ name; "must" ] (company script name @ [ name; value ])

              if isWhole option then
                  refuses
                      script
                      [ name; "must" ]
                      (company script name @ [ name; "99999999999999999999" ])) ]

/// A script's own bad values and pairs, and words of the line.
let private own =
    [ "vae", "--latent 65537", [ "--latent"; "at most 65536" ]
      "vae", "--hidden 2147483647", [ "--hidden"; "at most 65536" ]
      "gan", "--noise 0", [ "--noise"; "at least 1" ]
      "gan", "--discriminator-steps 0", [ "--discriminator-steps"; "at least 1" ]
      "gan", "--beta1 0.5", [ "unknown option --beta1" ]
      "gan", "--wide-noise", [ "unknown option --wide-noise" ]
      "conditional-gan", "--noise 5", [ "unknown option --noise" ]
      "interpolation", "--from 3 --to 3", [ "--to"; "differ" ]
      "vae-gan", "--loss other", [ "--loss"; "similarity, basic" ]
      "vae-gan", "--gamma -1", [ "--gamma"; "at least 0" ]
      "vae-gan", "--loss basic --gamma 1", [ "--gamma"; "--loss basic" ]
      "vae-gan", "--channels 4", [ "--channels"; "--conv" ]
      "vae-gan", "--conv --channels 0", [ "--channels"; "at least 1" ]
      "conv-autoencoder", "--channels 4 0", [ "--channels"; "at least 1" ]
      "conv-autoencoder", "--conv", [ "unknown option --conv" ]
      "adversarial-autoencoder", "--reconstruction l1", [ "--reconstruction"; "mse, norm" ]
      "classifier", "--shift 28", [ "--shift"; "at most 27" ]
      "classifier", "--decay 1.5", [ "--decay" ]
      "classifier", "--decay 0", [ "--decay" ]
      "classifier", "--weights /no/such/folder/w.safetensors", [ "--weights"; "/no/such/folder" ]
      "classifier", "--weights /", [ "--weights"; "is a folder" ]
      "evaluate", "--samples 100", [ "--run"; "needed" ]
      "evaluate", "--run x --epochs 1", [ "unknown option --epochs" ]
      "variational-bound", "--samples 0", [ "--samples"; "at least 1" ]
      "variational-bound", "--epochs 1", [ "unknown option --epochs" ]
      "variational-bound", "--resume x", [ "unknown option --resume" ] ]

let private find name =
    scripts |> List.find (fun script -> script.Script = name)

let private resumes (script: Read) =
    script.Options |> List.exists (fun option -> option.Name.Value = "--resume")

[<Tests>]
let tests =
    testList
        "script options"
        [ for script in scripts do
              testList script.Script (everyOption script)

          testList
              "values and pairs"
              [ for name, line, words in own do
                    testCase $"{name} {line}" (fun () ->
                        refuses (find name) words (List.ofArray (line.Split ' '))) ]

          testCase "nothing to resume" (fun () ->
              inFolder (fun folder ->
                  for script in scripts |> List.filter resumes do
                      refuses script [ "--resume"; folder; "config.json" ] [ "--resume"; folder ]
                      refuses script [ "--resume"; "nowhere" ] [ "--resume"; "nowhere" ]
                      refuses script [ "--out" ] [ "--resume"; folder; "--out"; "x" ]))

          testCase "a run of another script" (fun () ->
              inFolder (fun folder ->
                  RunFolder.create "other" (Some(folder + "/run")) [ "script", Json.Text "other" ]
                  |> ignore

                  for script in scripts |> List.filter resumes do
                      refuses
                          script
                          [ "a run of other"; script.Script ]
                          [ "--resume"; folder + "/run" ]))

          testCase "data and labels that cannot be read" (fun () ->
              inFolder (fun folder ->
                  let missing = folder + "/none.npy"
                  expectBad [ missing; "does not exist" ] (fun () -> Data.load missing None)
                  expectBad [ "--data"; "nonsense" ] (fun () -> Data.load "nonsense" None)

                  expectBad [ "--labels"; "leave the option out" ] (fun () ->
                      Data.load "glyphs" (Some missing))

                  IO.Directory.CreateDirectory missing |> ignore
                  expectBad [ missing; "is a folder" ] (fun () -> Data.load missing None))) ]
