/// Weights that several batches pass through: their gradient is one sum of products, of the same bits as one after the other.
module Workbench.Tests.LeafProductTests

open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

let private draw (generator: torch.Generator) dtype (shape: int list) : Tensor =
    torch.randn(shape |> List.map int64 |> Array.ofList, generator = generator).to_type dtype

/// A loss of a batch: the products x W^T, each times a number of its own.
let private loss generator (weights: Tensor) (size: int) : unit -> Tensor =
    let x = draw generator weights.dtype [ size; int weights.shape[1] ]
    let factors = draw generator weights.dtype [ size; int weights.shape[0] ]
    fun () -> (torch.nn.functional.linear (x, weights) * factors).sum()

/// The gradient after these losses' sum went backward `times` times, at once or (last loss first, as a pass goes) one by one.
let private gradients (weights: Tensor) times (losses: (unit -> Tensor) list) =
    let taken () =
        let gradient = elements weights.grad
        weights.grad <- null
        gradient

    for _ in 1..times do
        (losses |> List.map (fun loss -> loss ()) |> List.reduce (+)).backward()

    let together = taken ()

    for _ in 1..times do
        for loss in List.rev losses do
            loss().backward()

    together, taken ()

/// Outputs and inputs of the weights, and the sizes of the batches: equal and unequal, few rows and many, more than one pass over k.
let private cases =
    [ 3, 5, [ 2; 2 ]
      1, 40, [ 30; 30; 30 ]
      40, 1, [ 30; 30 ]
      40, 70, [ 33; 33; 33 ]
      256, 100, [ 100; 100; 100 ]
      100, 256, [ 64; 64; 64; 64 ]
      64, 48, [ 600; 600 ]
      20, 30, [ 10; 12; 12; 10 ]
      17, 33, [ 1; 1 ] ]

/// Of the largest element of a sum of some hundred products.
let private rounding dtype =
    if dtype = torch.float32 then 1e-5 else 1e-13

let private bits =
    [ for dtype in [ torch.float32; torch.float64 ] do
          for outputs, inputs, sizes in cases do
              inScope $"{outputs} x {inputs}, batches of %A{sizes}, {dtype}" (fun () ->
                  let generator = new torch.Generator(1UL)

                  let weights = (draw generator dtype [ outputs; inputs ]).requires_grad_ true

                  let losses = sizes |> List.map (loss generator weights)

                  for threads in [ 1; 2; 4 ] do
                      withThreads threads (fun () ->
                          for times in [ 1; 2 ] do
                              let together, apart = gradients weights times losses

                              equalBits
                                  (rounding dtype)
                                  together
                                  apart
                                  $"{threads} threads, {times} times")) ]

let private orders =
    [ inScope "a gradient of another kind between two products" (fun () ->
          let generator = new torch.Generator(2UL)
          let weights = (draw generator torch.float32 [ 30; 20 ]).requires_grad_ true
          let batch = loss generator weights
          let penalty () = (weights * weights).sum()
          let together, apart = gradients weights 1 [ batch 9; penalty; batch 9; batch 9 ]
          equalBits (rounding torch.float32) together apart "in the order in which they came")
      inScope "the same weights on both sides of a product" (fun () ->
          let generator = new torch.Generator(3UL)
          let weights = (draw generator torch.float64 [ 12; 12 ]).requires_grad_ true
          let factors = draw generator torch.float64 [ 12; 12 ]
          (weights.mm weights * factors).sum().backward()
          let w, f = weights.detach (), factors

          let right = (f.mm (w.t ()) + (w.t ()).mm f) |> elements

          for gradient, right in Seq.zip (elements weights.grad) right do
              Expect.floatClose Accuracy.high gradient right "f w^T + w^T f")
      inScope "a pass that fails leaves nothing for the next one" (fun () ->
          let generator = new torch.Generator(4UL)
          let weights = (draw generator torch.float32 [ 8; 6 ]).requires_grad_ true
          let x = draw generator torch.float32 [ 5; 6 ]
          let y = draw generator torch.float32 [ 5; 6 ]

          let through (batch: Tensor) =
              torch.nn.functional.linear(batch, weights).sum()

          let broken = through x + through y
          x.add_ (1.0.ToScalar()) |> ignore
          Expect.throws (fun () -> broken.backward ()) "a value was changed in place"
          weights.grad <- null
          (through x + through y).backward()
          let together = elements weights.grad
          weights.grad <- null
          (through y).backward()
          (through x).backward()
          Expect.equal together (elements weights.grad) "two batches, and no more") ]

// In sequence: the tests change the number of threads.
[<Tests>]
let tests =
    testSequenced
    <| testList "products for leaves" [ testList "bits" bits; testList "order" orders ]
