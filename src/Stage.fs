namespace Workbench

open System.IO

/// A model that a run trains.
type Stage =
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
        Picture: (State -> byte[]) option
    }

/// How far a stage came.
type Reached =
    {
        State: State
        /// Its pictures of epochs, as far as there are any: the epoch, the PNG.
        Pictures: (int * byte[]) list
    }

/// Training the models of a run, each in its folder: `metrics.csv`, checkpoints, pictures of epochs.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Stage =

    /// A stage with the common options' settings, whose learning rate may change with the epoch.
    let create (common: CommonOptions) (name: string) (objective: Objective) : Stage =
        { Name = name
          Objective = objective
          Settings =
            { Train.defaults with
                Epochs = common.Epochs
                Batch = common.Batch
                LearningRate = Schedule.constant common.LearningRate
                ClipNorm = common.ClipNorm }
          Shown = []
          Best = None
          Picture = None }

    /// A stage of an adversarial model.
    let adversarial (common: CommonOptions) (name: string) (objective: Objective) : Stage =
        let stage = create common name objective

        { stage with
            Settings = AdversarialTraining.settings common.LearningRate stage.Settings }

    let private row (epoch: EpochFigures) =
        ("epoch", float epoch.Epoch) :: epoch.Figures

    let private isBest (stage: Stage) (state: State) =
        let value (epoch: EpochFigures) =
            stage.Best |> Option.map (fun name -> Sections.find name epoch.Figures)

        match state.History |> List.map value |> List.rev with
        | Some last :: before -> before |> List.forall (fun earlier -> earlier > Some last)
        | _ -> false

    /// Where a stage starts: at the newest checkpoint of its folder, where the run is resumed, or at the beginning.
    let private startOf (run: ScriptRun<'Own>) (folder: RunFolder) (stage: Stage) : State =
        let fresh = Train.start stage.Objective run.Common.Seed

        match run.Common.Resume |> Option.bind (fun _ -> Checkpoint.newest folder.Path) with
        | None -> fresh
        | Some path ->
            let state = Checkpoint.load path
            Checkpoint.fits path fresh.Parameters state
            RunFolder.writeMetrics folder (List.map row state.History)
            state

    /// What an epoch leaves in a stage's folder. The checkpoint comes last: a run that was killed repeats from there.
    let private keep (run: ScriptRun<'Own>) (folder: RunFolder) (stage: Stage) (state: State) =
        RunFolder.writeMetrics folder (List.map row state.History)

        stage.Picture
        |> Option.iter (fun draw -> RunFolder.writeEpochSample folder state.Epoch (draw state))

        if isBest stage state then
            Checkpoint.save (Path.Combine(folder.Path, Checkpoint.bestName)) state

        if
            state.Epoch % run.Common.CheckpointEvery = 0
            || state.Epoch = stage.Settings.Epochs
        then
            Checkpoint.keep folder.Path state

    /// Saves what an interrupted or diverged run has reached, where its last checkpoint is older.
    let private keepLast (run: ScriptRun<'Own>) (folder: RunFolder) (start: State) (state: State) =
        if state.Epoch > start.Epoch && state.Epoch % run.Common.CheckpointEvery <> 0 then
            Checkpoint.keep folder.Path state

    /// The state of the last whole epoch.
    let stateOf (outcome: Outcome) : State =
        match outcome with
        | Finished state
        | Diverged(state, _)
        | Interrupted state -> state

    /// Trains one model, keeping its folder up to date.
    let private fit (run: ScriptRun<'Own>) (data: Dataset) (folder: RunFolder) (stage: Stage) : Outcome =
        if stage.Name <> "" then
            run.Say $"{stage.Name}:"

        let start = startOf run folder stage

        if start.Epoch > 0 then
            run.Say $"going on after epoch {start.Epoch}"

        use progress =
            Progress.start
                run.Common.Quiet
                start.Epoch
                stage.Settings.Epochs
                (int data.Train.Images.shape[0])

        let watch =
            { Step = progress.Step
              Epoch =
                fun state ->
                    keep run folder stage state

                    progress.Epoch
                        state.Epoch
                        ((List.last state.History).Figures
                         |> List.filter (fun (name, _) -> List.contains name stage.Shown))
              Cancel = run.Stop }

        let outcome = Train.run stage.Settings stage.Objective watch data start

        match outcome with
        | Finished _ -> ()
        | _ -> keepLast run folder start (stateOf outcome)

        outcome

    /// One stage after the other, until one does not finish: those after it stay at their start.
    let rec fitAll
        (run: ScriptRun<'Own>)
        (data: Dataset)
        (root: RunFolder)
        (stages: Stage list)
        : Outcome list =
        match stages with
        | [] -> []
        | stage :: rest ->
            match fit run data (RunFolder.sub root stage.Name) stage with
            | Finished _ as outcome -> outcome :: fitAll run data root rest
            | outcome ->
                let unbegun =
                    rest
                    |> List.map (fun stage ->
                        Interrupted(Train.start stage.Objective run.Common.Seed))

                outcome :: unbegun
