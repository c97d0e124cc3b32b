/// The functions between layers, and choices between elements: gradients.
module Workbench.Tests.ActivationTests

open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.Refusals
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

let private numbersAt (values: float32 list) =
    (torch.from_array (Array.ofList values)).requires_grad_ true

/// The gradients of the sum of f of two leaves.
let private slopes (f: Tensor -> Tensor -> Tensor) a b =
    let x, y = numbersAt a, numbersAt b
    (f x y).sum().backward()
    numbers x.grad, numbers y.grad

let private ties =
    [ for name, f in
          [ "maximum", (fun (x: Tensor) (y: Tensor) -> x.maximum y)
            "minimum", (fun x y -> x.minimum y) ] do
          inScope $"{name} of equals: half to each" (fun () ->
              Expect.equal (slopes f [ 1.0f ] [ 1.0f ]) ([ 0.5 ], [ 0.5 ]) "halves")

          inScope $"{name} with NaN: whole to each" (fun () ->
              Expect.equal
                  (slopes f [ nanf; 2.0f ] [ 1.0f; nanf ])
                  ([ 1.0; 1.0 ], [ 1.0; 1.0 ])
                  "no order, no choice")
      inScope "relu at 0, and of NaN" (fun () ->
          let x = numbersAt [ 0.0f; -0.0f; nanf ]
          let y = x.relu ()
          y.sum().backward()
          Expect.isTrue (System.Double.IsNaN(List.last (numbers y))) "NaN stays"
          Expect.equal (List.take 2 (numbers x.grad)) [ 0.0; 0.0 ] "no slope at 0")
      inScope "relu of whole numbers" (fun () ->
          for kind in [ torch.int64; torch.int32; torch.uint8 ] do
              let y = (torch.from_array [| 3L; 0L; 7L |]).to_type(kind).relu()
              Expect.equal y.dtype kind "the same type"
              Expect.equal (numbers y) [ 3.0; 0.0; 7.0 ] "as they are"

          Expect.equal (numbers ((torch.from_array [| -3L; 2L |]).relu())) [ 0.0; 2.0 ] "cut at 0")
      inScope "leaky_relu_ with a negative slope has no gradient" (fun () ->
          let x = numbersAt [ -1.0f; 2.0f ]
          let y = (x * 1.0).leaky_relu_((-0.5).ToScalar())
          Expect.equal (numbers y) [ 0.5; 2.0 ] "but a value"

          refused
              typeof<System.Runtime.InteropServices.ExternalException>
              [ "leaky_relu_" ]
              (fun () -> y.sum().backward())) ]

let private refusals: (string * string list * (unit -> Tensor)) list =
    let x = fun () -> torch.ones [| 3L |]

    [ "clamp without bounds", [ "clamp" ], (fun () -> (x ()).clamp((null: Scalar), (null: Scalar)))
      "a mask of bytes",
      [ "masked_fill"; "Byte" ],
      (fun () -> (x ()).masked_fill((x ()).to_type torch.uint8, 1.0.ToScalar()))
      "a mask that does not fit",
      [ "[3]"; "[2]" ],
      (fun () -> (x ()).masked_fill(mask [ 2 ] [ 0 ], 1.0.ToScalar()))
      "relu of bools", [ "relu" ], (fun () -> (mask [ 2 ] [ 0 ]).relu())
      "softplus of whole numbers",
      [ "softplus"; "Int64" ],
      (fun () -> ((x ()).to_type torch.int64).softplus()) ]

[<Tests>]
let tests =
    testList
        "Activations and choices"
        [ testList "gradients of functions" functionCases
          testList "gradients of choices" choices
          testList "edges" ties
          testList
              "refused"
              [ yield! List.map libtorchRefuses refusals
                refusal
                    typeof<System.ArgumentException>
                    ("where with a condition of numbers",
                     [ "where"; "Int64" ],
                     fun () ->
                         let x = torch.ones ([| 3L |], dtype = torch.int64)
                         torch.where (x, x, x)) ] ]
