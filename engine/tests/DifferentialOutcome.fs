/// What an engine makes of a case: all results and gradients, or that it refuses.
module Workbench.Tests.DifferentialOutcome

open System
open System.Collections.Generic
open TorchSharp
open Workbench.Tests.DifferentialInputs

type private Tensor = torch.Tensor

/// How far two right answers may lie apart.
type Match =
    /// The same bits, the sign of zero included; any NaN is like any other.
    | Exact
    /// The same number; which zero is the larger depends, in libtorch, on its place in a vector.
    | AnyZero
    /// So many units in the last place of the number itself.
    | Ulps of float
    /// So many units in the last place of the number or of 1, whichever is larger: 1 - y near y = 1.
    | Near of float
    /// So many units in the last place of the largest number of the result: sums.
    | Scaled of float

/// One row of the table of operations.
type Operation =
    {
        Name: string
        Run: Tensor[] -> Tensor list
        /// Of results.
        Results: Match
        /// Of gradients.
        Gradients: Match
        /// libtorch's float32 convolutions are wrong on some machines: its float64 ones, rounded, are the reference.
        InDouble: bool
        /// The package does not throw here, it ends the process: the engine has to refuse all the same.
        Fatal: bool
        Forms: Input list list
    }

/// An operation on some inputs.
type Case =
    { Operation: Operation
      Inputs: Input list
      Name: string }

/// A tensor as it is compared and kept.
type Part =
    { Type: torch.ScalarType
      Shape: int64 list
      Bytes: byte[] }

type Gradients =
    /// For each input; None where there is none.
    | Given of Part option list
    /// Why not: the exception's name.
    | NoGradients of string

type Outcome =
    | Gave of results: Part list * gradients: Gradients
    | Refused of exceptionName: string

/// Whether TorchSharp is the managed engine: only the package calls native code.
let isManaged: bool =
    isNull (typeof<torch>.Assembly.GetType "TorchSharp.PInvoke.NativeMethods")

/// The cases of an operation.
let casesOf (operation: Operation) : Case list =
    [ for inputs in List.distinct operation.Forms do
          let inputNames = inputs |> List.map describe |> String.concat ", "

          { Operation = operation
            Inputs = inputs
            Name = $"{operation.Name}: {inputNames}" } ]

let private part (tensor: Tensor) =
    { Type = tensor.dtype
      Shape = List.ofArray tensor.shape
      Bytes =
        if tensor.numel () = 0L then
            [||]
        else
            tensor.detach().contiguous().bytes.ToArray() }

/// Element i of a result weighs 1 + (i mod 3) / 2: a gradient that mixes up elements shows.
let private weightsOf (result: Tensor) =
    Array.init (int (result.numel ())) (fun i -> 1.0 + float (i % 3) * 0.5)
    |> fun weights ->
        torch.from_array(weights).reshape(result.shape).to_type(result.dtype, copy = true)

let private gradients (inputs: Tensor list) (results: Tensor list) =
    let roots = results |> List.filter _.requires_grad

    try
        if not roots.IsEmpty then
            let weights = roots |> List.map weightsOf
            torch.autograd.backward (List<Tensor> roots, List<Tensor> weights)

        inputs
        |> List.map (fun input -> input.grad |> Option.ofObj |> Option.map part)
        |> Given
    with error ->
        NoGradients(error.GetType().Name)

let private leaf (input: Input) (tensor: Tensor) =
    if input.Leaf && tensor.is_floating_point () then
        tensor.detach().requires_grad_()
    else
        tensor

let private inputsOf (case: Case) =
    let seed = seedOf case.Name

    case.Inputs
    |> List.mapi (fun i input -> input, tensor (seed + uint64 i * 1000003UL) input)

let private outcomeOf prepare (case: Case) =
    try
        use _ = torch.NewDisposeScope()

        let inputs =
            inputsOf case |> List.map (fun (input, tensor) -> leaf input (prepare tensor))

        let results = case.Operation.Run(Array.ofList inputs)
        let parts = results |> List.map part

        Gave(parts, gradients inputs results)
    with error ->
        Refused(error.GetType().Name)

let private rounded (p: Part) =
    if p.Type <> torch.float64 then
        p
    else
        let numbers =
            Array.init (p.Bytes.Length / 8) (fun i -> BitConverter.ToDouble(p.Bytes, 8 * i))

        { p with
            Type = torch.float32
            Bytes = numbers |> Array.collect (float32 >> BitConverter.GetBytes) }

let private widened (tensor: Tensor) =
    if tensor.dtype = torch.float32 then tensor.to_type torch.float64 else tensor

let private roundedOutcome outcome =
    match outcome with
    | Gave(results, Given all) ->
        Gave(List.map rounded results, Given(List.map (Option.map rounded) all))
    | other -> other

/// Runs a case on the engine that is there.
let outcome (case: Case) : Outcome =
    let isFloat32 =
        case.Inputs |> List.forall (fun input -> input.Type <> torch.float64)

    if case.Operation.Fatal && not isManaged then
        Refused "end of the process"
    elif case.Operation.InDouble && isFloat32 && not isManaged then
        outcomeOf widened case |> roundedOutcome
    else
        outcomeOf id case
