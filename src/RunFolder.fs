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
            let where =
                match Files.heldFrom path with
                | Some host -> $" on {host}"
                | None -> ""

            BadInput.fail
                $"{option}: another process{where} is at work in {path}: wait for it, or stop it first"

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

/// What `timing.json` tells of a run's time.
type Times =
    {
        Started: DateTimeOffset option
        Seconds: float
        /// "finished", "interrupted" or "failed"; none while it is under way, after a kill, and of runs of earlier versions.
        Ended: string option
        /// What the reader of its page must know first.
        Notices: string list
    }

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
        | :? ArgumentException
        | :? Collections.Generic.KeyNotFoundException
        | :? InvalidOperationException -> None

    let private fields (folder: string) (name: string) =
        Json.fields (Json.parse (File.ReadAllText(Path.Combine(folder, name))))

    /// The settings of `config.json`, in its order.
    let config (folder: string) : (string * Json) list option =
        attempt (fun () -> fields folder "config.json")

    /// What `timing.json` tells.
    let timing (folder: string) : (string * Json) list option =
        attempt (fun () -> fields folder "timing.json")

    /// What `timing.json` tells of a run's time; where it tells nothing, it took no seconds.
    let times (folder: string) : Times =
        let told = timing folder |> Option.defaultValue []

        let named name read =
            List.tryFind (fst >> (=) name) told
            |> Option.bind (fun (_, value) -> attempt (fun () -> read value))

        { Started =
            named "started" (fun time ->
                DateTimeOffset.Parse(Json.plain time, CultureInfo.InvariantCulture))
          Seconds = named "seconds" Json.toFloat |> Option.defaultValue 0.0
          Ended = named "ended" Json.plain
          Notices = named "notices" (Json.items >> List.map Json.plain) |> Option.defaultValue [] }

    /// Says in `timing.json` that the run is under way: when it was started, and of one that goes on what it took so far.
    let underWay (folder: RunFolder) : unit =
        timing folder.Path
        |> Option.map (List.filter (fun (name, _) -> name <> "ended" && name <> "notices"))
        |> Option.defaultWith (fun () -> [ "started", Json.Text(DateTimeOffset.Now.ToString "o") ])
        |> RunFolder.writeTiming folder

    /// The least epoch that `evaluation.json` tells of, and its figures; of several models they are called by these, too.
    let evaluated (folder: string) : (int * (string * float) list) option =
        let figures model =
            [ for figure in Json.items (Map.find "figures" model) do
                  let figure = Map.ofList (Json.fields figure)

                  if figure["value"] <> Json.Null then
                      [ "evaluated"; Json.plain model["folder"]; Json.plain figure["name"] ]
                      |> List.filter ((<>) "")
                      |> String.concat "_",
                      Json.toFloat figure["value"] ]

        if not (File.Exists(Path.Combine(folder, "evaluation.json"))) then
            None
        else
            attempt (fun () ->
                let told = Map.ofList (fields folder "evaluation.json")
                let models = Json.items told["models"] |> List.map (Json.fields >> Map.ofList)

                List.min [ for model in models -> int (Json.toFloat model["epoch"]) ],
                List.collect figures models)

    /// The final figures of `metrics.json`, in its order.
    let figures (folder: string) : (string * float) list option =
        attempt (fun () ->
            [ for name, value in fields folder "metrics.json" -> name, Json.toFloat value ])

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

    /// As many rows as a chart can show, the first and the last among them.
    let private thinned (rows: 'T list) : 'T list =
        let rows, most = Array.ofList rows, 100

        if rows.Length <= most then
            List.ofArray rows
        else
            [ for i in 0 .. most - 1 -> rows[i * (rows.Length - 1) / (most - 1)] ]

    /// Rows of the `metrics.csv` of a run's models by the name of their folder, empty for the run's own; thinned for charts.
    let courses (folder: string) (inner: string list) : (string * (string * float) list list) list =
        [ for model in folder :: inner do
              if File.Exists(Path.Combine(model, "metrics.csv")) then
                  match metrics model with
                  | Some((("epoch", _) :: _) :: _ as rows) ->
                      (if model = folder then "" else Path.GetFileName model), thinned rows
                  | _ -> () ]

    /// Width and height of `samples/NAME.png`.
    let sampleSize (folder: string) (name: string) : (int * int) option =
        let path = Path.Combine(folder, "samples", $"{name}.png")

        if not (File.Exists path) then
            None
        else
            attempt (fun () ->
                use file = File.OpenRead path
                let header = Array.zeroCreate<byte> Png.headerLength
                file.ReadExactly header
                Png.size header)
            |> Option.flatten

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

    /// Whether a folder has a file of a run, and the folders within it, by name; nothing where it cannot be listed. Links are not
    /// followed: they may lead back.
    let private entries (folder: string) : bool * string list =
        let telling =
            set
                [ "config.json"
                  "metrics.csv"
                  "metrics.json"
                  "timing.json"
                  RunFolder.pageName ]

        attempt (fun () ->
            let all = DirectoryInfo(folder).GetFileSystemInfos()

            all |> Array.exists (_.Name >> telling.Contains),
            [ for entry in all do
                  if
                      entry.Attributes.HasFlag FileAttributes.Directory
                      && not (entry.Attributes.HasFlag FileAttributes.ReparsePoint)
                  then
                      entry.FullName ])
        |> Option.defaultValue (false, [])

    /// The folders within a folder, in the order of their names.
    let folders (folder: string) : string list = entries folder |> snd |> List.sort

    /// The folders below `home` that have a file of a run; not those within them.
    let rec below (home: string) : string list =
        [ for folder in snd (entries home) do
              if fst (entries folder) then folder else yield! below folder ]
