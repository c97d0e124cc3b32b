/// Holds one outcome against another, within a case's tolerances.
module Workbench.Tests.DifferentialCompare

open System
open TorchSharp
open Workbench.Tests.DifferentialOutcome

/// Units in the last place of 1, and the smallest number that has all its digits. A float64 result of
/// float32 inputs is a float32 underneath.
let private precision (case: Case) (kind: torch.ScalarType) =
    let narrow = case.Inputs |> List.exists (fun input -> input.Type = torch.float32)

    if kind = torch.float32 || narrow then
        1.1920929e-7, 1.1754944e-38
    else
        2.220446049250313e-16, 2.2250738585072014e-308

let private isFloating (kind: torch.ScalarType) =
    kind = torch.float32 || kind = torch.float64

let private elements (part: Part) : float[] =
    let count = part.Shape |> List.fold (*) 1L |> int

    let read: int -> float =
        if part.Type = torch.float32 then
            fun i -> float (BitConverter.ToSingle(part.Bytes, 4 * i))
        elif part.Type = torch.float64 then
            fun i -> BitConverter.ToDouble(part.Bytes, 8 * i)
        elif part.Type = torch.int64 then
            fun i -> float (BitConverter.ToInt64(part.Bytes, 8 * i))
        elif part.Type = torch.int32 then
            fun i -> float (BitConverter.ToInt32(part.Bytes, 4 * i))
        else
            fun i -> float part.Bytes[i]

    Array.init count read

let private largest (numbers: float[]) =
    numbers
    |> Array.filter Double.IsFinite
    |> Array.fold (fun most x -> max most (abs x)) 0.0

/// How far from each expected number an answer may be.
let private allowance (how: Match) (unit, smallest) (expected: float[]) : float -> float =
    match how with
    | Exact
    | AnyZero -> fun _ -> 0.0
    | Ulps n -> fun x -> n * unit * max smallest (abs x)
    | Near n -> fun x -> n * unit * max 1.0 (abs x)
    | Scaled n ->
        let bound = n * unit * max 1.0 (largest expected)
        fun _ -> bound

let private same how allowed (got: float) (want: float) =
    if Double.IsNaN want || Double.IsNaN got then
        Double.IsNaN want && Double.IsNaN got
    elif how = Exact then
        BitConverter.DoubleToInt64Bits got = BitConverter.DoubleToInt64Bits want
    else
        got = want || abs (got - want) <= allowed want

let private numbersDiffer case (how: Match) (got: Part) (want: Part) =
    let kind = want.Type
    let how = if isFloating kind then how else Exact
    let found, expected = elements got, elements want
    let allowed = allowance how (precision case kind) expected

    Seq.zip found expected
    |> Seq.indexed
    |> Seq.tryFind (fun (_, (got, want)) -> not (same how allowed got want))
    |> Option.map (fun (i, (got, want)) -> $"element {i} is {got:R}, libtorch has {want:R}")

let private partDiffers case how (got: Part) (want: Part) : string option =
    if got.Type <> want.Type then
        Some $"type {got.Type}, libtorch has {want.Type}"
    elif got.Shape <> want.Shape then
        Some $"shape %A{got.Shape}, libtorch has %A{want.Shape}"
    else
        numbersDiffer case how got want

let private firstOf what differences =
    differences
    |> List.indexed
    |> List.tryPick (fun (i, difference) ->
        difference |> Option.map (fun text -> $"{what} {i}: {text}"))

let private gradientDiffers case how (got: Part option) (want: Part option) =
    match got, want with
    | Some got, Some want -> partDiffers case how got want
    | None, Some _ -> Some "none, libtorch has one"
    | Some _, None -> Some "there is one, libtorch has none"
    | None, None -> None

let private gradientsDiffer case how (got: Gradients) (want: Gradients) =
    match got, want with
    | Given got, Given want -> List.map2 (gradientDiffers case how) got want |> firstOf "gradient"
    | NoGradients error, Given _ -> Some $"gradients are refused with {error}"
    | Given _, NoGradients error -> Some $"gradients are given, libtorch refuses with {error}"
    | NoGradients _, NoGradients _ -> None

let private resultsDiffer case how (got: Part list) (want: Part list) =
    if got.Length <> want.Length then
        Some $"{got.Length} results, libtorch has {want.Length}"
    else
        List.map2 (partDiffers case how) got want |> firstOf "result"

/// What the managed engine lacks is no refusal, whatever libtorch does with the case.
let private isMissing name =
    name = nameof MissingMethodException
    || name = nameof MissingFieldException
    || name = nameof TypeLoadException

/// The first difference of an outcome from the reference, or None.
let difference (case: Case) (got: Outcome) (want: Outcome) : string option =
    match got, want with
    | Refused error, _ when isMissing error -> Some $"the engine lacks a member ({error})"
    | Refused _, Refused _ -> None
    | Refused error, Gave _ -> Some $"refused with {error}, libtorch gives a result"
    | Gave _, Refused error -> Some $"gives a result, libtorch refuses with {error}"
    | Gave(results, gradients), Gave(expected, expectedGradients) ->
        resultsDiffer case case.Operation.Results results expected
        |> Option.orElseWith (fun () ->
            gradientsDiffer case case.Operation.Gradients gradients expectedGradients)
