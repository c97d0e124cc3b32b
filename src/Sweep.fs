namespace Workbench

open System
open System.IO
open System.Threading.Tasks
open System.Diagnostics
open Argu

/// A run of a swept experiment: one point of its grid.
type Point =
    {
        /// The values that make it, as on a command line.
        Label: string
        /// The settings that make it, by their options' names.
        Settings: (string * Json) list
        /// Its run's folder.
        Folder: string
        Ending: Ending
        Seconds: float
        /// The rows of its metrics.csv.
        Epochs: (string * float) list list
        /// Its final figures; none where it has no whole epoch.
        Figures: (string * float) list
    }

    member this.IsFinished: bool = this.Ending = Ending.Finished

    /// One of its final figures.
    member this.TryFigure(name: string) : float option =
        this.Figures |> List.tryFind (fst >> (=) name) |> Option.map snd

/// Sections of a sweep's page: its points side by side. What has nothing to show is left out.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Point =

    /// The point as its folder tells it.
    let read label settings (folder: string) (ending: Ending) (seconds: float) : Point =
        { Label = label
          Settings = settings
          Folder = folder
          Ending = ending
          Seconds = seconds
          Epochs = RunFiles.metrics folder |> Option.defaultValue []
          Figures = RunFiles.figures folder |> Option.defaultValue [] }

    let private state (epochs: int) (point: Point) =
        let reached = $"{point.Epochs.Length} of {epochs} epochs"

        match point.Ending with
        | Ending.Finished -> reached
        | Ending.Failed _ -> $"failed after {reached}"
        | Ending.Interrupted when point.Epochs.IsEmpty -> "not trained: interrupted"
        | Ending.Interrupted -> $"interrupted after {reached}"

    /// A row for each point: `setting` names what tells them apart, figures are by name and title.
    let table
        caption
        (setting: string)
        epochs
        (figures: (string * string) list)
        (points: Point list)
        =
        let cell (point: Point) (figure, _) =
            point.TryFigure figure |> Option.map Sections.fixed2 |> Option.defaultValue "–"

        Section.Table(
            caption,
            setting :: List.map snd figures @ [ "trained"; "time" ],
            [ for point in points ->
                  point.Label :: List.map (cell point) figures
                  @ [ state epochs point; RunPage.duration point.Seconds ] ]
        )

    /// The course of a figure over the epochs of each point.
    let courses (figure: string) (points: Point list) : Series list =
        let pick name row =
            row |> List.tryFind (fst >> (=) name) |> Option.map snd

        [ for point in points do
              let course =
                  point.Epochs
                  |> List.choose (fun row ->
                      Option.map2 (fun x y -> x, y) (pick "epoch" row) (pick figure row))

              if not course.IsEmpty then
                  { Name = point.Label; Points = course } ]

    /// One final figure against another, for the finished points: label, x, y.
    let pairs (across: string) (up: string) (points: Point list) : (string * float * float) list =
        [ for point in points do
              match point.TryFigure across, point.TryFigure up with
              | Some x, Some y when point.IsFinished -> point.Label, x, y
              | _ -> () ]

    /// The picture `samples/NAME.png` of each point that has one, a row each.
    let pictures (name: string) (points: Point list) : (string * byte[] list) list =
        [ for point in points do
              match RunFiles.sample point.Folder name with
              | Some png -> point.Label, [ png ]
              | None -> () ]

/// A run that trains another experiment for each point of a grid.
type Sweep<'S, 'T when 'S :> IArgParserTemplate and 'T :> IArgParserTemplate>
    (frame: RunFrame, swept: ScriptFile) =
    inherit Run<'S>(frame, List.head frame.Request.Own :?> 'S list)

    let request = frame.Request
    let mutable points: Point list = []
    let mutable jobs = 1

    /// What no point takes over: it has a folder of its own, and says nothing.
    let ownToSweep = set [ "out"; "resume"; "script-changed"; "jobs"; "quiet" ]

    /// The common options and the swept script's, as far as the points share them.
    let shared =
        let common =
            Settings.describe request.Common
            |> List.filter (fun (name, _) ->
                List.contains name swept.Takes && not (ownToSweep.Contains name))

        let own = request.Own[1] :?> 'T list
        let names = (request.Script.Own[1]).Names

        common
        @ (Settings.describe own |> List.filter (fun (name, _) -> List.contains name names))

    let settingsOf (cases: 'T list) =
        let given = Settings.options (Settings.describe cases) |> List.map fst |> Set.ofList
        Settings.describe cases |> List.filter (fun (name, _) -> given.Contains name)

    let labelOf settings =
        settings |> List.map (snd >> Json.plain) |> String.concat ", "

    let folderOf (parent: string) settings =
        [ for name, value in settings -> $"{name}-{Json.plain value}".Replace(' ', '-') ]
        |> String.concat "_"
        |> fun name -> Path.Combine(parent, name)

    let arguments settings folder =
        let isSet name = List.exists (fst >> (=) name) settings
        let place = if RunFolder.holdsRun folder then "--resume" else "--out"

        (shared |> List.filter (fun (name, _) -> not (isSet name))) @ settings
        |> Settings.options
        |> Settings.commandLine
        |> fun options -> options @ [ place; folder; "--quiet" ]

    let said (point: Point) (figures: string list) =
        let told =
            [ for name in figures do
                  match point.TryFigure name with
                  | Some value -> $"  {name} {Sections.fixed2 value}"
                  | None -> () ]
            |> String.concat ""

        let ending =
            match point.Ending with
            | Ending.Finished -> ""
            | Ending.Failed _ -> "  failed"
            | Ending.Interrupted -> $"  interrupted after {point.Epochs.Length} epochs"

        $"{point.Label}{ending}{told}  ({RunPage.duration point.Seconds})"

    /// The point as an earlier run of the sweep left it: finished where it has all its epochs.
    let before (epochs: int) settings folder =
        let point =
            Point.read (labelOf settings) settings folder Ending.Finished (RunFiles.seconds folder)

        match point.TryFigure "epochs" with
        | Some reached when reached >= float epochs -> point
        | _ ->
            { point with
                Ending = Ending.Interrupted
                Seconds = 0.0 }

    let train settings folder =
        task {
            let clock = Stopwatch.StartNew()
            let! ending = PointProcess.run swept.Path (arguments settings folder) frame.Stop
            return Point.read (labelOf settings) settings folder ending clock.Elapsed.TotalSeconds
        }

    let failures () =
        [ for point in points do
              match point.Ending with
              | Ending.Failed reason -> $"{point.Label}: {reason}"
              | Ending.Finished
              | Ending.Interrupted -> () ]

    let ending () =
        let failed = String.concat "; " (failures ())

        if points |> List.exists (fun point -> point.Ending = Ending.Interrupted) then
            Ending.Interrupted
        elif not (points |> List.exists _.IsFinished) then
            Ending.Failed $"no point finished: {failed}"
        else
            if failed <> "" then
                Console.Error.WriteLine $"warning: not every point finished: {failed}"

            Ending.Finished

    let notice (ending: Ending) =
        [ if ending = Ending.Interrupted then
              "The sweep was interrupted: the figures are those of the last whole epochs."
          match failures () with
          | [] -> ()
          | failed ->
              let all = String.concat "; " failed
              $"Not every point finished. {all}." ]
        |> function
            | [] -> None
            | texts -> Some(String.concat " " texts)

    /// What tells the points apart in metrics.csv: their settings where these are numbers, else the points' places in the grid.
    let coordinates index (point: Point) =
        let numbers =
            [ for name, value in point.Settings do
                  match value with
                  | Json.Whole number -> name.Replace('-', '_'), float number
                  | Json.Real number -> name.Replace('-', '_'), number
                  | _ -> () ]

        if numbers.Length = point.Settings.Length then
            numbers
        else
            [ "point", float (index + 1) ]

    let rows (figures: string list) =
        [ for index, point in List.indexed points do
              if point.IsFinished then
                  coordinates index point
                  @ [ for name in figures do
                          match point.TryFigure name with
                          | Some value -> name, value
                          | None -> () ] ]

    let mutable figures: string list = []

    /// Runs the swept experiment once for each of these lists of its options, beside the options that were given: a process and a
    /// folder each, as many at once as --jobs says; a point has the numbers of that run alone. `figures` are those of metrics.csv. A
    /// point that fails leaves the others alone; a resumed sweep goes on with what is not finished.
    member this.Train(grid: 'T list list, ?figures': string list) : Point list =
        let data = this.Data
        let settings = List.map settingsOf grid
        let out = Settings.tryGet request.Common <@ Common.Out @>

        out
        |> Option.iter (fun parent -> settings |> List.iter (folderOf parent >> RunFolder.check))

        let parent = (this.Place data).Path
        figures <- defaultArg figures' []

        jobs <-
            Settings.tryGet request.Common <@ Common.Jobs @>
            |> Option.defaultValue (Environment.ProcessorCount / this.Threads)
            |> min Environment.ProcessorCount
            |> min grid.Length
            |> max 1

        let all =
            [| for settings in settings -> before this.Epochs settings (folderOf parent settings) |]

        let trainPoint index =
            task {
                if not (all[index].IsFinished || frame.Stop.IsCancellationRequested) then
                    let! point = train all[index].Settings all[index].Folder
                    all[index] <- point
                    this.Say(said point figures)
            }

        Parallel
            .ForEachAsync(
                seq { 0 .. all.Length - 1 },
                ParallelOptions(MaxDegreeOfParallelism = jobs),
                fun index _ -> ValueTask(trainPoint index)
            )
            .Wait()

        points <- List.ofArray all
        points

    /// Writes metrics.csv (a row for each finished point), metrics.json, timing.json and the one page of the sweep.
    member this.Report(told: unit -> Summary) : Ending =
        let data = this.Data
        let folder = this.Place data
        let seconds = this.Seconds()
        let ending = ending ()
        let rows = rows figures

        if not rows.IsEmpty then
            RunFolder.writeMetrics folder rows

        RunFolder.writeTiming
            folder
            ([ "seconds", Json.Real seconds; "jobs", Json.Whole jobs ]
             @ Machine.facts this.Threads)

        let summary = told ()

        let counts =
            [ "points", float points.Length
              "finished", float (points |> List.filter _.IsFinished |> List.length) ]

        this.Conclude(
            folder,
            seconds,
            { Lead = RunPage.sweepLead swept.Name data points.Length this.Epochs this.Seed
              Notice = notice ending
              Threads = $"{jobs} at a time, {Machine.threads this.Threads} each" },
            Some
                { summary with
                    Figures = counts @ summary.Figures }
        )

        ending
