namespace Workbench

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
        (List.last this.History).Figures |> List.find (fst >> (=) name) |> snd

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
        Seed: int
        /// Epochs from one checkpoint to the next.
        CheckpointEvery: int
        /// Whether the folder's newest checkpoint is where it starts.
        IsResumed: bool
        IsQuiet: bool
        Stop: CancellationToken
    }

/// Training a model in its folder: `metrics.csv`, checkpoints, pictures of epochs.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Fit =

    let private row (epoch: EpochFigures) =
        ("epoch", float epoch.Epoch) :: epoch.Figures

    let private isBest (fit: Fit) (state: State) =
        let value (epoch: EpochFigures) =
            fit.Best
            |> Option.map (fun best -> epoch.Figures |> List.find (fst >> (=) best) |> snd)

        match state.History |> List.map value |> List.rev with
        | Some last :: before -> before |> List.forall (fun earlier -> earlier > Some last)
        | _ -> false

    /// A saved state, which must be one of this model.
    let load (objective: Objective) (seed: int) (path: string) : State =
        let state = Checkpoint.load path
        Checkpoint.fits path (objective.Init seed) state
        state

    /// Where training starts: at the newest checkpoint of its folder, where the run is resumed, or at the beginning.
    let private startOf (fit: Fit) (folder: RunFolder) : State =
        match Checkpoint.newest folder.Path with
        | Some path when fit.IsResumed ->
            let state = load fit.Objective fit.Seed path
            RunFolder.writeMetrics folder (List.map row state.History)
            state
        | _ -> Train.start fit.Objective fit.Seed

    /// What an epoch leaves in the folder. The checkpoint comes last: a run that was killed repeats from there.
    let private keep (fit: Fit) (folder: RunFolder) (state: State) =
        RunFolder.writeMetrics folder (List.map row state.History)

        fit.Picture
        |> Option.iter (fun draw ->
            RunFolder.writeEpochSample folder state.Epoch (draw (Pass.evaluation state.Parameters)))

        if isBest fit state then
            Checkpoint.save (Path.Combine(folder.Path, Checkpoint.bestName)) state

        if state.Epoch % fit.CheckpointEvery = 0 || state.Epoch = fit.Settings.Epochs then
            Checkpoint.keep folder.Path state

    /// Saves what an interrupted or diverged run has reached, where its last checkpoint is older.
    let private keepLast (fit: Fit) (folder: RunFolder) (start: State) (state: State) =
        if state.Epoch > start.Epoch && state.Epoch % fit.CheckpointEvery <> 0 then
            Checkpoint.keep folder.Path state

    /// What is told of a state, whose pictures of epochs lie in a folder.
    let trained (folder: RunFolder) (state: State) : Trained =
        { State = state
          Pass = Pass.evaluation state.Parameters
          Pictures = RunFiles.epochSamples folder.Path }

    /// Trains the model, keeping its folder up to date.
    let run (fit: Fit) (data: Dataset) (folder: RunFolder) (say: string -> unit) : Outcome =
        if fit.Name <> "" then
            say $"{fit.Name}:"

        let start = startOf fit folder

        if start.Epoch > 0 then
            say $"going on after epoch {start.Epoch}"

        let images = int data.Train.Images.shape[0]
        use progress = Progress.start fit.IsQuiet start.Epoch fit.Settings.Epochs images

        let watch =
            { Step = progress.Step
              Epoch =
                fun state ->
                    keep fit folder state

                    (List.last state.History).Figures
                    |> List.filter (fun (name, _) -> List.contains name fit.Shown)
                    |> progress.Epoch state.Epoch
              Cancel = fit.Stop }

        let outcome = Train.run fit.Settings fit.Objective watch data start

        match outcome with
        | Finished _ -> ()
        | Diverged _
        | Interrupted _ -> keepLast fit folder start (Train.stateOf outcome)

        outcome
