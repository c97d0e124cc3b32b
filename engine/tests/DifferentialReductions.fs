/// Sums, means, spreads, extremes, norms and the softmax family, whole and along dimensions.
module Workbench.Tests.DifferentialReductions

open TorchSharp
open Workbench.Tests.DifferentialInputs
open Workbench.Tests.DifferentialOutcome
open Workbench.Tests.DifferentialTable

type private Tensor = torch.Tensor
type private F = torch.nn.functional

let private layouts make =
    [ transposed (make [ 5L; 7L ])
      strided (make [ 5L; 7L ])
      expanded (make [ 5L; 7L ])
      transposed (make [ 2L; 3L; 4L ]) ]

/// From the smallest to the largest, but no sum of some overflows: that would depend on their order.
let private mixed =
    filled (These [ 1e8; 0.5; -1e8; 1e-30; 3.0; -0.0; 1e-8; -2e7; 0.0; -1e-3; 65536.5 ])

let private wholeForms: Input list list =
    each
        [ mixed (f32 [ 40L ])
          mixed (f64 [ 40L ])
          for length in [ 1L; 2L; 3L; 7L; 16L; 17L; 33L; 63L; 70L ] do
              f32 [ length ]
          f32 [ 33L; 31L ]
          filled (These [ -0.0; 0.0 ]) (f32 [ 5L ])
          filled (These [ 2.0; nan; 3.0 ]) (f32 [ 20L ])
          filled (These [ -infinity; 1.0; infinity ]) (f32 [ 20L ])
          filled (These [ 1.0; 1.0; 0.0 ]) (f32 [ 40L ])
          yield! layouts f32
          yield! layouts f64
          for make in [ f32; i64 ] do
              make [ 0L ]
              make [ 2L; 0L ]
          for make in allTypes do
              make [ 23L ]
              make []
              transposed (make [ 4L; 5L ]) ]
    |> List.distinct

let private alongForms: Input list list =
    each
        [ f32 []
          f32 [ 5L ]
          f32 [ 2L; 3L ]
          f32 [ 2L; 3L; 4L ]
          f32 [ 1L; 5L; 1L ]
          f32 [ 2L; 0L; 3L ]
          f32 [ 33L; 3L; 2L ]
          f32 [ 3L; 2L; 35L ]
          mixed (f32 [ 26L; 3L ])
          filled (These [ 1.0; nan; 2.0; infinity; -infinity; 0.0 ]) (f32 [ 4L; 5L ])
          filled (These [ infinity; 2.0; -infinity; -infinity ]) (f32 [ 2L; 4L ])
          filled (These [ 1.0; 1.0; 0.0 ]) (f32 [ 4L; 4L ])
          mixed (f64 [ 3L; 13L ])
          yield! layouts f32
          f64 [ 2L; 3L; 4L ]
          transposed (f64 [ 4L; 3L ])
          for make in wholeTypes do
              make [ 2L; 3L; 4L ]
              make [ 3L; 0L ] ]

let private dimensions: int64 list list =
    [ [ 0L ]; [ 1L ]; [ -1L ]; [ 0L; 2L ]; [ -1L; 0L ]; [ 1L; 0L ]; [] ]

/// Too far, and twice: each refused for the same reason, whatever the form.
let private wrongDimensions = [ [ 0L; 0L ]; [ 3L ]; [ -4L ] ]

let private wrongForms = each [ f32 []; f32 [ 2L; 3L; 4L ] ]

let private text (dims: int64 list) =
    dims |> List.map string |> String.concat " " |> sprintf "[%s]"

/// The forms that have these dimensions.
let private having (dims: int64 list) (forms: Input list list) =
    let fits rank d = d < rank && d >= -rank

    forms
    |> List.filter (fun form ->
        let rank = max 1L (int64 form[0].Shape.Length)
        dims |> List.forall (fits rank))

/// One operation for each choice of dimensions, kept or not.
let private alongMany forms name (f: int64[] -> bool -> Tensor -> Tensor) : Operation list =
    [ for dims in dimensions do
          one $"{name} {text dims}" (f (Array.ofList dims) false) (having dims forms)
      for dims in wrongDimensions do
          one $"{name} {text dims}" (f (Array.ofList dims) false) wrongForms
      for dims in [ [ 0L ]; [ 1L; 0L ]; [] ] do
          one $"{name} {text dims} kept" (f (Array.ofList dims) true) (having dims forms) ]

let private alongOne forms name (f: int64 -> bool -> Tensor -> Tensor list) : Operation list =
    [ for dim in [ 0L; 1L; -1L ] do
          operation $"{name} {dim}" (fun x -> f dim false x[0]) (having [ dim ] forms)
      operation $"{name} 3" (fun x -> f 3L false x[0]) wrongForms
      operation $"{name} 0 kept" (fun x -> f 0L true x[0]) forms ]

let private sums: Operation list =
    [ one "sum" (fun x -> x.sum ()) wholeForms
      one "sum as float64" (fun x -> x.sum torch.float64) wholeForms
      one "sum as float32" (fun x -> x.sum torch.float32) wholeForms
      one "torch.sum" (fun x -> torch.sum x) wholeForms
      one "mean" (fun x -> x.mean ()) (fewWhole wholeForms)
      one "torch.mean" (fun x -> torch.mean x) (fewWhole wholeForms)
      yield! alongMany alongForms "sum" (fun dims kept x -> x.sum (dims, kept))
      yield! alongMany (fewWhole alongForms) "mean" (fun dims kept x -> x.mean (dims, kept))
      yield! alongOne alongForms "sum along" (fun dim kept x -> [ x.sum (dim, kept) ])
      one "sum [0] as float64" (fun x -> x.sum ([| 0L |], false, torch.float64)) alongForms
      one "mean [0] as float64" (fun x -> x.mean ([| 0L |], false, torch.float64)) alongForms ]
    |> all (Scaled 16.0) (Ulps 2.0)

/// With dimensions no whole numbers: the package ends the process where it should refuse them.
let private spreadForms =
    alongForms
    |> List.filter (fun form -> form[0].Type = torch.float32 || form[0].Type = torch.float64)

let private spreads: Operation list =
    [ one "var" (fun x -> x.var ()) (fewWhole wholeForms)
      one "std" (fun x -> x.std ()) (fewWhole wholeForms)
      one "var biased" (fun x -> x.var false) (fewWhole wholeForms)
      one "std biased" (fun x -> x.std false) (fewWhole wholeForms)
      yield! alongMany spreadForms "var" (fun dims kept x -> x.var (dims, true, kept))
      yield! alongMany spreadForms "var biased" (fun dims kept x -> x.var (dims, false, kept))
      yield! alongMany spreadForms "std" (fun dims kept x -> x.std (dims, true, kept))
      yield! alongOne spreadForms "var along" (fun dim kept x -> [ x.var (dim, true, kept) ])
      yield!
          alongOne spreadForms "std biased along" (fun dim kept x -> [ x.std (dim, false, kept) ]) ]
    |> all (Scaled 16.0) (Scaled 32.0)

let private refusedSpreads: Operation list =
    let forms = each [ for make in wholeTypes -> make [ 2L; 3L ] ]

    [ one "var [0]" (fun x -> x.var [| 0L |]) forms
      one "std [0]" (fun x -> x.std [| 0L |]) forms ]
    |> List.map fatal

let private pair (struct (values: Tensor, indices: Tensor)) = [ values; indices ]

let private extremes: Operation list =
    let wholeForms = each [ edges (f32 [ 26L ]); edges (f64 [ 26L ]) ] @ wholeForms

    let alongForms =
        each [ edges (f32 [ 3L; 13L ]); edges (f64 [ 26L; 3L ]) ] @ alongForms

    [ one "max" (fun x -> x.max ()) wholeForms
      one "min" (fun x -> x.min ()) wholeForms
      one "argmax" (fun x -> x.argmax ()) wholeForms
      one "argmin" (fun x -> x.argmin ()) wholeForms
      one "all" (fun x -> x.all ()) wholeForms
      one "any" (fun x -> x.any ()) wholeForms
      one "torch.max" (fun x -> torch.max x) wholeForms
      one "torch.argmin" (fun x -> torch.argmin x) wholeForms
      yield! alongOne alongForms "max" (fun dim kept x -> pair (x.max (dim, kept)))
      yield! alongOne alongForms "min" (fun dim kept x -> pair (x.min (dim, kept)))
      yield! alongOne (fewWhole alongForms) "argmax" (fun dim kept x -> [ x.argmax (dim, kept) ])
      yield! alongOne (fewWhole alongForms) "argmin" (fun dim kept x -> [ x.argmin (dim, kept) ]) ]
    |> all AnyZero (Ulps 4.0)

let private norms: Operation list =
    [ for p in [ 0.0f; 1.0f; 2.0f; 3.0f; 0.5f; infinityf; -infinityf ] do
          one $"norm {p}" (fun x -> x.norm p) (fewWhole wholeForms)
      one "norm" (fun x -> x.norm ()) (fewWhole wholeForms) ]
    |> all (Scaled 32.0) (Scaled 32.0)

let private softMaxima: Operation list =
    [ yield!
          alongOne (fewWhole alongForms) "logsumexp" (fun dim kept x -> [ x.logsumexp (dim, kept) ])
      for dim in [ 0L; 1L; -1L ] do
          let forms = having [ dim ] (fewWhole alongForms)
          one $"softmax {dim}" (fun x -> x.softmax dim) forms
          one $"log_softmax {dim}" (fun x -> x.log_softmax dim) forms
          one $"F.softmax {dim}" (fun x -> F.softmax (x, dim)) forms
          one $"F.log_softmax {dim}" (fun x -> F.log_softmax (x, dim)) forms
      one "softmax 3" (fun x -> x.softmax 3L) wrongForms
      one "log_softmax 3" (fun x -> x.log_softmax 3L) wrongForms
      one "softmax as float64" (fun x -> x.softmax (0L, torch.float64)) (fewWhole alongForms)
      one
          "log_softmax as float64"
          (fun x -> x.log_softmax (0L, torch.float64))
          (fewWhole alongForms) ]
    |> all (Scaled 8.0) (Scaled 16.0)

let operations: Operation list =
    sums @ spreads @ refusedSpreads @ extremes @ norms @ softMaxima
