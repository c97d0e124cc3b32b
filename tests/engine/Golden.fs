/// The answers of PyTorch in golden/ops.json (written by bench/golden.py): reading and comparing.
module Workbench.Tests.Golden

open System
open System.IO
open System.Reflection
open System.Text.Json
open Expecto
open TorchSharp

/// A tensor as the file has it: numbers are doubles whatever the type.
type Value =
    { Type: torch.ScalarType
      Shape: int64[]
      Numbers: float[] }

/// One call: which operation, on what, and all that came out.
type Case =
    {
        Op: string
        Note: string
        Inputs: Value list
        Results: Value list
        /// Of the inputs, where element i of the first result weighs 1 + (i mod 3) / 2; None for those without.
        Gradients: Value option list
    }

let private scalarType =
    function
    | "f32" -> torch.float32
    | "f64" -> torch.float64
    | "i64" -> torch.int64
    | "i32" -> torch.int32
    | "u8" -> torch.uint8
    | "bool" -> torch.bool
    | other -> failwithf "no element type is called %s" other

let private number (element: JsonElement) =
    match element.ValueKind with
    | JsonValueKind.Number -> element.GetDouble()
    | _ ->
        match element.GetString() with
        | "nan" -> Double.NaN
        | "inf" -> Double.PositiveInfinity
        | "-inf" -> Double.NegativeInfinity
        | other -> failwithf "%s is no number" other

let private items (name: string) (element: JsonElement) =
    [ for item in element.GetProperty(name).EnumerateArray() -> item ]

let private value (element: JsonElement) =
    { Type = scalarType (element.GetProperty("t").GetString())
      Shape = items "s" element |> List.map (fun size -> size.GetInt64()) |> Array.ofList
      Numbers = items "v" element |> List.map number |> Array.ofList }

let private optional (element: JsonElement) =
    if element.ValueKind = JsonValueKind.Null then None else Some(value element)

let private case (element: JsonElement) =
    { Op = element.GetProperty("op").GetString()
      Note = element.GetProperty("note").GetString()
      Inputs = items "inputs" element |> List.map value
      Results = items "results" element |> List.map value
      Gradients = items "gradients" element |> List.map optional }

/// All cases of the file, in order.
let cases: Lazy<Case list> =
    lazy
        (use stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream "golden/ops.json"

         use reader = new StreamReader(stream)
         use document = JsonDocument.Parse(reader.ReadToEnd())
         items "cases" document.RootElement |> List.map case)

/// The tensor that a value describes.
let tensor (value: Value) : torch.Tensor =
    torch.from_array(value.Numbers).to_type(value.Type).reshape value.Shape

let private sameNumber relative absolute (actual: float) (expected: float) =
    if Double.IsNaN expected then Double.IsNaN actual
    elif Double.IsInfinity expected then actual = expected
    else abs (actual - expected) <= absolute + relative * abs expected

/// Rounding differs between two right answers: a few units in the last place of sums of a few terms.
let private tolerance (kind: torch.ScalarType) =
    if kind = torch.float32 then 2e-6, 1e-7
    elif kind = torch.float64 then 1e-13, 1e-15
    else 0.0, 0.0

/// Fails unless type, shape and elements are those expected.
let expect (what: string) (expected: Value) (actual: torch.Tensor) : unit =
    Expect.equal actual.dtype expected.Type $"{what}: type"
    Expect.equal (List.ofArray actual.shape) (List.ofArray expected.Shape) $"{what}: shape"
    let relative, absolute = tolerance expected.Type
    let numbers = actual.detach().to_type(torch.float64).data<float>().ToArray()

    Array.iteri2
        (fun i got want ->
            if not (sameNumber relative absolute got want) then
                failtestf "%s: element %d is %.9g, torch has %.9g" what i got want)
        numbers
        expected.Numbers

let private weightsOf (result: torch.Tensor) =
    Array.init (int (result.numel ())) (fun i -> 1.0 + float (i % 3) * 0.5)
    |> fun weights -> torch.from_array(weights).to_type(result.dtype).reshape result.shape

let private differentiable (input: torch.Tensor) =
    if input.is_floating_point () then input.requires_grad_ true else input

/// Runs an operation on a case's inputs and compares results and gradients.
let check (f: torch.Tensor[] -> torch.Tensor list) (case: Case) : unit =
    use _ = torch.NewDisposeScope()
    let inputs = case.Inputs |> List.map (tensor >> differentiable) |> Array.ofList
    let results = f inputs
    Expect.equal results.Length case.Results.Length "number of results"
    List.iteri2 (fun i want got -> expect $"result {i}" want got) case.Results results

    if case.Gradients |> List.exists Option.isSome then
        results.Head.backward [| weightsOf results.Head |]

        case.Gradients
        |> List.iteri (fun i expected ->
            expected |> Option.iter (fun want -> expect $"gradient {i}" want inputs[i].grad))
