/// The options of every script: bad values are one line that names the option, before anything is read or written; each option
/// changes what it says, and stays what it is in a run that goes on.
module Workbench.Tests.ScriptOptionTests

open System
open System.Collections.Concurrent
open System.IO
open System.Globalization
open System.Threading
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ModelSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.ScriptSupport

/// An option as the help text has it: its name, the labels of its values, whether it takes several.
type private Option =
    { Name: string
      Label: string
      IsList: bool
      Default: Json }

    member this.IsFlag = this.Label = ""

let private optionOf (defaults: (string * Json) list) (left: string, _: string) : Option =
    let name, values =
        match left.IndexOf ' ' with
        | -1 -> left, ""
        | at -> left[.. at - 1], left[at + 1 ..]

    let name = name.TrimStart '-'

    { Name = name
      Label = if values = "" then "" else values[1 .. values.IndexOf '>' - 1]
      IsList = values.Contains "..."
      Default =
        defaults
        |> List.tryFind (fst >> (=) name)
        |> Option.map snd
        |> Option.defaultValue Json.Null }

let private own (script: Script) : Option list =
    [ for set in script.File.Own do
          let defaults = set.Describe(set.Read [])
          yield! set.Help() |> List.map (optionOf defaults) ]

let private common (script: Script) : Option list =
    Settings.help<Common> []
    |> List.map (optionOf [])
    |> List.filter (fun option -> List.contains option.Name script.File.Takes)

/// What must stand beside an option.
let private company (script: string) (option: string) : string list =
    match script, option with
    | _, "lr-drop" -> [ "--lr-drop-at"; "1" ]
    | "vae-gan", "channels" -> [ "--conv" ]
    | "conv-autoencoder", _ -> [ "--data"; "glyphs-m"; "--limit"; "120" ]
    | "interpolation", _ -> [ "--data"; "glyphs"; "--limit"; "120" ]
    | "adversarial-autoencoder", "hidden" -> []
    | "adversarial-autoencoder", _ -> [ "--hidden"; "48" ]
    | _ -> []

let private refuses (script: Script) (words: string list) (line: string list) =
    expectBad words (fun () -> Request.read script.File (Settings.split line))

let private texts = set [ "name"; "path"; "dir" ]

let private notNumbers = [ "?!"; "-1"; "NaN"; "Infinity"; "1e999"; "0x10"; "1,5" ]

/// What no option takes, whatever it is for.
let private bad (script: Script) (option: Option) =
    let name = "--" + option.Name

    testCase name (fun () ->
        if option.IsFlag then
            refuses script [ "'1'" ] [ name; "1" ]
            refuses script [ name; "more than once" ] [ name; name ]
        else
            refuses script [ name ] [ name ]
            refuses script [ name ] [ name; "--seed"; "1" ]
            refuses script [ name; "must" ] [ $"{name}=" ]

        if not (option.IsFlag || texts.Contains option.Label) then
            for value in notNumbers do
                refuses script [ name; "must" ] [ name; value ]

        if
            List.contains option.Label [ "n"; "units"; "k"; "epochs"; "seed"; "threads"; "images" ]
        then
            refuses script [ name; "must" ] [ name; "99999999999999999999" ])

let private number (text: string) =
    Double.Parse(text, CultureInfo.InvariantCulture)

/// Another value than the default, in the option's range.
let private otherValue (option: Option) : string list =
    let standard = (Json.plain option.Default).Split ' ' |> Array.head

    match option.Label with
    | "" -> []
    | "n"
    | "k"
    | "draws"
    | "pixels"
    | "images" -> [ if standard = "" then "1" else string (int standard + 1) ]
    | "units" -> [ if standard = "24" then "25" else "24" ]
    | "epochs" -> [ "3" ]
    | "share" -> [ if standard = "0.4" then "0.45" else "0.4" ]
    | "factor" -> [ "0.3" ]
    | "x" -> [ if standard = "" then "0.5" else string (number standard * 0.5 + 0.07) ]
    | "epsilon" -> [ "0.1" ]
    | "rate"
    | "length" -> [ if standard = "" then "0.01" else string (number standard * 2.0) ]
    | words when words.Contains '|' -> [ words.Split '|' |> Array.find ((<>) standard) ]
    | other -> failtestf "--%s: no value is known for a label %s" option.Name other

/// Settings of an option that the other value of its label would not do for.
let private values: Map<string * string, string list> =
    Map.ofList
        [ ("interpolation", "from"), [ "3" ]
          ("interpolation", "to"), [ "5" ]
          ("variational-bound", "samples"), [ "3" ] ]

/// The options of a script that no figure and no picture depends on.
let private silent: Set<string * string> = set [ "classifier", "weights" ]

let private left (folder: string) =
    [ for path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories) |> Array.sort do
          let name = Path.GetRelativePath(folder, path)

          if name.EndsWith ".csv" || name.EndsWith ".png" || name = "metrics.json" then
              name, File.ReadAllBytes path ]

let private plainRuns =
    ConcurrentDictionary<string * string list, Lazy<(string * byte[]) list>>()

/// What a script leaves without further options, run once for all of its options.
let private leftPlain (script: Script) (beside: string list) =
    let run _ =
        lazy (inFolder (fun folder -> left (runIn folder "plain" script beside)))

    plainRuns.GetOrAdd((script.Name, beside), run).Value

/// A script with and without an option leaves different figures or pictures.
let private changes (script: Script) (option: Option) =
    testCase $"{script.Name} --{option.Name}" (fun () ->
        inFolder (fun folder ->
            let beside = company script.Name option.Name

            let value =
                Map.tryFind (script.Name, option.Name) values
                |> Option.defaultWith (fun () -> otherValue option)

            let other = runIn folder "other" script (beside @ "--" + option.Name :: value)

            // Not Expect.notEqual, which would print all bytes.
            Expect.isFalse (left other = leftPlain script beside) "other figures or pictures"))

/// A script leaves the same again: without that, `changes` would show nothing.
let private repeats (script: Script) =
    testCase script.Name (fun () ->
        inFolder (fun folder ->
            let beside = company script.Name ""
            let again = left (runIn folder "again" script beside)
            Expect.isTrue (again = leftPlain script beside) "the same figures and pictures"))

/// Common options, each shown on one script, with values that change its figures.
let private commonChanges =
    [ [ "--batch"; "30" ]
      [ "--lr"; "0.01" ]
      [ "--clip-norm"; "0.5" ]
      [ "--seed"; "2" ]
      [ "--limit"; "40" ]
      [ "--epochs"; "3" ]
      [ "--pixels"; "static" ]
      [ "--pixels"; "dynamic" ] ]

let private vae = lazy (Scripts.find "vae")

/// A script's own bad values and pairs, and words of the line.
let private pairs: (string * string * string list) list =
    [ "vae", "--latent 65537", [ "--latent"; "at most 65536" ]
      "vae", "--hidden 2147483647", [ "--hidden"; "at most 65536" ]
      "vae", "--lr-drop 0.5", [ "--lr-drop"; "--lr-drop-at" ]
      "vae", "--lr-drop-at 3 2", [ "--lr-drop-at"; "ascending" ]
      "vae", "--importance-samples 2 --kl-weight 0.5", [ "--importance-samples"; "--kl-weight" ]
      "vae", "--importance-samples 2 --kl-warmup 3", [ "--importance-samples"; "--kl-warmup" ]
      "vae", "--jobs 2", [ "unknown option --jobs" ]
      "kl-sweep", "--kl-weight 1 1", [ "--kl-weight"; "twice" ] ]

let private resumes =
    Scripts.all
    |> List.filter (fun script -> List.contains "resume" script.File.Takes)

/// Scripts whose data must be a set that has a name.
let private isNamed (script: Script) = script.Name = "interpolation"

/// Every common option, with a value that is not the default.
let private allCommon (folder: string) (script: Script) : (string * string list) list =
    let files =
        if isNamed script then
            [ "data", [ "glyphs" ] ]
        else
            let other = Directory.CreateDirectory(Path.Combine(folder, "test"))
            let train, test = tinyFiles folder 60, tinyFiles other.FullName 30

            [ "data", [ train[1] ]
              "labels", [ train[3] ]
              "test", [ test[1] ]
              "test-labels", [ test[3] ] ]

    files
    @ [ "epochs", [ "1" ]
        "batch", [ "9" ]
        "lr", [ "0.00035" ]
        "patience", [ "7" ]
        "clip-norm", [ "2.5" ]
        "ema", [ "0.75" ]
        "seed", [ "13" ]
        "limit", [ "50" ]
        "engine", [ Engine.name ]
        "device", [ "cpu" ]
        "threads", [ "3" ]
        "pixels", [ "static" ]
        "out", [ Path.Combine(folder, "run") ]
        "checkpoint-every", [ "3" ]
        "jobs", [ "1" ]
        "name", [ "a [0, 1] <run>" ]
        "one-file", []
        "tensorboard", []
        "quiet", [] ]
    |> List.filter (fun (name, _) -> List.contains name script.File.Takes)

/// Scripts that train a model without a best epoch, which take no --patience.
let private bestless =
    [ "gan"
      "conditional-gan"
      "vae-gan"
      "interpolation"
      "naive-generation"
      "classifier" ]

/// Common options that a new run, or one of this script, does not take.
let private refused (script: Script) =
    [ "resume"; "from-best"; "script-changed"; "init" ]
    @ (if isNamed script then [ "labels"; "test"; "test-labels" ] else [])
    @ if List.contains script.Name bestless then [ "patience" ] else []

/// Every option of a script's own, with a value that is not the default, a list with two.
let private allOwn (folder: string) (script: Script) : (string * string list) list =
    [ for option in own script do
          option.Name,
          match script.Name, option.Name with
          | "classifier", "weights" -> [ Path.Combine(folder, "weights.safetensors") ]
          | "naive-generation", "images" -> [ "25" ]
          | "kl-sweep", "kl-weight" -> [ "0.25"; "3.5" ]
          | "vae", "lr-drop-at" -> [ "1"; "2" ]
          | key ->
              let value =
                  Map.tryFind key values |> Option.defaultWith (fun () -> otherValue option)

              if option.Label = "units" && option.IsList then value @ [ "12" ] else value ]

/// Options that exclude each other: each list is left out once, beside all others.
let private exclusive =
    Map.ofList
        [ "vae-gan", [ [ "loss" ]; [ "gamma" ] ]
          "vae", [ [ "importance-samples" ]; [ "kl-weight"; "kl-warmup" ] ] ]

/// What a process does, and not what a run is; on the managed engine threads change no bit.
let private ofProcess =
    [ "epochs"; "out"; "resume"; "quiet"; "jobs" ]
    @ if Engine.isManaged then [ "threads" ] else []

let private lasting (settings: (string * Json) list) =
    settings |> List.filter (fun (name, _) -> not (List.contains name ofProcess))

/// By the arguments of a command line. A sweep's points, which SweepTests has, are processes: it is stopped before the first.
let private run (script: Script) (arguments: string list) : Ending =
    if script.Name = "kl-sweep" then
        Experiment.Run(``Kl-sweep``.experiment, arguments, CancellationToken true)
    else
        script.Run arguments

/// A run in a folder that is given all its options at once, but for some, and goes on without them.
let private keepsAll (script: Script) (but: string list) (folder: string) =
    let left = but @ refused script

    let given =
        allCommon folder script @ allOwn folder script
        |> List.filter (fun (name, _) -> not (List.contains name left))

    let names = List.map fst given
    let all = script.File.Takes @ (script.File.Own |> List.collect _.Names)
    Expect.isEmpty (List.except (names @ left) all) "every option"
    let asked = Request.read script.File given

    Expect.equal
        (set asked.Changed)
        (set (List.except [ "engine"; "device" ] names))
        "values that are not the defaults"

    let out = Path.Combine(folder, "run")
    let ending = run script (Settings.commandLine given)
    let config () = (RunFiles.config out).Value

    let settings () =
        config () |> List.filter (fun (name, _) -> List.contains name all)

    let first = settings ()
    // A whole number is one in a file, whatever the option takes.
    let inFile settings =
        Json.fields (Json.parse (Json.text (Json.Object settings)))

    Expect.equal first (inFile asked.Settings) "config.json has all that was given"
    let more = [ "resume", [ out ]; "epochs", [ "2" ]; "quiet", [] ]
    let again = Request.read script.File more
    Expect.equal (inFile (lasting again.Settings)) (lasting first) "the settings of the run"
    Expect.equal again.Own asked.Own "the options of its own"
    Expect.equal (run script (Settings.commandLine more)) ending "it goes on"
    Expect.equal (lasting (settings ())) (lasting first) "config.json after that"

    for name, value in [ "epochs", Json.Whole 2; "planned-epochs", Json.Whole 1 ] do
        Expect.contains (config ()) (name, value) name

let private keeps (script: Script) (but: string list) =
    let name =
        String.concat " without --" ($"{script.Name}: all options at once" :: but)

    testCase name (fun () -> withConvolutions (fun () -> inFolder (keepsAll script but)))

[<Tests>]
let tests =
    testList
        "script options"
        [ for script in Scripts.all do
              testList script.Name [ for option in own script @ common script -> bad script option ]

          testList
              "values and pairs"
              [ for name, line, words in pairs do
                    testCase $"{name} {line}" (fun () ->
                        inFolder (fun folder ->
                            let out = Path.Combine(folder, "run")

                            expectBad words (fun () ->
                                runIn
                                    folder
                                    "run"
                                    (Scripts.find name)
                                    (List.ofArray (line.Split ' ')))

                            Expect.isFalse (Directory.Exists out) "nothing is left")) ]

          yield!
              [ for script in Scripts.all do
                    if script.File.Own.Length = 1 then
                        for option in own script do
                            if not (silent.Contains(script.Name, option.Name)) then
                                changes script option ]
              |> onManaged

          testList
              "figures and pictures depend on nothing but the options"
              ([ for script in Scripts.all do
                     if script.File.Own.Length = 1 then
                         repeats script ]
               |> onManaged)

          for options in commonChanges do
              testCase (String.concat " " ("vae" :: options)) (fun () ->
                  inFolder (fun folder ->
                      let other = runIn folder "other" vae.Value options
                      Expect.isFalse (left other = leftPlain vae.Value []) "other figures"))

          testList
              "a run that goes on"
              [ for script in resumes do
                    match Map.tryFind script.Name exclusive with
                    | None -> keeps script []
                    | Some lists ->
                        for but in lists do
                            keeps script but ]

          testCase "nothing to resume" (fun () ->
              inFolder (fun folder ->
                  for script in resumes do
                      refuses script [ "--resume"; folder; "config.json" ] [ "--resume"; folder ]
                      refuses script [ "--resume"; "nowhere" ] [ "--resume"; "nowhere" ]
                      refuses script [ "--out" ] [ "--resume"; folder; "--out"; "x" ]))

          testCase "a run of another script" (fun () ->
              inFolder (fun folder ->
                  RunFolder.create "other" (Some(folder + "/run")) [ "script", Json.Text "other" ]
                  |> ignore

                  for script in resumes do
                      refuses
                          script
                          [ "a run of other"; script.Name ]
                          [ "--resume"; folder + "/run" ]))

          testCase "data and labels that cannot be read" (fun () ->
              inFolder (fun folder ->
                  let missing = folder + "/none.npy"
                  expectBad [ missing; "does not exist" ] (fun () -> Data.load missing None)
                  expectBad [ "--data"; "nonsense" ] (fun () -> Data.load "nonsense" None)

                  expectBad [ "--labels"; "leave the option out" ] (fun () ->
                      Data.load "glyphs" (Some missing))

                  Directory.CreateDirectory missing |> ignore
                  expectBad [ missing; "is a folder" ] (fun () -> Data.load missing None))) ]
