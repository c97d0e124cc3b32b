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
