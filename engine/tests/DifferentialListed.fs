/// Where the engine differs from libtorch on purpose; the engine's README says the same.
module Workbench.Tests.DifferentialListed

open Workbench.Tests.DifferentialOutcome

type Listed =
    { Reason: string
      Applies: Case -> bool }

let private startsWith (starts: string list) (case: Case) =
    starts |> List.exists case.Operation.Name.StartsWith

/// The listed differences; each has to be one still.
let differences: Listed list =
    [ { Reason = "TorchSharp's var and std without dimensions are unbiased whatever is asked for"
        Applies =
          fun case -> case.Operation.Name = "var biased" || case.Operation.Name = "std biased" }
      { Reason =
          "libtorch's gradient of var and std divides by -1 where the list of dimensions is empty"
        Applies = startsWith [ "var []"; "var biased []"; "std []" ] }
      { Reason =
          "in training one value a feature has no variance: libtorch's running one is NaN from then on"
        Applies =
          fun case -> startsWith [ "batch_norm training" ] case && case.Inputs[0].Shape = [ 1L; 3L ] }
      { Reason = "TorchSharp's zero_ cannot be differentiated"
        Applies = fun case -> case.Operation.Name = "zero_" } ]

/// Why a case may differ, if it may.
let reason (case: Case) : string option =
    differences
    |> List.tryFind (fun listed -> listed.Applies case)
    |> Option.map _.Reason
