namespace Workbench

open System
open System.IO
open System.Text

/// Runs that were made before, beside one another on a page of their own.
[<RequireQualifiedAccess>]
module RunComparison =

    /// Settings that change no figure, or come with the data.
    let private lesser =
        set [ "threads"; "jobs"; "checkpoint-every"; "image-shape"; "classes" ]

    let private full (folder: string) =
        Path.TrimEndingDirectorySeparator(Path.GetFullPath folder)

    /// The run in a folder, by its path below the page's; the points of a sweep.
    let private read (home: string) (folder: string) : IndexedRun list =
        match fst (Runs.read home folder) with
        | Some run when run.Points.IsEmpty -> [ run ]
        | Some sweep -> sweep.Points
        | None -> BadInput.fail "%s holds no run: give the folder that has its config.json" folder

    let private folderOf (home: string) (run: IndexedRun) = Path.Combine(home, run.Path)

    /// The folder that holds all these.
    let private holding (folders: string list) : string =
        let isWithin (folder: string) (path: string) =
            let start = folder.TrimEnd Path.DirectorySeparatorChar
            path.StartsWith(start + string Path.DirectorySeparatorChar, StringComparison.Ordinal)

        let rec up (folder: string) =
            if isNull folder then Environment.CurrentDirectory
            elif List.forall (isWithin folder) folders then folder
            else up (Path.GetDirectoryName folder)

        up (Path.GetDirectoryName folders.Head)

    /// Which text of a script made a run, where there are several of one script among the runs.
    let private texts (home: string) (runs: IndexedRun list) : IndexedRun -> (string * Json) list =
        let hash run =
            match Request.saved (folderOf home run) "script-sha256" with
            | Some(Json.Text hash) -> hash
            | _ -> ""

        let isChanged =
            runs
            |> List.distinctBy (fun run -> run.Script, hash run)
            |> List.countBy _.Script
            |> List.exists (fun (_, texts) -> texts > 1)

        fun run ->
            [ if isChanged then
                  "script-sha256", Json.Text(hash run |> Seq.truncate 7 |> String.Concat) ]

    /// What may tell a run from others: the script's own settings before those that all scripts have, the seed last.
    let private settings (texts: IndexedRun -> (string * Json) list) (run: IndexedRun) =
        let seed, others =
            run.Settings
            |> List.filter (fun (name, _) -> not (lesser.Contains name))
            |> List.partition (fst >> (=) "seed")

        [ "script", Json.Text run.Script; "data", Json.Text run.Data ]
        @ texts run
        @ others
        @ seed

    let private ending (run: IndexedRun) =
        match run.State with
        | "finished" -> Ending.Finished
        | "diverged"
        | "failed" -> Ending.Failed run.Word
        | _ -> Ending.Interrupted

    /// The points in the place of runs: of their settings those in which runs of one script differ, or all runs that have them.
    let private points (home: string) (runs: IndexedRun list) : Point list =
        let all = List.map (settings (texts home runs)) runs
        let ofScripts = all |> List.groupBy List.head |> List.map snd

        let isVaried name =
            let differ values = (List.distinct values).Length > 1
            let valuesIn = List.map (List.tryFind (fst >> (=) name))

            List.exists (valuesIn >> differ) ofScripts
            || differ (List.choose id (valuesIn all))

        let varied =
            all |> List.concat |> List.map fst |> List.distinct |> List.filter isVaried

        [ for run, settings in List.zip runs all ->
              let differing = settings |> List.filter (fun (name, _) -> List.contains name varied)

              Point.read differing (folderOf home run) (ending run) run.Seconds ]

    let private state (run: IndexedRun) =
        if run.State = "finished" && not run.Notices.IsEmpty then
            run.Word + ", with a warning"
        else
            run.Word

    /// The runs with links to their pages, in what they differ, and how they ended.
    let private table (names: string list) (runs: (IndexedRun * Point) list) =
        let address (run: IndexedRun) =
            [ run.Path; RunFolder.pageName ]
            |> List.collect (_.Split('/') >> List.ofArray)
            |> List.map Uri.EscapeDataString
            |> String.concat "/"

        let value (point: Point) name =
            match List.tryFind (fst >> (=) name) point.Settings with
            | Some(_, value) -> Json.plain value
            | None -> "–"

        Section.LinkedTable(
            "The runs, and the settings in which they differ.",
            "run" :: names @ [ "state"; "time" ],
            [ for run, point in runs ->
                  (if run.HasPage then address run else ""),
                  [ (if run.Name = "" then run.Path else run.Name)
                    yield! List.map (value point) names
                    state run
                    RunPage.duration run.Seconds ] ]
        )

    let private lead (names: string list) (runs: IndexedRun list) =
        let all of' =
            runs |> List.map of' |> List.distinct |> String.concat ", "

        let count = if runs.Length = 1 then "1 run" else $"{runs.Length} runs"
        let names = if names.IsEmpty then "no setting" else String.concat ", " names

        [ $"{count} of {all _.Script}"
          if all _.Data <> "" then
              $" on {all _.Data}"
          if runs.Length > 1 then
              $", which differ in {names}"
          "." ]
        |> String.concat ""

    /// The page of runs, which is to lie in a folder.
    let private page (home: string) (command: string) (runs: IndexedRun list) : Page =
        let points = points home runs
        let names = points |> List.collect (_.Settings >> List.map fst) |> List.distinct

        let names = List.filter ((<>) "seed") names @ List.filter ((=) "seed") names

        let alike =
            settings (fun _ -> []) runs.Head
            |> List.filter (fun (name, _) -> not (List.contains name names))

        RunPage.alone
            "Which differences between these runs are real?"
            "comparison"
            $"made {Report.minute DateTimeOffset.Now}"
            (lead names runs)
            (Comparison.sections points @ [ table names (List.zip runs points) ])
            alike
            command
            [ "Workbench", Machine.workbenchVersion; ".NET", string Environment.Version ]

    let private fileName = "compare.html"

    /// Writes the page of the runs in these folders, and gives its path: `out`, or compare.html beside the index of runs,
    /// of runs elsewhere in the folder that holds them all. A folder without a run raises `BadInput`, and nothing is written. `script`
    /// and `arguments` are the command's.
    let write (folders: string list) (out: string option) isOneFile script arguments : string =
        BadInput.require (not folders.IsEmpty) "give the folders of the runs to compare"

        for path in Option.toList out do
            BadInput.require
                (path.EndsWith ".html")
                $"--out: {path} must be a file's name that ends in .html"

        let folders = folders |> List.map full |> List.distinct

        let all =
            [ for folder in folders do
                  yield! read folder folder |> List.map (folderOf folder >> full) ]

        let place () =
            Runs.home all.Head |> Option.defaultWith (fun () -> holding all)

        let path = out |> Option.defaultWith (fun () -> Path.Combine(place (), fileName))
        let home = Path.GetDirectoryName(full path)
        let runs = List.collect (read home) folders |> List.distinctBy _.Path
        let page = page home (Frame.command script arguments) runs

        Files.guarded $"--out: {path}" "choose another file" (fun () ->
            Directory.CreateDirectory home |> ignore

            let shared =
                if isOneFile then
                    None
                else
                    Runs.home (full path)
                    |> Option.map (fun shelf ->
                        Plots.keepScript shelf

                        Path
                            .GetRelativePath(home, Path.Combine(shelf, Plots.scriptName))
                            .Replace('\\', '/'))

            Report.render { page with Script = shared }
            |> Encoding.UTF8.GetBytes
            |> RunFolder.writeFile { Path = home } (Path.GetFileName path))

        path
