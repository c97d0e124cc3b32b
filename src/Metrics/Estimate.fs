namespace Workbench

/// A mean over examples, how far it may be off, and how many examples it is of.
type Estimate =
    {
        Value: float
        /// The deviation of the examples' figures over the root of their count; NaN for a single example.
        StandardError: float
        Count: int
    }

    /// The same with the opposite sign: a negative log-likelihood of a log-likelihood.
    static member (~-)(estimate: Estimate) : Estimate =
        { estimate with
            Value = -estimate.Value }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Estimate =

    /// The mean of the examples' figures; at least one.
    let ofValues (values: float[]) : Estimate =
        let count = float values.Length
        let mean = Array.average values
        let squares = values |> Array.sumBy (fun value -> (value - mean) ** 2.0)

        { Value = mean
          StandardError = sqrt (squares / (count - 1.0) / count)
          Count = values.Length }

    /// The share of the examples for which something holds.
    let share (holds: bool[]) : Estimate =
        ofValues (holds |> Array.map (fun held -> if held then 1.0 else 0.0))
