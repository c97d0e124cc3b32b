/// Changes in place and the graph: what is recorded, what is refused.
module Workbench.Tests.InPlaceTests

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

let private failsWith (words: string list) (action: unit -> unit) =
    refused typeof<ExternalException> words action

let private recorded =
    [ inScope "a watched leaf cannot be changed" (fun () ->
          let x = leaf [| 1.0 |]
          failsWith [ "leaf"; "no_grad" ] (fun () -> x.add_ (1.0.ToScalar()) |> ignore)
          failsWith [ "leaf" ] (fun () -> x.zero_ () |> ignore)

          failsWith [ "leaf" ] (fun () ->
              x.copy_ (torch.ones (1, dtype = torch.float64)) |> ignore)

          use _ = torch.no_grad ()
          x.add_ (1.0.ToScalar()) |> ignore
          Expect.equal (elements x) [| 2.0 |] "but it can unrecorded")
      inScope "a value that a gradient needs cannot be changed" (fun () ->
          let x = leaf [| 2.0 |]
          let a = x * 3.0
          let y = a * a
          a.add_ (1.0.ToScalar()) |> ignore
          failsWith [ "mul"; "in place" ] (fun () -> y.backward ()))
      inScope "nor through a view of it" (fun () ->
          let w = torch.ones (2, 2, dtype = torch.float64)
          let x = leaf [| 1.0; 2.0 |]
          let y = (x * w).sum()
          w.select(0, 0).zero_() |> ignore
          failsWith [ "mul"; "in place" ] (fun () -> y.backward ()))
      inScope "one that no gradient needs can" (fun () ->
          let x = leaf [| 2.0 |]
          let a = x * 3.0
          let y = a + 1.0
          a.add_ (1.0.ToScalar()) |> ignore
          y.backward ()
          Expect.equal (gradient x) [| 3.0 |] "a sum keeps no values")
      inScope "what is overwritten passes no gradient on" (fun () ->
          let x, z = leaf [| 2.0; 3.0 |], leaf [| 5.0; 7.0 |]
          let a, b, c, d = x * 3.0, x * 3.0, x * 3.0, x * 3.0
          a.fill_ (4.0.ToScalar()) |> ignore
          b.copy_ (z * 2.0) |> ignore
          c.normal_ () |> ignore
          d.bernoulli_ () |> ignore
          (a + b + c + d).sum().backward()
          Expect.equal (gradient x) [| 0.0; 0.0 |] "all of x was overwritten"
          Expect.equal (gradient z) [| 2.0; 2.0 |] "by this")
      inScope "zero_ has no derivative" (fun () ->
          let x = leaf [| 2.0 |]
          let a = x * 3.0
          a.zero_ () |> ignore
          Expect.equal (elements a) [| 0.0 |] "overwritten"
          failsWith [ "zero_" ] (fun () -> a.sum().backward()))
      inScope "detach_ cuts a result, and no view" (fun () ->
          let x = leaf [| 2.0; 3.0 |]
          let a = x * 3.0
          Expect.isFalse (a.detach_ ()).requires_grad "cut"
          failsWith [ "view" ] (fun () -> (x * 3.0).select(0, 0).detach_() |> ignore))
      inScope "a result stays watched" (fun () ->
          let a = leaf [| 2.0 |] * 3.0
          Expect.isTrue (a.requires_grad_ false).requires_grad "only a leaf can be switched")
      inScope "a view of a watched leaf cannot be changed" (fun () ->
          let x = leaf [| 1.0; 2.0 |]
          failsWith [ "leaf" ] (fun () -> x.select(0, 0).add_(1.0.ToScalar()) |> ignore)
          failsWith [ "leaf" ] (fun () -> x[0L] <- torch.tensor 5.0)
          use _ = torch.no_grad ()
          x.select(0, 0).add_(1.0.ToScalar()) |> ignore
          Expect.equal (elements x) [| 2.0; 2.0 |] "but it can unrecorded") ]

/// What the managed engine does not do: a view and its tensor are no two results of one history there. It says so, where
/// libtorch gives the gradient.
let private views: (string * (Tensor -> Tensor) * float list * float list) list =
    [ "a recorded change reaches a view made before",
      (fun x ->
          let a = x * 3.0
          let view = a.select (0, 0)
          a.mul_ (2.0.ToScalar()) |> ignore
          view),
      [ 12.0 ],
      [ 6.0; 0.0 ]
      "a view hands a gradient to its tensor",
      (fun x ->
          let a = torch.zeros (3, dtype = torch.float64)
          a.narrow(0, 0, 2).copy_(x * 2.0) |> ignore
          a),
      [ 4.0; 6.0; 0.0 ],
      [ 2.0; 2.0 ]
      "a view of a result is changed",
      (fun x ->
          let a = x * 2.0
          a.select(0, 0).mul_(10.0.ToScalar()) |> ignore
          a),
      [ 40.0; 6.0 ],
      [ 20.0; 2.0 ] ]

let private viewCases =
    [ for name, change, expected, slope in views do
          inScope name (fun () ->
              let x = leaf [| 2.0; 3.0 |]

              if isManaged then
                  refused typeof<NotSupportedException> [ "view" ] (fun () ->
                      (change x).sum().backward())
              else
                  let y = change x
                  Expect.equal (elements y) (Array.ofList expected) "elements"
                  y.sum().backward()
                  Expect.equal (gradient x) (Array.ofList slope) "gradient") ]

/// Memory written past the operations: TorchSharp does not learn of it, and the gradient is wrong without a word.
let private accessor =
    inScope "writing through an accessor is noticed by the managed engine" (fun () ->
        let x = leaf [| 2.0 |]
        let a = x * 3.0
        let y = a * a
        a.data<float>()[0L] <- 7.0

        if isManaged then
            failsWith [ "mul"; "in place" ] (fun () -> y.backward ())
        else
            y.backward ()
            Expect.equal (gradient x) [| 42.0 |] "2 * 7 * 3")

let private impossible =
    [ inScope "a result of another shape" (fun () ->
          failsWith [ "[2, 3]"; "[3]" ] (fun () ->
              (torch.ones 3).add_(torch.ones (2, 3)) |> ignore))
      inScope "a floating result in whole numbers" (fun () ->
          let x = torch.ones (2, dtype = torch.int64)
          failsWith [ "Float32"; "Int64" ] (fun () -> x.add_ (0.5.ToScalar()) |> ignore)
          failsWith [ "Float32"; "Int64" ] (fun () -> x.div_ (2L.ToScalar()) |> ignore)
          failsWith [ "Float32"; "Int64" ] (fun () -> x.exp_ () |> ignore)
          Expect.equal (elements x) [| 1.0; 1.0 |] "unchanged")
      inScope "a whole number in bools" (fun () ->
          let x = torch.from_array [| true |]
          failsWith [ "Int64"; "Bool" ] (fun () -> x.add_ (1L.ToScalar()) |> ignore)
          Expect.isTrue (x.add_(x.clone ()).item<bool>()) "bools in bools can be")
      inScope "what is written over before it is read" (fun () ->
          let x = torch.arange(4L.ToScalar()).reshape(2, 2)
          failsWith [ "memory" ] (fun () -> x.add_ (x.t ()) |> ignore)

          failsWith [ "memory" ] (fun () ->
              x.reshape(4).narrow(0, 1, 3).copy_(x.reshape(4).narrow(0, 0, 3)) |> ignore)

          Expect.equal (elements (x.mul_ x)) [| 0.0; 1.0; 4.0; 9.0 |] "itself can be"
          Expect.equal (elements (x[0L].add_ x[1L])) [| 4.0; 10.0 |] "and what lies beside it")
      inScope "elements that share memory" (fun () ->
          let x = torch.ones(1).expand([| 3L |])
          failsWith [ "[3]"; "clone" ] (fun () -> x.add_ (1L.ToScalar()) |> ignore)
          failsWith [ "[3]"; "clone" ] (fun () -> x.copy_ (torch.ones 3) |> ignore)
          failsWith [ "[3]"; "clone" ] (fun () -> x.normal_ () |> ignore)

          Expect.equal
              (elements (x.fill_ (2L.ToScalar())))
              [| 2.0; 2.0; 2.0 |]
              "one number for all can be") ]

let private results =
    [ inScope "in place is the same object, the same memory and the same type" (fun () ->
          let x = torch.ones (2, 2)
          let window = x.t ()

          Expect.isTrue
              (obj.ReferenceEquals(x.add_ (torch.ones (2, dtype = torch.float64)), x))
              "itself"

          Expect.equal x.dtype torch.float32 "its type"
          Expect.equal (elements window) [| 2.0; 2.0; 2.0; 2.0 |] "seen through a view")
      inScope "a slice is changed in its tensor" (fun () ->
          let x = torch.zeros (3, 3)

          x.narrow(1, 1, 1).add_(torch.from_array([| 1.0f; 2.0f; 3.0f |]).unsqueeze 1)
          |> ignore

          x.select(0, 0).mul_(10L.ToScalar()) |> ignore

          Expect.equal
              (elements x)
              [| 0.0; 10.0; 0.0; 0.0; 2.0; 0.0; 0.0; 3.0; 0.0 |]
              "there alone")
      inScope "whole numbers stay whole" (fun () ->
          let x = torch.from_array [| 5L; -3L |]
          x.add_(1L.ToScalar()).mul_(torch.from_array [| 2; 3 |]) |> ignore
          Expect.equal (x.data<int64>().ToArray()) [| 12L; -6L |] "int64 and int32") ]

[<Tests>]
let tests =
    testList
        "In place"
        [ testList "recorded" (accessor :: recorded)
          testList "views" viewCases
          testList "results" results
          testList "refused" impossible ]
