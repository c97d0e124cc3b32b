/// Sums, products, quotients, powers, exponentials and logarithms: gradients in all broadcasting forms.
module Workbench.Tests.ArithmeticTests

open System.Runtime.InteropServices
open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

/// Pairs of shapes that broadcast: equal, row, column, both ways, single numbers, different ranks.
let broadcasting: (int64 list * int64 list) list =
    [ [ 2; 3 ], [ 2; 3 ]
      [ 2; 3 ], [ 3 ]
      [ 3 ], [ 2; 3 ]
      [ 2; 3 ], [ 2; 1 ]
      [ 2; 1 ], [ 1; 3 ]
      [ 1; 3 ], [ 2; 1 ]
      [ 2; 3 ], []
      [], [ 2; 3 ]
      [], []
      [ 1 ], [ 3 ]
      [ 2; 3 ], [ 1; 1 ]
      [ 2; 1; 3 ], [ 4; 1 ]
      [ 2; 3; 1; 2 ], [ 3; 4; 1 ] ]

let private binary: (string * (int -> int64 list -> Input) * (Tensor -> Tensor -> Tensor)) list =
    [ "add", apart, (fun a b -> a + b)
      "add with alpha", apart, (fun a b -> a.add (b, 0.7.ToScalar()))
      "sub", apart, (fun a b -> a - b)
      "mul", apart, (fun a b -> a * b)
      "div", positive, (fun a b -> a / b)
      "pow", positive, (fun a b -> a.pow b)
      "maximum", apart, (fun a b -> a.maximum b)
      "minimum", apart, (fun a b -> torch.minimum (a, b)) ]

let private binaryCases =
    [ for name, generate, f in binary do
          for a, b in broadcasting do
              gradientCase $"{name} of %A{a} and %A{b}" [ generate 1 a; generate 2 b ] (fun x ->
                  f x[0] x[1]) ]

let private unary: (string * (int -> int64 list -> Input) * (Tensor -> Tensor)) list =
    [ "add a number", apart, (fun x -> x + 1.5)
      "a number plus", apart, (fun x -> 2 + x)
      "sub a number", apart, (fun x -> x - 1.5)
      "a number minus", apart, (fun x -> 2.5 - x)
      "mul by a number", apart, (fun x -> x * -3.0)
      "a number times", apart, (fun x -> 3 * x)
      "div by a number", apart, (fun x -> x / 0.3)
      "a number divided by", positive, (fun x -> 2.0 / x)
      "neg", apart, (fun x -> -x)
      "pow 0", apart, (fun x -> x.pow (0L.ToScalar()))
      "pow 1", apart, (fun x -> x.pow (1L.ToScalar()))
      "pow 2", apart, (fun x -> x.pow (2L.ToScalar()))
      "pow 3", apart, (fun x -> x.pow (3.0.ToScalar()))
      "pow 4", apart, (fun x -> x.pow (4.0.ToScalar()))
      "pow 0.5", positive, (fun x -> x.pow (0.5.ToScalar()))
      "pow -0.5", positive, (fun x -> x.pow ((-0.5).ToScalar()))
      "pow -1", positive, (fun x -> x.pow ((-1.0).ToScalar()))
      "pow -2 of either sign", apart, (fun x -> (x + 10.0).pow((-2L).ToScalar()))
      "pow 2.7", positive, (fun x -> x.pow (2.7.ToScalar()))
      "exp", apart, (fun x -> x.exp ())
      "expm1", apart, (fun x -> x.expm1 ())
      "log", positive, (fun x -> x.log ())
      "log1p", positive, (fun x -> x.log1p ())
      "sqrt", positive, (fun x -> x.sqrt ())
      "rsqrt", positive, (fun x -> x.rsqrt ())
      "square", apart, (fun x -> x.square ())
      "reciprocal", positive, (fun x -> x.reciprocal ())
      "abs", apart, (fun x -> x.abs ())
      "sign", apart, (fun x -> x.sign () * x) ]

let private shapes: int64 list list = [ []; [ 1 ]; [ 7 ]; [ 3; 4 ]; [ 2; 3; 3 ] ]

let private unaryCases =
    [ for name, generate, f in unary do
          for shape in shapes do
              gradientCase $"{name} of %A{shape}" [ generate 1 shape ] (fun x -> f x[0]) ]

/// In place on a recorded result, so that the input itself stays what it was.
let private inPlace: (string * (int -> int64 list -> Input) * (Tensor -> Tensor -> Tensor)) list =
    [ "add_", apart, (fun a b -> a.add_ b)
      "add_ with alpha", apart, (fun a b -> a.add_ (b, 0.7.ToScalar()))
      "add_ a number", apart, (fun a b -> a.add_ (1.5.ToScalar()) * b)
      "sub_", apart, (fun a b -> a.sub_ b)
      "sub_ a number", apart, (fun a b -> a.sub_ (1.5.ToScalar()) * b)
      "mul_", apart, (fun a b -> a.mul_ b)
      "mul_ by a number", apart, (fun a b -> a.mul_ (1.5.ToScalar()) * b)
      "div_", positive, (fun a b -> a.div_ b)
      "div_ by a number", positive, (fun a b -> a.div_ (1.5.ToScalar()) * b)
      "neg_", apart, (fun a b -> a.neg_ () * b)
      "pow_ 2", apart, (fun a b -> a.pow_ (2L.ToScalar()) * b)
      "pow_ 2.7", positive, (fun a b -> a.pow_ (2.7.ToScalar()) * b)
      "exp_", apart, (fun a b -> a.exp_ () * b)
      "log_", positive, (fun a b -> a.log_ () * b)
      "sqrt_", positive, (fun a b -> a.sqrt_ () * b)
      "abs_", apart, (fun a b -> a.abs_ () * b) ]

let private inPlaceCases =
    [ for name, generate, f in inPlace do
          gradientCase name [ generate 1 [ 2; 3 ]; generate 2 [ 3 ] ] (fun x -> f (x[0] * 1.1) x[1]) ]

let private compound =
    [ gradientCase "one tensor on both sides" [ positive 1 [ 2; 3 ] ] (fun x ->
          x[0] * x[0] / (x[0] + x[0]) - x[0])
      gradientCase "a broadcast number in a sum of squares" [ apart 1 [ 4 ]; apart 2 [] ] (fun x ->
          (x[0] - x[1]).square().sum()) ]

/// In place of one operand that is the other one, too, or part of it: the value that the gradient needs is gone.
let private overwritten =
    [ for name, f in
          [ "a product with itself", (fun (y: Tensor) -> y.mul_ y)
            "a quotient of itself", (fun y -> y.div_ y) ] do
          inScope name (fun () ->
              let x = (torch.ones [| 2L; 3L |]).requires_grad_ true
              let y = f (x * 1.5)
              refused typeof<ExternalException> [ "in place" ] (fun () -> y.sum().backward())) ]

[<Tests>]
let tests =
    testList
        "Arithmetic"
        [ testList "gradients of two tensors" binaryCases
          testList "gradients of one tensor" unaryCases
          testList "gradients in place" inPlaceCases
          testList "gradients of expressions" compound
          testList "gradients of what was overwritten" overwritten ]
