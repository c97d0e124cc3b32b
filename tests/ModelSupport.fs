/// What tests of models share.
module Workbench.Tests.ModelSupport

open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport

/// A data set of random grey images, too small to wait for.
let tinyData (pixels: int) (train: int) (test: int) : Dataset =
    let examples seed count : Examples =
        { Images = images seed count pixels
          Labels = None }

    { Name = "random"
      ImageShape = [ 1; 1; pixels ]
      Pixels = Grey
      Train = examples 1 train
      Validation = None
      Test = examples 2 test
      Classes = []
      Hash = "" }

let sameParameters (a: Parameters) (b: Parameters) : bool =
    Map.keys a |> Seq.toList = (Map.keys b |> Seq.toList)
    && a |> Map.forall (fun name tensor -> sameBits tensor b[name])

/// A test that computes convolutions. Where this machine's libtorch is wrong at them, that they are refused, with a way out, is what
/// is tested.
let withConvolutions (test: unit -> unit) : unit =
    try
        test ()
    with BadInput text when not Engine.isManaged && text.Contains "wrongly on this machine" ->
        Expect.stringContains text "--engine managed" "the way out"

/// Tests that compare bits. On libtorch those depend on the number of threads, which tests beside them may change: they run alone.
let bitwise (tests: Test) : Test =
    if Engine.isManaged then tests else testSequenced tests

/// An update's losses in training, with the batch's noise.
let lossesOf (update: Update) (parameters: Parameters) (batch: Batch) : StepLosses =
    update.Losses (Pass.training batch.Generator parameters) batch

/// Fresh parameters of networks.
let init (seed: int) (nets: Net list) : Parameters =
    (Objective.create nets [] (fun _ _ -> [])).Init seed

/// Parameters that record gradients, as an epoch's copies do.
let recording (parameters: Parameters) : Parameters =
    parameters
    |> Map.map (fun name tensor ->
        if Net.isStatistic name then
            tensor.clone ()
        else
            torch.nn.Parameter(tensor.clone (), true))

/// Whether a parameter is one of a network of this name.
let belongsTo (network: string) (name: string) : bool =
    name.StartsWith(network + ".", System.StringComparison.Ordinal)

/// The names of the parameters that differ.
let changed (before: Parameters) (after: Parameters) : string list =
    [ for KeyValue(name, tensor) in before do
          if not (sameBits tensor after[name]) then
              name ]

/// The parameters after so many epochs from a seed of 1, in batches of 20.
let trainTo (epochs: int) (objective: Objective) (data: Dataset) : State =
    let settings =
        { Train.defaults with
            Epochs = epochs
            Batch = 20 }

    match Train.run settings objective Train.unwatched data (Train.start objective 1) with
    | Finished state -> state
    | _ -> failtest "the run should have finished"
