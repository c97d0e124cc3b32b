/// Changes in place and the graph: what is recorded, what is refused.
module Workbench.Tests.InPlaceTests

open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

let private leaf (values: float[]) : Tensor =
    torch.from_array(values).requires_grad_ true

let private gradient (tensor: Tensor) = elements tensor.grad

let private failsWith (words: string list) (action: unit -> unit) =
    Expect.throwsC action (fun error ->
        for word in words do
            Expect.stringContains error.Message word "the message says what is wrong")

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
          let a, b, c = x * 3.0, x * 3.0, x * 3.0
          a.zero_ () |> ignore
          b.fill_ (4.0.ToScalar()) |> ignore
          c.copy_ (z * 2.0) |> ignore
          (a + b + c).sum().backward()
          Expect.equal (gradient x) [| 0.0; 0.0 |] "all of x was overwritten"
          Expect.equal (gradient z) [| 2.0; 2.0 |] "by this")
      inScope "a recorded change does not reach a view made before" (fun () ->
          let x = leaf [| 2.0; 3.0 |]
          let a = x * 3.0
          let view = a.select (0, 0)
          a.mul_ (2.0.ToScalar()) |> ignore
          failsWith [ "view" ] (fun () -> view.backward ())
          Expect.equal (elements (a.select (0, 0))) [| 12.0 |] "a view made after is right")
      inScope "a view does not hand a gradient to its tensor" (fun () ->
          let x = leaf [| 2.0 |]
          let a = torch.zeros (3, dtype = torch.float64)
          failsWith [ "view" ] (fun () -> a.narrow(0, 0, 1).copy_(x * 2.0) |> ignore)
          failsWith [ "view" ] (fun () -> (x * 2.0).reshape(1).add_(1.0.ToScalar()) |> ignore)) ]

let private refused =
    [ inScope "a result of another shape" (fun () ->
          failsWith [ "[2, 3]"; "[3]" ] (fun () ->
              (torch.ones 3).add_(torch.ones (2, 3)) |> ignore))
      inScope "a floating result in whole numbers" (fun () ->
          let x = torch.ones (2, dtype = torch.int64)
          failsWith [ "Float32"; "Int64" ] (fun () -> x.add_ (0.5.ToScalar()) |> ignore)
          failsWith [ "Float32"; "Int64" ] (fun () -> x.div_ (2L.ToScalar()) |> ignore)
          Expect.equal (elements x) [| 1.0; 1.0 |] "unchanged")
      inScope "elements that share memory" (fun () ->
          let x = torch.ones(1).expand([| 3L |])
          failsWith [ "[3]"; "clone" ] (fun () -> x.add_ (1L.ToScalar()) |> ignore)
          failsWith [ "[3]"; "clone" ] (fun () -> x.copy_ (torch.ones 3) |> ignore)

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
        [ testList "recorded" recorded
          testList "results" results
          testList "refused" refused ]
