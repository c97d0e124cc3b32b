/// Evaluating runs in this process, and reading what that leaves.
module Workbench.Tests.EvaluateSupport

open System.IO
open Expecto
open Workbench

/// Settings under which an evaluation takes no time.
let quick = [ "--samples"; "100"; "--importance"; "2"; "--limit"; "20" ]

/// The last value of an option that is given twice counts.
let rec private latest (options: (string * string list) list) =
    match options with
    | (name, _) :: rest when List.exists (fst >> (=) name) rest -> latest rest
    | option :: rest -> option :: latest rest
    | [] -> []

/// The arguments of an evaluation.
let arguments (folder: string) (options: string list) : string list =
    latest (Settings.split ("--evaluate" :: folder :: options))
    |> Settings.commandLine

/// Evaluates a script's run, saying nothing; bad input is raised.
let evaluate (script: Script) (folder: string) (options: string list) : Ending =
    script.Run("--quiet" :: arguments folder options)

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
