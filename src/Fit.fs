namespace Workbench

open System
open System.IO
open System.Threading
open TorchSharp

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
        EpochFigures.value name (List.last this.History)

/// A model's training, as a script asks for it.
type Fit =
    {
        /// The sub-folder of a run that trains several models; empty: the run's own folder.
        Name: string
        Objective: Objective
        Settings: TrainSettings
        /// The option that gives its learning rate, "--lr" or a script's own.
        Rate: string
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

    /// Where it is trained, or measured.
    member this.Device: torch.Device = Device.find (this.Request.Get Common.Device)

/// A model in its folder: its training, which keeps `metrics.csv`, checkpoints and pictures of epochs there, and its evaluation.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Fit =

    let private writeMetrics (folder: RunFolder) (state: State) =
        [ for epoch in state.History -> ("epoch", float epoch.Epoch) :: epoch.Figures ]
        |> RunFolder.writeMetrics folder

    let private bestEpoch (fit: Fit) (state: State) : int option =
        match fit.Best, state.History with
        | Some best, _ :: _ -> Some (EpochFigures.best best state.History).Epoch
        | _ -> None

    /// A saved state, which must be one of this model. Where it is damaged, the message says what else there is.
    let private load (fit: Fit) (path: string) : State =
        let state =
            try
                Checkpoint.load path
            with BadInput text ->
                let remedy = Checkpoint.remedy (Path.GetDirectoryName path)
                BadInput.fail "%s; %s" text remedy

        Checkpoint.fits path (fit.Objective.Init fit.Seed) state
        Train.onto fit.Device state

    /// The state before the first epoch: random weights, or those of --init. A run that goes on has its own.
    let fresh (fit: Fit) : State =
        let state = Train.start fit.Objective fit.Seed

        let begun =
            match fit.Request.TryGet Common.Init, fit.Request.TryGet Common.Resume with
            | Some path, None ->
                BadInput.require
                    (fit.Name = "")
                    "--init: this script trains several models; leave the option out"

                { state with
                    Parameters = Checkpoint.weights "--init" path state.Parameters }
            | _ -> state

        Train.onto fit.Device begun

    /// Whether this epoch has a checkpoint.
    let private isDue (fit: Fit) (state: State) =
        state.Epoch % fit.Request.Get Common.Checkpoint_Every = 0
        || state.Epoch = fit.Settings.Epochs

    /// What an epoch leaves in the folder. The checkpoint comes last: a run that was killed repeats from there.
    let private keep (fit: Fit) (folder: RunFolder) (state: State) =
        writeMetrics folder state

        fit.Picture
        |> Option.iter (fun draw ->
            RunFolder.writeEpochSample folder state.Epoch (draw (Pass.evaluation state.Shown)))

        if bestEpoch fit state = Some state.Epoch then
            // It is there to be measured, not to be gone on with: Adam's moments would treble it.
            Checkpoint.save
                (Path.Combine(folder.Path, Checkpoint.bestName))
                { state with Moments = Map.empty }

        if isDue fit state then
            Checkpoint.keep folder.Path state

    /// Tells TensorBoard of the epochs after a state: their figures, rows of what the model can do by then, and, of a Gaussian code,
    /// the KL of its dimensions over the test images. Of the state's own epochs the figures, where nothing told of them before.
    let private log (data: Dataset) (can: Pass -> Can) (folder: RunFolder) (start: State) =
        let isFirst = TensorBoard.files folder.Path |> Array.isEmpty
        let path = Path.Combine(folder.Path, TensorBoard.fileName DateTimeOffset.Now)

        let tell (epoch: EpochFigures) more =
            [ for name, value in epoch.Figures -> name, Logged.Scalar value ] @ more
            |> TensorBoard.append path DateTimeOffset.Now epoch.Epoch

        if isFirst then
            for epoch in start.History do
                tell epoch []
        else
            TensorBoard.restart path DateTimeOffset.Now (start.Epoch + 1)

        fun (state: State) ->
            use _ = torch.no_grad ()
            use _ = torch.NewDisposeScope()
            let can = can (Pass.evaluation state.Shown)

            tell
                (List.last state.History)
                [ for caption, images in Can.rows data state.Seed can do
                      caption, Logged.Picture(Pictures.rows [ images ])
                  for encode in Option.toList can.Code do
                      "KL of each dimension",
                      Metrics.klPerDimension encode data.Pixels data.Test.Images |> Logged.Histogram ]

    /// The checkpoint from which a run goes on: the newest, or that of the best epoch.
    let private resumed (fit: Fit) (folder: RunFolder) : State option =
        if (fit.Request.TryGet Common.Resume).IsNone then
            None
        elif fit.Request.IsFromBest then
            let path = Path.Combine(folder.Path, Checkpoint.bestName)

            if File.Exists path then
                Some(load fit path)
            else
                BadInput.fail
                    "--from-best: %s has no %s: leave it out"
                    folder.Path
                    Checkpoint.bestName
        else
            Checkpoint.newest folder.Path |> Option.map (load fit)

    /// Why training ended before its last epoch, where it did.
    let early (fit: Fit) (state: State) : string option =
        match fit.Best, bestEpoch fit state with
        | Some best, Some epoch when
            fit.Settings.IsEnough state && state.Epoch < fit.Settings.Epochs
            ->
            Some
                $"Ended early, after epoch {state.Epoch} of {fit.Settings.Epochs}: since epoch {epoch}, which {Checkpoint.bestName} keeps, {best} has not been less."
        | _ -> None

    /// Whether the best epoch lies as far back as --patience says.
    let isEnough (request: Request) (best: string option) : State -> bool =
        match request.TryGet Common.Patience, best with
        | None, _ -> Train.defaults.IsEnough
        | Some patience, Some best ->
            fun state ->
                not state.History.IsEmpty
                && state.Epoch - (EpochFigures.best best state.History).Epoch >= patience
        | Some _, None ->
            BadInput.fail
                "--patience: a model of %s follows no figure whose least epoch is the best; leave the option out"
                request.Script.Name

    /// How a model is trained that follows such a figure.
    let settings
        (request: Request)
        (lr: float, schedule: (float -> int -> float) option)
        (beta1, epsilon)
        best
        : TrainSettings =
        { Epochs = request.Get Common.Epochs
          Batch = request.Get Common.Batch
          LearningRate = defaultArg schedule Schedule.constant lr
          Beta1 = defaultArg beta1 Train.defaults.Beta1
          Epsilon = defaultArg epsilon Train.defaults.Epsilon
          ClipNorm = request.TryGet Common.Clip_Norm
          // Averages that keep nothing are the parameters.
          Average = request.TryGet Common.Ema |> Option.filter ((<>) 0.0)
          IsEnough = isEnough request best }

    /// What to try after a divergence. Before the first step the learning rate has no part in it.
    let private advice (fit: Fit) (divergence: Divergence) =
        let own =
            [ for name in fit.Request.Changed do
                  if not (List.contains name Settings.names<Common>) then
                      "--" + name ]

        if divergence.Epoch > 1 || divergence.Step > 1 then $"try a smaller {fit.Rate}"
        elif own.IsEmpty then "no step was taken yet: look at the data and the model"
        else "no step was taken yet: look at " + String.concat ", " own

    /// How a run ends whose training came out so.
    let ending (fit: Fit) (outcome: Outcome) : Ending =
        match outcome with
        | Finished _ -> Ending.Finished
        | Interrupted _ -> Ending.Interrupted
        | Diverged(state, divergence) ->
            let advice, reached = advice fit divergence, RunPage.reached [ state.Epoch ]
            Ending.Failed $"the run diverged: {divergence}; {advice}. {reached}"

    /// What is told of a state, whose pictures of epochs lie in a folder.
    let trained (folder: RunFolder) (state: State) : Trained =
        { State = state
          Pass = Pass.evaluation state.Shown
          Pictures = RunFiles.epochSamples folder.Path }

    /// The last epoch's figures that are told, in their order.
    let private shown (fit: Fit) (state: State) =
        let figures = (List.last state.History).Figures
        fit.Shown |> List.choose (fun name -> figures |> List.tryFind (fst >> (=) name))

    /// What there is to see of a model under way: the figures that are told, the newest picture, the course of all figures.
    let course (fit: Fit) (folder: RunFolder) (state: State) : Section list =
        let name = if fit.Name = "" then "" else fit.Name + ": "

        [ Section.Tiles(
              $"{name}After epoch {state.Epoch} of {fit.Settings.Epochs}.",
              [ for name, value in shown fit state do
                    Sections.tile (Sections.readable name) "" None value ]
          )
          for _, png in RunFiles.epochSamples folder.Path |> List.tryLast |> Option.toList do
              Section.Images("Drawn after the last epoch.", [ png ])
          yield! Sections.course state.History ]

    /// What is to be known of how the training of a model ended.
    let notices (fit: Fit) (state: State) : string list =
        match fit.Best, state.History with
        | Some best, _ :: _ ->
            Option.toList (early fit state)
            @ Sections.warnings (Warnings.pastBest fit.Rate best state.History)
        | _ -> []

    /// Trains the model from a fresh state, keeping its folder up to date; a resumed run goes on after the newest checkpoint there.
    /// `show` gets each epoch's state once it is kept.
    let run
        (fit: Fit)
        (fresh: State)
        (data: Dataset)
        (can: Pass -> Can)
        (folder: RunFolder)
        (say: string -> unit)
        show
        stop
        : Outcome =
        if fit.Name <> "" then
            say $"{fit.Name}:"

        let start = resumed fit folder |> Option.defaultValue fresh

        if start.Epoch > 0 then
            writeMetrics folder start

            say (
                if start.Epoch < fit.Settings.Epochs then
                    $"going on after epoch {start.Epoch}"
                else
                    $"{start.Epoch} epochs are trained; a larger --epochs goes on from there"
            )

        let log = if fit.Request.IsLogged then log data can folder start else ignore

        let images = int data.Train.Images.shape[0]

        use progress =
            Progress.start fit.Request.IsQuiet start.Epoch fit.Settings.Epochs images

        let watch =
            { Step = progress.Step
              Epoch =
                fun state ->
                    keep fit folder state
                    log state
                    shown fit state |> progress.Epoch state.Epoch

                    show state
              Cancel = stop }

        let outcome = Train.run fit.Settings fit.Objective watch data start

        let state = Train.stateOf outcome
        early fit state |> Option.iter say

        if state.Epoch > start.Epoch && not (isDue fit state) then
            Checkpoint.keep folder.Path state

        if outcome.IsFinished then
            File.Delete(Path.Combine(folder.Path, Checkpoint.previousName))

        outcome

    /// The state of the checkpoint that is asked for, and what the model can do, measured; of a model without one, its first state.
    let evaluate (fit: Fit) (data: Dataset) (folder: RunFolder) can (measuring: Measuring) =
        let best = Path.Combine(folder.Path, Checkpoint.bestName)

        let found =
            if not measuring.IsBest then Checkpoint.newest folder.Path
            elif File.Exists best then Some best
            else None

        match found with
        | None -> trained folder (Train.start fit.Objective fit.Seed |> Train.onto fit.Device), None
        | Some file ->
            let trained = trained folder (load fit file)
            let can: Can = can trained.Pass

            let measured =
                Evaluation.measure measuring data fit.Name file trained.State.Epoch can

            let history = trained.History

            let ofHistory =
                [ for best in Option.toList fit.Best do
                      yield! Warnings.pastBest fit.Rate best history
                  if can.Likelihood.IsSome then
                      yield! Warnings.bound history data ]

            trained,
            Some
                { measured with
                    Warnings = Sections.warnings ofHistory @ measured.Warnings }

    /// What was run, on what: a script, its models with the states that they have reached.
    let lead (script: string) (seed: int) (data: Dataset option) (models: (Fit * State * 'E) list) =
        match data with
        | None -> $"{script}, seed {seed}"
        | Some data ->
            [ RunPage.lead script data + ";"
              for fit, state, _ in models do
                  $"{fit.Name} {state.Epoch} of {fit.Settings.Epochs} epochs,".TrimStart()
              $"seed {seed}" ]
            |> String.concat " "
