namespace Workbench

open System
open System.Globalization
open System.IO
open System.Text.Json

/// Reading back the small files of a run's folder. A file that is missing, half-deleted or damaged is None, never an exception:
/// folders belong to their owner, who may be deleting them this moment.
[<RequireQualifiedAccess>]
module RunFiles =

    let private attempt (read: unit -> 'T) : 'T option =
        try
            Some(read ())
        with
        | :? IOException
        | :? UnauthorizedAccessException
        | :? JsonException
        | :? FormatException
        | :? InvalidOperationException -> None

    /// A number, or what `Json.Real` writes of NaN and infinity.
    let private real (text: string) =
        Double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)

    let private fields (folder: string) (name: string) =
        match Json.parse (File.ReadAllText(Path.Combine(folder, name))) with
        | Json.Object fields -> fields
        | _ -> raise (FormatException $"{name} holds no object")

    /// The settings of `config.json`, in its order.
    let config (folder: string) : (string * Json) list option =
        attempt (fun () -> fields folder "config.json")

    /// What `timing.json` tells.
    let timing (folder: string) : (string * Json) list option =
        attempt (fun () -> fields folder "timing.json")

    /// The seconds of `timing.json`; 0 where it tells none.
    let seconds (folder: string) : float =
        timing folder
        |> Option.bind (List.tryFind (fst >> (=) "seconds"))
        |> Option.bind (fun (_, value) -> attempt (fun () -> Json.toFloat value))
        |> Option.defaultValue 0.0

    /// The final figures of `metrics.json`, in its order.
    let figures (folder: string) : (string * float) list option =
        attempt (fun () ->
            fields folder "metrics.json"
            |> List.map (fun (name, value) -> name, Json.toFloat value))

    /// The rows of `metrics.csv`, one an epoch.
    let metrics (folder: string) : (string * float) list list option =
        attempt (fun () ->
            match List.ofArray (File.ReadAllLines(Path.Combine(folder, "metrics.csv"))) with
            | [] -> []
            | header :: rows ->
                let names = List.ofArray (header.Split ',')
                [ for row in rows -> List.zip names [ for cell in row.Split ',' -> real cell ] ])

    /// The bytes of `samples/NAME.png`.
    let sample (folder: string) (name: string) : byte[] option =
        attempt (fun () -> File.ReadAllBytes(Path.Combine(folder, "samples", $"{name}.png")))

    /// The pictures of epochs in `samples/epochs/`, in their order: the epoch, the PNG.
    let epochSamples (folder: string) : (int * byte[]) list =
        attempt (fun () ->
            [ for path in Directory.GetFiles(Path.Combine(folder, "samples", "epochs"), "*.png") do
                  int (Path.GetFileNameWithoutExtension path), File.ReadAllBytes path ])
        |> Option.defaultValue []
        |> List.sortBy fst
