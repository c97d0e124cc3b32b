namespace Workbench

open System
open System.Diagnostics
open System.IO
open System.Text
open System.Threading.Tasks

/// One script trained once for each value of one of its settings.
type Sweep =
    {
        /// The path of the script that trains a point.
        Script: string
        /// The option that gets the value, without its dashes.
        Setting: string
        /// What the folder of a point is called: PREFIX-VALUE.
        Prefix: string
        Values: float list
        /// Arguments of every point beyond the common ones.
        Arguments: string list
        /// Points trained at once; none: as many as there are cores for their threads.
        Jobs: int option
        /// The final figures of `metrics.csv`.
        Figures: string list
    }

/// Running a sweep: its points as processes of their own, its folder, its page.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Sweep =

    /// Settings as they are given on a command line; what is not set is left out.
    let arguments (settings: (string * Json) list) : string list =
        Options.given settings
        |> List.collect (fun (option, values) -> option :: values)

    /// How many points are trained at once: at most one a core and no more than there are.
    let jobs (cores: int) (threads: int) (points: int) (asked: int option) : int =
        asked
        |> Option.defaultValue (cores / threads)
        |> min cores
        |> min points
        |> max 1

    let private ownToSweep = set [ "out"; "resume"; "quiet" ]

    let private pointArguments (run: ScriptRun<'Own>) (sweep: Sweep) (value: float) (folder: string) =
        let common =
            Options.settings run.Common
            |> List.filter (fun (name, _) -> not (ownToSweep.Contains name))

        let place = if RunFolder.holdsRun folder then "--resume" else "--out"

        arguments common
        @ sweep.Arguments
        @ [ $"--{sweep.Setting}"; Json.number value; place; folder; "--quiet" ]

    let private pointFolder (parent: string) (sweep: Sweep) (value: float) =
        Path.Combine(parent, $"{sweep.Prefix}-{Json.number value}")

    let private told (sweep: Sweep) (point: SweptPoint) =
        let figures =
            sweep.Figures
            |> List.choose (fun name ->
                SweptPoint.figure name point |> Option.map (fun value -> $"  {name} {value:F2}"))
            |> String.concat ""

        let ending =
            match point.Ending with
            | Ending.Finished -> ""
            | Ending.Failed _ -> "  failed"
            | Ending.Interrupted -> $"  interrupted after {point.Epochs.Length} epochs"

        FormattableString.Invariant
            $"{sweep.Setting} {point.Label}{ending}{figures}  ({Runner.duration point.Seconds})"

    let private trainPoint (run: ScriptRun<'Own>) (sweep: Sweep) (parent: string) (value: float) =
        task {
            let folder = pointFolder parent sweep value
            let clock = Stopwatch.StartNew()
            let arguments = pointArguments run sweep value folder
            let! ending = PointProcess.run sweep.Script arguments run.Stop
            return SweptPoint.read value folder ending clock.Elapsed.TotalSeconds
        }

    /// The point as an earlier run of the sweep left it, where it has all its epochs.
    let private finishedBefore (run: ScriptRun<'Own>) (parent: string) (sweep: Sweep) (value: float) =
        let folder = pointFolder parent sweep value
        let point = SweptPoint.read value folder Ending.Finished (RunFiles.seconds folder)

        match SweptPoint.figure "epochs" point with
        | Some epochs when epochs >= float run.Common.Epochs -> Some point
        | _ -> None

    /// All points that are not finished yet, `jobs` at once, in the order of their values.
    let private trainAll (run: ScriptRun<'Own>) (sweep: Sweep) (jobs: int) (parent: string) =
        let points =
            sweep.Values
            |> List.map (fun value ->
                finishedBefore run parent sweep value
                |> Option.defaultWith (fun () ->
                    SweptPoint.read value (pointFolder parent sweep value) Ending.Interrupted 0.0))
            |> Array.ofList

        let train index =
            task {
                if not (points[index].IsFinished || run.Stop.IsCancellationRequested) then
                    let! point = trainPoint run sweep parent points[index].Value
                    points[index] <- point
                    run.Say(told sweep point)
            }

        Parallel
            .ForEachAsync(
                seq { 0 .. points.Length - 1 },
                ParallelOptions(MaxDegreeOfParallelism = jobs),
                fun index _ -> ValueTask(train index)
            )
            .Wait()

        List.ofArray points

    let private failures (sweep: Sweep) (points: SweptPoint list) =
        points
        |> List.choose (fun point ->
            match point.Ending with
            | Ending.Failed reason -> Some $"{sweep.Setting} {point.Label}: {reason}"
            | Ending.Finished
            | Ending.Interrupted -> None)

    let private ending (run: ScriptRun<'Own>) (sweep: Sweep) (points: SweptPoint list) =
        let failed = String.concat "; " (failures sweep points)

        if List.exists (fun (point: SweptPoint) -> point.Ending = Ending.Interrupted) points then
            Ending.Interrupted
        elif not (points |> List.exists _.IsFinished) then
            Ending.Failed $"no point finished: {failed}"
        else
            if failed <> "" then
                Console.Error.WriteLine $"warning: not every point finished: {failed}"

            Ending.Finished

    let private notice (sweep: Sweep) (points: SweptPoint list) (ending: Ending) =
        [ match ending with
          | Ending.Interrupted ->
              "The sweep was interrupted: the figures are those of the last whole epochs."
          | Ending.Finished
          | Ending.Failed _ -> ()
          match failures sweep points with
          | [] -> ()
          | failed ->
              let all = String.concat "; " failed
              $"Not every point finished. {all}." ]
        |> function
            | [] -> None
            | texts -> Some(String.concat " " texts)

    let private lead (run: ScriptRun<'Own>) (data: Dataset) (sweep: Sweep) =
        let train = Report.count data.Train.Images.shape[0]
        let test = Report.count data.Test.Images.shape[0]
        let script = Path.GetFileNameWithoutExtension sweep.Script

        $"{sweep.Values.Length} runs of {script} on {data.Name}, {Pixels.name data.Pixels} pixels: {train} training and "
        + $"{test} test images, {run.Common.Epochs} epochs each, seed {run.Common.Seed}."

    let private writeFigures folder (sweep: Sweep) (points: SweptPoint list) =
        let finished = points |> List.filter _.IsFinished

        if not finished.IsEmpty then
            RunFolder.writeMetrics
                folder
                [ for point in finished ->
                      (sweep.Setting.Replace('-', '_'), point.Value)
                      :: List.filter
                          (fun (name, _) -> List.contains name sweep.Figures)
                          point.Figures ]

        RunFolder.writeFigures
            folder
            [ "points", float points.Length; "finished", float finished.Length ]

    /// One row of new images for each point, in the order of their values.
    let private writeSamples folder (data: Dataset) (points: SweptPoint list) =
        match
            points
            |> List.choose (SweptPoint.pictures data.ImageShape SweptPoint.samplesRow)
        with
        | [] -> ()
        | rows -> RunFolder.writeSample folder "samples" (Pictures.rows rows)

    /// Trains every point and writes the sweep's folder: `config.json`, a run's folder for each point, `metrics.csv` (a row for each
    /// finished point), `metrics.json`, `timing.json`, `samples/samples.png` and the one page, whose sections `show` makes of the data and the points.
    /// A point that fails leaves the others alone; the results do not depend on how many are trained at once. A resumed sweep
    /// leaves finished points as they are and goes on with the others.
    let run
        (run: ScriptRun<'Own>)
        (sweep: Sweep)
        (show: Dataset -> SweptPoint list -> Section list)
        : Ending =
        run.Common.Out
        |> Option.iter (fun parent ->
            sweep.Values |> List.iter (pointFolder parent sweep >> RunFolder.check))

        let data = Runner.data run

        Runner.inFolder run data (fun folder ->
            let before = Runner.secondsBefore run folder
            let clock = Stopwatch.StartNew()

            let jobs =
                jobs Environment.ProcessorCount run.Common.Threads sweep.Values.Length sweep.Jobs

            let points = trainAll run sweep jobs folder.Path
            let seconds = clock.Elapsed.TotalSeconds + before
            let ending = ending run sweep points
            writeFigures folder sweep points
            writeSamples folder data points

            RunFolder.writeTiming
                folder
                ([ "seconds", Json.Real seconds; "jobs", Json.Whole jobs ]
                 @ Machine.facts run.Common.Threads)

            let page: Page =
                { Question = run.Question
                  Lead = lead run data sweep
                  Notice = notice sweep points ending
                  Sections = show data points
                  Settings = run.Settings @ Runner.describe data
                  Command = run.Command
                  Facts =
                    Runner.facts
                        data
                        seconds
                        $"{jobs} at a time, {Machine.threads run.Common.Threads} each" }

            RunFolder.writeFile folder "report.html" (Encoding.UTF8.GetBytes(Report.render page))
            RunIndex.update folder.Path
            let page = Path.Combine(folder.Path, "report.html")
            run.Say $"the page is {page}"
            ending)
