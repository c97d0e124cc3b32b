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

/// What one forward pass gave.
type StepLosses =
    {
        /// Scalars, each with the networks whose parameters follow its gradient, and no other loss's.
        Losses: (Net list * torch.Tensor) list
        /// Scalars whose means over the epoch are reported; the first one is shown while it trains.
        Figures: (string * torch.Tensor) list
    }

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

    /// One loss for all the networks, at every batch, at the training's learning rate. `loss` gives the scalar to minimise and the
    /// figures to report.
    let minimise
        (name: string)
        (nets: Net list)
        (loss: Pass -> Batch -> torch.Tensor * (string * torch.Tensor) list)
        : Update =
        create name nets (fun pass batch ->
            let scalar, figures = loss pass batch

            { Losses = [ nets, scalar ]
              Figures = figures })

/// What a model wants of training.
type Objective =
    {
        /// Fresh parameters from a seed.
        Init: int -> Parameters
        /// What happens at each batch, in order.
        Updates: Update list
        /// Figures at an epoch's end, in evaluation.
        Measure: int -> Pass -> (string * float) list
    }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Objective =

    /// Networks, their updates, and what is measured of them after an epoch (its number, from 1).
    let create
        (nets: Net list)
        (updates: Update list)
        (measure: int -> Pass -> (string * float) list)
        : Objective =
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
        /// The longest that an update's gradients, all taken as one vector, may be: longer ones are scaled down to it.
        ClipNorm: float option
    }

/// Where training left the numbers: a parameter, a figure of a loss, or the gradient of a parameter.
type Divergence =
    {
        /// From 1.
        Epoch: int
        /// The step of that epoch, from 1.
        Step: int
        Tensor: string
    }

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
