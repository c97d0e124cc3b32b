/// What backward promises: sums, freed graphs, modes, in-place changes, errors.
module Workbench.Tests.AutogradTests

open System
open System.Runtime.InteropServices
open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

let private leaf (values: float[]) : Tensor =
    torch.from_array(values).requires_grad_ true

let private gradient (tensor: Tensor) = elements tensor.grad

let private missing (tensor: Tensor) = isNull (box tensor) || tensor.IsInvalid

let private failsWith (words: string list) (action: unit -> unit) =
    refused typeof<ExternalException> words action

let private accumulation =
    [ inScope "two backward calls add up" (fun () ->
          let x = leaf [| 1.0; 2.0 |]
          (x * x).sum().backward()
          (x * 3.0).sum().backward()
          Expect.equal (gradient x) [| 5.0; 7.0 |] "2 x + 3")
      inScope "a leaf without gradient has none" (fun () ->
          let x, y = leaf [| 1.0 |], torch.ones 1
          (x * y).sum().backward()
          Expect.isTrue (missing y.grad) "y asked for nothing")
      inScope "a diamond" (fun () ->
          let x = leaf [| 2.0 |]
          let a = x * x
          (a * 3.0 + a * a).sum().backward()
          Expect.equal (gradient x) [| 44.0 |] "6 x + 4 x^3")
      inScope "a result used many times" (fun () ->
          let x = leaf [| 2.0 |]
          let a = x * 5.0
          let y = Seq.replicate 10 a |> Seq.reduce (fun sum term -> sum + term)
          y.sum().backward()
          Expect.equal (gradient x) [| 50.0 |] "ten times 5")
      inScope "products of one weight, added where its gradient lies" (fun () ->
          let matrix rows columns =
              torch.randn (int64 rows, int64 columns, dtype = torch.float64)

          let x, y, w = matrix 3 5, matrix 7 4, (matrix 4 5).requires_grad_ true

          let gradientOf (loss: Tensor) =
              w.grad <- null
              loss.backward ()
              w.grad.clone ()

          let first () =
              torch.nn.functional.linear(x, w).square().sum()

          let second () = y.mm(w).exp().sum()
          let apart = gradientOf (first ()) + gradientOf (second ())
          Expect.isTrue ((gradientOf (first () + second ())).allclose apart) "in one pass"
          w.grad <- null
          first().backward()
          let kept = w.grad
          second().backward()
          Expect.isTrue (kept.allclose apart) "in two, into the same tensor"
          w.grad.zero_ () |> ignore
          first().backward()
          second().backward()
          Expect.isTrue (w.grad.allclose apart) "after zeros")
      inScope "a broadcast number" (fun () ->
          let x = torch.from_array([| 3.0 |]).reshape([||]).requires_grad_ true
          (torch.ones (4, 5, dtype = torch.float64) * x).sum().backward()
          Expect.equal x.grad.ndim 0L "still a single number"
          Expect.equal (gradient x) [| 20.0 |] "the sum over what it was stretched to")
      inScope "backward from a given gradient" (fun () ->
          let x = leaf [| 1.0; 2.0 |]
          (x * x).backward [| tensorOf [ 2 ] [| 10.0; 100.0 |] |]
          Expect.equal (gradient x) [| 20.0; 400.0 |] "weighted")
      inScope "backward from several results" (fun () ->
          let x = leaf [| 2.0 |]
          torch.autograd.backward ([| x * 3.0; x * x |])
          Expect.equal (gradient x) [| 7.0 |] "3 + 2 x")
      inScope "backward from a leaf" (fun () ->
          let x = leaf [| 2.0 |]
          x.sum().backward()
          x.backward ()
          Expect.equal (gradient x) [| 2.0 |] "1 twice")
      inScope "backward to chosen inputs alone" (fun () ->
          let x, y = leaf [| 2.0 |], leaf [| 3.0 |]
          (x * y).backward(inputs = [| x |])
          Expect.equal (gradient x) [| 3.0 |] "asked for"
          Expect.isTrue (missing y.grad) "not asked for")
      inScope "a gradient set by hand, transposed, is added to" (fun () ->
          let x = (tensorOf [ 2; 2 ] [| 1.0; 2.0; 3.0; 4.0 |]).requires_grad_ true
          x.grad <- (tensorOf [ 2; 2 ] [| 10.0; 20.0; 30.0; 40.0 |]).t()
          (x * x).sum().backward()
          Expect.equal (gradient x) [| 12.0; 34.0; 26.0; 48.0 |] "2 x more")
      inScope "a float32 leaf in a float64 expression" (fun () ->
          let x = torch.ones (2, requires_grad = true)
          (x * tensorOf [ 2 ] [| 3.0; 4.0 |]).sum().backward()
          Expect.equal x.grad.dtype torch.float32 "its own type"
          Expect.equal (gradient x) [| 3.0; 4.0 |] "the factor") ]

let private graphs =
    [ inScope "a graph is freed by backward" (fun () ->
          let x = leaf [| 2.0 |]
          let y = (x * x).sum()
          y.backward ()
          failsWith [ "retain_graph" ] (fun () -> y.backward ())
          Expect.equal (gradient x) [| 4.0 |] "the first call counted")
      inScope "retain_graph keeps it" (fun () ->
          let x = leaf [| 2.0 |]
          let y = (x * x).sum()
          y.backward (retain_graph = true)
          y.backward ()
          Expect.equal (gradient x) [| 8.0 |] "both counted")
      inScope "two results may share what keeps no values" (fun () ->
          let x = leaf [| 1.0; 2.0 |]
          let shared = (x + 1.0).reshape(2, 1)
          shared.sum().backward()
          (shared * 2.0).sum().backward()
          Expect.equal (gradient x) [| 3.0; 3.0 |] "as in PyTorch")
      inScope "retain_grad" (fun () ->
          let x = leaf [| 2.0 |]
          let y = x * 3.0
          y.retain_grad ()
          Expect.isFalse y.is_leaf "a result"
          (y * y).backward(retain_graph = true)
          Expect.equal (gradient y) [| 12.0 |] "2 y"
          (y * 5.0).backward()
          Expect.equal (gradient y) [| 17.0 |] "adds up too"
          Expect.equal (gradient x) [| 51.0 |] "and flows on")
      inScope "a result does not keep its gradient unasked" (fun () ->
          let x = leaf [| 2.0 |]
          let y = x * 3.0
          (y * y).backward()
          Expect.isTrue (missing y.grad) "gone")
      inScope "values survive their disposal by the caller" (fun () ->
          let x, w = leaf [| 2.0; 3.0 |], leaf [| 5.0; 7.0 |]
          let a = x * w
          let b = a.exp ()
          let y = (b * a).sum()
          a.Dispose()
          b.Dispose()
          y.backward ()
          let expected v w = w * exp (v * w) * (1.0 + v * w)
          Expect.floatClose Accuracy.high (Array.item 0 (gradient x)) (expected 2.0 5.0) "first"
          Expect.floatClose Accuracy.high (Array.item 1 (gradient x)) (expected 3.0 7.0) "second")
      inScope "a chain of 100,000 operations" (fun () ->
          let x = leaf [| 1.0 |]
          let y = Seq.fold (fun (y: Tensor) _ -> y + 1.0) x (seq { 1..100_000 })
          y.backward ()
          Expect.equal (gradient x) [| 1.0 |] "no stack overflows")
      inScope "a graph that is dropped unused frees its memory without a stack overflow" (fun () ->
          let build () =
              let x = leaf [| 1.0 |]
              Seq.fold (fun (y: Tensor) _ -> y * 1.0) x (seq { 1..100_000 }) |> ignore

          build ()
          GC.Collect()
          GC.WaitForPendingFinalizers()) ]

let private derivatives =
    [ inScope "autograd.grad changes no leaf's grad" (fun () ->
          let x, y = leaf [| 2.0 |], leaf [| 3.0 |]
          (x * 10.0).backward()
          let h = x * y
          h.retain_grad ()
          let gradients = torch.autograd.grad ([| h * h |], [| x; y |])
          Expect.equal (elements gradients[0]) [| 36.0 |] "2 x y^2"
          Expect.equal (elements gradients[1]) [| 24.0 |] "2 x^2 y"
          Expect.equal (gradient x) [| 10.0 |] "as before"
          Expect.isTrue (missing y.grad) "as before"
          Expect.equal (gradient h) [| 12.0 |] "a result that retains its gradient does, 2 h")
      inScope "autograd.grad for a result in the middle" (fun () ->
          let x = leaf [| 2.0 |]
          let h = x * 3.0
          h.retain_grad ()
          let y = h * h
          let gradients = torch.autograd.grad ([| y |], [| h |], retain_graph = true)
          Expect.equal (elements gradients[0]) [| 12.0 |] "2 h"
          Expect.isTrue (missing x.grad) "nothing reached x"
          y.backward ()
          Expect.equal (gradient h) [| 24.0 |] "h retains both")
      inScope "autograd.grad for a result that retains nothing" (fun () ->
          let x = leaf [| 2.0 |]
          let h = x * 3.0
          let gradients = torch.autograd.grad ([| h * h |], [| h |])
          Expect.equal (elements gradients[0]) [| 12.0 |] "2 h"
          Expect.isTrue (missing h.grad) "unasked")
      inScope "backward to chosen inputs passes what retains its gradient" (fun () ->
          let x = leaf [| 2.0 |]
          let h = x * 3.0
          h.retain_grad ()
          (h * h).backward(inputs = [| x |])
          Expect.equal (gradient h) [| 12.0 |] "on the way"
          Expect.equal (gradient x) [| 36.0 |] "at its end")
      inScope "backward to a result" (fun () ->
          let x = leaf [| 2.0 |]
          let h = x * 3.0
          (h * h).backward(inputs = [| h |])
          Expect.equal (gradient h) [| 12.0 |] "asked for"
          Expect.isTrue (missing x.grad) "not asked for")
      inScope "backward to an empty list is to all" (fun () ->
          let x = leaf [| 2.0 |]
          (x * x).backward(inputs = [||])
          Expect.equal (gradient x) [| 4.0 |] "2 x")
      inScope "autograd.grad from given gradients" (fun () ->
          let x = leaf [| 2.0; 3.0 |]

          let gradients =
              torch.autograd.grad ([| x * x |], [| x |], [| tensorOf [ 2 ] [| 1.0; 10.0 |] |])

          Expect.equal (elements gradients[0]) [| 4.0; 60.0 |] "weighted")
      inScope "an unused input, allowed, has no gradient" (fun () ->
          let x, y = leaf [| 2.0 |], leaf [| 3.0 |]
          let gradients = torch.autograd.grad ([| x * x |], [| x; y |], allow_unused = true)
          Expect.equal (elements gradients[0]) [| 4.0 |] "used"
          Expect.isTrue gradients[1].IsInvalid "unused")
      // It ends the process on libtorch.
      if isManaged then
          inScope "an unused input, not allowed, is refused" (fun () ->
              let x, y = leaf [| 2.0 |], leaf [| 3.0 |]

              failsWith [ "grad"; "allow_unused" ] (fun () ->
                  torch.autograd.grad ([| x * x |], [| x; y |]) |> ignore))
      inScope "create_graph, in libtorch alone" (fun () ->
          let x = leaf [| 2.0 |]

          let first () =
              torch.autograd.grad (
                  [| x.pow (3.0.ToScalar()) |],
                  [| x |],
                  create_graph = true,
                  retain_graph = true
              )

          if isManaged then
              refused typeof<NotSupportedException> [ "create_graph" ] (fun () ->
                  first () |> ignore)
          else
              (Seq.head (first ())).backward()
              Expect.equal (gradient x) [| 12.0 |] "6 x") ]

let private errors =
    [ inScope "more than one number needs a gradient to start from" (fun () ->
          failsWith [ "backward"; "[2]" ] (fun () -> (leaf [| 1.0; 2.0 |] * 2.0).backward()))
      inScope "the given gradient must fit" (fun () ->
          let y = leaf [| 1.0; 2.0 |] * 2.0
          failsWith [ "backward"; "[3]"; "[2]" ] (fun () -> y.backward [| torch.ones 3 |]))
      inScope "nothing to differentiate" (fun () ->
          failsWith [ "backward" ] (fun () -> torch.ones(1).backward())
          failsWith [ "retain_grad" ] (fun () -> torch.ones(1).retain_grad()))
      inScope "as many gradients as results" (fun () ->
          failsWith [ "backward"; "2"; "1" ] (fun () ->
              (leaf [| 1.0 |] * 2.0).backward [| torch.ones 1; torch.ones 1 |]))
      inScope "a gradient of another shape" (fun () ->
          let x = leaf [| 1.0; 2.0 |]

          let set () =
              x.grad <- torch.ones (3, dtype = torch.float64)

          // The managed engine refuses it before an optimiser reads past its end; libtorch when the next is added.
          if isManaged then
              failsWith [ "grad"; "[3]"; "[2]" ] set
          else
              set ()
              failsWith [] (fun () -> x.sum().backward()))
      inScope "a gradient of another type, which the managed engine refuses" (fun () ->
          let x = leaf [| 1.0; 2.0 |]
          let set () = x.grad <- torch.ones 2

          if isManaged then
              failsWith [ "grad"; "Float32" ] set
          else
              set ()
              x.sum().backward()
              Expect.equal x.grad.dtype torch.float32 "added to as it is")
      inScope "shapes that do not broadcast" (fun () ->
          let a, b = torch.ones (2, 3), torch.ones 4

          let check name (f: unit -> Tensor) =
              failsWith [ name; "[2, 3]"; "[4]" ] (fun () -> f () |> ignore)

          check "add" (fun () -> a + b)
          check "sub" (fun () -> a - b)
          check "mul" (fun () -> a * b)
          check "div" (fun () -> a / b)
          check "pow" (fun () -> a.pow b)
          check "maximum" (fun () -> a.maximum b)
          check "lt" (fun () -> a.lt b)
          check "where" (fun () -> torch.where (a.gt (0L.ToScalar()), a, b))
          check "copy_" (fun () -> a.copy_ b))
      inScope "a failed operation leaves nothing behind" (fun () ->
          let x = leaf [| 2.0 |]
          let a = x * 3.0
          let y = a * a
          a.add_ (1.0.ToScalar()) |> ignore
          Expect.throws (fun () -> y.backward ()) "overwritten"
          (x * 5.0).backward()
          Expect.equal (gradient x) [| 5.0 |] "the failed call counted nothing") ]

[<Tests>]
let tests =
    testList
        "Autograd"
        [ testList "sums" accumulation
          testList "graphs" graphs
          testList "autograd.grad" derivatives
          testList "errors" errors ]
