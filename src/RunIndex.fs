namespace Workbench

open System
open System.Globalization
open System.IO
open System.Text
open System.Threading
open Giraffe.ViewEngine

/// A run as the index tells of it.
type IndexedRun =
    {
        /// The run's folder below the home of all runs, with `/` between its parts.
        Path: string
        Script: string
        Data: string
        /// What its owner called it.
        Name: string
        /// finished, stopped, diverged, failed, running or cut off.
        State: string
        /// The state, and how far the run came.
        Word: string
        Started: DateTimeOffset
        /// Whether the run's files say when it was started; else it is the time of `config.json`.
        IsDated: bool
        Seconds: float
        Settings: (string * Json) list
        Figures: (string * float) list
        /// Rows of the `metrics.csv` of its models, by the models' folders.
        Courses: (string * (string * float) list list) list
        /// Width and height of `samples/samples.png`.
        Picture: (int * int) option
        HasPage: bool
        /// What its reader must know first: why it ended, and how badly.
        Notices: string list
        /// The epoch that was evaluated, where one was.
        Evaluated: int option
        /// The points of a sweep.
        Points: IndexedRun list
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

    /// What `config.json` tells beside settings, settings that have a place of their own, and those that say how the run was started.
    let private notSettings =
        set
            [ yield! [ "script"; "data"; "name"; "out"; "resume"; "quiet"; "script-changed" ]
              yield!
                  [ "changed"
                    "planned-epochs"
                    "went-on"
                    "constants"
                    "from-best"
                    "data-sha256"
                    "init-sha256" ]
              yield! [ "train-examples"; "test-examples"; "engine-version"; "workbench" ]
              yield! [ "dotnet"; "script-path"; "script-sha256"; "script-text" ] ]

    /// Of settings, a script's own come first: they are what it asks about.
    let private common = set Settings.names<Common>

    /// The state of a run that has so many epochs so far, in one word and in more.
    let private state
        (folder: string)
        (times: Times)
        config
        (figures: (string * float) list option)
        epochs
        points
        =
        let figure name = Option.bind (named name) figures

        let reached, asked, things =
            match points, named "epochs" config with
            | [], Some(Json.Whole asked) ->
                figure "epochs" |> Option.defaultValue epochs, float asked, ""
            | [], _ -> 0.0, 0.0, ""
            | _ ->
                let finished = points |> List.filter (fun point -> point.State = "finished")

                float finished.Length,
                figure "points" |> Option.defaultValue (float points.Length),
                " points"

        let far = $"{reached} of {asked}{things}"

        let ended word =
            word, (if asked = 0.0 then word else $"{word} after {far}")

        match times.Ended with
        | Some "finished" when points.IsEmpty -> "finished", "finished"
        | Some "finished" -> "finished", $"finished, {far}"
        | Some "failed" -> ended (if points.IsEmpty then "diverged" else "failed")
        | Some _ -> ended "stopped"
        | None when Files.isHeld folder -> "running", $"running, {far}"
        // Folders of earlier versions do not say how their runs ended.
        | None when figures.IsSome && reached >= asked -> "finished", "finished"
        | None when figures.IsSome || times.Seconds > 0.0 -> ended "stopped"
        | None -> ended "cut off"

    /// A run with the runs in its folder, the points of a sweep; and what cannot be read, with the reason.
    let rec read (home: string) (folder: string) : IndexedRun option * (string * string) list =
        let path = Path.GetRelativePath(home, folder).Replace('\\', '/')

        match RunFiles.config folder with
        | None when RunFolder.holdsRun folder -> None, [ path, "its config.json cannot be read" ]
        | None -> None, [ path, "it has no config.json" ]
        | Some config ->
            let inner, models = RunFiles.folders folder |> List.partition RunFolder.holdsRun
            let points, broken = inner |> List.map (read home) |> List.unzip
            let points = List.choose id points
            let courses = RunFiles.courses folder models
            let epochs = [ for _, rows in courses -> snd (List.last rows).Head ]
            let figures = RunFiles.figures folder
            let times = RunFiles.times folder

            let evaluated = RunFiles.evaluated folder

            let state, word =
                state folder times config figures (List.fold max 0.0 epochs) points

            let fileTime () =
                DateTimeOffset(File.GetLastWriteTime(Path.Combine(folder, "config.json")))

            Some
                { Path = path
                  Script = text "script" config
                  Data = text "data" config
                  Name = text "name" config
                  State = state
                  Word = word
                  Started = Option.defaultWith fileTime times.Started
                  IsDated = times.Started.IsSome
                  Seconds = times.Seconds
                  Settings =
                    config
                    |> List.filter (fun (name, value) ->
                        value <> Json.Null && not (notSettings.Contains name))
                    |> List.sortBy (fun (name, _) -> common.Contains name)
                  Figures =
                    Option.defaultValue [] figures
                    @ (match evaluated with
                       | Some(epoch, figures) -> ("evaluated_epoch", float epoch) :: figures
                       | None -> [])
                  Courses = courses
                  Picture = RunFiles.sampleSize folder "samples"
                  Notices = times.Notices
                  HasPage = File.Exists(Path.Combine(folder, RunFolder.pageName))
                  Evaluated = Option.map fst evaluated
                  Points = points },
            List.concat broken

    /// The runs below `home`, newest first, and folders with a run's files that tell of no run, with the reason.
    let scan (home: string) : IndexedRun list * (string * string) list =
        let runs, broken =
            RunFiles.below home
            |> Array.ofList
            |> Array.Parallel.map (read home)
            |> List.ofArray
            |> List.unzip

        runs
        |> List.choose id
        |> List.sortBy (fun run -> -run.Started.UtcTicks, run.Path),
        List.sort (List.concat broken)

/// `runs/index.html`, a page over all runs below a folder called `runs`, and `runs.csv`, the same for programs.
[<RequireQualifiedAccess>]
module RunIndex =

    let private csvName = "runs.csv"

    let private moment (time: DateTimeOffset) =
        time.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)

    let private cell (value: Json) =
        match value with
        | Json.Flag value -> if value then "true" else "false"
        | value -> Json.plain value

    /// A run's row by the names of its columns. Lists that a sweep goes through are left out: its points have numbers there.
    let private columns (sweep: string) (run: IndexedRun) =
        let isSwept (name, value: Json) =
            value.IsList
            && run.Points
               |> List.exists (fun point ->
                   point.Settings
                   |> List.exists (fun (own, value) -> own = name && not value.IsList))

        let reached, figures = run.Figures |> List.partition (fst >> (=) "epochs")

        [ "path", run.Path
          "sweep", sweep
          "name", run.Name
          "script", run.Script
          "data", run.Data
          "state", run.State
          "started", moment run.Started
          "seconds", (if run.Seconds > 0.0 then Json.number run.Seconds else "")
          "notices", String.concat " " run.Notices
          "epochs", String.concat "" [ for _, epochs in reached -> Json.number epochs ]
          for name, value in run.Settings |> List.filter (isSwept >> not) do
              (if name = "epochs" then "epochs-asked" else name), cell value
          for name, value in figures do
              name, Json.number value ]

    /// A row a run, points of sweeps after their sweep; numbers in the digits that read back the same. `epochs` are those that the
    /// figures are of.
    let csv (runs: IndexedRun list) : string =
        Csv.text
            [ for run in runs do
                  columns "" run
                  yield! List.map (columns run.Path) run.Points ]

    /// What a run's link leads to: its page, or else its folder.
    let private page (run: IndexedRun) =
        if run.HasPage then RunFolder.pageName else ""

    /// What the page's script knows of a run.
    let rec private json (run: IndexedRun) : Json =
        let size (width, height) =
            Json.List [ Json.Whole width; Json.Whole height ]

        Json.Object
            [ "path", Json.Text run.Path
              "name", Json.Text run.Name
              "script", Json.Text run.Script
              "data", Json.Text run.Data
              "state", Json.Text run.State
              "word", Json.Text run.Word
              "notices", Json.Text(String.concat " " run.Notices)
              "started", Json.Text(moment run.Started)
              "isDated", Json.Flag run.IsDated
              "seconds", Json.Real run.Seconds
              "settings", Json.Object run.Settings
              "figures", Json.Object [ for name, value in run.Figures -> name, Json.Real value ]
              "picture", Json.optional size run.Picture
              "page", Json.Text(page run)
              "evaluated", Json.optional Json.Whole run.Evaluated
              "points", Json.List(List.map json run.Points) ]

    /// The curves of a run's models by their figures, "epoch" among them, as JSON. They are looked at, not computed with: five digits
    /// will do.
    let private curves (run: IndexedRun) : string =
        let number (value: float) =
            if Double.IsFinite value then
                value.ToString("G5", CultureInfo.InvariantCulture)
            else
                "null"

        let text = Json.Text >> Json.line

        let model (name: string, rows: (string * float) list list) =
            let curves =
                [ for index, (figure, _) in List.indexed rows.Head ->
                      let values = [ for row in rows -> number (snd row[index]) ]
                      $"""{text figure}:[{String.concat "," values}]""" ]

            $$"""{"model":{{text name}},{{String.concat "," curves}}}"""

        $"""{text run.Path}:[{run.Courses |> List.map model |> String.concat ","}]"""

    let private item (run: IndexedRun) =
        let parts = $"{run.Path}/{page run}".Split '/' |> Array.map Uri.EscapeDataString
        let words = $" {run.Script} on {run.Data}, {run.Word}, {Report.minute run.Started}"
        li [] [ a [ _href (String.concat "/" parts) ] [ str run.Path ]; str words ]

    let private behaviour =
        lazy
            ([ "index-table.js"; "index-filter.js"; "index-compare.js"; "index.js" ]
             |> List.map Report.resource
             |> String.concat ""
             |> (+) Report.charting.Value)

    /// The page of what `Runs.scan` found at a time. Without JavaScript it is a list.
    let render (now: DateTimeOffset) (runs: IndexedRun list, broken: (string * string) list) =
        let all = runs |> List.collect (fun run -> run :: run.Points)

        let embedded name json =
            script [ _type "application/json"; _id name ] [ rawText json ]

        let curves = all |> List.map curves |> String.concat ","

        Report.document
            []
            "Runs"
            [ style [] [ rawText (Report.resource "index.css") ]
              rawText (Report.resource "index.html")
              noscript [] [ ul [] (List.map item all) ]
              if not broken.IsEmpty then
                  p [ _class "notice" ] [ str "Left out:" ]
                  ul [] [ for path, why in broken -> li [] [ str $"{path}: {why}" ] ]
              footer
                  []
                  [ str $"As of {Report.minute now}. For other programs: "
                    a [ _href csvName ] [ str csvName ] ]
              embedded "runs" (Json.line (Json.List(List.map json runs)))
              embedded "curves" $"{{{curves}}}"
              script [] [ rawText behaviour.Value ] ]

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

    let private write (home: string) =
        use _ = lock home 100
        let now = DateTimeOffset.Now
        let found = Runs.scan home

        for name, text in [ "index.html", render now found; csvName, csv (fst found) ] do
            Files.replace (Path.Combine(home, name)) (fun file ->
                file.Write(ReadOnlySpan(Encoding.UTF8.GetBytes text)))

        Plots.keepScript home

    /// Rewrites both files above a run's folder, if it lies below a folder called `runs`. An index that cannot be written is a
    /// warning: the run itself is whole.
    let update (folder: string) : unit =
        try
            Runs.home folder |> Option.iter write
        with e ->
            Console.Error.WriteLine $"warning: the index of the runs is not up to date: {e.Message}"
