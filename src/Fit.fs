namespace Workbench

open System
open System.IO
open System.Threading

/// A model as a run has trained it, up to its last whole epoch.
type Trained =
    {
        State: State
        /// In evaluation, with the state's parameters.
        Pass: Pass
        /// Pictures of epochs, as far as there are any: the epoch, the PNG.
        Pictures: (int * byte[]) list
    }

    /// The figures of each epoch.
    member this.History: EpochFigures list = this.State.History

    /// A figure of the last epoch.
    member this.Figure(name: string) : float =
        Sections.find name (List.last this.History).Figures

/// A model's training, as a script asks for it.
type Fit =
    {
        /// The sub-folder of a run that trains several models; empty: the run's own folder.
        Name: string
        Objective: Objective
        Settings: TrainSettings
        /// The figures of an epoch that are told on the terminal.
        Shown: string list
        /// The figure of which the epoch with the least is kept as `best.safetensors`.
        Best: string option
        /// A picture (PNG) of each epoch, for `samples/epochs/`.
        Picture: (Pass -> byte[]) option
        /// The run's common options: seed, checkpoints, whether it goes on or is quiet.
        Request: Request
    }

    member this.Seed: int = this.Request.Get Common.Seed

/// A model in its folder: its training, which keeps `metrics.csv`, checkpoints and pictures of epochs there, and its evaluation.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Fit =

    let private writeMetrics (folder: RunFolder) (state: State) =
        [ for epoch in state.History -> ("epoch", float epoch.Epoch) :: epoch.Figures ]
        |> RunFolder.writeMetrics folder

    let private isBest (fit: Fit) (state: State) =
        match fit.Best, List.rev state.History with
        | Some best, last :: before ->
            let value (epoch: EpochFigures) = Sections.find best epoch.Figures
            before |> List.forall (fun earlier -> value earlier > value last)
        | _ -> false

    /// A saved state, which must be one of this model.
    let private load (fit: Fit) (path: string) : State =
        let state = Checkpoint.load path
        Checkpoint.fits path (fit.Objective.Init fit.Seed) state
        state

    /// Whether this epoch has a checkpoint.
    let private isDue (fit: Fit) (state: State) =
        state.Epoch % fit.Request.Get Common.Checkpoint_Every = 0

    /// What an epoch leaves in the folder. The checkpoint comes last: a run that was killed repeats from there.
    let private keep (fit: Fit) (folder: RunFolder) (state: State) =
        writeMetrics folder state

        fit.Picture
        |> Option.iter (fun draw ->
            RunFolder.writeEpochSample folder state.Epoch (draw (Pass.evaluation state.Parameters)))

        if isBest fit state then
            // It is there to be measured, not to be gone on with: Adam's moments would treble it.
            Checkpoint.save
                (Path.Combine(folder.Path, Checkpoint.bestName))
                { state with Moments = Map.empty }

        if isDue fit state || state.Epoch = fit.Settings.Epochs then
            Checkpoint.keep folder.Path state

    /// What is told of a state, whose pictures of epochs lie in a folder.
    let trained (folder: RunFolder) (state: State) : Trained =
        { State = state
          Pass = Pass.evaluation state.Parameters
          Pictures = RunFiles.epochSamples folder.Path }

    /// What there is to see of a model under way: the figures that are told, the newest picture, the course of all figures.
    let course (fit: Fit) (folder: RunFolder) (state: State) : Section list =
        let readable (name: string) = name.Replace('_', ' ')

        [ Section.Tiles(
              $"After epoch {state.Epoch} of {fit.Settings.Epochs}.",
              [ for name, value in (List.last state.History).Figures do
                    if List.contains name fit.Shown then
                        Sections.tile (readable name) "" None value ]
          )
          for _, png in RunFiles.epochSamples folder.Path |> List.tryLast |> Option.toList do
              Section.Images("Drawn after the last epoch.", [ png ])
          yield! Sections.course state.History ]

    /// Trains the model, keeping its folder up to date; a resumed run goes on after the newest checkpoint there. `show` gets each
    /// epoch's state once it is kept.
    let run
        (fit: Fit)
        (data: Dataset)
        (folder: RunFolder)
        (say: string -> unit)
        show
        stop
        : Outcome =
        if fit.Name <> "" then
            say $"{fit.Name}:"

        let start =
            match Checkpoint.newest folder.Path with
            | Some path when (fit.Request.TryGet Common.Resume).IsSome -> load fit path
            | _ -> Train.start fit.Objective fit.Seed

        if start.Epoch > 0 then
            writeMetrics folder start
            say $"going on after epoch {start.Epoch}"

        let images = int data.Train.Images.shape[0]

        use progress =
            Progress.start fit.Request.IsQuiet start.Epoch fit.Settings.Epochs images

        let watch =
            { Step = progress.Step
              Epoch =
                fun state ->
                    keep fit folder state

                    (List.last state.History).Figures
                    |> List.filter (fun (name, _) -> List.contains name fit.Shown)
                    |> progress.Epoch state.Epoch

                    show state
              Cancel = stop }

        let outcome = Train.run fit.Settings fit.Objective watch data start

        match outcome with
        | Diverged(state, _)
        | Interrupted state when state.Epoch > start.Epoch && not (isDue fit state) ->
            Checkpoint.keep folder.Path state
        | Finished _ -> File.Delete(Path.Combine(folder.Path, Checkpoint.previousName))
        | _ -> ()

        outcome

    /// The state of the checkpoint that is asked for, and what the model can do, measured; of a model without one, its first state.
    let evaluate (fit: Fit) (data: Dataset) (folder: RunFolder) can (measuring: Measuring) =
        let best = Path.Combine(folder.Path, Checkpoint.bestName)

        let found =
            if not measuring.IsBest then Checkpoint.newest folder.Path
            elif File.Exists best then Some best
            else None

        match found with
        | None -> trained folder (Train.start fit.Objective fit.Seed), None
        | Some file ->
            let trained = trained folder (load fit file)
            let can: Can = can trained.Pass
            trained, Some(Evaluation.measure measuring data fit.Name file trained.State.Epoch can)

/// What becomes of a script's models.
[<RequireQualifiedAccess>]
type Purpose =
    /// They are trained.
    | Train
    /// Those that a run has trained are measured: the run's folder, and how.
    | Evaluate of folder: string * measuring: Measuring
    /// Tell what would be trained.
    | Plan of tell: (Fit -> Dataset -> (Pass -> Can) -> unit)

/// What a run knows of how it was started.
type RunFrame =
    {
        Request: Request
        Purpose: Purpose
        /// The command that makes this run again.
        Command: string
        /// The command that goes on with the run in a folder.
        GoOn: string -> string
        /// Cancelled by SIGINT and SIGTERM: end the epoch under way and save what there is.
        Stop: CancellationToken
    }

/// The folder of a run, which no other process has until it is let go of.
type internal RunPlace(frame: RunFrame) =
    let request = frame.Request
    let script = request.Script
    let mutable entered: (RunFolder * IDisposable) option = None

    /// Epochs that schedules over a whole training count on: those that were asked for first, also of a run that goes on for longer.
    let planned =
        let saved =
            request.TryGet Common.Resume
            |> Option.bind (fun path -> Request.saved path "planned-epochs")

        match saved with
        | Some(Json.Whole epochs) -> epochs
        | _ -> request.TryGet Common.Epochs |> Option.defaultValue 0

    let config (data: Dataset option) =
        let sources = Request.sources script.Path

        [ "script", Json.Text script.Name
          yield! request.Settings
          "changed", Json.List(List.map Json.Text request.Changed)
          if List.contains "epochs" script.Takes && planned > 0 then
              "planned-epochs", Json.Whole planned
          yield!
              match data with
              | Some data -> RunPage.describe data
              | None -> RunPage.engine ()
          yield! Machine.versions
          "script-path", Json.Text script.Path
          "script-sha256", Json.Text(Request.hash sources)
          "script-text",
          Json.List
              [ for text in List.truncate 1 sources do
                    for line in text.TrimEnd('\n').Split '\n' -> Json.Text line ] ]

    /// Makes the folder, or enters that of the run that goes on or is evaluated, whose data these must be.
    let enter (data: Dataset option) : RunFolder * IDisposable =
        let checkData option path =
            data |> Option.iter (fun data -> Request.checkData option path data.Hash)

        match frame.Purpose, request.TryGet Common.Resume with
        | Purpose.Evaluate(path, _), _ ->
            checkData "evaluate" path
            { Path = path }, RunFolder.alone "--evaluate" path
        | _, Some path ->
            checkData "data" path
            let hold = RunFolder.alone "--resume" path
            RunFolder.writeConfig { Path = path } (config data)
            RunFiles.underWay { Path = path }
            { Path = path }, hold
        | _, None ->
            let made = RunFolder.create script.Name (request.TryGet Common.Out) (config data)
            let hold = RunFolder.alone "--out" made.Path
            RunFiles.underWay made
            made, hold

    member _.Planned: int = planned
    member _.Folder: RunFolder option = Option.map fst entered

    member _.Enter(data: Dataset option) : RunFolder =
        if entered.IsNone then
            entered <- Some(enter data)

        fst entered.Value

    member _.Leave() : unit =
        entered |> Option.iter (fun (_, hold) -> hold.Dispose())
