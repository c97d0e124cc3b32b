namespace Workbench

open System
open System.Threading
open TorchSharp

/// Adam's memory of one parameter: the running means of its gradient and of the square, and how often it stepped.
type Moments =
    { Mean: Tensor
      Square: Tensor
      Steps: int64 }

/// What an epoch left behind: figures by name, in order.
type EpochFigures =
    { Epoch: int
      Figures: (string * float) list }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module EpochFigures =

    /// A figure of an epoch.
    let value (name: string) (epoch: EpochFigures) : float =
        epoch.Figures |> List.find (fun (figure, _) -> figure = name) |> snd

    /// Whether any epoch has the figure.
    let has (name: string) (history: EpochFigures list) : bool =
        history
        |> List.exists (fun epoch -> List.exists (fst >> (=) name) epoch.Figures)

    /// The epoch with the least of a figure, of equal ones the first.
    let best (name: string) (history: EpochFigures list) : EpochFigures =
        history |> List.minBy (value name)

/// All there is to a run between two epochs. Training makes a new one and leaves the old one as it was. Moments are by the update
/// that steps, then by parameter, and none before the first step; steps are the batches seen. Averages are those of parameters and
/// batch statistics over the steps, where training keeps any.
type State =
    { Parameters: Parameters
      Averages: Parameters
      Moments: Map<string, Map<string, Moments>>
      Steps: int64
      Seed: int
      Epoch: int
      History: EpochFigures list }

    /// What is measured, drawn and shown: the averages, where there are any.
    member this.Shown: Parameters =
        if this.Averages.IsEmpty then this.Parameters else this.Averages

/// A batch, images N x pixels and labels N (int64), and what else a loss may depend on: the epoch, from 1, and the generator that all
/// noise comes from.
type Batch =
    { Epoch: int
      Generator: torch.Generator
      Images: Tensor
      Labels: Tensor option }

/// What one forward pass gave: losses, scalars, each with the networks whose parameters follow its gradient, and no other loss's; and
/// scalars whose means over the epoch are reported, the first of them while it trains.
type StepLosses =
    { Losses: (Net list * Tensor) list
      Figures: (string * Tensor) list }

/// A forward pass, and a step of Adam on what its losses give gradients to. It moves the batch statistics of the networks that it
/// trains, and no others.
type Update =
    {
        /// Tells its moments from those of other updates.
        Name: string
        /// All networks that its losses name.
        Nets: Net list
        /// Takes place at every so many batches.
        Every: int
        /// At an epoch its learning rate is this many times the training's.
        Rate: int -> float
        Losses: Pass -> Batch -> StepLosses
    }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Update =

    /// Losses of one pass, at every batch, at the training's learning rate. `nets` are all networks that they name.
    let create (name: string) (nets: Net list) (losses: Pass -> Batch -> StepLosses) : Update =
        { Name = name
          Nets = nets
          Every = 1
          Rate = Schedule.constant 1.0
          Losses = losses }

    /// `create` of one loss for all the networks: the scalar to minimise, and the figures to report.
    let minimise
        (name: string)
        (nets: Net list)
        (loss: Pass -> Batch -> Tensor * (string * Tensor) list)
        : Update =
        create name nets (fun pass batch ->
            let scalar, figures = loss pass batch

            { Losses = [ nets, scalar ]
              Figures = figures })

/// What a model wants of training: fresh parameters from a seed, what happens at each batch, in order, and figures at an epoch's end
/// (its number, from 1), in evaluation.
type Objective =
    { Init: int -> Parameters
      Updates: Update list
      Measure: int -> Pass -> (string * float) list }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Objective =

    /// Networks, their updates, and what is measured of them after an epoch.
    let create
        (nets: Net list)
        (updates: Update list)
        (measure: int -> Pass -> (string * float) list)
        : Objective =
        for name, same in nets |> List.countBy _.Name do
            if same > 1 then
                invalidArg (nameof nets) $"{same} networks are called {name}"

        { Init =
            fun seed ->
                let generator = Random.generator seed Random.Initialisation 0
                nets |> List.collect (Net.init generator) |> Map.ofList
          Updates = updates
          Measure = measure }

/// How to train, whatever the model.
type TrainSettings =
    {
        Epochs: int
        Batch: int
        /// The learning rate of Adam at an epoch.
        LearningRate: int -> float
        /// How much of the mean gradient Adam keeps at a step.
        Beta1: float
        /// What Adam adds to the root of the mean squared gradient.
        Epsilon: float
        /// The longest that an update's gradients, all taken as one vector, may be: longer ones are scaled down to it.
        ClipNorm: float option
        /// How much of the parameters' averages a step keeps; none: there are no averages.
        Average: float option
        /// Training ends before the last epoch once this is true of a state.
        IsEnough: State -> bool
    }

/// Where training left the numbers: a parameter, a figure of a loss, or the gradient of a parameter, at a step of an epoch, both
/// from 1.
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

/// What a caller may watch: each batch, by its examples and the first figure of its updates, and each epoch. Nothing here can change
/// a run.
type Watch =
    { Step: int -> float -> unit
      Epoch: State -> unit
      Cancel: CancellationToken }

/// An update at work on an epoch's private copies: what it trains, in the order of the names, and Adam over that.
type internal Worker =
    { Update: Update
      Trained: Map<string, Tensor>
      Adam: Modules.Adam
      ClipNorm: float option }

/// The steps of one update.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Worker =

    /// How much of the mean squared gradient Adam keeps at a step.
    let beta2 = 0.999

    /// A copy that no scope ends.
    let owned (tensor: Tensor) : Tensor =
        tensor.detach().clone().DetachFromDisposeScope()

    /// Whether a parameter's name begins with that of one of the networks; asked at every step, so that nothing is copied.
    let private belongsTo (nets: Net list) (name: string) =
        nets
        |> List.exists (fun net ->
            name.Length > net.Name.Length
            && name[net.Name.Length] = '.'
            && name.StartsWith(net.Name, StringComparison.Ordinal))

    /// Adam's own memory of each parameter.
    let private memory (worker: Worker) =
        Seq.zip (Map.keys worker.Trained) (worker.Adam.state_dict().State)
        |> Seq.choose (fun (name, state) ->
            match state with
            | :? Modules.Adam.State as state -> Some(name, state)
            | _ -> None)

    /// What Adam remembers after the epoch, by parameter.
    let moments (worker: Worker) : Map<string, Moments> =
        Map.ofSeq
            [ for name, state in memory worker ->
                  name,
                  { Mean = owned state.exp_avg
                    Square = owned state.exp_avg_sq
                    Steps = state.step } ]

    /// An update that goes on from a state, on the copies of its parameters.
    let start
        (settings: TrainSettings)
        (state: State)
        (copies: Parameters)
        (update: Update)
        : Worker =
        let trained =
            copies
            |> Map.filter (fun name _ -> belongsTo update.Nets name && not (Net.isStatistic name))

        let epoch = state.Epoch + 1

        let adam =
            torch.optim.Adam(
                trained.Values |> Seq.cast<Modules.Parameter>,
                lr = settings.LearningRate epoch * update.Rate epoch,
                beta1 = settings.Beta1,
                beta2 = beta2,
                eps = settings.Epsilon
            )

        let worker =
            { Update = update
              Trained = trained
              Adam = adam
              ClipNorm = settings.ClipNorm }

        let known = Map.tryFind update.Name state.Moments |> Option.defaultValue Map.empty

        for name, state in memory worker do
            match Map.tryFind name known with
            | Some moments ->
                state.step <- moments.Steps
                state.exp_avg.copy_ moments.Mean |> ignore
                state.exp_avg_sq.copy_ moments.Square |> ignore
            | None -> ()

        worker

    let private isFinite (tensor: Tensor) =
        use _ = torch.NewDisposeScope()
        tensor.isfinite().all().item<bool>()

    /// A parameter or statistic that is not finite.
    let broken (copies: Parameters) : string option =
        copies |> Map.tryFindKey (fun _ tensor -> not (isFinite tensor))

    let private brokenGradient (worker: Worker) =
        worker.Trained
        |> Map.tryFindKey (fun _ tensor -> not (isNull tensor.grad) && not (isFinite tensor.grad))
        |> Option.map (fun name -> $"the gradient of {name}")

    /// Each network's gradient of its own loss alone.
    let private backward (worker: Worker) (losses: (Net list * Tensor) list) =
        // Gradients are let go of, not set to zero: the next ones are then written, not added.
        for parameter in worker.Trained.Values do
            if not (isNull parameter.grad) then
                parameter.grad.Dispose()
                parameter.grad <- null

        losses
        |> List.iteri (fun index (nets, loss) ->
            let inputs =
                [| for KeyValue(name, parameter) in worker.Trained do
                       if belongsTo nets name then
                           parameter |]

            let isLast = index = losses.Length - 1
            torch.autograd.backward ([| loss |], retain_graph = not isLast, inputs = inputs))

    let private valueOf (scalar: Tensor) =
        scalar.to_type(torch.float64).item<float>()

    /// The length of all gradients taken as one vector: not finite where one of them is not.
    let private norm (worker: Worker) =
        if Engine.isManaged then
            // One pass over all of them. The package's function would scale them by a norm that is not finite, and hide whose it was.
            torch.nn.utils.clip_grad_norm_ (worker.Adam.parameters (), infinity)
        else
            match
                [| for parameter in worker.Trained.Values do
                       if not (isNull parameter.grad) then
                           parameter.grad.norm () |]
            with
            | [||] -> 0.0
            | norms -> valueOf (torch.stack(norms).norm())

    /// An update's step; the copies take over the new statistics. Its figures, or the first in the chain of what is not finite: a
    /// parameter (which an earlier step left so), a figure, a gradient.
    let step
        (copies: Parameters)
        (batch: Batch)
        (worker: Worker)
        : Result<(string * float) list, string> =
        let pass = Pass.training batch.Generator copies
        let losses = worker.Update.Losses pass batch
        backward worker losses.Losses

        let figures =
            losses.Figures |> List.map (fun (name, scalar) -> name, valueOf scalar)

        let brokenFigure =
            figures |> List.tryFind (fun (_, value) -> not (Double.IsFinite value))

        let culprit =
            if Double.IsFinite(norm worker) && brokenFigure.IsNone then
                None
            else
                broken copies
                |> Option.orElse (Option.map fst brokenFigure)
                |> Option.orElseWith (fun () -> brokenGradient worker)

        match culprit with
        | Some tensor -> Error tensor
        | None ->
            worker.ClipNorm
            |> Option.iter (fun limit ->
                torch.nn.utils.clip_grad_norm_ (worker.Adam.parameters (), limit) |> ignore)

            worker.Adam.step () |> ignore

            for KeyValue(name, tensor) in pass.Moved do
                if belongsTo worker.Update.Nets name then
                    copies[name].copy_(tensor.detach ()) |> ignore

            Ok figures
