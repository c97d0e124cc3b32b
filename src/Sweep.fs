namespace Workbench

open System
open System.Diagnostics
open System.IO
open System.Threading
open System.Threading.Tasks
open Argu

/// Running a script as a process of its own: one point of a sweep.
[<RequireQualifiedAccess>]
module PointProcess =

    /// The dotnet that runs this process, where one does (in tests, it is none).
    let host: string =
        [ Environment.ProcessPath
          Environment.GetEnvironmentVariable "DOTNET_HOST_PATH" ]
        |> List.tryFind (fun path -> Path.GetFileNameWithoutExtension path = "dotnet")
        |> Option.defaultValue "dotnet"

    /// The reason in a script's complaint, or the code of a process that had no time for one.
    let private reason (code: int) (errors: string) =
        let heading = "error: "

        errors.Split('\n')
        |> Array.tryFindBack _.StartsWith(heading, StringComparison.Ordinal)
        |> Option.map (fun line -> line.Substring(heading.Length).Trim())
        |> Option.defaultValue $"its process ended with code {code}"

    /// Runs `script` with `arguments` to its end, and hears the lines of its output. When `stop` is cancelled, so is the script, which
    /// then saves what it has: its standard input ends. A process of ours that is killed closes it, too, so that no point outlives its
    /// sweep.
    let run
        script
        (arguments: string list)
        (hear: string -> unit)
        (stop: CancellationToken)
        : Task<Ending> =
        task {
            let info = ProcessStartInfo(host, [ "fsi"; "--"; script ] @ arguments)
            info.RedirectStandardInput <- true
            info.RedirectStandardOutput <- true
            info.RedirectStandardError <- true
            info.Environment[SweepPoint.variable] <- "1"
            use running = Process.Start info
            use _ = stop.Register(fun () -> running.StandardInput.Close())
            running.OutputDataReceived.Add(fun line -> Option.ofObj line.Data |> Option.iter hear)
            running.BeginOutputReadLine()
            let! errors = running.StandardError.ReadToEndAsync()
            do! running.WaitForExitAsync()

            // While a script is being compiled, nothing in it listens: a signal to the whole group ends it then with any code.
            return
                match running.ExitCode with
                | 0 -> Ending.Finished
                | 130 -> Ending.Interrupted
                | code when code <> 1 && stop.IsCancellationRequested -> Ending.Interrupted
                | code -> Ending.Failed(reason code errors)
        }

/// A run that trains another experiment for each point of a grid.
type Sweep<'S, 'T when 'S :> IArgParserTemplate and 'T :> IArgParserTemplate>
    (frame: RunFrame, swept: ScriptFile) =
    inherit Run<'S>(frame, List.head frame.Request.Own :?> 'S list)

    let request = frame.Request
    let mutable points: Point list = []
    let mutable figures: string list = []
    let mutable jobs = 1

    /// What no point takes over: it has a folder of its own, and tells the sweep alone.
    let ownToSweep = set [ "out"; "name"; "resume"; "script-changed"; "jobs"; "quiet" ]

    /// The common options and the swept script's, as far as the points share them.
    let shared =
        let pick names =
            List.filter (fun (name, _) ->
                List.contains name names && not (ownToSweep.Contains name))

        pick swept.Takes (Settings.describe request.Common)
        @ pick request.Script.Own[1].Names (Settings.describe (request.Own[1] :?> 'T list))

    let settingsOf (cases: 'T list) =
        let given = Settings.options (Settings.describe cases) |> List.map fst

        Settings.describe cases
        |> List.filter (fun (name, _) -> List.contains name given)

    let folderOf (parent: string) settings =
        [ for name, value in settings -> $"{name}-{Json.plain value}".Replace(' ', '-') ]
        |> fun parts -> Path.Combine(parent, String.concat "_" parts)

    /// The point as an earlier run of the sweep left it: finished where it has all its epochs.
    let before (epochs: int) settings folder =
        let point =
            Point.read settings folder Ending.Finished (RunFiles.times folder).Seconds

        match point.TryFigure "epochs" with
        | Some reached when reached >= float epochs -> point
        | _ ->
            { point with
                Ending = Ending.Interrupted
                Seconds = 0.0 }

    let train (point: Point) hear =
        task {
            let clock = Stopwatch.StartNew()

            let isOwn name =
                List.exists (fst >> (=) name) point.Settings

            let place = if RunFolder.holdsRun point.Folder then "--resume" else "--out"

            let arguments =
                List.filter (fst >> isOwn >> not) shared @ point.Settings
                |> Settings.options
                |> Settings.commandLine
                |> fun shared -> shared @ [ place; point.Folder ]

            let! ending = PointProcess.run swept.Path arguments hear frame.Stop
            return Point.read point.Settings point.Folder ending clock.Elapsed.TotalSeconds
        }

    /// What is said of a point at its end.
    let result epochs (point: Point) =
        [ Point.state epochs point
          for name in figures do
              for value in Option.toList (point.TryFigure name) do
                  Progress.told (name, value)
          Progress.duration point.Seconds ]
        |> String.concat "  "

    let lead (count: int) (data: Dataset) (epochs: int) =
        let what = RunPage.lead $"{count} runs of {swept.Name}" data
        $"{what}, {epochs} epochs each, seed {request.Get Common.Seed}."

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

    let notice (ending: Ending) =
        [ if ending = Ending.Interrupted then
              "The sweep was interrupted: the figures are those of the last whole epochs."
          if failures () <> "" then
              $"Not every point finished. {failures ()}."
          for point in points do
              yield!
                  [ for text in (RunFiles.times point.Folder).Notices -> $"{point.Name}: {text}" ] ]

    /// What tells a point apart in metrics.csv: its settings where these are numbers, else its place in the grid; and its figures.
    let row index (point: Point) =
        let numbers =
            [ for name, value in point.Settings do
                  match value with
                  | Json.Whole _
                  | Json.Real _ -> name.Replace('-', '_'), Json.toFloat value
                  | _ -> () ]

        [ if numbers.Length = point.Settings.Length then
              yield! numbers
          else
              "point", float (index + 1)
          for name in figures do
              for value in Option.toList (point.TryFigure name) do
                  name, value ]

    /// Runs the swept experiment once for each of these lists of its options, beside the options that were given: a process and a
    /// folder each, as many at once as --jobs says; a point has the numbers of that run alone. `figures` are those of metrics.csv. A
    /// point that fails leaves the others alone; a resumed sweep goes on with what is not finished.
    member this.Train(grid: 'T list list, ?figures': string list) : Point list =
        let data = this.Data
        let settings = List.map settingsOf grid
        figures <- defaultArg figures' []

        for out in Option.toList (request.TryGet Common.Out) do
            settings |> List.iter (folderOf out >> RunFolder.check)

        let parent = (this.Place data).Path

        jobs <-
            request.TryGet Common.Jobs
            |> Option.defaultValue (Environment.ProcessorCount / this.Threads)
            |> min Environment.ProcessorCount
            |> min grid.Length
            |> max 1

        let all =
            [| for settings in settings -> before this.Epochs settings (folderOf parent settings) |]

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
                let lead = $"{lead all.Length data this.Epochs} {ended} of {all.Length} are done."

                this.ShowCourse(
                    isEnd,
                    lead,
                    fun () ->
                        all |> Array.mapi soFar |> List.ofArray |> Point.course this.Epochs figures
                ))

        let trainPoint index =
            task {
                if not (all[index].IsFinished || frame.Stop.IsCancellationRequested) then
                    progress.Start index
                    begun[index] <- Some(Stopwatch.StartNew())

                    let hear line =
                        progress.Hear(index, line)

                        if (Progress.tryRead line).IsSome then
                            showCourse false

                    let! point = train all[index] hear
                    all[index] <- point
                    progress.End(index, point.IsFinished, result this.Epochs point)
                    showCourse true
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
        let data, ending = this.Data, ending ()

        let finished =
            List.indexed points |> List.filter (fun (_, point) -> point.IsFinished)

        if ending = Ending.Finished && finished.Length < points.Length then
            Console.Error.WriteLine $"warning: not every point finished: {failures ()}"

        if not finished.IsEmpty then
            RunFolder.writeMetrics
                (this.Place data)
                [ for index, point in finished -> row index point ]

        let told = told ()

        let counts = [ "points", float points.Length; "finished", float finished.Length ]

        let threads = $"{jobs} at a time, {Machine.threads this.Threads} each"
        let figures = counts @ told.Figures
        let timing = [ "jobs", Json.Whole jobs ]
        let words = lead points.Length data this.Epochs, notice ending, threads
        this.Conclude(ending, timing, words, { told with Figures = figures })
        ending
