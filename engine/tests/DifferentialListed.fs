/// Where the engine differs from libtorch on purpose; the engine's README says the same.
module Workbench.Tests.DifferentialListed

open TorchSharp
open Workbench.Tests.DifferentialInputs
open Workbench.Tests.DifferentialOutcome

type Listed =
    { Reason: string
      Applies: Case -> bool }

let private startsWith (starts: string list) (case: Case) =
    starts |> List.exists case.Operation.Name.StartsWith

let private isOf kind (input: Input) = input.Type = kind
let private mixed (inputs: Input list) = inputs[0].Type <> inputs[1].Type

/// What only libtorch does.
let private lacking: Listed list =
    [ { Reason = "products, convolutions, pools and dropout of whole numbers are not supported here"
        Applies =
          fun case ->
              startsWith
                  [ "mm"
                    "matmul"
                    "torch.matmul"
                    "dot"
                    "conv2d of what"
                    "conv_transpose2d of what"
                    "max_pool2d"
                    "avg_pool2d"
                    "dropout of all" ]
                  case
              && not (List.exists isFloating case.Inputs) }
      { Reason = "batches on the right of matmul are not supported here"
        Applies =
          fun case ->
              startsWith [ "matmul"; "torch.matmul" ] case && case.Inputs[1].Shape.Length > 2 }
      { Reason = "masks as an index are not supported here"
        Applies =
          fun case ->
              case.Operation.Name = "index by tensor"
              && (isOf torch.bool case.Inputs[1] || isOf torch.uint8 case.Inputs[1]) }
      { Reason = "classes of one example, of more dimensions or in parts are not supported here"
        Applies =
          fun case ->
              startsWith [ "cross_entropy"; "nll_loss" ] case
              && (case.Inputs[0].Shape.Length <> 2 || isFloating case.Inputs[1]) }
      { Reason = "a recorded change in place through a view is not supported here"
        Applies = fun case -> case.Operation.Name = "changed through a view" } ]

/// What libtorch refuses, or makes NaN, without need; and one formula.
let private better: Listed list =
    [ { Reason =
          "libtorch's gradient of var and std divides by -1 where the list of dimensions is empty"
        Applies = startsWith [ "var []"; "var biased []"; "std []" ] }
      { Reason =
          "in training one value a feature has no variance: libtorch's running one is NaN from then on"
        Applies =
          fun case -> startsWith [ "batch_norm training" ] case && case.Inputs[0].Shape = [ 1L; 3L ] }
      { Reason = "a batch of no examples has no mean: its weights' gradient is not 0"
        Applies =
          fun case -> startsWith [ "batch_norm training" ] case && case.Inputs[0].Shape = [ 0L; 3L ] }
      { Reason =
          "gradients that are not finite are not clipped, so that the one at fault can be found"
        Applies =
          fun case ->
              startsWith [ "clip_grad_norm_" ] case
              && case.Inputs.Length = 1
              && case.Inputs[0].Shape = [ 3L ]
              && case.Inputs[0].Values <> These [ 0.0 ] }
      { Reason = "libtorch has no gradient of mse_loss between float32 and float64"
        Applies =
          fun case ->
              startsWith [ "mse_loss" ] case
              && mixed case.Inputs
              && List.forall isFloating case.Inputs }
      { Reason = "libtorch has no gradient of a power by a bool"
        Applies =
          fun case ->
              case.Operation.Name = "pow"
              && isFloating case.Inputs[0]
              && isOf torch.bool case.Inputs[1] }
      { Reason =
          "infinite logits or targets of binary_cross_entropy_with_logits: max(x, 0) - x t is NaN where both are infinite"
        Applies =
          fun case ->
              case.Operation.Name = "binary_cross_entropy_with_logits none"
              && (case.Inputs[0].Shape = [ 35L ] || case.Inputs[0].Values = Slowly) } ]

/// The listed differences; each has to be one still.
let differences: Listed list = lacking @ better

/// Why a case may differ, if it may.
let reason (case: Case) : string option =
    differences
    |> List.tryFind (fun listed -> listed.Applies case)
    |> Option.map _.Reason
