namespace Workbench

open System
open System.Globalization
open System.IO
open System.Text
open System.Threading
open Giraffe.ViewEngine

/// `runs/index.html`: a page over all runs below a folder called `runs`.
[<RequireQualifiedAccess>]
module RunIndex =

    let private sheet = lazy (Report.resource "index.css")
    let private behaviour = lazy (Report.resource "index.js")

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

        let told = figures |> List.filter (fst >> isTold)

        match
            told
            |> List.filter (fun (name, _) -> name.StartsWith("test_", StringComparison.Ordinal))
        with
        | [] -> List.truncate 4 told
        | ofTest -> List.truncate 4 ofTest

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

    /// Each part of a path with the slash that follows it.
    let private parts (path: string) =
        let all = List.ofArray (path.Split '/')
        let last = all.Length - 1
        all |> List.mapi (fun i part -> if i < last then part + "/" else part)

    let private linked (run: IndexedRun) =
        let target = if run.HasPage then [ run.Path; "report.html" ] else [ run.Path; "" ]
        a [ _href (address target) ] [ for part in parts run.Path -> span [] [ str part ] ]

    let private row (run: IndexedRun) =
        let figures = headline run.Figures

        let first =
            figures
            |> List.tryHead
            |> Option.map (snd >> Json.number)
            |> Option.defaultValue ""

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

    let private listed (runs: IndexedRun list) =
        table
            [ _class "runs" ]
            [ thead [] [ tr [] [ for column in columns -> th [] [ str column ] ] ]
              tbody [] (List.map row runs) ]

    let private skipped (broken: (string * string) list) =
        [ if not broken.IsEmpty then
              p [ _class "notice" ] [ str "Left out:" ]
              ul [] [ for path, why in broken -> li [] [ str $"{path}: {why}" ] ] ]

    /// The page of what `Runs.scan` found.
    let render (runs: IndexedRun list, broken: (string * string) list) : string =
        let count = if runs.Length = 1 then "1 run" else $"{runs.Length} runs"

        Report.document
            "Runs"
            [ style [] [ rawText sheet.Value ]
              header
                  []
                  [ h1 [] [ str "Runs" ]
                    p [ _class "lead" ] [ str $"{count}, the newest first." ] ]
              main [] (listed runs :: skipped broken)
              script [] [ rawText behaviour.Value ] ]

    let private lockName = ".index.lock"

    let private patience, pause = 100, TimeSpan.FromMilliseconds 50.0

    /// The index's lock: whoever scans last writes last. None after five seconds: better a stale index than a run that hangs.
    let private lock (home: string) =
        let path = Path.Combine(home, lockName)

        let rec take tries =
            try
                Some(new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None))
            with :? IOException when tries > 0 ->
                Thread.Sleep pause
                take (tries - 1)

        try
            take patience
        with :? IOException ->
            None

    let private write (home: string) =
        use _ = lock home |> Option.toObj

        let page = Encoding.UTF8.GetBytes(render (Runs.scan home))

        Files.replace (Path.Combine(home, "index.html")) (fun file ->
            file.Write(page, 0, page.Length))

    /// Rewrites the index above a run's folder, if it lies below a folder called `runs`. An index that cannot be written is a
    /// warning: the run itself is whole.
    let update (folder: string) : unit =
        try
            Runs.home folder |> Option.iter write
        with
        | :? IOException
        | :? UnauthorizedAccessException as e ->
            Console.Error.WriteLine $"warning: the index of the runs is not up to date: {e.Message}"
