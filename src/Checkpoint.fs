namespace Workbench

open System
open System.IO
open System.Text.Json
open TorchSharp

/// A `State` as one file: parameters under their state_dict names, Adam's moments as `adam/UPDATE/PARAMETER/exp_avg` and
/// `exp_avg_sq`, and the rest as JSON in the metadata. Nothing of time, threads or paths is in it.
[<RequireQualifiedAccess>]
module Checkpoint =

    /// The file of the last saved epoch, of the one before, and of the epoch with the least test loss.
    let name, previousName, bestName =
        "checkpoint.safetensors", "checkpoint.previous.safetensors", "best.safetensors"

    let private stateName = "workbench"

    let private momentName (update: string) (parameter: string) (part: string) =
        $"adam/{update}/{parameter}/{part}"

    let private tensors (state: State) : Map<string, torch.Tensor> =
        [ yield! Map.toSeq state.Parameters
          for KeyValue(update, moments) in state.Moments do
              for KeyValue(parameter, moments) in moments do
                  momentName update parameter "exp_avg", moments.Mean
                  momentName update parameter "exp_avg_sq", moments.Square ]
        |> Map.ofSeq

    let private stepsOf (moments: Map<string, Moments>) =
        moments
        |> Map.toList
        |> List.map (fun (parameter, moments) -> parameter, Json.Real(float moments.Steps))

    let private rest (state: State) : Json =
        let epoch (figures: EpochFigures) =
            Json.Object(
                ("epoch", Json.Whole figures.Epoch)
                :: [ for name, value in figures.Figures -> name, Json.Real value ]
            )

        Json.Object
            [ "format", Json.Whole 1
              "seed", Json.Whole state.Seed
              "epoch", Json.Whole state.Epoch
              "steps", Json.Real(float state.Steps)
              "adam-steps",
              Json.Object
                  [ for KeyValue(update, moments) in state.Moments ->
                        update, Json.Object(stepsOf moments) ]
              "history", Json.List(List.map epoch state.History) ]

    let private contents (state: State) : SavedTensors =
        { Tensors = tensors state
          Metadata = Map.ofList [ stateName, Json.text (rest state) ] }

    /// Writes a state under a temporary name and renames it.
    let save (path: string) (state: State) : unit = Safetensors.write path (contents state)

    let private fail (path: string) =
        BadInput.fail
            "%s is no checkpoint of a run: its metadata do not fit its tensors; take an earlier copy"
            path

    let private fields (json: Json) =
        match json with
        | Json.Object fields -> fields
        | _ -> raise (FormatException "an object is needed")

    let private field (name: string) (json: Json) =
        match fields json |> List.tryFind (fun (field, _) -> field = name) with
        | Some(_, value) -> value
        | None -> raise (FormatException $"{name} is missing")

    let private whole (json: Json) =
        match json with
        | Json.Whole value when value >= 0 -> int64 value
        | Json.Real value when value >= 0.0 && value = floor value && value < 1e15 -> int64 value
        | _ -> raise (FormatException "a whole number is needed")

    let private history (json: Json) : EpochFigures list =
        match json with
        | Json.List epochs ->
            [ for epoch in epochs ->
                  { Epoch = int (whole (field "epoch" epoch))
                    Figures =
                      fields epoch
                      |> List.filter (fun (name, _) -> name <> "epoch")
                      |> List.map (fun (name, value) -> name, Json.toFloat value) } ]
        | _ -> raise (FormatException "a list is needed")

    let private momentsOf (saved: SavedTensors) (json: Json) : Map<string, Map<string, Moments>> =
        let moments update (parameter, steps) =
            let part part =
                match Map.tryFind (momentName update parameter part) saved.Tensors with
                | Some tensor -> tensor
                | None -> raise (FormatException $"moments of {parameter} are missing")

            parameter,
            { Mean = part "exp_avg"
              Square = part "exp_avg_sq"
              Steps = whole steps }

        fields json
        |> List.map (fun (update, steps) ->
            update, fields steps |> List.map (moments update) |> Map.ofList)
        |> Map.ofList

    let private stateOf (saved: SavedTensors) (json: Json) : State =
        if whole (field "format" json) <> 1L then
            raise (FormatException "another format")

        { Parameters = saved.Tensors |> Map.filter (fun name _ -> not (name.StartsWith "adam/"))
          Moments = momentsOf saved (field "adam-steps" json)
          Steps = whole (field "steps" json)
          Seed = int (whole (field "seed" json))
          Epoch = int (whole (field "epoch" json))
          History = history (field "history" json) }

    /// Reads a state. A damaged file, or one that holds no state, raises `BadInput` that names it.
    let load (path: string) : State =
        let saved = Safetensors.read path

        try
            match Map.tryFind stateName saved.Metadata with
            | Some text -> stateOf saved (Json.parse text)
            | None -> fail path
        with
        | :? JsonException
        | :? FormatException
        | :? OverflowException -> fail path

    /// Raises `BadInput` where a state's tensors are not those of a model: other names, or other shapes.
    let fits (path: string) (model: Parameters) (state: State) : unit =
        let shapes (parameters: Parameters) =
            parameters |> Map.map (fun _ tensor -> List.ofArray tensor.shape)

        if shapes model <> shapes state.Parameters then
            BadInput.fail "%s holds another model than these settings ask for" path

    /// Saves the newest state of a folder; what was the newest becomes the previous one, once the new one is whole on the disk.
    let keep (folder: string) (state: State) : unit =
        Safetensors.writeKeeping
            (Path.Combine(folder, previousName))
            (Path.Combine(folder, name))
            (contents state)

    /// The newest state of a folder, where it has one. A run that was killed between the two renames of `keep` has left the
    /// previous one alone.
    let newest (folder: string) : string option =
        [ name; previousName ]
        |> List.map (fun name -> Path.Combine(folder, name))
        |> List.tryFind File.Exists
