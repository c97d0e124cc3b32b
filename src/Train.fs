namespace Workbench

open System
open System.Threading
open TorchSharp

/// Adam's memory of one parameter: the running means of its gradient and of the square, and how often it stepped.
type Moments =
    { Mean: torch.Tensor
      Square: torch.Tensor
      Steps: int64 }

/// What an epoch left behind: figures by name, in order.
type EpochFigures =
    { Epoch: int
      Figures: (string * float) list }

/// All there is to a run between two epochs. Training makes a new one and leaves the old one as it was.
type State =
    {
        Parameters: Parameters
        /// By the update that steps, then by parameter; empty before the first step.
        Moments: Map<string, Map<string, Moments>>
        /// Batches seen.
        Steps: int64
        Seed: int
        Epoch: int
        History: EpochFigures list
    }

/// A batch, and what else a loss may depend on. All noise comes from the generator.
type Batch =
    {
        /// From 1.
        Epoch: int
        Generator: torch.Generator
        /// N x pixels.
        Images: torch.Tensor
        /// N, int64.
        Labels: torch.Tensor option
    }

/// The loss of some networks: a scalar. Their parameters follow its gradient, and no other loss's.
type NetworkLoss =
    {
        /// What the names of the parameters start with, up to the first dot.
        Networks: string list
        Loss: torch.Tensor
    }

/// What one forward pass gave.
type StepLosses =
    {
        Losses: NetworkLoss list
        /// Newer running statistics, by name.
        Statistics: Parameters
        /// Scalars whose means over the epoch are reported; the first one is shown while it trains.
        Figures: (string * torch.Tensor) list
    }

/// A forward pass, and a step of Adam on what its losses give gradients to.
type Update =
    {
        /// Tells its moments from those of other updates.
        Name: string
        /// All networks that its losses name.
        Networks: string list
        /// Takes place at every so many batches.
        Every: int
        /// Its learning rate is this many times the training's.
        Rate: float
        Losses: Parameters -> Batch -> StepLosses
    }

/// What a model wants of training.
type Objective =
    {
        /// Fresh parameters from a seed.
        Init: int -> Parameters
        /// What happens at each batch, in order.
        Updates: Update list
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
        /// How much of the mean gradient Adam keeps at a step.
        Beta1: float
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
    {
        /// After each batch: its examples, the first figure of its last update.
        Step: int -> float -> unit
        /// After each epoch.
        Epoch: State -> unit
        Cancel: CancellationToken
    }

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

    /// Adam's usual settings but for the rate and the number of epochs.
    let defaults: TrainSettings =
        { Epochs = 20
          Batch = 100
          LearningRate = fun _ -> 1e-3
          Beta1 = 0.9 }

    /// Watches nothing.
    let unwatched: Watch =
        { Step = fun _ _ -> ()
          Epoch = ignore
          Cancel = CancellationToken.None }

    /// How much of the mean squared gradient Adam keeps at a step.
    let private beta2 = 0.999

    let private owned (tensor: torch.Tensor) =
        tensor.detach().clone().DetachFromDisposeScope()

    let private belongsTo (networks: string list) (name: string) =
        List.contains (name.Substring(0, name.IndexOf '.')) networks

    let private trainable (parameters: Parameters) =
        parameters |> Map.filter (fun name _ -> not (Network.isStatistic name))

    /// An update at work on an epoch's private copies: what it trains, in the order of the names, and Adam over that.
    type private Worker =
        { Update: Update
          Trained: Map<string, torch.Tensor>
          Adam: Modules.Adam }

        interface IDisposable with
            member this.Dispose() = this.Adam.Dispose()

    let private recall (moments: Map<string, Moments>) (worker: Worker) =
        for (name, _), state in Seq.zip (Map.toSeq worker.Trained) (worker.Adam.state_dict().State) do
            match Map.tryFind name moments, state with
            | Some moments, (:? Modules.Adam.State as state) ->
                state.step <- moments.Steps
                state.exp_avg.copy_ moments.Mean |> ignore
                state.exp_avg_sq.copy_ moments.Square |> ignore
            | _ -> ()

    let private momentsOf (worker: Worker) =
        Seq.zip (Map.keys worker.Trained) (worker.Adam.state_dict().State)
        |> Seq.choose (fun (name, state) ->
            match state with
            | :? Modules.Adam.State as state ->
                Some(
                    name,
                    { Mean = owned state.exp_avg
                      Square = owned state.exp_avg_sq
                      Steps = state.step }
                )
            | _ -> None)
        |> Map.ofSeq

    let private worker settings (state: State) (copies: Parameters) (update: Update) =
        let trained =
            trainable copies |> Map.filter (fun name _ -> belongsTo update.Networks name)

        let adam =
            torch.optim.Adam(
                trained.Values |> Seq.cast<Modules.Parameter>,
                lr = settings.LearningRate(state.Epoch + 1) * update.Rate,
                beta1 = settings.Beta1,
                beta2 = beta2
            )

        let worker =
            { Update = update
              Trained = trained
              Adam = adam }

        Map.tryFind update.Name state.Moments
        |> Option.iter (fun moments -> recall moments worker)

        worker

    let private copyOf name (tensor: torch.Tensor) : torch.Tensor =
        if Network.isStatistic name then
            tensor.clone ()
        else
            torch.nn.Parameter(tensor.clone (), true)

    let private isFinite (tensor: torch.Tensor) =
        use _ = torch.NewDisposeScope()
        tensor.isfinite().all().item<bool>()

    /// Each network's gradient of its own loss alone, then a step.
    let private follow (worker: Worker) (losses: NetworkLoss list) =
        worker.Adam.zero_grad ()
        let last = losses.Length - 1

        losses
        |> List.iteri (fun index loss ->
            let inputs =
                worker.Trained
                |> Map.filter (fun name _ -> belongsTo loss.Networks name)
                |> Map.values
                |> Array.ofSeq

            torch.autograd.backward (
                [| loss.Loss |],
                retain_graph = (index < last),
                inputs = inputs
            ))

        worker.Adam.step () |> ignore

    let private valueOf (scalar: torch.Tensor) =
        match scalar.dtype with
        | torch.ScalarType.Float64 -> scalar.item<float>()
        | _ -> float (scalar.item<float32>())

    /// An update's step; the copies take over the new statistics. Its figures.
    let private apply (copies: Parameters) (batch: Batch) (worker: Worker) =
        let losses = worker.Update.Losses copies batch
        follow worker losses.Losses

        for KeyValue(name, tensor) in losses.Statistics do
            copies[name].copy_(tensor.detach ()) |> ignore

        losses.Figures |> List.map (fun (name, scalar) -> name, valueOf scalar)

    /// Why an epoch gave no new state.
    type private Stop =
        | NotFinite of Divergence
        | Cancelled

    /// Sums of figures over examples, and how many examples each was measured on; in the order in which they came up.
    type private Sums = (string * (float * float)) list

    let private add (examples: float) (sums: Sums) (name: string, value: float) : Sums =
        if List.exists (fun (known, _) -> known = name) sums then
            sums
            |> List.map (fun (known, (sum, count)) ->
                if known = name then
                    known, (sum + value * examples, count + examples)
                else
                    known, (sum, count))
        else
            sums @ [ name, (value * examples, examples) ]

    let private means (sums: Sums) =
        sums |> List.map (fun (name, (sum, count)) -> name, sum / count)

    /// Batches of so many examples in an epoch; the last may be smaller.
    let batchCount (size: int) (data: Dataset) : int =
        (int data.Train.Images.shape[0] + size - 1) / size

    let private notFinite epoch step tensor =
        Error(
            NotFinite
                { Epoch = epoch
                  Step = step
                  Tensor = tensor }
        )

    /// All steps of an epoch on the private copies; the means of the figures, or why it stopped.
    let private steps
        settings
        watch
        (data: Dataset)
        (state: State)
        (copies: Parameters)
        (workers: Worker list)
        =
        let epoch = state.Epoch + 1
        let generator = Random.generator state.Seed Random.Epoch epoch
        let order = Data.shuffle generator data.Train
        let count = batchCount settings.Batch data

        let step index =
            use _ = torch.NewDisposeScope()
            let images, labels = Data.batch data generator settings.Batch order index

            let batch =
                { Epoch = epoch
                  Generator = generator
                  Images = images
                  Labels = labels }

            let figures =
                workers
                |> List.filter (fun worker -> (index + 1) % worker.Update.Every = 0)
                |> List.collect (apply copies batch)

            let examples = int images.shape[0]
            watch.Step examples (snd figures.Head)
            figures, float examples

        let rec run index sums =
            if watch.Cancel.IsCancellationRequested then
                Error Cancelled
            elif index = count then
                Ok(means sums)
            else
                let figures, examples = step index

                match figures |> List.tryFind (fun (_, value) -> not (Double.IsFinite value)) with
                | Some(name, _) -> notFinite epoch (index + 1) name
                | None -> run (index + 1) (List.fold (add examples) sums figures)

        run 0 []
        |> Result.bind (fun figures ->
            match copies |> Map.tryFindKey (fun _ tensor -> not (isFinite tensor)) with
            | Some name -> notFinite epoch count name
            | None -> Ok figures)

    let private epoch settings objective watch data (state: State) =
        use _ = torch.NewDisposeScope()
        let copies = state.Parameters |> Map.map copyOf
        let workers = objective.Updates |> List.map (worker settings state copies)

        try
            steps settings watch data state copies workers
            |> Result.map (fun figures ->
                let trained = copies |> Map.map (fun _ tensor -> owned tensor)
                let epoch = state.Epoch + 1

                { Parameters = trained
                  Moments =
                    workers
                    |> List.map (fun worker -> worker.Update.Name, momentsOf worker)
                    |> Map.ofList
                  Steps = state.Steps + int64 (batchCount settings.Batch data)
                  Seed = state.Seed
                  Epoch = epoch
                  History =
                    state.History
                    @ [ { Epoch = epoch
                          Figures = figures @ objective.Evaluate epoch trained } ] })
        finally
            workers |> List.iter (fun worker -> (worker :> IDisposable).Dispose())

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
                watch.Epoch next
                run settings objective watch data next
            | Error(NotFinite divergence) -> Diverged(state, divergence)
            | Error Cancelled -> Interrupted state
