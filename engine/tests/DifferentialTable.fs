/// The words in which the table of operations is written.
module Workbench.Tests.DifferentialTable

open TorchSharp
open Workbench.Tests.DifferentialInputs
open Workbench.Tests.DifferentialOutcome

type private Tensor = torch.Tensor

/// Numbers as TorchSharp takes them: a whole number, and one that is not.
let whole (x: int64) : Scalar = x.ToScalar()
let real (x: float) : Scalar = x.ToScalar()

/// An operation that only moves or compares elements.
let operation (name: string) (run: Tensor[] -> Tensor list) (forms: Input list list) : Operation =
    { Name = name
      Run = run
      Results = Exact
      Gradients = Exact
      InDouble = false
      Fatal = false
      Forms = forms }

/// An operation of one tensor, of two, of three.
let one (name: string) (f: Tensor -> Tensor) (forms: Input list list) : Operation =
    operation name (fun x -> [ f x[0] ]) forms

let two (name: string) (f: Tensor -> Tensor -> Tensor) (forms: Input list list) : Operation =
    operation name (fun x -> [ f x[0] x[1] ]) forms

let three name (f: Tensor -> Tensor -> Tensor -> Tensor) (forms: Input list list) : Operation =
    operation name (fun x -> [ f x[0] x[1] x[2] ]) forms

/// With these tolerances, of results and of gradients.
let within (results: Match) (gradients: Match) (operation: Operation) : Operation =
    { operation with
        Results = results
        Gradients = gradients }

/// With one tolerance for all of some operations.
let all (results: Match) (gradients: Match) (operations: Operation list) : Operation list =
    operations |> List.map (within results gradients)

/// What has to be refused, and ends the process on the package.
let fatal (operation: Operation) : Operation =
    { operation with
        Name = $"{operation.Name}, refused"
        Fatal = true }

/// Each input on its own.
let each (inputs: Input list) : Input list list = inputs |> List.map List.singleton

/// Of the forms with whole numbers only the first of each combination of types: where they are all
/// refused. libtorch takes milliseconds to refuse, for the names of all functions on its stack.
let fewWhole (forms: Input list list) : Input list list =
    let floating, others = forms |> List.partition (List.forall isFloating)
    floating @ (others |> List.distinctBy (List.map _.Type))

/// A view and its source after the view is written to: whether they share memory shows.
let shared (name: string) (view: Tensor -> Tensor) (forms: Input list list) : Operation =
    let run (x: Tensor[]) =
        let result = view x[0]
        let before = result.clone ()
        result.fill_ (whole 1L) |> ignore
        [ before; x[0] ]

    operation $"{name}, written to" run (forms |> List.map (List.map constant))
