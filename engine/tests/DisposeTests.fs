/// Dispose scopes: what lives, what is disposed, and when.
module Workbench.Tests.DisposeTests

open System
open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

/// The result of a function run on a thread of its own.
let private onThread (f: unit -> 'T) =
    let result = ref Unchecked.defaultof<'T>
    let thread = Threading.Thread(fun () -> result.Value <- f ())
    thread.Start()
    thread.Join()
    result.Value

let private scopes =
    [ testCase "tensors are disposed with their scope" (fun () ->
          let made =
              use _ = torch.NewDisposeScope()
              let x = torch.ones 3
              [ x; x + 1.0; x.reshape (3, 1); x.detach (); x.clone (); torch.zeros 2 ]

          for tensor in made do
              Expect.isTrue tensor.IsInvalid "disposed")
      testCase "nested scopes dispose their own" (fun () ->
          use _ = torch.NewDisposeScope()
          let outer = torch.ones 3

          let inner =
              use _ = torch.NewDisposeScope()
              outer + 1.0

          Expect.isTrue inner.IsInvalid "the inner one"
          Expect.isFalse outer.IsInvalid "not the outer one")
      testCase "MoveToOuterDisposeScope hands over" (fun () ->
          let kept =
              use _ = torch.NewDisposeScope()

              let moved =
                  use _ = torch.NewDisposeScope()
                  torch.ones(3).MoveToOuterDisposeScope()

              Expect.equal (elements moved) [| 1.0; 1.0; 1.0 |] "survives the inner scope"
              moved

          Expect.isTrue kept.IsInvalid "but not the outer one")
      testCase "MoveToOuterDisposeScope out of all scopes" (fun () ->
          let kept =
              use _ = torch.NewDisposeScope()
              torch.ones(3).MoveToOuterDisposeScope()

          Expect.equal (elements kept) [| 1.0; 1.0; 1.0 |] "belongs to nobody"
          kept.Dispose())
      testCase "DetachFromDisposeScope" (fun () ->
          let kept =
              use _ = torch.NewDisposeScope()
              use _ = torch.NewDisposeScope()
              torch.ones(3).DetachFromDisposeScope()

          Expect.equal (elements kept) [| 1.0; 1.0; 1.0 |] "survives all scopes"
          kept.Dispose()
          Expect.isTrue kept.IsInvalid "and is disposed by its owner")
      testCase "a scope counts what it holds" (fun () ->
          use scope = torch.NewDisposeScope()
          let a = torch.ones 3
          let b = torch.ones 3
          let c = torch.ones 3
          Expect.equal scope.DisposablesCount 3 "three"
          b.Dispose()
          Expect.equal scope.DisposablesCount 2 "two"
          Expect.isTrue (scope.Contains a) "still here"
          scope.Detach a |> ignore
          Expect.isFalse (scope.Contains a) "no longer"
          Expect.equal scope.DisposablesCount 1 "one"
          scope.Attach a |> ignore
          scope.DisposeEverything()
          Expect.isTrue (a.IsInvalid && c.IsInvalid) "all gone"
          Expect.equal scope.DisposablesCount 0 "none"
          let d = torch.ones 3
          Expect.isTrue (scope.Contains d) "the scope goes on")
      testCase "a long scope does not grow by what was disposed in it" (fun () ->
          use scope = torch.NewDisposeScope()
          let kept = torch.ones 3

          for _ in 1..1000 do
              (kept + 1.0).Dispose()

          Expect.equal scope.DisposablesCount 1 "only the one that lives"
          Expect.isFalse kept.IsInvalid "it lives")
      testCase "an outer scope that is closed first" (fun () ->
          let outer = torch.NewDisposeScope()
          let inner = torch.NewDisposeScope()
          let a = torch.ones 3
          outer.Dispose()
          inner.Dispose()
          Expect.isTrue a.IsInvalid "the inner one still disposes"
          use _ = torch.NewDisposeScope()
          let b = torch.ones 3
          Expect.isFalse b.IsInvalid "and a new one works")
      testCase "a closed scope takes nothing in" (fun () ->
          let scope = torch.NewDisposeScope()
          scope.Dispose()
          use x = torch.ones 3

          refused typeof<ObjectDisposedException> [] (fun () -> scope.Attach x |> ignore))
      testCase "scopes belong to their thread" (fun () ->
          use scope = torch.NewDisposeScope()

          let elsewhere = onThread (fun () -> torch.ones 3)
          Expect.isFalse (scope.Contains elsewhere) "made under no scope"
          elsewhere.Dispose()) ]

let private failsAsDisposed (action: unit -> unit) =
    refused typeof<InvalidOperationException> [ "disposed" ] action

let private disposal =
    [ testCase "disposing twice is harmless" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.ones 3
          let y = x.reshape (3, 1)
          x.Dispose()
          x.Dispose()
          Expect.equal (elements y) [| 1.0; 1.0; 1.0 |] "the view keeps the elements")
      testCase "a disposed tensor cannot be used" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.ones 3
          let y = torch.ones 3
          x.Dispose()
          failsAsDisposed (fun () -> x + y |> ignore)
          failsAsDisposed (fun () -> y * x |> ignore)
          failsAsDisposed (fun () -> x.exp () |> ignore)
          failsAsDisposed (fun () -> x.sum () |> ignore)
          failsAsDisposed (fun () -> x.reshape (3, 1) |> ignore)
          failsAsDisposed (fun () -> x.add_ y |> ignore)
          failsAsDisposed (fun () -> x.data<float32>().ToArray() |> ignore)
          failsAsDisposed (fun () -> torch.cat [| x; y |] |> ignore)
          failsAsDisposed (fun () -> x.clone () |> ignore)
          failsAsDisposed (fun () -> x.shape |> ignore)
          failsAsDisposed (fun () -> x.dtype |> ignore)
          failsAsDisposed (fun () -> x.requires_grad |> ignore)
          failsAsDisposed (fun () -> x.grad |> ignore)
          failsAsDisposed (fun () -> x.ToString() |> ignore))
      testCase "a leaf may be disposed before its gradient comes" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.ones (3, requires_grad = true)
          let w = torch.full ([| 3L |], 2.0.ToScalar(), requires_grad = true)
          let y = (x * w).sum()
          x.Dispose()
          y.backward ()
          Expect.equal (elements w.grad) [| 1.0; 1.0; 1.0 |] "the others' comes")
      testCase "what would change nothing is another object" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.ones (2, 3)

          let same: (Tensor -> Tensor) list =
              [ (fun x -> x.to_type torch.float32)
                (fun x -> x.contiguous ())
                (fun x -> x.cpu ())
                (fun x -> x.reshape (2, 3))
                (fun x -> x.squeeze ())
                (fun x -> x.expand ([| 2L; 3L |]))
                (fun x -> x.index [| torch.TensorIndex.Ellipsis |])
                (fun x -> torch.nn.functional.dropout (x, 0.0)) ]

          for f in same do
              (f x).Dispose()
              Expect.isFalse x.IsInvalid "disposing the result leaves the input") ]

[<Tests>]
let tests =
    testList "Disposal" [ testList "scopes" scopes; testList "tensors" disposal ]
