namespace Workbench

open System
open System.IO

/// A run as the index tells of it.
type IndexedRun =
    {
        /// The run's folder below the home of all runs, with `/` between its parts.
        Path: string
        Script: string
        Data: string
        /// When `config.json` was written.
        Time: DateTime
        /// What is not the script's default, as on a command line.
        Changed: (string * string) list
        Figures: (string * float) list
        /// What a reader should know: that not all epochs are there.
        Word: string option
        /// Width and height of `samples/samples.png`.
        Picture: (int * int) option
        HasPage: bool
    }

/// All runs below a folder called `runs`, found by their small files.
[<RequireQualifiedAccess>]
module Runs =
    let private homeName = "runs"

    /// The nearest folder called `runs` above a run's folder. None: the run lies elsewhere, by choice, and no index tells of it.
    let home (folder: string) : string option =
        let rec up (directory: DirectoryInfo) =
            if isNull directory then None
            elif directory.Name = homeName then Some directory.FullName
            else up directory.Parent

        up (DirectoryInfo(Path.GetFullPath folder)).Parent

    let private setting (name: string) (config: (string * Json) list) =
        config |> List.tryFind (fun (field, _) -> field = name) |> Option.map snd

    let private text name config =
        match setting name config with
        | Some(Json.Text text) -> text
        | _ -> ""

    /// Settings that change no figure, or have a place of their own.
    let private notTold =
        set [ "data"; "out"; "quiet"; "threads"; "jobs"; "resume"; "checkpoint-every" ]

    let private changed config =
        match setting "changed" config with
        | Some(Json.List names) ->
            names
            |> List.map Json.plain
            |> List.filter (fun name -> not (notTold.Contains name))
            |> List.map (fun name ->
                name, setting name config |> Option.map Json.plain |> Option.defaultValue "")
        | _ -> []

    let private word (folder: string) config (figures: (string * float) list option) =
        let figure name =
            figures |> Option.bind (List.tryFind (fst >> (=) name)) |> Option.map snd

        match figure "epochs", setting "epochs" config, figure "points", figure "finished" with
        | Some reached, Some(Json.Whole asked), _, _ when reached < float asked ->
            Some $"stopped after {reached} of {asked} epochs"
        | _, _, Some points, Some finished when finished < points ->
            Some $"{finished} of {points} points finished"
        | _ when figures.IsSome -> None
        | _ when (RunFiles.timing folder).IsSome -> Some "ended before its first epoch did"
        | _ -> Some "under way, or ended without a word"

    let private pictureSize (folder: string) =
        try
            use file = File.OpenRead(Path.Combine(folder, "samples", "samples.png"))
            let header = Array.zeroCreate<byte> Png.headerLength
            let read = file.ReadAtLeast(Span header, header.Length, throwOnEndOfStream = false)
            Png.size header[.. read - 1]
        with
        | :? IOException
        | :? UnauthorizedAccessException -> None

    let private read (home: string) (folder: string) =
        let path = Path.GetRelativePath(home, folder).Replace('\\', '/')

        let has (parts: string list) =
            File.Exists(Path.Combine(Array.ofList (folder :: parts)))

        match RunFiles.config folder with
        | None when has [ "config.json" ] -> Error(path, "its config.json cannot be read")
        | None -> Error(path, "it has no config.json")
        | Some config ->
            let figures = RunFiles.figures folder

            Ok
                { Path = path
                  Script = text "script" config
                  Data = text "data" config
                  Time = File.GetLastWriteTime(Path.Combine(folder, "config.json"))
                  Changed = changed config
                  Figures = Option.defaultValue [] figures
                  Word = word folder config figures
                  Picture = pictureSize folder
                  HasPage = has [ "report.html" ] }

    let private runFiles =
        set [ "config.json"; "metrics.csv"; "metrics.json"; "timing.json"; "report.html" ]

    /// Names of a folder's files, and its folders; nothing where it cannot be listed. Links are not followed: they may lead back.
    let private entries (folder: string) =
        try
            let all = DirectoryInfo(folder).GetFileSystemInfos()

            let folders =
                all
                |> Array.filter (fun entry ->
                    entry :? DirectoryInfo
                    && not (entry.Attributes.HasFlag FileAttributes.ReparsePoint))

            all |> Array.map _.Name |> Set.ofArray, folders |> Array.map _.FullName |> List.ofArray
        with
        | :? IOException
        | :? UnauthorizedAccessException -> Set.empty, []

    let rec private found
        (home: string)
        (folder: string)
        : Result<IndexedRun, string * string> list =
        let names, folders = entries folder

        if folder <> home && not (Set.isEmpty (Set.intersect names runFiles)) then
            [ read home folder ]
        else
            folders |> List.collect (found home)

    let private newestFirst (run: IndexedRun) = -run.Time.Ticks, run.Path

    /// The runs below `home`, newest first, and folders with a run's files that tell of no run, with the reason. What lies inside
    /// a run's folder (a sweep's points) is the run's.
    let scan (home: string) : IndexedRun list * (string * string) list =
        let all = found home home
        let runs = all |> List.choose Result.toOption |> List.sortBy newestFirst

        let broken =
            all
            |> List.choose (fun entry ->
                match entry with
                | Ok _ -> None
                | Error broken -> Some broken)

        runs, List.sort broken
