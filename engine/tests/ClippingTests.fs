/// The norm of all gradients, and what clipping makes of them.
module Workbench.Tests.ClippingTests

open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.Refusals
open Workbench.Tests.ReferenceGradients

let private parameter (kind: torch.ScalarType) (values: float[]) =
    torch.nn.Parameter(torch.from_array(values).to_type kind, true)

/// Gradients that need no rounding.
let private gradient step n =
    Array.init n (fun i -> float ((7 * i + 3 * step) % 11 - 5) / 4.0)

let private clipped kind =
    [ for step, count in [ 1, 19; 2, 7 ] do
          let p = parameter kind (Array.zeroCreate count)
          p.grad <- torch.from_array(gradient step count).to_type kind
          p ]

let private norm (values: float seq) =
    values |> Seq.sumBy (fun value -> value * value) |> sqrt

let private clipping =
    [ for kind in [ torch.float32; torch.float64 ] do
          testCase $"the norm of gradients of any length, {kind}" (fun () ->
              for count in [ 0; 1; 15; 16; 17; 31; 33; 255; 16383; 16385; 2_000_003 ] do
                  use _ = torch.NewDisposeScope()
                  let p = parameter kind (Array.zeroCreate count)
                  let values = gradient 3 count
                  p.grad <- torch.from_array(values).to_type kind
                  let found = torch.nn.utils.clip_grad_norm_ ([ p ], infinity)
                  Expect.floatClose Accuracy.high found (norm values) $"{count} numbers")

      testCase "large gradients do not overflow in single precision, but libtorch's do" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = parameter torch.float32 [| 0.0; 0.0 |]
          p.grad <- torch.from_array([| 3e30; 4e30 |]).to_type torch.float32
          let found = torch.nn.utils.clip_grad_norm_ ([ p ], 1.0)
          let length, left = if isManaged then 5e30, 1.0 else infinity, 0.0
          Expect.isTrue (found = length || abs (found / length - 1.0) < 1e-6) $"norm {found}"
          Expect.floatClose Accuracy.medium (norm (elements p.grad)) left "clipped")

      testCase "a gradient that lies transposed, and one that is missing" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = torch.nn.Parameter(torch.zeros (2L, 3L, dtype = torch.float64), true)
          p.grad <- torch.from_array([| 1.0 .. 6.0 |]).reshape(3L, 2L).t()
          let q = parameter torch.float64 [| 1.0 |]
          let found = torch.nn.utils.clip_grad_norm_ ([ p; q ], 1.0)
          Expect.floatClose Accuracy.high found (sqrt 91.0) "norm"
          Expect.floatClose Accuracy.medium (norm (elements p.grad)) 1.0 "clipped")

      testCase "a bound of NaN makes gradients NaN" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = parameter torch.float64 [| 0.0 |]
          p.grad <- tensorOf [ 1 ] [| 1.0 |]
          Expect.equal (torch.nn.utils.clip_grad_norm_ ([ p ], nan)) 1.0 "norm"
          Expect.all (elements p.grad) System.Double.IsNaN "NaN")

      // So that the one at fault can be found; libtorch makes the others 0 or NaN, too.
      testCase "gradients of no finite norm stay as they are, but not libtorch's" (fun () ->
          for bad in [ nan; infinity; -infinity ] do
              use _ = torch.NewDisposeScope()
              let p = parameter torch.float32 (Array.zeroCreate 20)
              let values = Array.init 20 (fun i -> if i = 17 then bad else 1.0)
              p.grad <- torch.from_array(values).to_type torch.float32
              let found = torch.nn.utils.clip_grad_norm_ ([ p ], 1.0)
              Expect.isFalse (System.Double.IsFinite found) "the norm tells"
              Expect.equal (Array.head (elements p.grad) = 1.0) isManaged "untouched") ]

let private lacking =
    managedLacks (
        "a norm of another type",
        [ "clip_grad_norm_" ],
        fun () ->
            let p = parameter torch.float64 [| 1.0 |]
            p.grad <- tensorOf [ 1 ] [| 1.0 |]
            torch.nn.utils.clip_grad_norm_ ([ p ], 1.0, 1.0) |> ignore
            p.grad
    )

[<Tests>]
let tests =
    testList "Clipping" [ testList "norms" clipping; testList "refused" [ lacking ] ]
