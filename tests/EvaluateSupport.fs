/// Evaluating runs in this process, and reading what that leaves.
module Workbench.Tests.EvaluateSupport

open System.IO
open System.Threading
open Expecto
open Workbench

let script: Script<EvaluateArgument, EvaluateOptions> =
    { Name = "evaluate"
      Question = "?"
      Common = EvaluateOptions.common
      Own = EvaluateOptions.own }

/// Settings under which an evaluation takes no time.
let quick = [ "--samples"; "100"; "--importance"; "2"; "--limit"; "20" ]

/// The last value of an option that is given twice counts.
let rec private latest (options: string list) =
    match options with
    | option :: value :: rest when option.StartsWith "--" && not (value.StartsWith "--") ->
        if List.contains option rest then
            latest rest
        else
            option :: value :: latest rest
    | option :: rest -> option :: latest rest
    | [] -> []

let private arguments (folder: string) (options: string list) =
    "--run" :: folder :: "--quiet" :: latest options

/// The exit code of an evaluation.
let evaluate (folder: string) (options: string list) : int =
    Cli.exitCode ("evaluate.fsx" :: arguments folder options) script EvaluateExperiment.run

/// An evaluation whose `BadInput` comes out.
let evaluateRaw (folder: string) (options: string list) : Ending =
    match CommandLine.read script (arguments folder options) with
    | Request.Help _ -> failtest "no help was asked for"
    | Request.Run(common, own) ->
        EvaluateExperiment.run
            { Script = script.Name
              Question = script.Question
              Common = common
              Own = own
              Settings = []
              Changed = []
              Command = ""
              Stop = CancellationToken.None
              Say = ignore }

/// A figure of `evaluation.json`; the standard error is NaN where there is none.
type Read =
    { Value: float
      StandardError: float
      Count: int
      Of: string
      Pixels: string }

/// Figures by name.
type Measured = Map<string, Read>

let private fields (json: Json) =
    match json with
    | Json.Object fields -> Map.ofList fields
    | other -> failtestf "an object, not %A" other

let private items (json: Json) =
    match json with
    | Json.List items -> items
    | other -> failtestf "a list, not %A" other

/// `evaluation.json` as text.
let text (folder: string) : string =
    File.ReadAllText(Path.Combine(folder, "evaluation.json"))

/// What `evaluation.json` says of each model, by its folder.
let models (folder: string) : Map<string, Map<string, Json>> =
    (fields (Json.parse (text folder)))["models"]
    |> items
    |> List.map (fun model ->
        let model = fields model
        Json.plain model["folder"], model)
    |> Map.ofList

let private figure (json: Json) : string * Read =
    let fields = fields json

    let number name =
        match fields[name] with
        | Json.Null -> nan
        | value -> Json.toFloat value

    Json.plain fields["name"],
    { Value = number "value"
      StandardError = number "standard-error"
      Count = int (number "count")
      Of = Json.plain fields["of"]
      Pixels = Json.plain fields["pixels"] }

/// The figures of each model, by its folder.
let measured (folder: string) : Map<string, Measured> =
    models folder
    |> Map.map (fun _ model -> items model["figures"] |> List.map figure |> Map.ofList)
