/// Views: gradients find their way back, elements are shared, wrong shapes are refused.
module Workbench.Tests.ShapeTests

open System
open System.Runtime.InteropServices
open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

/// Every window of the last is used, with different weights.
let private weighted (parts: Tensor[]) : Tensor =
    parts
    |> Array.mapi (fun i part -> part.square().sum() * float (i + 1))
    |> Array.reduce (fun a b -> a + b)

let private views: (string * int64 list * (Tensor -> Tensor)) list =
    [ "reshape", [ 2; 6 ], (fun x -> x.reshape (3, 4))
      "reshape with a free size", [ 2; 3; 2 ], (fun x -> x.reshape (-1, 2))
      "reshape to one number", [ 1; 1 ], (fun x -> x.reshape [||])
      "reshape of one number", [], (fun x -> x.reshape (1, 1))
      "flatten", [ 2; 3; 2 ], (fun x -> x.flatten ())
      "flatten from 1", [ 2; 3; 2 ], (fun x -> x.flatten 1)
      "flatten to 1", [ 2; 3; 2 ], (fun x -> x.flatten (0, 1))
      "flatten of one number", [], (fun x -> x.flatten ())
      "transpose", [ 2; 3; 2 ], (fun x -> x.transpose (0, -1))
      "t of a matrix", [ 2; 3 ], (fun x -> x.t ())
      "t of a vector", [ 3 ], (fun x -> x.t ())
      "T of three dimensions", [ 2; 3; 4 ], (fun x -> x.T)
      "permute", [ 2; 3; 4 ], (fun x -> x.permute (2, 0, 1))
      "permute, negative", [ 2; 3; 4 ], (fun x -> x.permute (-1, -3, -2))
      "unsqueeze", [ 2; 3 ], (fun x -> x.unsqueeze 1)
      "unsqueeze at the end", [ 2; 3 ], (fun x -> x.unsqueeze -1)
      "squeeze", [ 2; 1; 3; 1 ], (fun x -> x.squeeze ())
      "squeeze one", [ 2; 1; 3; 1 ], (fun x -> x.squeeze (Nullable 1L))
      "squeeze a dimension that is not 1", [ 2; 1 ], (fun x -> x.squeeze (Nullable 0L))
      "expand", [ 2; 1 ], (fun x -> x.expand ([| 3L; 2L; 4L |]))
      "expand, keeping", [ 1; 3 ], (fun x -> x.expand ([| 2L; -1L |]))
      "expand one number", [], (fun x -> x.expand ([| 2L; 2L |]))
      "expand_as", [ 1; 3 ], (fun x -> x.expand_as (torch.zeros (2, 3)))
      "broadcast_to", [ 3 ], (fun x -> torch.broadcast_to (x, 2, 3))
      "narrow", [ 4; 3 ], (fun x -> x.narrow (0, 1, 2))
      "narrow from the end", [ 2; 4 ], (fun x -> x.narrow (1, -2, 2))
      "slice", [ 5; 3 ], (fun x -> x.slice (0, 1, 5, 2))
      "slice by negative bounds", [ 5 ], (fun x -> x.slice (0, -4, -1, 1))
      "select", [ 3; 4 ], (fun x -> x.select (1, 2))
      "select from the end", [ 3; 4 ], (fun x -> x.select (0, -1))
      "contiguous after transpose", [ 2; 3 ], (fun x -> x.t().contiguous())
      "reshape after transpose", [ 2; 3 ], (fun x -> x.t().reshape 6)
      "view after unsqueeze of transpose", [ 2; 3 ], (fun x -> x.t().view(3, 1, 2, 1))
      "a view of a view of a view",
      [ 2; 3; 4 ],
      (fun x -> x.transpose(0, 2).select(1, 1).slice(0, 1, 4, 2))
      "alias", [ 3 ], (fun x -> x.alias ())
      "unbind", [ 3; 2 ], (fun x -> weighted (x.unbind ()))
      "unbind along 1", [ 3; 2 ], (fun x -> weighted (x.unbind 1))
      "split", [ 5; 2 ], (fun x -> weighted (x.split 2L))
      "split along 1", [ 2; 5 ], (fun x -> weighted (x.split (3L, 1)))
      "split into given sizes", [ 5; 2 ], (fun x -> weighted (x.split ([| 1L; 4L |], 0L)))
      "chunk", [ 5; 2 ], (fun x -> weighted (x.chunk 2L))
      "chunk along -1", [ 2; 7 ], (fun x -> weighted (x.chunk (3L, -1L))) ]

let private viewCases =
    [ for name, shape, f in views do
          // Squared, so that gradients differ from element to element of an expanded dimension too.
          gradientCase name [ apart 1 shape ] (fun x -> (f x[0]).square()) ]

let private joining =
    [ gradientCase "cat" [ apart 1 [ 2; 3 ]; apart 2 [ 1; 3 ]; apart 3 [ 3; 3 ] ] (fun x ->
          torch.cat x)
      gradientCase "cat along -1" [ apart 1 [ 2; 3 ]; apart 2 [ 2; 1 ] ] (fun x ->
          torch.cat (x, -1L))
      gradientCase "cat of one tensor twice" [ apart 1 [ 2; 2 ] ] (fun x ->
          torch.cat ([| x[0]; x[0] * x[0] |], 1L))
      gradientCase "cat with a vector of nothing" [ apart 1 [ 2; 3 ]; apart 2 [ 1; 3 ] ] (fun x ->
          torch.cat [| torch.zeros (0, dtype = torch.float64); x[0]; x[1] |])
      gradientCase "cat of one" [ apart 1 [ 2; 3 ] ] (fun x -> torch.cat [| x[0] |])
      gradientCase "stack" [ apart 1 [ 2; 3 ]; apart 2 [ 2; 3 ] ] (fun x -> torch.stack x)
      gradientCase "stack along 1" [ apart 1 [ 2; 3 ]; apart 2 [ 2; 3 ] ] (fun x ->
          torch.stack (x, 1))
      gradientCase "stack of numbers" [ apart 1 []; apart 2 []; apart 3 [] ] (fun x ->
          torch.stack (x, -1)) ]

let private counting (shape: int64 list) =
    let n = List.fold (*) 1L shape
    torch.arange(n.ToScalar()).reshape(Array.ofList shape)

let private whole (tensor: Tensor) = tensor.data<int64>().ToArray()

/// Views of 0, 1, 2, ...: the elements that they must show.
let private contents: (string * int64 list * (Tensor -> Tensor) * int64 list * int64 list) list =
    [ "transpose", [ 2; 3 ], (fun x -> x.t ()), [ 3; 2 ], [ 0; 3; 1; 4; 2; 5 ]
      "permute", [ 1; 2; 3 ], (fun x -> x.permute (2, 0, 1)), [ 3; 1; 2 ], [ 0; 3; 1; 4; 2; 5 ]
      "slice by 2", [ 7 ], (fun x -> x.slice (0, 1, 7, 2)), [ 3 ], [ 1; 3; 5 ]
      "slice past the end", [ 3 ], (fun x -> x.slice (0, 1, 100, 1)), [ 2 ], [ 1; 2 ]
      "slice of nothing", [ 3 ], (fun x -> x.slice (0, 2, 1, 1)), [ 0 ], []
      "select", [ 2; 3 ], (fun x -> x.select (1, -1)), [ 2 ], [ 2; 5 ]
      "narrow", [ 2; 3 ], (fun x -> x.narrow (1, 1, 2)), [ 2; 2 ], [ 1; 2; 4; 5 ]
      "narrow from the end", [ 4 ], (fun x -> x.narrow (0, -2, 2)), [ 2 ], [ 2; 3 ]
      "expand", [ 2; 1 ], (fun x -> x.expand ([| 2L; 3L |])), [ 2; 3 ], [ 0; 0; 0; 1; 1; 1 ]
      "unsqueeze", [ 2 ], (fun x -> x.unsqueeze 0), [ 1; 2 ], [ 0; 1 ]
      "squeeze", [ 1; 2; 1 ], (fun x -> x.squeeze ()), [ 2 ], [ 0; 1 ]
      "view of a slice",
      [ 4; 6 ],
      (fun x -> x.narrow(1, 0, 3).view(2, 2, 3)),
      [ 2; 2; 3 ],
      [ 0; 1; 2; 6; 7; 8; 12; 13; 14; 18; 19; 20 ]
      "reshape of a transpose",
      [ 2; 3 ],
      (fun x -> x.t().reshape(2, 3)),
      [ 2; 3 ],
      [ 0; 3; 1; 4; 2; 5 ] ]

let private contentCases =
    [ for name, shape, f, expectedShape, expected in contents do
          testCase name (fun () ->
              use _ = torch.NewDisposeScope()
              let y = f (counting shape)
              Expect.equal (List.ofArray y.shape) expectedShape "shape"
              Expect.equal (List.ofArray (whole y)) expected "elements") ]

let private counts =
    [ inScope "parts of nothing" (fun () ->
          let none = torch.zeros 0
          Expect.equal (none.split(2L).Length) 1 "split by a size"
          Expect.equal (none.split(0L).Length) 1 "and by none"
          Expect.equal (none.chunk(3L).Length) 3 "chunk")
      inScope "a size that follows" (fun () ->
          Expect.equal
              (List.ofArray (torch.zeros(0, 3).reshape(-1, 3).shape))
              [ 0; 3 ]
              "of nothing"

          Expect.equal (torch.zeros(7).chunk(5L).Length) 4 "parts of two")
      inScope "joined types" (fun () ->
          let x = torch.cat [| torch.ones 1; torch.ones (1, dtype = torch.float64) |]
          Expect.equal x.dtype torch.float64 "the wider"

          let x =
              torch.stack
                  [| torch.ones (1, dtype = torch.bool); torch.ones (1, dtype = torch.int64) |]

          Expect.equal x.dtype torch.int64 "the higher"
          let single = torch.ones (1, requires_grad = true)
          let wide = torch.ones (1, dtype = torch.float64, requires_grad = true)
          (torch.cat [| single; wide |]).square().sum().backward()
          Expect.equal single.grad.dtype torch.float32 "each gradient in its own type"
          Expect.equal (elements single.grad) [| 2.0 |] "2 x") ]

let private sharing: (string * (Tensor -> Tensor)) list =
    [ "reshape", (fun x -> x.reshape (3, 2))
      "view", (fun x -> x.view 6)
      "transpose", (fun x -> x.t ())
      "select", (fun x -> x.select (0, 1))
      "slice", (fun x -> x.slice (1, 0, 3, 2))
      "expand", (fun x -> x.unsqueeze(0).expand([| 2L; 2L; 3L |]))
      "detach", (fun x -> x.detach ())
      "unbind", (fun x -> x.unbind 1 |> Array.item 2)
      "reshape of a slice", (fun x -> x.narrow(1, 1, 2).reshape(2, 1, 2)) ]

let private sharingCases =
    [ for name, f in sharing do
          testCase $"{name} shares its elements" (fun () ->
              use _ = torch.NewDisposeScope()
              let x = torch.zeros (2, 3)
              let window = f x
              x.fill_ (7.0.ToScalar()) |> ignore
              Expect.allEqual (elements window) 7.0 "a write through the tensor shows in its view"
              window.zero_ () |> ignore

              Expect.isTrue
                  (Array.contains 0.0 (elements x))
                  "a write through the view shows in the tensor") ]

let private refusals: (string * string list * (Tensor -> Tensor)) list =
    [ "reshape", [ "reshape"; "[2, 3]"; "[4, 2]" ], (fun x -> x.reshape (4, 2))
      "reshape to a negative size", [ "reshape"; "-2" ], (fun x -> x.reshape (-2, 3))
      "reshape of nothing to any size", [ "-1" ], (fun _ -> torch.zeros(0, 3).reshape(-1, 0))
      "two free sizes", [ "reshape" ], (fun x -> x.reshape (-1, -1))
      "view across strides", [ "view"; "[3, 2]"; "[6]" ], (fun x -> x.t().view 6)
      "expand", [ "expand"; "[2, 3]"; "[2, 4]" ], (fun x -> x.expand ([| 2L; 4L |]))
      "expand by an unknown size", [ "expand"; "[2, 3]" ], (fun x -> x.expand ([| -1L; 2L; 3L |]))
      "narrow", [ "narrow"; "[2, 3]" ], (fun x -> x.narrow (1, 2, 2))
      "select", [ "select"; "3"; "[2, 3]" ], (fun x -> x.select (1, 3))
      "a dimension of a number", [ "select" ], (fun x -> x.sum().select(0, 0))
      "a slice along no dimension", [ "slice"; "2" ], (fun x -> x.slice (2, 0, 1, 1))
      "permute", [ "permute"; "[2, 3]" ], (fun x -> x.permute (0, 0))
      "permute of fewer", [ "permute"; "[2, 3]" ], (fun x -> x.permute 0)
      "unsqueeze", [ "unsqueeze"; "4" ], (fun x -> x.unsqueeze 4)
      "squeeze", [ "squeeze"; "3" ], (fun x -> x.squeeze (Nullable 3L))
      "flatten", [ "flatten" ], (fun x -> x.flatten (1, 0))
      "transpose", [ "transpose"; "2" ], (fun x -> x.transpose (0, 2))
      "t of three dimensions", [ "t:"; "[1, 2, 3]" ], (fun x -> x.unsqueeze(0).t())
      "cat", [ "cat"; "[2, 3]"; "[3, 2]" ], (fun x -> torch.cat [| x; x.t () |])
      "cat of numbers", [ "cat"; "[]" ], (fun x -> torch.cat [| x.sum (); x.sum () |])
      "split", [ "split"; "[1, 3]"; "[2, 3]" ], (fun x -> x.split ([| 1L; 3L |], 0L) |> Array.head)
      "split by less than nothing", [ "split"; "-1" ], (fun x -> x.split -1L |> Array.head)
      "split by nothing", [ "split"; "0" ], (fun x -> x.split 0L |> Array.head)
      "chunks of no number", [ "chunk"; "0" ], (fun x -> x.chunk 0L |> Array.head)
      "stack", [ "[1, 2]"; "[1, 3]" ], (fun _ -> torch.stack [| torch.ones 2; torch.ones 3 |])
      "stack of nothing", [ "stack" ], (fun _ -> torch.stack [||])
      "cat of a number", [ "cat" ], (fun x -> torch.cat [| torch.ones 1; x.sum () |]) ]

let private refusalCases =
    [ for name, words, f in refusals do
          inScope name (fun () ->
              refused typeof<ExternalException> words (fun () -> f (torch.zeros (2, 3)) |> ignore))
      inScope "cat of nothing" (fun () ->
          refused typeof<ArgumentException> [ "cat" ] (fun () ->
              torch.cat (Array.empty<Tensor>) |> ignore))
      inScope "more than eight dimensions, in the managed engine" (fun () ->
          let many = torch.ones([| 1L; 2L; 1L; 2L; 1L; 2L; 1L; 2L; 1L; 2L |]).transpose(1, 3)

          if isManaged then
              refused typeof<NotSupportedException> [ "8"; "10" ] (fun () ->
                  many.contiguous () |> ignore)
          else
              Expect.equal (many.contiguous().shape.Length) 10 "libtorch has no such limit") ]

[<Tests>]
let tests =
    testList
        "Shapes"
        [ testList "gradients of views" viewCases
          testList "gradients of joining" joining
          testList "elements" contentCases
          testList "parts and types" counts
          testList "shared memory" sharingCases
          testList "refused" refusalCases ]
