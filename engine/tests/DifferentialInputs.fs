/// Inputs of the differential tests: the same numbers on every machine and on either engine.
module Workbench.Tests.DifferentialInputs

open System
open TorchSharp

/// Which numbers fill an input.
type Values =
    /// Between -3 and 3, zeros of both signs, whole numbers and ties among them.
    | Plain
    /// NaN, infinities, the largest, the smallest, and where a formula changes.
    | Edges
    /// All pairs of the edges, in two inputs: the first changes slowly, the second fast.
    | Slowly
    | Fast
    /// Above 0.
    | Positive
    /// From 0 to 1, both included.
    | Unit
    /// Whole numbers from 0 to below this one.
    | Below of int
    /// These, again and again.
    | These of float list

/// How an input's elements lie in memory.
type Layout =
    | Dense
    /// The last two dimensions change places.
    | Transposed
    /// Every second element of a longer row.
    | Strided
    /// One row, repeated without a copy.
    | Expanded

/// What an operation is given.
type Input =
    {
        Type: torch.ScalarType
        Shape: int64 list
        Layout: Layout
        Values: Values
        /// Whether its gradient is asked for, where its type has one.
        Leaf: bool
    }

let private input kind shape =
    { Type = kind
      Shape = shape
      Layout = Dense
      Values = Plain
      Leaf = true }

let f32 (shape: int64 list) : Input = input torch.float32 shape
let f64 (shape: int64 list) : Input = input torch.float64 shape
let i64 (shape: int64 list) : Input = input torch.int64 shape
let i32 (shape: int64 list) : Input = input torch.int32 shape
let u8 (shape: int64 list) : Input = input torch.uint8 shape
let bools (shape: int64 list) : Input = input torch.bool shape

/// One constructor for each element type that both engines have.
let allTypes: (int64 list -> Input) list = [ f32; f64; i64; i32; u8; bools ]
let wholeTypes: (int64 list -> Input) list = [ i64; i32; u8; bools ]

let transposed (input: Input) : Input = { input with Layout = Transposed }
let strided (input: Input) : Input = { input with Layout = Strided }
let expanded (input: Input) : Input = { input with Layout = Expanded }
let filled (values: Values) (input: Input) : Input = { input with Values = values }
let edges (input: Input) : Input = filled Edges input
let constant (input: Input) : Input = { input with Leaf = false }

/// The whole numbers given, as positions: one dimension.
let positions (numbers: int list) : Input =
    i64 [ int64 numbers.Length ] |> filled (These(List.map float numbers))

let private isWhole kind =
    kind <> torch.float32 && kind <> torch.float64

let isFloating (input: Input) : bool = not (isWhole input.Type)

let private typeName kind =
    if kind = torch.float32 then "f32"
    elif kind = torch.float64 then "f64"
    elif kind = torch.int64 then "i64"
    elif kind = torch.int32 then "i32"
    elif kind = torch.uint8 then "u8"
    else "bool"

let private valuesName =
    function
    | Plain -> ""
    | These numbers -> numbers |> List.map string |> String.concat " " |> sprintf " of %s"
    | other -> $" %A{other}".ToLowerInvariant()

/// What tells this input from others, in a case's name.
let describe (input: Input) : string =
    let shape = input.Shape |> List.map string |> String.concat ","

    let layout =
        if input.Layout = Dense then "" else $" %A{input.Layout}".ToLowerInvariant()

    let role = if input.Leaf || isWhole input.Type then "" else " constant"
    $"{typeName input.Type}[{shape}]{layout}{valuesName input.Values}{role}"

/// SplitMix64's mixing of a number.
let private mixed (x: uint64) =
    let a = x + 0x9E3779B97F4A7C15UL
    let b = (a ^^^ (a >>> 30)) * 0xBF58476D1CE4E5B9UL
    let c = (b ^^^ (b >>> 27)) * 0x94D049BB133111EBUL
    c ^^^ (c >>> 31)

/// FNV-1a: a case's numbers depend on its name alone, so a new case leaves the others as they were.
let seedOf (name: string) : uint64 =
    (0xCBF29CE484222325UL, name)
    ||> Seq.fold (fun hash letter -> (hash ^^^ uint64 letter) * 0x100000001B3UL)

/// Numbers at which formulas change, results overflow, or comparisons go wrong.
let private edgeNumbers =
    [| nan
       infinity
       -infinity
       0.0
       -0.0
       1.0
       -1.0
       0.5
       -0.5
       88.0
       -88.0
       104.0
       -104.0
       1e-8
       -1e-8
       1e38
       -1e38
       20.5
       2.0
       3.0
       -2.0
       1e-30
       float Single.MaxValue
       float Single.Epsilon
       0.99999994
       -17.25 |]

/// Of those only what a whole number can be; a byte or a bool takes the lowest bits.
let private wholeEdges =
    [| 0.0; 1.0; -1.0; 2.0; -3.0; 7.0; 127.0; -128.0; 255.0; 46341.0; -65536.0 |]

let private plain (bits: uint64) =
    let number = float (bits >>> 11) / float (1UL <<< 53) * 6.0 - 3.0

    match bits % 16UL with
    | 0UL -> 0.0
    | 1UL -> -0.0
    | 2UL
    | 3UL -> Math.Round number
    | _ -> number

let private fraction (bits: uint64) =
    match bits % 16UL with
    | 0UL -> 0.0
    | 1UL -> 1.0
    | _ -> float (bits >>> 11) / float (1UL <<< 53)

/// Element `i` of an input, before its type rounds it.
let private number (input: Input) (seed: uint64) (i: int) : float =
    let bits = mixed (seed + uint64 i)
    let special = if isWhole input.Type then wholeEdges else edgeNumbers

    match input.Values with
    | Plain when isWhole input.Type -> float (bits % 9UL) - 4.0
    | Plain -> plain bits
    | Edges -> special[i % special.Length]
    | Slowly -> special[i / special.Length % special.Length]
    | Fast -> special[i % special.Length]
    | Positive -> 0.05 + 3.0 * fraction bits
    | Unit -> fraction bits
    | Below limit -> float (bits % uint64 limit)
    | These numbers -> numbers[i % numbers.Length]

/// How many elements two inputs need for all pairs of edges.
let pairsOfEdges: int64 = int64 (edgeNumbers.Length * edgeNumbers.Length)

/// The elements in the input's own type: conversions are cases of their own.
let private typed (kind: torch.ScalarType) (numbers: float[]) : Array =
    if kind = torch.float32 then Array.map float32 numbers
    elif kind = torch.float64 then numbers
    elif kind = torch.int64 then Array.map int64 numbers
    elif kind = torch.int32 then Array.map int numbers
    elif kind = torch.uint8 then Array.map (int64 >> byte) numbers
    else Array.map (fun x -> int64 x % 2L <> 0L) numbers

/// The shape of the storage that a layout's view is taken of.
let private storage (input: Input) =
    let last = input.Shape.Length - 1

    match input.Layout with
    | Dense -> input.Shape
    | Transposed ->
        input.Shape
        |> List.permute (fun d ->
            if d = last then last - 1
            elif d = last - 1 then last
            else d)
    | Strided -> input.Shape |> List.updateAt last (2L * input.Shape[last] + 1L)
    | Expanded -> input.Shape |> List.updateAt 0 1L

/// The tensor of an input; `seed` is the case's, moved on for each of its inputs.
let tensor (seed: uint64) (input: Input) : torch.Tensor =
    let shape = storage input
    let count = int (List.fold (*) 1L shape)
    let elements = typed input.Type (Array.init count (number input seed))
    // A copy: TorchSharp's tensor would lie in the array itself, wherever the runtime has put it, and
    // libtorch's products of matrices round by the alignment.
    let dense = torch.from_array(elements).reshape(Array.ofList shape).clone()

    match input.Layout with
    | Dense -> dense
    | Transposed -> dense.transpose (-1L, -2L)
    | Strided -> dense.slice (-1L, 1L, List.last shape, 2L)
    | Expanded -> dense.expand (Array.ofList input.Shape)
