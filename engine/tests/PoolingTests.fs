/// Maxima and averages under windows: gradients and refusals.
module Workbench.Tests.PoolingTests

open Expecto
open TorchSharp
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor
type private F = torch.nn.functional

let private calls: (string * (Tensor -> Tensor)) list =
    [ "max_pool2d of 2", (fun x -> F.max_pool2d (x, 2L))
      "max_pool2d that overlaps", (fun x -> F.max_pool2d (x, 3L, 1L, 1L))
      "max_pool2d of a rectangle",
      (fun x -> F.max_pool2d (x, [| 2L; 3L |], [| 3L; 2L |], [| 1L; 1L |], ceil_mode = true))
      "avg_pool2d of 2", (fun x -> F.avg_pool2d (x, 2L))
      "avg_pool2d that overlaps", (fun x -> F.avg_pool2d (x, 3L, 1L, 1L))
      "avg_pool2d without padding",
      (fun x -> F.avg_pool2d (x, 3L, 2L, 1L, ceil_mode = true, count_include_pad = false))
      "avg_pool2d with a divisor", (fun x -> F.avg_pool2d (x, [| 2L; 3L |], divisor_override = 7L)) ]

let private gradientCases =
    [ for shape in [ [ 2L; 3L; 5L; 6L ]; [ 1L; 1L; 3L; 3L ]; [ 2L; 4L; 7L ] ] do
          for name, f in calls do
              gradientCase $"{name}, %A{shape}" [ apart 1 shape ] (fun x -> f x[0]) ]

let private zeros (shape: int64 list) = torch.zeros (Array.ofList shape)

let private refusals: (string * string list * (unit -> Tensor)) list =
    [ "a matrix", [ "max_pool2d"; "[3, 3]" ], (fun () -> F.max_pool2d (zeros [ 3; 3 ], 2L))
      "a large window",
      [ "max_pool2d"; "[4, 4]"; "[1, 3, 3]" ],
      (fun () -> F.max_pool2d (zeros [ 1; 3; 3 ], 4L))
      "much padding",
      [ "avg_pool2d"; "padding"; "[2, 2]" ],
      (fun () -> F.avg_pool2d (zeros [ 1; 3; 3 ], 3L, padding = 2L))
      "dilation",
      [ "max_pool2d"; "dilation" ],
      (fun () -> F.max_pool2d (zeros [ 1; 3; 3 ], 2L, dilation = 2L))
      "a divisor of 0",
      [ "avg_pool2d"; "divisor_override" ],
      (fun () -> F.avg_pool2d (zeros [ 1; 3; 3 ], 2L, divisor_override = 0L))
      "whole numbers",
      [ "avg_pool2d"; "Int64" ],
      (fun () -> F.avg_pool2d ((zeros [ 1; 3; 3 ]).to_type torch.int64, 2L)) ]

let private refusalCases =
    [ for name, words, f in refusals do
          testCase name (fun () ->
              use _ = torch.NewDisposeScope()

              Expect.throwsC (fun () -> f () |> ignore) (fun error ->
                  for word in words do
                      Expect.stringContains error.Message word "says what is wrong")) ]

[<Tests>]
let tests =
    testList "Pooling" [ testList "gradients" gradientCases; testList "refused" refusalCases ]
