namespace Workbench

open System
open System.Threading
open TorchSharp

/// Adam's memory of one parameter: the running means of its gradient and of the square.
type Moments =
    { Mean: torch.Tensor
      Square: torch.Tensor }

/// What an epoch left behind: figures by name, in order.
type EpochFigures =
    { Epoch: int
      Figures: (string * float) list }

/// All there is to a run between two epochs. Training makes a new one and leaves the old one as it was.
type State =
    {
        Parameters: Parameters
        /// None before the first step.
        Moments: Map<string, Moments>
        Steps: int64
        Seed: int
        Epoch: int
        History: EpochFigures list
    }

/// What a model wants of training.
type Objective =
    {
        /// Fresh parameters from a seed.
        Init: int -> Parameters
        /// The loss of a batch at an epoch (from 1): a scalar whose gradient is followed. All noise comes from the generator.
        Loss: int -> Parameters -> torch.Generator -> torch.Tensor -> torch.Tensor
        /// Figures at an epoch's end, in evaluation mode.
        Evaluate: int -> Parameters -> (string * float) list
    }

/// How to train, whatever the model.
type TrainSettings =
    {
        Epochs: int
        Batch: int
        /// The learning rate of Adam at an epoch.
        LearningRate: int -> float
    }

/// Where training left the numbers.
type Divergence =
    { Epoch: int
      Step: int
      Tensor: string }

    override this.ToString() =
        $"{this.Tensor} is not finite at epoch {this.Epoch}, step {this.Step}"

/// How a run ended. The state is that of the last whole epoch.
type Outcome =
    | Finished of State
    | Diverged of State * Divergence
    | Interrupted of State

/// What a caller may watch; nothing here can change a run.
type Watch =
    { Step: int -> float -> unit
      Epoch: EpochFigures -> unit
      Cancel: CancellationToken }

/// Training as a fold over epochs: `State` in, new `State` out.
[<RequireQualifiedAccess>]
module Train =

    /// The state before the first epoch.
    let start (objective: Objective) (seed: int) : State =
        { Parameters = objective.Init seed
          Moments = Map.empty
          Steps = 0L
          Seed = seed
          Epoch = 0
          History = [] }

    /// Watches nothing.
    let unwatched: Watch =
        { Step = fun _ _ -> ()
          Epoch = ignore
          Cancel = CancellationToken.None }

    let private owned (tensor: torch.Tensor) =
        tensor.detach().clone().DetachFromDisposeScope()

    /// An epoch's private copies: parameters that record gradients, in the order of their names, and Adam over them.
    let private workingCopy (state: State) learningRate =
        let copies =
            state.Parameters
            |> Map.map (fun _ tensor -> torch.nn.Parameter(tensor.clone (), true))

        let adam = torch.optim.Adam(Map.values copies, lr = learningRate)

        for (name, _), remembered in Seq.zip (Map.toSeq copies) (adam.state_dict().State) do
            match Map.tryFind name state.Moments, remembered with
            | Some moments, (:? Modules.Adam.State as adamState) ->
                adamState.step <- state.Steps
                adamState.exp_avg.copy_ moments.Mean |> ignore
                adamState.exp_avg_sq.copy_ moments.Square |> ignore
            | _ -> ()

        copies, adam

    let private momentsOf (names: string seq) (adam: Modules.Adam) =
        Seq.zip names (adam.state_dict().State)
        |> Seq.choose (fun (name, remembered) ->
            match remembered with
            | :? Modules.Adam.State as state ->
                Some(
                    name,
                    { Mean = owned state.exp_avg
                      Square = owned state.exp_avg_sq }
                )
            | _ -> None)
        |> Map.ofSeq

    let private isFinite (tensor: torch.Tensor) =
        use _ = torch.NewDisposeScope()
        tensor.isfinite().all().item<bool>()

    /// Why an epoch gave no new state.
    type private Stop =
        | NotFinite of Divergence
        | Cancelled

    /// All steps of an epoch on the working copy; the mean of the losses, or why it stopped.
    let private steps
        settings
        objective
        watch
        (data: Dataset)
        (state: State)
        parameters
        (adam: Modules.Adam)
        =
        let epoch = state.Epoch + 1
        let generator = Random.generator state.Seed Random.Epoch epoch
        let order = Data.shuffle generator data.Train
        let count = (int order.shape[0] + settings.Batch - 1) / settings.Batch

        let step index =
            use _ = torch.NewDisposeScope()

            let batch =
                Data.batch data.Pixels generator settings.Batch order data.Train.Images index

            adam.zero_grad ()
            let loss = objective.Loss epoch parameters generator batch
            loss.backward ()
            adam.step () |> ignore
            let value = float (loss.item<float32>())
            watch.Step (int batch.shape[0]) value
            value, float batch.shape[0]

        let rec run index sum examples =
            if watch.Cancel.IsCancellationRequested then
                Error Cancelled
            elif index = count then
                Ok(sum / examples)
            else
                let loss, size = step index

                if Double.IsFinite loss then
                    run (index + 1) (sum + loss * size) (examples + size)
                else
                    Error(
                        NotFinite
                            { Epoch = epoch
                              Step = index + 1
                              Tensor = "the loss" }
                    )

        run 0 0.0 0.0
        |> Result.bind (fun loss ->
            match parameters |> Map.tryFindKey (fun _ tensor -> not (isFinite tensor)) with
            | Some name ->
                Error(
                    NotFinite
                        { Epoch = epoch
                          Step = count
                          Tensor = name }
                )
            | None -> Ok loss)

    let private epoch settings objective watch data (state: State) =
        use _ = torch.NewDisposeScope()
        let copies, adam = workingCopy state (settings.LearningRate(state.Epoch + 1))
        use _ = adam
        let parameters = copies |> Map.map (fun _ parameter -> parameter :> torch.Tensor)

        steps settings objective watch data state parameters adam
        |> Result.map (fun loss ->
            let trained = parameters |> Map.map (fun _ tensor -> owned tensor)

            let figures =
                { Epoch = state.Epoch + 1
                  Figures = ("train_loss", loss) :: objective.Evaluate (state.Epoch + 1) trained }

            { Parameters = trained
              Moments = momentsOf (Map.keys copies) adam
              Steps =
                state.Steps
                + int64 (
                    (data.Train.Images.shape[0] + int64 settings.Batch - 1L) / int64 settings.Batch
                )
              Seed = state.Seed
              Epoch = figures.Epoch
              History = state.History @ [ figures ] })

    /// Trains up to epoch `settings.Epochs`, one epoch after the other. So training n + m epochs is training n, then m.
    let rec run
        (settings: TrainSettings)
        (objective: Objective)
        (watch: Watch)
        (data: Dataset)
        (state: State)
        : Outcome =
        if state.Epoch >= settings.Epochs then
            Finished state
        else
            match epoch settings objective watch data state with
            | Ok next ->
                watch.Epoch(List.last next.History)
                run settings objective watch data next
            | Error(NotFinite divergence) -> Diverged(state, divergence)
            | Error Cancelled -> Interrupted state
