/// Picking elements by position: gradients, contents, one-hot rows, refusals.
module Workbench.Tests.IndexingTests

open System
open Expecto
open TorchSharp
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
      (fun x -> x.index (slice 1L 3L, Index.Tensor(whole [| 0L; 0L; 2L |]))) ]

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
          Expect.equal (elements x) [| 0.0; 0.0; 5.0; 1.0; 1.0; 1.0 |] "written through")
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
    [ "a position of a number",
      [ "index_select" ],
      (fun () -> x().sum().index_select(0, whole [| 0L |]) |> ignore)
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
      "a class that is too large",
      [ "one_hot"; "1" ],
      (fun () -> torch.nn.functional.one_hot (whole [| 2L |], 2) |> ignore)
      "a negative class",
      [ "one_hot" ],
      (fun () -> torch.nn.functional.one_hot (whole [| -1L |]) |> ignore) ]

let private refusalCases =
    [ for name, words, action in refusals do
          testCase name (fun () ->
              use _ = torch.NewDisposeScope()

              Expect.throwsC action (fun error ->
                  for word in words do
                      Expect.stringContains error.Message word "says what is wrong")) ]

[<Tests>]
let tests =
    testList
        "Indexing"
        [ testList "gradients" gradientCases
          testList "contents" contents
          testList "refused" refusalCases ]
