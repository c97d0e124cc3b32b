namespace Workbench

open System
open System.Globalization
open System.IO
open System.Text

/// The folder that keeps what a run was asked, measured and drew.
type RunFolder = { Path: string }

/// A run's folder and its files. Every file is written under another name and renamed: under its own name it is whole.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module RunFolder =
    let private configName = "config.json"

    /// Whether a folder has a run's `config.json`.
    let holdsRun (path: string) : bool =
        File.Exists(Path.Combine(path, configName))

    let private taken (path: string) =
        BadInput.fail "--out: %s already holds a run: choose another folder or delete it" path

    let rec private fileOnTheWay (path: string) =
        if String.IsNullOrEmpty path then None
        elif File.Exists path then Some path
        else fileOnTheWay (Path.GetDirectoryName path)

    /// Raises `BadInput` where `path` holds a run, is a file or lies below one. Writes nothing.
    let check (path: string) : unit =
        match fileOnTheWay (Path.GetFullPath path) with
        | Some file -> BadInput.fail "--out: %s cannot be a folder: %s is a file" path file
        | None when holdsRun path -> taken path
        | None -> ()

    let private write (folder: RunFolder) (name: string) (content: byte[]) =
        Files.replace (Path.Combine(folder.Path, name)) (fun stream ->
            stream.Write(content, 0, content.Length))

    let private configOf (settings: (string * Json) list) = Json.bytes (Json.Object settings)

    /// Creating a new file excludes others, where renaming one does not. None: another has it, or has renamed it already.
    let private tryCreate (path: string) (final: string) =
        try
            Some(new FileStream(path, FileMode.CreateNew))
        with :? IOException when File.Exists path || File.Exists final ->
            None

    /// Puts `config.json` into the folder unless one is there already: of two runs that ask for one folder, one gets it, the
    /// one that creates the temporary file.
    let private claim (path: string) (settings: (string * Json) list) =
        let final = Path.Combine(path, configName)
        let own = final + ".tmp"

        try
            Directory.CreateDirectory path |> ignore

            match tryCreate own final with
            | None -> false
            | Some file ->
                using file _.Write(ReadOnlySpan(configOf settings))
                let free = not (holdsRun path)
                if free then File.Move(own, final) else File.Delete own
                free
        with
        | :? IOException
        | :? UnauthorizedAccessException as e ->
            BadInput.fail "--out: %s cannot be written: %s" path e.Message

    let private byTime (script: string) =
        let time = DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)
        Path.Combine("runs", script, time)

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
        let path = Path.Combine(home, byTime script)
        check (Path.GetDirectoryName path)
        claimFree path 1 settings

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
        match FolderLock.tryHold path with
        | Some hold -> hold
        | None ->
            BadInput.fail
                "%s: another process is at work in %s: wait for it, or stop it first"
                option
                path

    /// Replaces `config.json`.
    let writeConfig (folder: RunFolder) (settings: (string * Json) list) : unit =
        write folder configName (configOf settings)

    let private csvLine (cells: string list) = String.concat "," cells + "\n"

    /// Replaces `metrics.csv`: a header of names and a line for each row, numbers in the fewest digits that read back as the same
    /// number. All rows have the first one's names, in its order.
    let writeMetrics (folder: RunFolder) (rows: (string * float) list list) : unit =
        let header = rows |> List.tryHead |> Option.map (List.map fst)

        if rows |> List.exists (fun row -> Some(List.map fst row) <> header) then
            invalidArg (nameof rows) "metrics.csv: every row needs the first row's names"

        let lines = rows |> List.map (List.map (snd >> Json.number) >> csvLine)

        csvLine (defaultArg header []) :: lines
        |> String.concat ""
        |> Encoding.UTF8.GetBytes
        |> write folder "metrics.csv"

    /// Replaces `metrics.json`: the final figures, flat.
    let writeFigures (folder: RunFolder) (figures: (string * float) list) : unit =
        figures
        |> List.map (fun (name, value) -> name, Json.Real value)
        |> configOf
        |> write folder "metrics.json"

    /// Replaces `timing.json`: what depends on the machine and the hour.
    let writeTiming (folder: RunFolder) (facts: (string * Json) list) : unit =
        write folder "timing.json" (configOf facts)

    /// Makes a folder inside the run's. Where that one is gone, its owner took it away: it is not made again.
    let private makeInside (folder: RunFolder) (parts: string list) =
        if not (Directory.Exists folder.Path) then
            BadInput.fail
                "%s is gone: was it moved or deleted? Go on where it is now, with --resume"
                folder.Path

        let path = Path.Combine(Array.ofList (folder.Path :: parts))

        try
            Directory.CreateDirectory path |> ignore
        with
        | :? IOException
        | :? UnauthorizedAccessException as e ->
            BadInput.fail
                "%s cannot be made: %s; make room, or choose another folder"
                path
                e.Message

        path

    /// Replaces `samples/NAME.png`.
    let writeSample (folder: RunFolder) (name: string) (png: byte[]) : unit =
        makeInside folder [ "samples" ] |> ignore
        write folder (Path.Combine("samples", $"{name}.png")) png

    /// The folder of one of a run's models; the run's own where the name is empty.
    let sub (folder: RunFolder) (name: string) : RunFolder = { Path = makeInside folder [ name ] }

    /// Replaces `samples/epochs/NNNN.png`, the picture of an epoch.
    let writeEpochSample (folder: RunFolder) (epoch: int) (png: byte[]) : unit =
        makeInside folder [ "samples"; "epochs" ] |> ignore
        writeSample folder (Path.Combine("epochs", epoch.ToString "D4")) png

    /// Replaces any other file of the folder, such as `report.html`.
    let writeFile (folder: RunFolder) (name: string) (content: byte[]) : unit =
        write folder name content
