/// Picking elements by position: gradients, contents, one-hot rows, refusals.
module Workbench.Tests.IndexingTests

open System
open System.Runtime.InteropServices
open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor
type private Index = torch.TensorIndex

let private whole (numbers: int64[]) : Tensor = torch.from_array numbers

let private slice (start: int64) (stop: int64) : Index =
    Index.Slice(Nullable start, Nullable stop)

let private selections: (string * int64 list * (Tensor -> Tensor)) list =
    [ "index_select", [ 4; 2 ], (fun x -> x.index_select (0, whole [| 2L; 0L |]))
      "index_select with repeats",
      [ 3; 2 ],
      (fun x -> x.index_select (0, whole [| 1L; 1L; 0L; 1L |]))
      "index_select along -1", [ 2; 3 ], (fun x -> x.index_select (-1, whole [| 2L; 2L; 1L; 0L |]))
      "index_select in the middle",
      [ 2; 3; 2 ],
      (fun x -> x.index_select (1, whole [| 0L; 2L; 0L |]))
      "index_select of nothing", [ 3; 2 ], (fun x -> x.index_select(0, whole [||]).sum() + x.sum ())
      "gather along 0",
      [ 3; 2 ],
      (fun x -> x.gather (0, whole([| 2L; 0L; 1L; 1L; 2L; 0L |]).reshape(3, 2)))
      "gather along 1 with repeats",
      [ 2; 3 ],
      (fun x -> x.gather (1, whole([| 2L; 2L; 0L; 2L; 1L; 1L; 1L; 0L |]).reshape(2, 4)))
      "gather of fewer rows", [ 3; 2 ], (fun x -> x.gather (1, whole([| 1L; 1L |]).reshape(2, 1)))
      "gather in the middle",
      [ 2; 3; 2 ],
      (fun x -> x.gather (1, whole([| 0L; 1L; 2L; 0L |]).reshape(2, 1, 2)))
      "a position", [ 3; 2 ], (fun x -> x[1L])
      "a position from the end", [ 3; 2 ], (fun x -> x[-1L])
      "two positions", [ 3; 2 ], (fun x -> x[2L, 0L])
      "slices", [ 4; 5 ], (fun x -> x.index (slice 1L 3L, slice 0L 2L))
      "a slice by 2",
      [ 5; 2 ],
      (fun x -> x.index [| Index.Slice(Nullable 0L, Nullable(), Nullable 2L) |])
      "a slice from the end", [ 5; 2 ], (fun x -> x.index [| Index.Slice(Nullable -2L) |])
      "all but one", [ 4; 3 ], (fun x -> x.index (Index.Colon, Index.Single(Nullable 1L)))
      "an ellipsis", [ 2; 3; 4 ], (fun x -> x.index (Index.Ellipsis, slice 1L 3L))
      "a new dimension",
      [ 2; 3 ],
      (fun x -> x.index (Index.None, Index.Colon, Index.None, slice 1L 3L))
      "a tensor of positions",
      [ 4; 2 ],
      (fun x -> x.index [| Index.Tensor(whole [| 3L; 3L; 0L |]) |])
      "a slice and a tensor",
      [ 3; 4 ],
      (fun x -> x.index (slice 1L 3L, Index.Tensor(whole [| 0L; 0L; 2L |])))
      "positions from the end", [ 4; 2 ], (fun x -> x.index [| Index.Tensor(whole [| -1L; 0L |]) |])
      "a matrix of positions",
      [ 3; 2 ],
      (fun x -> x.index [| Index.Tensor(whole([| 2L; 0L; 1L; 1L |]).reshape(2, 2)) |])
      "gather of a number", [], (fun x -> x.gather (0, whole [| 0L |]))
      "index_select of a number", [], (fun x -> x.index_select (0, whole [| 0L |])) ]

let private gradientCases =
    [ for name, shape, f in selections do
          gradientCase name [ apart 1 shape ] (fun x -> (f x[0]).square()) ]

let private contents =
    [ testCase "index_select keeps the order of the positions" (fun () ->
          use _ = torch.NewDisposeScope()

          let y =
              torch.arange(6L.ToScalar()).reshape(3, 2).index_select(0, whole [| 2L; 0L; 2L |])

          Expect.equal (y.data<int64>().ToArray()) [| 4L; 5L; 0L; 1L; 4L; 5L |] "rows 2, 0, 2")
      testCase "gather picks by the position at its own place" (fun () ->
          use _ = torch.NewDisposeScope()
          let index = whole([| 2L; 0L; 1L; 1L |]).reshape(2, 2)
          let y = torch.arange(6L.ToScalar()).reshape(2, 3).gather(1, index)
          Expect.equal (y.data<int64>().ToArray()) [| 2L; 0L; 4L; 4L |] "from its own row")
      testCase "bytes and bools can be picked too" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.from_array [| 5uy; 6uy; 7uy |]
          let y = x.index_select (0, whole [| 2L; 1L |])
          Expect.equal (y.data<byte>().ToArray()) [| 7uy; 6uy |] "bytes"
          let flags = torch.from_array([| true; false |]).gather(0, whole [| 1L; 0L; 0L |])
          Expect.equal (flags.data<bool>().ToArray()) [| false; true; true |] "bools")
      testCase "writing by position" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.zeros (2, 3)
          x[1L] <- torch.ones 3
          x[0L, 2L] <- torch.full ([||], 5.0.ToScalar())
          Expect.equal (elements x) [| 0.0; 0.0; 5.0; 1.0; 1.0; 1.0 |] "written through"
          let y = torch.arange(16L.ToScalar()).reshape(2, 2, 2, 2)
          y[1L, 0L, 1L] <- torch.zeros (2, dtype = torch.int64)
          y[0L, 1L, 1L, 0L] <- torch.tensor 9L
          Expect.equal (elements y[1L, 0L]) [| 8.0; 9.0; 0.0; 0.0 |] "three"
          Expect.equal (y[0L, 1L, 1L, 0L].item<int64>()) 9L "four")
      testCase "positions of int32" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.from_array [| 5L; 6L; 7L |]
          let positions = torch.from_array [| 2; 0 |]
          Expect.equal (elements (x.index_select (0, positions))) [| 7.0; 5.0 |] "index_select"
          Expect.equal (elements (x.gather (0, positions))) [| 7.0; 5.0 |] "gather"
          Expect.equal (elements (x.index [| Index.Tensor positions |])) [| 7.0; 5.0 |] "index")
      testCase "the shape that positions leave" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.zeros (4, 2, 3)
          let shape (y: Tensor) = List.ofArray y.shape
          let square = torch.zeros (5, 6, dtype = torch.int64)
          let one = torch.tensor 1L

          Expect.equal
              (shape (x.index (Index.Colon, Index.Tensor square)))
              [ 4; 5; 6; 3 ]
              "a matrix"

          Expect.equal (shape (x.index [| Index.Tensor one |])) [ 2; 3 ] "a number"
          Expect.equal (shape (x.index_select (0, one))) [ 1; 2; 3 ] "index_select's number"
          Expect.equal (shape (torch.tensor(2.0).gather(0, torch.tensor 0L))) [] "gather's numbers"
          Expect.equal (shape (x.gather (0, whole [||]))) [ 0 ] "gather of nothing")
      testCase "one_hot" (fun () ->
          use _ = torch.NewDisposeScope()
          let y = torch.nn.functional.one_hot (whole [| 2L; 0L |], 4)
          Expect.equal y.dtype torch.int64 "whole numbers"
          Expect.equal (List.ofArray y.shape) [ 2L; 4L ] "a row for each"

          Expect.equal
              (y.data<int64>().ToArray())
              [| 0L; 0L; 1L; 0L; 1L; 0L; 0L; 0L |]
              "one 1 a row")
      testCase "one_hot finds the number of classes" (fun () ->
          use _ = torch.NewDisposeScope()
          let y = torch.nn.functional.one_hot (whole([| 0L; 2L; 1L; 0L |]).reshape(2, 2))
          Expect.equal (List.ofArray y.shape) [ 2L; 2L; 3L ] "the largest decides") ]

let private x () = torch.zeros (2, 3)

let private refusals: (string * string list * (unit -> unit)) list =
    [ "several positions of a number",
      [ "index_select" ],
      (fun () -> x().sum().index_select(0, whole [| 0L; 0L |]) |> ignore)
      "a position of a number that has none",
      [ "index_select" ],
      (fun () -> x().sum().index_select(0, whole [| 1L |]) |> ignore)
      "parts of a number", [ "single number" ], (fun () -> x().sum().unbind() |> ignore)
      "a position outside",
      [ "index_select"; "3" ],
      (fun () -> x().index_select(0, whole [| 3L |]) |> ignore)
      "a negative position",
      [ "index_select"; "-1" ],
      (fun () -> x().index_select(0, whole [| -1L |]) |> ignore)
      "positions that are no vector",
      [ "index_select"; "[1, 1]" ],
      (fun () -> x().index_select(0, torch.zeros (1, 1, dtype = torch.int64)) |> ignore)
      "positions that are no whole numbers",
      [ "gather"; "Float32" ],
      (fun () -> x().gather(0, torch.zeros (2, 3)) |> ignore)
      "gather of other dimensions",
      [ "gather"; "[1]"; "[2, 3]" ],
      (fun () -> x().gather(0, whole [| 0L |]) |> ignore)
      "gather of more rows",
      [ "gather"; "[3, 3]"; "[2, 3]" ],
      (fun () -> x().gather(1, torch.zeros (3, 3, dtype = torch.int64)) |> ignore)
      "gather outside",
      [ "gather"; "2" ],
      (fun () -> x().gather(0, whole([| 2L |]).reshape(1, 1)) |> ignore)
      "too many indices",
      [ "index"; "3"; "[2, 3]" ],
      (fun () -> x().index(Index.Colon, Index.Colon, Index.Colon) |> ignore)
      "no indices", [ "index" ], (fun () -> x().index(Array.empty<Index>) |> ignore)
      "an index outside",
      [ "select"; "2" ],
      (fun () -> x().index [| Index.Single(Nullable 2L) |] |> ignore)
      "a slice backwards",
      [ "index"; "-1" ],
      (fun () -> x().index [| Index.Slice(Nullable(), Nullable(), Nullable -1L) |] |> ignore)
      "indices that are no whole numbers",
      [ "index"; "Float32" ],
      (fun () -> x().index [| Index.Tensor(torch.zeros 1) |] |> ignore)
      "a class that is too large",
      [ "one_hot"; "1" ],
      (fun () -> torch.nn.functional.one_hot (whole [| 2L |], 2) |> ignore)
      "a negative class",
      [ "one_hot" ],
      (fun () -> torch.nn.functional.one_hot (whole [| -1L |]) |> ignore)
      "fewer classes than none",
      [ "one_hot" ],
      (fun () -> torch.nn.functional.one_hot (whole [| 0L |], -2) |> ignore)
      "classes of nothing",
      [ "one_hot" ],
      (fun () -> torch.nn.functional.one_hot (whole [||]) |> ignore) ]

let private refusalCases =
    [ for name, words, action in refusals do
          inScope name (fun () -> refused typeof<ExternalException> words action)
      inScope "a slice by no steps" (fun () ->
          refused typeof<ArgumentException> [ "slice"; "0" ] (fun () ->
              x().slice(0, 0, 1, 0) |> ignore))
      inScope "classes of int32" (fun () ->
          refused typeof<ArgumentException> [ "one_hot"; "Int32" ] (fun () ->
              torch.nn.functional.one_hot (torch.from_array [| 1 |]) |> ignore)) ]

/// What libtorch does and the managed engine says it does not do.
let private lacking: (string * string * (Tensor -> Tensor) * float list) list =
    [ "a mask",
      "mask",
      (fun x -> x.index [| Index.Tensor(torch.from_array [| false; true |]) |]),
      [ 3; 4; 5 ]
      "two tensors of positions",
      "gather",
      (fun x -> x.index (Index.Tensor(whole [| 1L; 0L |]), Index.Tensor(whole [| 1L; 2L |]))),
      [ 4; 2 ]
      "writing to positions",
      "where",
      (fun x ->
          x[Index.Tensor(whole [| 1L |])] <- torch.tensor 9L
          x),
      [ 0; 1; 2; 9; 9; 9 ] ]

let private lackingCases =
    [ for name, word, f, expected in lacking do
          inScope name (fun () ->
              let x = torch.arange(6L.ToScalar()).reshape(2, 3)

              if isManaged then
                  refused typeof<NotSupportedException> [ word ] (fun () -> f x |> ignore)
              else
                  Expect.equal (List.ofArray (elements (f x))) expected "elements") ]

[<Tests>]
let tests =
    testList
        "Indexing"
        [ testList "gradients" gradientCases
          testList "contents" contents
          testList "refused" refusalCases
          testList "not in the managed engine" lackingCases ]
