/// What is recorded, and what is not: by thread, by scope, by detaching.
module Workbench.Tests.GradModeTests

open System
open System.Runtime.InteropServices
open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.ReferenceGradients

let private leaf (values: float[]) : torch.Tensor =
    torch.from_array(values).requires_grad_ true

let private modes =
    [ inScope "no_grad and enable_grad nest" (fun () ->
          let x = leaf [| 1.0 |]
          let recorded () = (x * 2.0).requires_grad
          Expect.isTrue (recorded ()) "outside"

          (use _ = torch.no_grad ()
           Expect.isFalse (recorded ()) "in no_grad"

           (use _ = torch.enable_grad ()
            Expect.isTrue (recorded ()) "in enable_grad")

           Expect.isFalse (recorded ()) "in no_grad again")

          Expect.isTrue (recorded ()) "outside again")
      inScope "set_grad_enabled" (fun () ->
          use _ = torch.set_grad_enabled false
          Expect.isFalse (torch.is_grad_enabled ()) "off"
          use _ = torch.set_grad_enabled true
          Expect.isTrue (torch.is_grad_enabled ()) "on")
      inScope "another thread's mode is its own" (fun () ->
          use _ = torch.no_grad ()
          let other = ref false
          let thread = Threading.Thread(fun () -> other.Value <- torch.is_grad_enabled ())
          thread.Start()
          thread.Join()
          Expect.isTrue other.Value "on there")
      inScope "detach cuts, and shares elements" (fun () ->
          let x = leaf [| 2.0 |]
          let y = x * 3.0
          let cut = y.detach ()
          Expect.isFalse cut.requires_grad "cut"
          (cut * y).sum().backward()
          Expect.equal (elements x.grad) [| 18.0 |] "6 is a constant"
          Expect.equal (elements cut) [| 6.0 |] "the same elements")
      inScope "only floating tensors can be watched" (fun () ->
          refused typeof<ExternalException> [ "Int64" ] (fun () ->
              torch.zeros(2, dtype = torch.int64).requires_grad_ true |> ignore)) ]

[<Tests>]
let tests = testList "Grad modes" modes
