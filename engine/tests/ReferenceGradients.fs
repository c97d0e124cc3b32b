/// Gradients by central differences, which every backward pass is held against.
module Workbench.Tests.ReferenceGradients

open Expecto
open TorchSharp

/// A tensor's shape and its elements in row-major order.
type Input = { Shape: int64 list; Values: float[] }

/// How an input's elements lie in memory.
type private Layout =
    | Dense
    /// Transposed, and every second element of the storage.
    | Scattered

/// SplitMix64's mixing of a number: the same on every run.
let private mixed (x: uint64) =
    let a = (x + 0x9E3779B97F4A7C15UL) * 0xBF58476D1CE4E5B9UL
    let b = (a ^^^ (a >>> 30)) * 0x94D049BB133111EBUL
    b ^^^ (b >>> 31)

let private count (shape: int64 list) = int (List.fold (*) 1L shape)

/// Numbers around 0 in random order, no two nearer than 0.1 and none within 0.02 of 0: no kink, no tie.
let apart (seed: int) (shape: int64 list) : Input =
    let n = count shape

    let order =
        Array.init n id |> Array.sortBy (fun i -> mixed (uint64 (1000 * seed + i)))

    let value rank =
        (float rank - float (n / 2) + 0.3) * 0.12 + 0.011 * float seed

    { Shape = shape
      Values = order |> Array.map value }

/// Positive numbers around 1.
let positive (seed: int) (shape: int64 list) : Input =
    let input = apart seed shape

    { input with
        Values = Array.map (fun x -> exp (x / 2.0)) input.Values }

/// Numbers between 0 and 1, away from both.
let unit (seed: int) (shape: int64 list) : Input =
    let input = apart seed shape

    { input with
        Values = Array.map (fun x -> 1.0 / (1.0 + exp -x)) input.Values }

/// The elements of a floating tensor in row-major order.
let elements (tensor: torch.Tensor) : float[] =
    // TorchSharp's ToArray throws where there is nothing to copy.
    if tensor.numel () = 0L then
        [||]
    else
        tensor.detach().to_type(torch.float64).data<float>().ToArray()

/// A float64 tensor of the given shape and elements.
let tensorOf (shape: int64 list) (values: float[]) : torch.Tensor =
    torch.from_array(values).reshape(Array.ofList shape)

let private place layout (input: Input) =
    let dense = tensorOf input.Shape input.Values

    match layout with
    | Dense -> dense
    | Scattered ->
        let rank = input.Shape.Length
        let reversed = Array.init rank (fun d -> int64 (rank - 1 - d))
        let shape = Array.append (Array.rev (Array.ofList input.Shape)) [| 2L |]
        let storage = torch.zeros (shape, dtype = torch.float64)
        let everySecond = storage.select (-1, 0)
        everySecond.copy_ (dense.permute reversed) |> ignore
        everySecond.permute reversed

/// Fixed weights: the checked function's elements are summed with them.
let private weights n =
    Array.init n (fun i -> 0.75 + 0.5 * cos (1.7 * float i))

/// The weighted sum of the function's elements, and that of their sizes.
let private project (f: torch.Tensor[] -> torch.Tensor) layout (inputs: Input list) =
    use _ = torch.NewDisposeScope()
    use _ = torch.no_grad ()
    let y = inputs |> List.map (place layout) |> Array.ofList |> f |> elements
    let terms = Array.map2 (*) y (weights y.Length)
    Array.sum terms, Array.sumBy abs terms

let private replaced index value (values: float[]) =
    let copy = Array.copy values
    copy[index] <- value
    copy

/// The derivative of the weighted sum with respect to one element of one input, by central differences, and how far rounding may
/// have moved it.
let private slope f (inputs: Input list) position element =
    let at step =
        inputs
        |> List.mapi (fun i input ->
            if i <> position then
                input
            else
                { input with
                    Values = replaced element (input.Values[element] + step) input.Values })
        |> project f Dense

    let h = 1e-5
    let (above, size), (below, _) = at h, at -h
    (above - below) / (2.0 * h), 1e-15 * size / h

let private backward f layout (inputs: Input list) =
    let leaves =
        [| for input in inputs -> (place layout input).detach().requires_grad_(true) |]

    let y: torch.Tensor = f leaves
    y.backward [| tensorOf (List.ofArray y.shape) (weights (int (y.numel ()))) |]
    leaves |> Array.map (fun leaf -> leaf.grad)

let private close (actual: float) (expected: float, rounding: float) =
    abs (actual - expected)
    <= 1e-8 + rounding + 1e-6 * max (abs actual) (abs expected)

let private checkLayout layout f (inputs: Input list) =
    use _ = torch.NewDisposeScope()

    if not (close (fst (project f layout inputs)) (fst (project f Dense inputs), 0.0)) then
        failtestf "%A: the result depends on the layout" layout

    backward f layout inputs
    |> Array.iteri (fun position gradient ->
        let input = inputs[position]

        if isNull (box gradient) then
            failtestf "%A: input %d got no gradient" layout position

        Expect.equal (List.ofArray gradient.shape) input.Shape "a gradient has its input's shape"
        Expect.equal gradient.dtype torch.float64 "a gradient has its input's type"

        elements gradient
        |> Array.iteri (fun element actual ->
            let expected = slope f inputs position element

            if not (close actual expected) then
                failtestf
                    "%A: input %d, element %d: gradient %.10g, by differences %.10g"
                    layout
                    position
                    element
                    actual
                    (fst expected)))

/// A test that the gradients of `f` are right for contiguous inputs and for scattered ones.
let gradientCase (name: string) (inputs: Input list) (f: torch.Tensor[] -> torch.Tensor) : Test =
    testCase name (fun () ->
        checkLayout Dense f inputs
        checkLayout Scattered f inputs)

/// As above, for contiguous inputs alone.
let denseGradientCase
    (name: string)
    (inputs: Input list)
    (f: torch.Tensor[] -> torch.Tensor)
    : Test =
    testCase name (fun () -> checkLayout Dense f inputs)
