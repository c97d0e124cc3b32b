namespace Workbench

open System
open System.Diagnostics
open System.IO
open System.Threading
open System.Threading.Tasks
open Argu

/// The points of a sweep go on without it.
exception internal LeftAlone

/// A run that trains other runs: the points of a grid, all of one script. `isOneData`: they train on the same data.
type Sweep<'S when 'S :> IArgParserTemplate>
    internal (frame: RunFrame, own: 'S list, swept: ScriptFile, isOneData: bool) as this =
    inherit Run<'S>(frame, own)

    let request = frame.Request
    let data = lazy (if isOneData then Some this.Data else None)
    let mutable points: Point list = []
    let mutable figures: string list option = None
    let mutable lead = ""
    let mutable jobs = 1

    /// The point as an earlier run of the sweep left it: finished where it has all its epochs, or ended early by --patience.
    let before (planned: PlannedPoint) folder =
        let times = RunFiles.times folder
        let point = Point.read planned.Settings folder Ending.Finished times.Seconds
        let isAll epochs = epochs >= float planned.Epochs
        let hasAll = point.TryFigure "epochs" |> Option.exists isAll

        let wasAskedAll =
            match Request.saved folder "epochs" with
            | Some(Json.Whole epochs) -> isAll (float epochs)
            | _ -> false

        if hasAll || times.Ended = Some "finished" && wasAskedAll then
            point
        else
            { point with
                Ending = Ending.Interrupted
                Seconds = 0.0 }

    /// What is said of a point at its end.
    let result epochs (point: Point) =
        [ Point.state epochs point
          for name in
              figures
              |> Option.defaultWith (fun () -> List.truncate 3 (Point.leading [ point ])) do
              for value in Option.toList (point.TryFigure name) do
                  Progress.told (name, value)
          Progress.duration point.Seconds ]
        |> String.concat "  "

    let leadOf (grid: PlannedPoint list) =
        let distinct name =
            grid |> List.choose (fun point -> point.TryNumber name) |> List.distinct

        let what = $"{grid.Length} runs of {swept.Name}"

        [ match data.Value with
          | Some data -> RunPage.lead what data
          | None -> what
          match distinct "epochs" with
          | [ epochs ] -> $"{epochs} epochs each"
          | _ -> ()
          match distinct "seed" with
          | [] -> ()
          | [ seed ] -> $"seed {seed}"
          | seeds -> $"seeds {List.min seeds} to {List.max seeds}" ]
        |> String.concat ", "
        |> fun parts -> parts + "."

    let failures () =
        [ for point in points do
              match point.Ending with
              | Ending.Failed reason -> $"{point.Name}: {reason}"
              | Ending.Finished
              | Ending.Interrupted -> () ]
        |> String.concat "; "

    let ending () =
        if points |> List.exists (fun point -> point.Ending = Ending.Interrupted) then
            Ending.Interrupted
        elif points |> List.exists _.IsFinished then
            Ending.Finished
        else
            Ending.Failed $"no point finished: {failures ()}"

    /// What is told of points at the page's head, before the rest is only counted.
    let mostNotices = 10

    let notice (ending: Ending) =
        [ if ending = Ending.Interrupted then
              "The sweep was interrupted: the figures are those of the last whole epochs."
          if failures () <> "" then
              $"Not every point finished. {(failures ()).TrimEnd '.'}."
          let ofPoints =
              [ for point in points do
                    for text in (RunFiles.times point.Folder).Notices -> $"{point.Name}: {text}" ]

          yield! List.truncate mostNotices ofPoints

          if ofPoints.Length > mostNotices then
              $"{ofPoints.Length - mostNotices} more stand on the points' own pages." ]

    /// What tells a point apart in metrics.csv: its settings that are numbers, and where others are not its place in the grid; and
    /// its figures.
    let row figures (index, point: Point) =
        let numbers =
            [ for name, value in point.Settings do
                  match value with
                  | Json.Whole _
                  | Json.Real _ -> name.Replace('-', '_'), Json.toFloat value
                  | _ -> () ]

        [ if numbers.Length < point.Settings.Length then
              "point", float (index + 1)
          yield! numbers
          for name in List.except (List.map fst numbers) figures do
              for value in Option.toList (point.TryFigure name) do
                  name, value ]

    /// Trains the points of a grid: a process and a folder each, where the runner trains them; a point has the numbers of that run
    /// alone. `told` are the figures of metrics.csv; where they are not named, all that the points share. A point that fails leaves
    /// the others alone; a resumed sweep goes on with what is not finished.
    member internal this.TrainAll
        (grid: PlannedPoint list, told: string list option, runner: PointRunner)
        : Point list =
        let planned = Array.ofList grid
        figures <- told
        lead <- leadOf grid

        let folderOf (parent: string) (point: PlannedPoint) =
            Path.Combine(parent, Grid.folderName point.Settings)

        for out in Option.toList (request.TryGet Common.Out) do
            planned |> Array.iter (folderOf out >> RunFolder.check)

        let parent = (this.Place data.Value).Path

        jobs <- runner.AtOnce grid.Length

        let all = [| for point in planned -> before point (folderOf parent point) |]

        use progress =
            new SweepProgress(
                Terminal.screen,
                TimeProvider.System,
                request.IsQuiet,
                jobs,
                [ for point in all -> point.Label ],
                all |> Array.filter (_.IsFinished >> not) |> Array.length
            )

        let begun: Stopwatch option[] = Array.create all.Length None

        /// Always as a point ends.
        let showCourse isEnd =
            let soFar index (point: Point) =
                match begun[index] with
                | Some clock when not point.IsFinished ->
                    { point with
                        Seconds = clock.Elapsed.TotalSeconds }
                | _ -> point

            lock all (fun () ->
                let ended = all |> Array.filter _.IsFinished |> Array.length
                let lead = $"{lead} {ended} of {all.Length} are done."

                this.ShowCourse(
                    isEnd,
                    lead,
                    fun () ->
                        all
                        |> Array.mapi soFar
                        |> List.ofArray
                        |> Point.course this.Epochs (defaultArg figures [])
                ))

        let watch =
            { Start =
                fun index ->
                    progress.Start index
                    begun[index] <- Some(Stopwatch.StartNew())
              Hear =
                fun index line ->
                    progress.Hear(index, line)

                    if (Progress.tryRead line).IsSome then
                        showCourse false
              End =
                fun index ending seconds ->
                    let { Settings = settings; Folder = folder } = all[index]
                    all[index] <- Point.read settings folder ending seconds
                    progress.End(index, ending, result this.Epochs all[index])
                    showCourse true
              Say = this.Say }

        let isDone =
            runner.Run
                parent
                [ for index, point in Array.indexed all do
                      if not point.IsFinished then
                          { Index = index
                            Folder = point.Folder
                            Options = Settings.options planned[index].InForce } ]
                watch
                frame.Stop

        if not isDone then
            if not request.IsQuiet then
                "to look after the points: " + frame.CommandOf [ "--resume"; parent ]
                |> Terminal.screen.PrintWhole

            raise LeftAlone

        points <- List.ofArray all
        points

    member internal _.Script: PointScript =
        { Path = swept.Path
          IsChanged = Settings.has request.Common <@ Common.Script_Changed @> }

    /// Points as processes of this machine, as many at once as --jobs says.
    member internal this.Processes: PointRunner =
        PointProcess.runner this.Script (request.TryGet Common.Jobs) this.Threads

    /// Writes metrics.csv (a row for each finished point), metrics.json, timing.json and the one page of the sweep.
    member this.Report(told: unit -> Summary) : Ending =
        let ending = ending ()

        let finished =
            List.indexed points |> List.filter (fun (_, point) -> point.IsFinished)

        if ending = Ending.Finished && finished.Length < points.Length then
            Console.Error.WriteLine $"warning: not every point finished: {failures ()}"

        if not finished.IsEmpty then
            let figures =
                figures |> Option.defaultWith (fun () -> Point.shared (List.map snd finished))

            finished
            |> List.map (row figures)
            |> RunFolder.writeMetrics (this.Place data.Value)

        let told = told ()

        let counts = [ "points", float points.Length; "finished", float finished.Length ]

        let threads = $"{jobs} at a time, {Machine.threads this.Threads} each"
        let figures = counts @ told.Figures
        let timing = [ "jobs", Json.Whole jobs ]
        let words = lead, notice ending, threads
        this.Conclude(ending, timing, words, { told with Figures = figures })
        ending

/// A run that trains another experiment for each point of a grid.
type Sweep<'S, 'T when 'S :> IArgParserTemplate and 'T :> IArgParserTemplate>
    (frame: RunFrame, swept: ScriptFile) =
    inherit Sweep<'S>(frame, List.head frame.Request.Own :?> 'S list, swept, true)

    /// The common options and the swept script's, as far as the points share them.
    let shared =
        let request = frame.Request
        let own = request.Script.Own[1]

        Settings.describe request.Common @ own.Describe request.Own[1]
        |> List.filter (fun (name, _) ->
            List.contains name (swept.Takes @ own.Names)
            && not (Grid.ownToSweep.Contains name))

    let planned (cases: 'T list) : PlannedPoint =
        let described = Settings.describe cases
        let given = Settings.options described |> List.map fst
        let isGiven (name, _) = List.contains name given
        let settings = List.filter isGiven described

        { Settings = settings
          InForce = List.filter (isGiven >> not) shared @ settings }

    /// Runs the swept experiment once for each of these lists of its options, beside the options that were given: a process and a
    /// folder each, as many at once as --jobs says; a point has the numbers of that run alone. `figures` are those of metrics.csv. A
    /// point that fails leaves the others alone; a resumed sweep goes on with what is not finished.
    member this.Train(grid: 'T list list, ?figures: string list) : Point list =
        this.TrainAll(List.map planned grid, Some(defaultArg figures []), this.Processes)

/// A run that trains the script that its command line names, once for each point of the grid that it asks for.
type GridSweep internal (frame: RunFrame, swept: ScriptFile, axes: Axis list, isDone: IDisposable) =
    inherit
        Sweep<GridSetting>(
            frame,
            List.head frame.Request.Own :?> GridSetting list,
            swept,
            axes |> List.forall (fun axis -> not (GridSweep.OfData.Contains axis.Name))
        )

    /// Options that say which data a run has.
    static member private OfData: Set<string> =
        set [ "data"; "labels"; "test"; "test-labels"; "limit"; "pixels" ]

    /// Trains all points.
    member this.Train() : Point list =
        let points = Grid.points swept axes frame.Request
        isDone.Dispose() // the script has said what its options set

        // Read here first: what cannot be read ends the sweep before it begins, and is downloaded once.
        if axes |> List.exists (fun axis -> GridSweep.OfData.Contains axis.Name) then
            for request in points |> List.map snd |> List.distinctBy Request.source do
                RunData.load request frame.Stop |> ignore

        let runner =
            match Grid.cluster this.Own this.Threads with
            | None -> this.Processes
            | Some ask ->
                if (frame.Request.TryGet Common.Resume).IsNone then
                    SlurmPoints.check ask // before anything is written

                SlurmPoints.runner this.Script ask

        this.TrainAll(List.map fst points, None, runner)
