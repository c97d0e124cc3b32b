/// Maxima and averages under windows: gradients and refusals.
module Workbench.Tests.PoolingTests

open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.Refusals
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

/// 1, 2, ... 9 as an image.
let private image () =
    (torch.arange (1L.ToScalar(), 10L.ToScalar())).to_type(torch.float32).reshape(1L, 3L, 3L)

let private values =
    [ inScope "a divisor of 0 is none" (fun () ->
          let y = F.avg_pool2d (image (), 2L, divisor_override = 0L)
          Expect.equal (numbers y) [ 3.0 ] "(1 + 2 + 4 + 5) / 4")
      inScope "a divisor below 0 counts" (fun () ->
          let y = F.avg_pool2d (image (), 2L, divisor_override = -2L)
          Expect.equal (numbers y) [ -6.0 ] "(1 + 2 + 4 + 5) / -2")
      inScope "the stride is the window unless given" (fun () ->
          Expect.equal
              (numbers (F.max_pool2d (image (), [| 2L |], [||])))
              [ 5.0 ]
              "none in the list"

          Expect.equal (numbers (F.max_pool2d (image (), 2L, 1L))) [ 5.0; 6.0; 8.0; 9.0 ] "given")
      inScope
          "the gradient of a maximum goes to the first of equals, or to the last that is no number"
          (fun () ->
              for width in 2L .. 21L do
                  let texts = [| 1.0f; 3.0f; 3.0f; 0.0f; -0.0f; nanf; 2.0f |]
                  let x = torch.tensor (Array.init (int (4L * width)) (fun i -> texts[i * i % 7]))
                  let image = x.reshape(1L, 4L, width).requires_grad_ true
                  (F.max_pool2d (image, 2L)).sum().backward()

                  let places =
                      [ for i in 0L .. 1L do
                            for j in 0L .. width / 2L - 1L do
                                [ for r in 2L * i .. 2L * i + 1L do
                                      for c in 2L * j .. 2L * j + 1L -> int (r * width + c) ]
                                |> List.reduce (fun best p ->
                                    let best', p' = texts[best * best % 7], texts[p * p % 7]
                                    if p' > best' || System.Single.IsNaN p' then p else best) ]

                  let expected =
                      [ for place in 0 .. int (4L * width) - 1 ->
                            if List.contains place places then 1.0 else 0.0 ]

                  Expect.equal (numbers image.grad) expected $"width {width}")
      inScope "a batch of no images" (fun () ->
          let y = F.max_pool2d (zeros [ 0; 1; 4; 4 ], 2L)
          Expect.equal (List.ofArray y.shape) [ 0L; 1L; 2L; 2L ] "shape") ]

let private refusals: (string * string list * (unit -> Tensor)) list =
    [ "a matrix", [ "max_pool2d"; "[3, 3]" ], (fun () -> F.max_pool2d (zeros [ 3; 3 ], 2L))
      "no channels",
      [ "avg_pool2d"; "[1, 0, 3, 3]" ],
      (fun () -> F.avg_pool2d (zeros [ 1; 0; 3; 3 ], 2L))
      "a large window",
      [ "max_pool2d"; "[4, 4]"; "[1, 3, 3]" ],
      (fun () -> F.max_pool2d (zeros [ 1; 3; 3 ], 4L))
      "a window of 0",
      [ "max_pool2d"; "kernel_size" ],
      (fun () -> F.max_pool2d (zeros [ 1; 3; 3 ], 0L))
      "no window",
      [ "max_pool2d"; "kernel_size"; "[]" ],
      (fun () -> F.max_pool2d (zeros [ 1; 3; 3 ], [||]))
      "a stride of 0",
      [ "avg_pool2d"; "stride" ],
      (fun () -> F.avg_pool2d (zeros [ 1; 3; 3 ], 2L, 0L))
      "much padding",
      [ "avg_pool2d"; "padding"; "[2, 2]" ],
      (fun () -> F.avg_pool2d (zeros [ 1; 3; 3 ], 3L, padding = 2L))
      "a dilation of 0",
      [ "max_pool2d"; "dilation" ],
      (fun () -> F.max_pool2d (zeros [ 1; 3; 3 ], 2L, dilation = 0L))
      "averages of short whole numbers",
      [ "avg_pool2d"; "Int32" ],
      (fun () -> F.avg_pool2d ((zeros [ 1; 3; 3 ]).to_type torch.int32, 2L)) ]

let private lacking: (string * string list * (unit -> Tensor)) list =
    [ "dilation",
      [ "max_pool2d"; "dilation" ],
      (fun () -> F.max_pool2d (zeros [ 1; 3; 3 ], 2L, dilation = 2L))
      "maxima of whole numbers",
      [ "max_pool2d"; "Int64" ],
      (fun () -> F.max_pool2d ((zeros [ 1; 3; 3 ]).to_type torch.int64, 2L))
      "averages of whole numbers",
      [ "avg_pool2d"; "Int64" ],
      (fun () -> F.avg_pool2d ((zeros [ 1; 3; 3 ]).to_type torch.int64, 2L)) ]

[<Tests>]
let tests =
    testList
        "Pooling"
        [ testList "gradients" gradientCases
          testList "values" values
          testList "refused" (List.map libtorchRefuses refusals @ List.map managedLacks lacking) ]
