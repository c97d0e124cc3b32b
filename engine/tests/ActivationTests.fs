/// The functions between layers, and choices between elements: gradients.
module Workbench.Tests.ActivationTests

open Expecto
open TorchSharp
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor
type private F = torch.nn.functional

let private functions: (string * (Tensor -> Tensor)) list =
    [ "tanh", (fun x -> x.tanh ())
      "tanh (functional)", (fun x -> F.tanh x)
      "sigmoid", (fun x -> x.sigmoid ())
      "sigmoid (functional)", (fun x -> F.sigmoid x)
      "relu", (fun x -> x.relu ())
      "relu (functional)", (fun x -> F.relu x)
      "leaky_relu", (fun x -> x.leaky_relu (0.2.ToScalar()))
      "leaky_relu (functional)", (fun x -> F.leaky_relu (x, 0.01))
      "softplus", (fun x -> x.softplus ())
      "softplus, beta 3", (fun x -> x.softplus (3.0))
      "softplus, beta 2, threshold 0.5", (fun x -> x.softplus (2.0, 0.5))
      "softplus (functional)", (fun x -> F.softplus (x, 0.5, 20.0))
      "log_sigmoid", (fun x -> x.log_sigmoid ())
      "clamp", (fun x -> x.clamp ((-0.5).ToScalar(), 0.4.ToScalar()))
      "clamp from below", (fun x -> x.clamp_min ((-0.2).ToScalar()))
      "clamp from above", (fun x -> x.clamp_max (0.2.ToScalar()))
      "tanh_", (fun x -> (x * 1.1).tanh_())
      "sigmoid_", (fun x -> (x * 1.1).sigmoid_())
      "relu_", (fun x -> (x * 1.1).relu_())
      "leaky_relu_", (fun x -> (x * 1.1).leaky_relu_(0.2.ToScalar()))
      "clamp_", (fun x -> (x * 1.1).clamp_((-0.5).ToScalar(), 0.4.ToScalar()))
      "relu, inplace", (fun x -> F.relu (x * 1.1, true))
      "tanh, inplace", (fun x -> F.tanh (x * 1.1, true)) ]

let private shapes: int64 list list = [ []; [ 9 ]; [ 4; 5 ]; [ 2; 3; 3 ] ]

let private functionCases =
    [ for name, f in functions do
          for shape in shapes do
              gradientCase $"{name} of %A{shape}" [ apart 1 shape ] (fun x -> f x[0]) ]

/// A bool tensor, true at the given places of the row-major order.
let private mask (shape: int64 list) (places: int list) =
    let n = int (List.fold (*) 1L shape)

    torch.from_array(Array.init n (fun i -> List.contains i places)).reshape(Array.ofList shape)

let private choices =
    [ gradientCase "where of equal shapes" [ apart 1 [ 2; 3 ]; apart 2 [ 2; 3 ] ] (fun x ->
          torch.where (mask [ 2; 3 ] [ 0; 2; 4 ], x[0], x[1]))
      gradientCase "where with a number and a row" [ apart 1 []; apart 2 [ 3 ] ] (fun x ->
          torch.where (mask [ 2; 3 ] [ 0; 2; 4 ], x[0], x[1]))
      gradientCase
          "where with a broadcast condition"
          [ apart 1 [ 2; 3 ]; apart 2 [ 2; 1 ] ]
          (fun x -> torch.where (mask [ 3 ] [ 1 ], x[0], x[1]))
      gradientCase "where as a method" [ apart 1 [ 2; 3 ]; apart 2 [ 2; 3 ] ] (fun x ->
          x[0].where(mask [ 2; 3 ] [ 5 ], x[1]))
      gradientCase "masked_fill" [ apart 1 [ 2; 3 ] ] (fun x ->
          x[0].masked_fill(mask [ 2; 3 ] [ 1; 3 ], 7.0.ToScalar()))
      gradientCase "masked_fill with a broadcast mask" [ apart 1 [ 2; 3 ] ] (fun x ->
          x[0].masked_fill(mask [ 2; 1 ] [ 1 ], 7.0.ToScalar()))
      gradientCase "masked_fill_" [ apart 1 [ 2; 3 ] ] (fun x ->
          (x[0] * 2.0).masked_fill_(mask [ 3 ] [ 1 ], 7.0.ToScalar()))
      gradientCase "max of two" [ apart 1 [ 2; 3 ]; apart 2 [ 3 ] ] (fun x -> x[0].max x[1])
      gradientCase "min of two" [ apart 1 [ 2; 3 ]; apart 2 [ 3 ] ] (fun x -> x[0].min x[1])
      gradientCase "clone" [ apart 1 [ 2; 3 ] ] (fun x -> x[0].clone()) ]

[<Tests>]
let tests =
    testList
        "Activations and choices"
        [ testList "gradients of functions" functionCases
          testList "gradients of choices" choices ]
