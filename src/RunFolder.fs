namespace Workbench

open System
open System.Globalization
open System.IO
open System.Text
open System.Text.Json

/// The folder that keeps what a run was asked, measured and drew.
type RunFolder = { Path: string }

/// A run's folder and its files. Every file is written under another name and renamed: under its own name it is whole.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module RunFolder =
    let private configName = "config.json"

    /// The page of a run.
    let pageName = "report.html"

    /// Whether a folder has a run's `config.json`.
    let holdsRun (path: string) : bool =
        File.Exists(Path.Combine(path, configName))

    let private taken (path: string) =
        BadInput.fail $"--out: {path} already holds a run: choose another folder or delete it"

    let rec private fileOnTheWay (path: string) =
        if String.IsNullOrEmpty path then None
        elif File.Exists path then Some path
        else fileOnTheWay (Path.GetDirectoryName path)

    /// Raises `BadInput` where `path` holds a run, is a file or lies below one. Writes nothing.
    let check (path: string) : unit =
        match fileOnTheWay (Path.GetFullPath path) with
        | Some file -> BadInput.fail $"--out: {path} cannot be a folder: {file} is a file"
        | None when holdsRun path -> taken path
        | None -> ()

    /// Replaces a file of the folder, such as `report.html`.
    let writeFile (folder: RunFolder) (name: string) (content: byte[]) : unit =
        Files.replace (Path.Combine(folder.Path, name)) _.Write(ReadOnlySpan content)

    let private writeFields name (folder: RunFolder) (fields: (string * Json) list) =
        writeFile folder name (Json.bytes (Json.Object fields))

    /// Replaces `config.json`.
    let writeConfig (folder: RunFolder) (settings: (string * Json) list) : unit =
        writeFields configName folder settings

    /// Replaces `timing.json`: what depends on the machine and the hour.
    let writeTiming (folder: RunFolder) (facts: (string * Json) list) : unit =
        writeFields "timing.json" folder facts

    /// Replaces `metrics.json`: the final figures, flat.
    let writeFigures (folder: RunFolder) (figures: (string * float) list) : unit =
        writeFields "metrics.json" folder [ for name, value in figures -> name, Json.Real value ]

    /// Replaces `metrics.csv`: a header of names and a line for each row, numbers in the fewest digits that read back as the same
    /// number. All rows have the first one's names, in its order.
    let writeMetrics (folder: RunFolder) (rows: (string * float) list list) : unit =
        let names =
            rows |> List.tryHead |> Option.map (List.map fst) |> Option.defaultValue []

        if rows |> List.exists (fun row -> List.map fst row <> names) then
            invalidArg (nameof rows) "metrics.csv: every row needs the first row's names"

        [ for cells in names :: [ for row in rows -> List.map (snd >> Json.number) row ] ->
              String.concat "," cells + "\n" ]
        |> String.concat ""
        |> Encoding.UTF8.GetBytes
        |> writeFile folder "metrics.csv"

    /// Puts `config.json` into the folder unless one is there already: of runs that ask for one folder at once, one gets it.
    let private claim (path: string) (settings: (string * Json) list) : bool =
        Files.guarded $"--out: {path}" "choose another folder" (fun () ->
            Directory.CreateDirectory path |> ignore

            match Files.tryHold path with
            | None -> false
            | Some held ->
                use _ = held
                let free = not (holdsRun path)

                if free then
                    writeConfig { Path = path } settings

                free)

    /// `path`, and where that holds a run `path-2`, `path-3` and so on.
    let rec private claimFree (path: string) (number: int) settings =
        let candidate = if number = 1 then path else $"{path}-{number}"

        if not (holdsRun candidate) && claim candidate settings then
            { Path = candidate }
        else
            claimFree path (number + 1) settings

    /// Makes a new folder `HOME/runs/SCRIPT/yyyyMMdd-HHmmss` (local time) and writes `config.json`. Raises `BadInput` where that
    /// cannot be.
    let createIn (home: string) (script: string) (settings: (string * Json) list) : RunFolder =
        let parent = Path.Combine(home, "runs", script)
        check parent
        let time = DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)
        claimFree (Path.Combine(parent, time)) 1 settings

    /// Makes the run's folder and writes `config.json`: `out`, which must hold no run yet, or else a new folder below the
    /// current one as `createIn` names it. Raises `BadInput` where that cannot be.
    let create (script: string) (out: string option) (settings: (string * Json) list) : RunFolder =
        match out with
        | None -> createIn "" script settings
        | Some path ->
            check path
            if claim path settings then { Path = path } else taken path

    /// The folder for this process alone until it is disposed. Raises `BadInput`, which starts with the option that named the
    /// folder, where another process has it; one that was killed has let go of it.
    let alone (option: string) (path: string) : IDisposable =
        match Files.tryHold path with
        | Some hold -> hold
        | None ->
            BadInput.fail
                $"{option}: another process is at work in {path}: wait for it, or stop it first"

    /// The folder of one of a run's models, made where it is missing; the run's own where the name is empty. Where the run's is
    /// gone, its owner took it away: it is not made again.
    let sub (folder: RunFolder) (name: string) : RunFolder =
        if not (Directory.Exists folder.Path) then
            BadInput.fail
                $"{folder.Path} is gone: was it moved or deleted? Go on where it is now, with --resume"

        let path = Path.Combine(folder.Path, name)

        Files.guarded path "choose another folder" (fun () ->
            Directory.CreateDirectory path |> ignore)

        { Path = path }

    /// Replaces `samples/NAME.png`.
    let writeSample (folder: RunFolder) (name: string) (png: byte[]) : unit =
        writeFile (sub folder "samples") $"{name}.png" png

    /// Replaces `samples/epochs/NNNN.png`, the picture of an epoch.
    let writeEpochSample (folder: RunFolder) (epoch: int) (png: byte[]) : unit =
        writeFile (sub folder "samples/epochs") $"{epoch:D4}.png" png

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

    let private fields (folder: string) (name: string) =
        Json.fields (Json.parse (File.ReadAllText(Path.Combine(folder, name))))

    /// The settings of `config.json`, in its order.
    let config (folder: string) : (string * Json) list option =
        attempt (fun () -> fields folder "config.json")

    /// What `timing.json` tells.
    let timing (folder: string) : (string * Json) list option =
        attempt (fun () -> fields folder "timing.json")

    /// What `timing.json` tells under a name, where that can be read.
    let private told (folder: string) (name: string) (read: Json -> 'T) : 'T option =
        timing folder
        |> Option.bind (List.tryFind (fst >> (=) name))
        |> Option.bind (fun (_, value) -> attempt (fun () -> read value))

    /// The seconds of `timing.json`; 0 where it tells none.
    let seconds (folder: string) : float =
        told folder "seconds" Json.toFloat |> Option.defaultValue 0.0

    /// When `timing.json` says that the run was started.
    let started (folder: string) : DateTimeOffset option =
        told folder "started" (fun time ->
            DateTimeOffset.Parse(Json.plain time, CultureInfo.InvariantCulture))

    /// The final figures of `metrics.json`, in its order.
    let figures (folder: string) : (string * float) list option =
        attempt (fun () ->
            [ for name, value in fields folder "metrics.json" -> name, Json.toFloat value ])

    /// The epochs of the models in `evaluation.json`.
    let evaluated (folder: string) : int list option =
        attempt (fun () ->
            [ for field in fields folder "evaluation.json" do
                  match field with
                  | "models", Json.List models ->
                      for name, value in List.collect Json.fields models do
                          if name = "epoch" then
                              int (Json.toFloat value)
                  | _ -> () ])

    /// The rows of `metrics.csv`, one an epoch.
    let metrics (folder: string) : (string * float) list list option =
        attempt (fun () ->
            match List.ofArray (File.ReadAllLines(Path.Combine(folder, "metrics.csv"))) with
            | [] -> []
            | header :: rows ->
                let names = List.ofArray (header.Split ',')

                [ for row in rows ->
                      [ for cell in row.Split ',' -> Json.toFloat (Json.Text cell) ]
                      |> List.zip names ])

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
