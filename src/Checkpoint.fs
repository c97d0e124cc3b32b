namespace Workbench

open System
open System.Collections.Generic
open System.IO
open System.Security.Cryptography
open System.Text
open System.Text.Json
open TorchSharp

/// A `State` as one file: parameters under their state_dict names, their averages as `ema/PARAMETER`, Adam's moments as
/// `adam/UPDATE/PARAMETER/exp_avg` and `exp_avg_sq`, and the rest as JSON in the metadata. Nothing of time, threads or paths is in it.
[<RequireQualifiedAccess>]
module Checkpoint =

    /// The file of the last saved epoch, of the one before, and of the epoch with the least test loss.
    let name, previousName, bestName =
        "checkpoint.safetensors", "checkpoint.previous.safetensors", "best.safetensors"

    let private stateName, hashName = "workbench", "sha256"

    let private momentName (update: string) (parameter: string) (part: string) =
        $"adam/{update}/{parameter}/{part}"

    let private averageName (parameter: string) = $"ema/{parameter}"

    /// SHA-256 over the JSON and the tensors' bytes, in the order of their names: a bit that a disk turned is found.
    let private hashOf (rest: string) (tensors: Map<string, torch.Tensor>) : string =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
        hash.AppendData(Encoding.UTF8.GetBytes rest)

        for tensor in tensors.Values do
            use _ = torch.NewDisposeScope()
            let tensor = tensor.detach().cpu().contiguous()
            hash.AppendData(Span.op_Implicit tensor.bytes: ReadOnlySpan<byte>)

        Convert.ToHexStringLower(hash.GetHashAndReset())

    let private contents (state: State) : SavedTensors =
        let tensors =
            [ yield! Map.toSeq state.Parameters
              for KeyValue(parameter, average) in state.Averages do
                  averageName parameter, average
              for KeyValue(update, moments) in state.Moments do
                  for KeyValue(parameter, moments) in moments do
                      momentName update parameter "exp_avg", moments.Mean
                      momentName update parameter "exp_avg_sq", moments.Square ]

        let steps (moments: Map<string, Moments>) =
            Json.Object
                [ for KeyValue(parameter, moments) in moments ->
                      parameter, Json.Real(float moments.Steps) ]

        let epoch (figures: EpochFigures) =
            Json.Object
                [ "epoch", Json.Whole figures.Epoch
                  for name, value in figures.Figures do
                      name, Json.Real value ]

        let rest =
            Json.Object
                [ "format", Json.Whole 1
                  "seed", Json.Whole state.Seed
                  "epoch", Json.Whole state.Epoch
                  "steps", Json.Real(float state.Steps)
                  "adam-steps",
                  Json.Object
                      [ for KeyValue(update, moments) in state.Moments -> update, steps moments ]
                  "history", Json.List(List.map epoch state.History) ]

        let tensors, rest = Map.ofList tensors, Json.text rest

        { Tensors = tensors
          Metadata = Map.ofList [ (stateName, rest); (hashName, hashOf rest tensors) ] }

    /// Writes a state under a temporary name and renames it.
    let save (path: string) (state: State) : unit = Safetensors.write path (contents state)

    let private whole (json: Json) =
        match json with
        | Json.Whole value when value >= 0 -> int64 value
        | Json.Real value when value >= 0.0 && value = floor value && value < 1e15 -> int64 value
        | _ -> raise (FormatException "a whole number is needed")

    let private epochOf (json: Json) : EpochFigures =
        match Json.fields json |> List.partition (fun (name, _) -> name = "epoch") with
        | (_, epoch) :: _, figures ->
            { Epoch = int (whole epoch)
              Figures = [ for name, value in figures -> name, Json.toFloat value ] }
        | _ -> raise (FormatException "an epoch is needed")

    let private stateOf (saved: SavedTensors) (json: Json) : State =
        // A name that is missing raises `KeyNotFoundException`, here and among the tensors.
        let field (name: string) = (Map.ofList (Json.fields json))[name]
        let number name = whole (field name)

        let moments update parameter steps =
            { Mean = saved.Tensors[momentName update parameter "exp_avg"]
              Square = saved.Tensors[momentName update parameter "exp_avg_sq"]
              Steps = whole steps }

        if number "format" <> 1L then
            raise (FormatException "another format")

        let parameters = saved.Tensors |> Map.filter (fun name _ -> not (name.Contains '/'))

        { Parameters = parameters
          Averages =
            if saved.Tensors.Keys |> Seq.exists _.StartsWith("ema/", StringComparison.Ordinal) then
                parameters |> Map.map (fun name _ -> saved.Tensors[averageName name])
            else
                Map.empty
          Moments =
            Map
                [ for update, steps in Json.fields (field "adam-steps") ->
                      update,
                      Map
                          [ for parameter, steps in Json.fields steps ->
                                parameter, moments update parameter steps ] ]
          Steps = number "steps"
          Seed = int (number "seed")
          Epoch = int (number "epoch")
          History =
            match field "history" with
            | Json.List epochs -> List.map epochOf epochs
            | _ -> raise (FormatException "a list is needed") }

    /// Files of earlier versions have no hash.
    let private checkHash path (saved: SavedTensors) rest =
        match saved.Metadata.TryFind hashName with
        | Some hash when hash <> hashOf rest saved.Tensors ->
            BadInput.fail $"{path} is damaged: its contents have another SHA-256 than it tells"
        | _ -> ()

    /// Reads a state. A damaged file, or one that holds no state, raises `BadInput` that names it.
    let load (path: string) : State =
        let saved = Safetensors.read path

        try
            let rest = saved.Metadata[stateName]
            checkHash path saved rest
            stateOf saved (Json.parse rest)
        with
        | :? KeyNotFoundException
        | :? JsonException
        | :? FormatException
        | :? InvalidOperationException
        | :? OverflowException ->
            BadInput.fail $"{path} is no checkpoint of a run: its metadata do not fit its tensors"

    /// Raises `BadInput` where a state's tensors are not those of a model: other names, or other shapes.
    let fits (path: string) (model: Parameters) (state: State) : unit =
        let shapes (parameters: Parameters) =
            parameters |> Map.map (fun _ tensor -> List.ofArray tensor.shape)

        let isOther parameters = shapes model <> shapes parameters

        if isOther state.Parameters || isOther state.Shown then
            BadInput.fail $"{path} holds another model than these settings ask for"

    /// Weights for a model, of a run's file or of another program's, that an option names: each of the model's tensors, under its name
    /// and of its shape. Adam's moments, averages and PyTorch's counts of batches are left out. Where others are missing, too many or
    /// of another shape, `BadInput` tells the first few.
    let weights (option: string) (path: string) (model: Parameters) : Parameters =
        let isOther (name: string) =
            name.Contains '/'
            || name.EndsWith(".num_batches_tracked", StringComparison.Ordinal)

        let given =
            (Safetensors.read path).Tensors |> Map.filter (fun name _ -> not (isOther name))

        let shape (tensor: torch.Tensor) =
            $"""({String.Join(", ", tensor.shape)})"""

        let differences =
            [ for KeyValue(name, tensor) in model do
                  match given.TryFind name with
                  | None -> $"{name} is missing"
                  | Some other when other.shape <> tensor.shape ->
                      $"{name} is {shape other}, not {shape tensor}"
                  | Some _ -> ()
              for name in given.Keys do
                  if not (model.ContainsKey name) then
                      $"{name} is none of the model's" ]

        if not differences.IsEmpty then
            let told = List.truncate 5 differences
            let more = differences.Length - told.Length
            let rest = if more > 0 then [ $"and {more} more" ] else []
            let all = String.concat "; " (told @ rest)
            BadInput.fail "%s: %s does not fit the model: %s" option path all

        given |> Map.map (fun _ tensor -> tensor.to_type (torch.float32))

    /// The weights of a state alone, its averages where it has any, for other programs and for `weights`.
    let export (path: string) (state: State) : unit =
        Safetensors.write
            path
            { Tensors = state.Shown
              Metadata = Map.empty }

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

    /// What to do where the newest state of a folder cannot be read.
    let remedy (folder: string) : string =
        let epoch name =
            try
                Some (load (Path.Combine(folder, name))).Epoch
            with BadInput _ ->
                None

        match epoch previousName, epoch bestName with
        | Some epoch, _ ->
            $"{previousName} beside it, of epoch {epoch}, is whole: rename it to {name} to go on from there"
        | None, Some epoch ->
            $"{bestName} beside it, of epoch {epoch}, is whole: --resume with --from-best goes on from there"
        | None, None -> "take a copy of it, or start the run anew"
