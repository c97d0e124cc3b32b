namespace Workbench

open System
open System.Globalization
open System.IO
open System.Text
open System.Text.RegularExpressions
open System.Threading
open Giraffe.ViewEngine

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
    /// The nearest folder called `runs` above a run's folder. None: the run lies elsewhere, by choice, and no index tells of it.
    let home (folder: string) : string option =
        let rec up (directory: DirectoryInfo) =
            if isNull directory then None
            elif directory.Name = "runs" then Some directory.FullName
            else up directory.Parent

        up (DirectoryInfo(Path.GetFullPath folder)).Parent

    let private named (name: string) (items: (string * 'T) list) =
        items |> List.tryFind (fun (item, _) -> item = name) |> Option.map snd

    let private text name config =
        match named name config with
        | Some(Json.Text text) -> text
        | _ -> ""

    /// Settings that change no figure, or have a place of their own.
    let private notTold =
        set [ "data"; "out"; "quiet"; "threads"; "jobs"; "resume"; "checkpoint-every" ]

    let private changed config =
        match named "changed" config with
        | Some(Json.List names) ->
            names
            |> List.map Json.plain
            |> List.filter (fun name -> not (notTold.Contains name))
            |> List.map (fun name ->
                name, named name config |> Option.map Json.plain |> Option.defaultValue "")
        | _ -> []

    let private word (folder: string) config (figures: (string * float) list option) =
        let figure name = Option.bind (named name) figures

        match figure "epochs", named "epochs" config, figure "points", figure "finished" with
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
                  Time =
                    match RunFiles.started folder with
                    | Some time -> time.LocalDateTime
                    | None -> File.GetLastWriteTime(Path.Combine(folder, "config.json"))
                  Changed = changed config
                  Figures = Option.defaultValue [] figures
                  Word = word folder config figures
                  Picture = pictureSize folder
                  HasPage = has [ RunFolder.pageName ] }

    let private runFiles =
        set
            [ "config.json"
              "metrics.csv"
              "metrics.json"
              "timing.json"
              RunFolder.pageName ]

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

    let rec private found home folder : Result<IndexedRun, string * string> list =
        let names, folders = entries folder

        if folder <> home && not (Set.isEmpty (Set.intersect names runFiles)) then
            [ read home folder ]
        else
            folders |> List.collect (found home)

    /// The runs below `home`, newest first, and folders with a run's files that tell of no run, with the reason. What lies inside
    /// a run's folder (a sweep's points) is the run's.
    let scan (home: string) : IndexedRun list * (string * string) list =
        let all = found home home

        let runs =
            all
            |> List.choose Result.toOption
            |> List.sortBy (fun run -> -run.Time.Ticks, run.Path)

        let broken =
            [ for entry in all do
                  match entry with
                  | Error broken -> broken
                  | Ok _ -> () ]

        runs, List.sort broken

/// `runs/index.html`: a page over all runs below a folder called `runs`.
[<RequireQualifiedAccess>]
module RunIndex =

    let private address (parts: string list) =
        parts
        |> List.collect (fun part -> List.ofArray (part.Split '/'))
        |> List.map Uri.EscapeDataString
        |> String.concat "/"

    /// A table's cell: its kind, what it is sorted by, what it shows.
    let private cell (kind: string) (key: string) (content: XmlNode list) =
        td [ _class kind; attr "data-key" key ] content

    let private pairs (items: (string * string) list) =
        [ for name, value in items -> div [] [ span [] [ str name ]; str " "; b [] [ str value ] ] ]

    /// Figures of a test set first: they are what runs are compared by.
    let private headline (figures: (string * float) list) =
        let isTold (name: string) =
            name <> "epochs" && not (name.EndsWith("_entropy", StringComparison.Ordinal))

        let isOfTest (name: string) =
            name.StartsWith("test_", StringComparison.Ordinal)

        let told = figures |> List.filter (fst >> isTold)
        let ofTest = told |> List.filter (fst >> isOfTest)
        List.truncate 4 (if ofTest.IsEmpty then told else ofTest)

    /// Five digits of a figure, as many as stand before the point where those are more; counts as they are.
    let private shown (value: float) =
        let size = if value = 0.0 then 0 else int (floor (log10 (abs value)))

        if value = round value || not (Double.IsFinite value) || abs size > 6 then
            value.ToString("G5", CultureInfo.InvariantCulture)
        else
            value.ToString($"F{max 0 (4 - max 0 size)}", CultureInfo.InvariantCulture)

    /// The left half of a picture's columns, each of its doubled pixels at the size that it had before: sharp on every screen.
    let private picture (run: IndexedRun) =
        [ for width, height in Option.toList run.Picture do
              let padding = Png.defaults.Padding
              let half = ((width - padding) / 2 + padding) / Png.defaults.Scale

              div
                  [ _class "thumbnail"; _style $"width: {half}px" ]
                  [ img
                        [ _src (address [ run.Path; "samples"; "samples.png" ])
                          _width (string (width / Png.defaults.Scale))
                          _height (string (height / Png.defaults.Scale))
                          attr "loading" "lazy"
                          _alt $"samples of {run.Path}" ] ] ]

    /// The link to a run shows each part of its path with the slash that follows it.
    let private linked (run: IndexedRun) =
        let target = address [ run.Path; (if run.HasPage then RunFolder.pageName else "") ]
        let parts = Regex.Split(run.Path, "(?<=/)")
        a [ _href target ] [ for part in parts -> span [] [ str part ] ]

    let private row (run: IndexedRun) =
        let figures = headline run.Figures

        let first =
            figures |> List.truncate 1 |> List.map (snd >> Json.number) |> String.concat ""

        let time = run.Time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)

        tr
            []
            [ cell "picture" "" (picture run)
              cell
                  "run"
                  run.Path
                  (linked run :: [ for word in Option.toList run.Word -> em [] [ str word ] ])
              cell "script" run.Script [ str run.Script ]
              cell "data" run.Data [ str run.Data ]
              cell "time" time [ str time[..15] ]
              cell "changed" (string run.Changed.Length) (pairs run.Changed)
              cell
                  "figures"
                  first
                  (pairs [ for name, value in figures -> name.Replace('_', ' '), shown value ]) ]

    let private columns =
        [ ""; "run"; "script"; "data"; "when"; "not as by default"; "figures" ]

    /// The page of what `Runs.scan` found.
    let render (runs: IndexedRun list, broken: (string * string) list) : string =
        let count = if runs.Length = 1 then "1 run" else $"{runs.Length} runs"

        Report.document
            "Runs"
            [ style [] [ rawText (Report.resource "index.css") ]
              header
                  []
                  [ h1 [] [ str "Runs" ]
                    p [ _class "lead" ] [ str $"{count}, the newest first." ] ]
              main
                  []
                  [ table
                        [ _class "runs" ]
                        [ thead [] [ tr [] [ for column in columns -> th [] [ str column ] ] ]
                          tbody [] (List.map row runs) ]
                    if not broken.IsEmpty then
                        p [ _class "notice" ] [ str "Left out:" ]
                        ul [] [ for path, why in broken -> li [] [ str $"{path}: {why}" ] ] ]
              script [] [ rawText (Report.resource "index.js") ] ]

    /// The index's lock: whoever scans last writes last. None after five seconds: better a stale index than a run that hangs.
    let rec private lock (home: string) (tries: int) : FileStream =
        try
            let path = Path.Combine(home, ".index.lock")
            new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None)
        with :? IOException ->
            if tries = 0 then
                null
            else
                Thread.Sleep 50
                lock home (tries - 1)

    /// Rewrites the index above a run's folder, if it lies below a folder called `runs`. An index that cannot be written is a
    /// warning: the run itself is whole.
    let update (folder: string) : unit =
        try
            Runs.home folder
            |> Option.iter (fun home ->
                use _ = lock home 100
                let page = Encoding.UTF8.GetBytes(render (Runs.scan home))

                Files.replace (Path.Combine(home, "index.html")) (fun file ->
                    file.Write(page, 0, page.Length)))
        with
        | :? IOException
        | :? UnauthorizedAccessException as e ->
            Console.Error.WriteLine $"warning: the index of the runs is not up to date: {e.Message}"
