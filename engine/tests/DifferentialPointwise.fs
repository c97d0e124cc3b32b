/// Functions of one element, activations, and their in-place forms.
module Workbench.Tests.DifferentialPointwise

open TorchSharp
open Workbench.Tests.DifferentialInputs
open Workbench.Tests.DifferentialOutcome
open Workbench.Tests.DifferentialTable

type private Tensor = torch.Tensor
type private F = torch.nn.functional

let private layouts make =
    [ transposed (make [ 3L; 5L ])
      strided (make [ 4L; 7L ])
      expanded (make [ 3L; 5L ])
      transposed (make [ 2L; 3L; 4L ]) ]

let private lengths = [ 1L; 2L; 3L; 5L; 8L; 15L; 17L; 31L; 33L; 64L; 70L ]

/// Whole rows of a vector's lanes and every kind of rest, all layouts, all types.
let private forms: Input list list =
    each
        [ edges (f32 [ 26L ])
          strided (edges (f32 [ 26L ]))
          transposed (edges (f32 [ 2L; 13L ]))
          for shape in [ []; [ 0L ]; [ 2L; 3L; 0L ]; [ 2L; 1L; 3L; 5L ] ] do
              f32 shape
          for length in lengths do
              f32 [ length ]
          yield! layouts f32
          edges (f64 [ 26L ])
          f64 []
          f64 [ 33L ]
          yield! layouts f64
          for make in wholeTypes do
              edges (make [ 11L ])
              make []
              transposed (make [ 3L; 4L ])
              make [ 0L ]
              make [ 33L ] ]

let private moved: Operation list =
    [ one "neg" (fun x -> x.neg ()) forms
      one "unary minus" (fun x -> -x) forms
      one "abs" (fun x -> x.abs ()) forms
      one "sign" (fun x -> x.sign ()) forms
      one "square" (fun x -> x.square ()) forms
      one "relu" (fun x -> x.relu ()) forms
      one "leaky_relu 0.2" (fun x -> x.leaky_relu (real 0.2)) (fewWhole forms)
      one "clamp" (fun x -> x.clamp (real -0.5, real 0.75)) forms
      one "clamp of whole numbers" (fun x -> x.clamp (whole -1L, whole 2L)) forms
      one "clamp, no room" (fun x -> x.clamp (whole 2L, whole -1L)) forms
      one "clamp to nan" (fun x -> x.clamp (real nan, real 1.0)) forms
      one "clamp_min" (fun x -> x.clamp_min (real -0.5)) forms
      one "clamp_max" (fun x -> x.clamp_max (real 0.75)) forms
      one "isnan" (fun x -> x.isnan ()) forms
      one "isinf" (fun x -> x.isinf ()) forms
      one "isfinite" (fun x -> x.isfinite ()) forms
      one "logical_not" (fun x -> x.logical_not ()) forms
      one "to float32" (fun x -> x.to_type torch.float32) forms
      one "to float64" (fun x -> x.to_type torch.float64) forms
      one "to bool" (fun x -> x.to_type torch.bool) forms
      one "clone" (fun x -> x.clone ()) forms
      one "contiguous" (fun x -> x.contiguous ()) forms
      one "F.relu" (fun x -> F.relu x) forms
      one "F.leaky_relu" (fun x -> F.leaky_relu (x, 0.01)) (fewWhole forms) ]

/// What one rounding gives; the gradients divide what is rounded already.
let private rounded: Operation list =
    [ one "sqrt" (fun x -> x.sqrt ()) forms
      one "rsqrt" (fun x -> x.rsqrt ()) forms
      one "reciprocal" (fun x -> x.reciprocal ()) forms ]
    |> all (Ulps 2.0) (Ulps 4.0)

let private transcendental: Operation list =
    [ one "exp" (fun x -> x.exp ()) forms
      one "expm1" (fun x -> x.expm1 ()) forms
      one "log" (fun x -> x.log ()) forms
      one "log1p" (fun x -> x.log1p ()) forms
      one "tanh" (fun x -> x.tanh ()) forms
      one "sigmoid" (fun x -> x.sigmoid ()) forms
      one "softplus" (fun x -> x.softplus ()) (fewWhole forms)
      one "softplus 2 0.5" (fun x -> x.softplus (2.0, 0.5)) (fewWhole forms)
      one "log_sigmoid" (fun x -> x.log_sigmoid ()) (fewWhole forms)
      one "F.tanh" (fun x -> F.tanh x) forms
      one "F.sigmoid" (fun x -> F.sigmoid x) forms
      one "F.softplus" (fun x -> F.softplus (x, 0.5, 3.0)) (fewWhole forms) ]
    |> all (Ulps 4.0) (Near 8.0)

let private onPositives: Operation list =
    let positive = forms |> List.map (List.map (filled Positive))

    [ one "log of positives" (fun x -> x.log ()) positive
      one "sqrt of positives" (fun x -> x.sqrt ()) positive
      one "rsqrt of positives" (fun x -> x.rsqrt ()) positive
      one "log1p of positives" (fun x -> x.log1p ()) positive ]
    |> all (Ulps 4.0) (Ulps 8.0)

let private inPlaceForms: Input list list =
    each
        [ edges (f32 [ 26L ])
          f32 []
          f32 [ 0L ]
          f32 [ 37L ]
          transposed (f32 [ 3L; 5L ])
          strided (f32 [ 3L; 5L ])
          expanded (f32 [ 3L; 5L ])
          f64 [ 19L ]
          transposed (f64 [ 5L; 4L ])
          for make in wholeTypes do
              make [ 5L ] ]

/// A whole number has no place for a fraction: one type stands for all.
let private fewInPlaceForms =
    inPlaceForms
    |> List.filter (fun form -> isFloating form[0] || form[0].Type = torch.int64)

/// The in-place form on a copy, which has a gradient; on the input itself, which may be a view; on a
/// leaf, which has to be refused.
let private inPlace forms (name: string) (f: Tensor -> Tensor) : Operation list =
    let views = forms |> List.map (List.map constant)

    let onItself (x: Tensor[]) =
        let result = f x[0]
        [ result; x[0] ]

    [ one name (fun x -> f (x * 1)) forms
      operation $"{name} itself" onItself views
      operation $"{name} of a leaf" onItself (each [ f32 [ 3L ] ]) ]

let private inPlaceMoved: Operation list =
    [ "neg_", (fun (x: Tensor) -> x.neg_ ())
      "abs_", (fun x -> x.abs_ ())
      "relu_", (fun x -> x.relu_ ())
      "leaky_relu_", (fun x -> x.leaky_relu_ (real 0.2))
      "clamp_", (fun x -> x.clamp_ (real -0.5, real 0.75))
      "F.relu in place", (fun x -> F.relu (x, true))
      "F.leaky_relu in place", (fun x -> F.leaky_relu (x, 0.1, true))
      "zero_", (fun x -> x.zero_ ())
      "fill_", (fun x -> x.fill_ (real 2.5)) ]
    |> List.collect (fun (name, f) -> inPlace inPlaceForms name f)

let private inPlaceTranscendental: Operation list =
    [ "exp_", (fun (x: Tensor) -> x.exp_ ())
      "log_", (fun x -> x.log_ ())
      "sqrt_", (fun x -> x.sqrt_ ())
      "tanh_", (fun x -> x.tanh_ ())
      "sigmoid_", (fun x -> x.sigmoid_ ())
      "F.tanh in place", (fun x -> F.tanh (x, true)) ]
    |> List.collect (fun (name, f) -> inPlace fewInPlaceForms name f)
    |> all (Ulps 4.0) (Near 8.0)

/// Floating numbers become whole ones only where they fit: elsewhere processors differ.
let private conversions: Operation list =
    let small = These [ 0.0; -0.0; 0.5; 2.9; 100.0; 7.0; 0.99999994; 1.5 ]

    let converted =
        each
            [ for make in [ f32; f64 ] do
                  filled small (make [ 9L ])
                  transposed (filled small (make [ 3L; 4L ]))
              for make in wholeTypes do
                  edges (make [ 12L ])
                  transposed (make [ 3L; 4L ]) ]

    [ one "to int64" (fun x -> x.to_type torch.int64) converted
      one "to int32" (fun x -> x.to_type torch.int32) converted
      one "to uint8" (fun x -> x.to_type torch.uint8) converted
      one "float" (fun x -> x.float ()) converted
      one "double" (fun x -> x.double ()) converted
      one "long" (fun x -> x.long ()) converted
      one "int" (fun x -> x.int ()) converted
      one "byte" (fun x -> x.byte ()) converted
      one "bool" (fun x -> x.bool ()) converted
      two "type_as" (fun x y -> x.type_as y) [ [ f32 [ 3L ]; i64 [ 2L ] ]; [ i64 [ 3L ]; f64 [] ] ] ]

let operations: Operation list =
    moved
    @ rounded
    @ transcendental
    @ onPositives
    @ inPlaceMoved
    @ inPlaceTranscendental
    @ conversions
