namespace Workbench

open System
open System.Diagnostics
open System.IO
open System.Text
open System.Threading
open TorchSharp

/// What is told of a finished (or interrupted) run, from its last states.
type Summary =
    {
        /// The final figures of `metrics.json`.
        Figures: (string * float) list
        /// Pictures of `samples/`, by name.
        Pictures: (string * byte[]) list
        /// What `report.html` shows.
        Sections: Section list
        /// A line for people.
        Line: string
    }

/// From a script's settings to its run's folder: what every training script does alike.
[<RequireQualifiedAccess>]
module Runner =

    /// The data that common options ask for, downloaded where need be, until `stop`.
    let dataOf (common: CommonOptions) (stop: CancellationToken) : Dataset =
        torch.set_num_threads common.Threads

        let download =
            { Download.defaults with
                Quiet = common.Quiet
                Stop = stop }

        Data.loadWith download common.Data common.Labels
        |> Data.limit common.Limit
        |> Data.withPixels common.Pixels

    /// The data that a run asks for.
    let data (run: ScriptRun<'Own>) : Dataset = dataOf run.Common run.Stop

    /// What a run's files say of its data and engine.
    let describe (data: Dataset) : (string * Json) list =
        [ "data-sha256", Json.Text data.Hash
          "image-shape", Json.List(data.ImageShape |> List.map Json.Whole)
          "train-examples", Json.Whole(int data.Train.Images.shape[0])
          "test-examples", Json.Whole(int data.Test.Images.shape[0])
          "engine-version", Json.Text(Engine.version ()) ]

    /// What `config.json` says: the script, every setting, the names of those that are not its defaults, data and versions.
    let config (run: ScriptRun<'Own>) (data: Dataset) : (string * Json) list =
        [ "script", Json.Text run.Script ]
        @ run.Settings
        @ [ "changed", Json.List(List.map Json.Text run.Changed) ]
        @ describe data
        @ Machine.versions

    let private writeTiming
        folder
        (common: CommonOptions)
        (data: Dataset)
        (states: State list)
        (seconds: float)
        =
        let epochs = states |> List.sumBy _.Epoch
        let examples = float data.Train.Images.shape[0] * float epochs

        RunFolder.writeTiming
            folder
            ([ "seconds", Json.Real seconds
               "epochs", Json.Whole epochs
               "examples-per-second", Json.Real(if seconds > 0.0 then examples / seconds else 0.0) ]
             @ Machine.facts common.Threads)

    /// `41 s`, `3 min 5 s`.
    let duration (seconds: float) : string =
        let time = TimeSpan.FromSeconds(Math.Round seconds)

        if time.TotalMinutes < 1.0 then
            $"{time.Seconds} s"
        else
            $"{int time.TotalMinutes} min {time.Seconds} s"

    let private progressOf (stages: (Stage * State) list) =
        stages
        |> List.map (fun (stage, state) ->
            let epochs = $"{state.Epoch} of {stage.Settings.Epochs} epochs"
            if stage.Name = "" then epochs else $"{stage.Name} {epochs}")
        |> String.concat ", "

    let private lead (run: ScriptRun<'Own>) (data: Dataset) (stages: (Stage * State) list) =
        let images =
            Report.count data.Train.Images.shape[0], Report.count data.Test.Images.shape[0]

        $"{run.Script} on {data.Name}, {Pixels.name data.Pixels} pixels: {fst images} training and {snd images} test images; "
        + $"{progressOf stages}, seed {run.Common.Seed}"

    /// What figures there are of a run that did not finish.
    let private reached (states: State list) =
        match states with
        | [ state ] when state.Epoch = 0 -> "No epoch was finished, so there are no figures."
        | _ when states |> List.exists (fun state -> state.Epoch = 0) ->
            "Not every model has a finished epoch, so there are no figures."
        | [ state ] -> $"The figures are those of epoch {state.Epoch}."
        | _ -> "The figures are those of the last whole epochs."

    let private notice (states: State list) (ending: Ending) =
        match ending with
        | Ending.Finished -> None
        | Ending.Failed reason -> Some $"{Char.ToUpperInvariant reason[0]}{reason[1..]}"
        | Ending.Interrupted -> Some $"The run was interrupted. {reached states}"

    /// What stands at a page's foot. `threads` says how many worked.
    let facts (data: Dataset) (seconds: float) (threads: string) : (string * string) list =
        [ "Data", $"{data.Name}, SHA-256 {data.Hash}"
          "Wall-clock", $"{duration seconds}, {threads}, {Machine.processor}"
          "Engine", Engine.version ()
          "Workbench", Machine.workbenchVersion
          ".NET", string Environment.Version ]

    let private page (run: ScriptRun<'Own>) data stages seconds ending sections : Page =
        { Question = run.Question
          Lead = lead run data stages
          Notice = notice (List.map snd stages) ending
          Sections = sections
          Settings = run.Settings @ describe data
          Command = run.Command
          Facts = facts data seconds (Machine.threads run.Common.Threads) }

    /// Writes what is told of the last whole epochs; the page also where there were none. Gives the line for people.
    let private conclude folder (summary: Summary option) (page: Section list -> Page) =
        match summary with
        | Some summary ->
            RunFolder.writeFigures folder summary.Figures

            for name, png in summary.Pictures do
                RunFolder.writeSample folder name png
        | None -> ()

        let sections = summary |> Option.map _.Sections |> Option.defaultValue []

        if not SweepPoint.isThis then
            RunFolder.writeFile
                folder
                "report.html"
                (Encoding.UTF8.GetBytes(Report.render (page sections)))

            RunIndex.update folder.Path

    let private endingOf (outcomes: Outcome list) =
        let reached = reached (List.map Stage.stateOf outcomes)

        outcomes
        |> List.tryPick (function
            | Finished _ -> None
            | Interrupted _ -> Some Ending.Interrupted
            | Diverged(_, divergence) ->
                Some(Ending.Failed $"the run diverged: {divergence}; try a smaller --lr. {reached}"))
        |> Option.defaultValue Ending.Finished

    let private folder (run: ScriptRun<'Own>) (data: Dataset) : RunFolder =
        match run.Common.Resume with
        | None -> RunFolder.create run.Script run.Common.Out (config run data)
        | Some path ->
            Resume.checkData path data.Hash
            { Path = path }

    /// Does `work` in the folder of a new run, or of the one that is resumed, with no other process in it. Raises `BadInput`
    /// where that cannot be, or other data made it.
    let inFolder (run: ScriptRun<'Own>) (data: Dataset) (work: RunFolder -> 'T) : 'T =
        let folder = folder run data
        use _ = RunFolder.alone "--resume" folder.Path

        if run.Common.Resume.IsSome then
            RunFolder.writeConfig folder (config run data)

        work folder

    /// What a resumed run took before.
    let secondsBefore (run: ScriptRun<'Own>) (folder: RunFolder) : float =
        if run.Common.Resume.IsSome then RunFiles.seconds folder.Path else 0.0

    /// Trains the models of a run, one after the other, and tells of them: config.json at the start, metrics.csv after each
    /// epoch, the rest at the end, also of a run that diverged or was interrupted, as long as every model has a whole epoch.
    let train
        (run: ScriptRun<'Own>)
        (data: Dataset)
        (stages: Stage list)
        (summarise: Reached list -> Summary)
        : Ending =
        for stage in stages do
            Train.rehearse stage.Settings stage.Objective data run.Common.Seed

        inFolder run data (fun folder ->
            let clock = Stopwatch.StartNew()
            let outcomes = Stage.fitAll run data folder stages
            let states = outcomes |> List.map Stage.stateOf
            let ending = endingOf outcomes

            let trained =
                List.map2
                    (fun stage state ->
                        { State = state
                          Pictures = RunFiles.epochSamples (RunFolder.sub folder stage.Name).Path })
                    stages
                    states

            let summary =
                if states |> List.forall (fun state -> state.Epoch > 0) then
                    Some(summarise trained)
                else
                    None

            let seconds = clock.Elapsed.TotalSeconds + secondsBefore run folder
            writeTiming folder run.Common data states seconds
            conclude folder summary (page run data (List.zip stages states) seconds ending)
            summary |> Option.iter (fun summary -> run.Say summary.Line)
            run.Say $"the run is in {folder.Path}"
            ending)
