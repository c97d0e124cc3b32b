/// Losses: gradients with respect to inputs, targets and weights under every reduction.
module Workbench.Tests.LossTests

open Expecto
open TorchSharp
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor
type private F = torch.nn.functional
type private Reduction = torch.nn.Reduction

let private reductions = [ Reduction.None; Reduction.Mean; Reduction.Sum ]

let private pairwise
    : (string * (int -> int64 list -> Input) * (Reduction -> Tensor -> Tensor -> Tensor)) list =
    [ "binary_cross_entropy", unit, (fun r x t -> F.binary_cross_entropy (x, t, reduction = r))
      "binary_cross_entropy_with_logits",
      apart,
      (fun r x t -> F.binary_cross_entropy_with_logits (x, t, reduction = r))
      "mse_loss", apart, (fun r x t -> F.mse_loss (x, t, r))
      "l1_loss", apart, (fun r x t -> F.l1_loss (x, t, r)) ]

let private pairCases =
    [ for name, generate, f in pairwise do
          for reduction in reductions do
              for shape in [ [ 3L; 4L ]; [ 5L ]; [] ] do
                  gradientCase
                      $"{name}, {reduction}, %A{shape}, input and target"
                      [ generate 1 shape; unit 2 shape ]
                      (fun x -> f reduction x[0] x[1])

                  gradientCase
                      $"{name}, {reduction}, %A{shape}, fixed target"
                      [ generate 1 shape ]
                      (fun x -> f reduction x[0] (tensorOf shape (unit 2 shape).Values)) ]

let private weightCases =
    [ for reduction in reductions do
          for weight in [ [ 2L; 3L ]; [ 3L ]; [] ] do
              gradientCase
                  $"binary_cross_entropy, {reduction}, weight %A{weight}"
                  [ unit 1 [ 2; 3 ]; unit 2 [ 2; 3 ]; positive 3 weight ]
                  (fun x -> F.binary_cross_entropy (x[0], x[1], x[2], reduction))

              gradientCase
                  $"binary_cross_entropy_with_logits, {reduction}, weight %A{weight}"
                  [ apart 1 [ 2; 3 ]; unit 2 [ 2; 3 ]; positive 3 weight ]
                  (fun x -> F.binary_cross_entropy_with_logits (x[0], x[1], x[2], reduction)) ]

let private classes () : Tensor = torch.from_array [| 2L; 0L; 2L; 1L |]

let private classCases =
    [ for reduction in reductions do
          gradientCase $"nll_loss, {reduction}" [ apart 1 [ 4; 3 ] ] (fun x ->
              F.nll_loss (x[0], classes (), reduction = reduction))

          gradientCase
              $"nll_loss with weights, {reduction}"
              [ apart 1 [ 4; 3 ]; positive 2 [ 3 ] ]
              (fun x -> F.nll_loss (x[0], classes (), x[1], reduction))

          gradientCase $"cross_entropy, {reduction}" [ apart 1 [ 4; 3 ] ] (fun x ->
              F.cross_entropy (x[0], classes (), reduction = reduction))

          gradientCase
              $"cross_entropy with weights, {reduction}"
              [ apart 1 [ 4; 3 ]; positive 2 [ 3 ] ]
              (fun x -> F.cross_entropy (x[0], classes (), x[1], reduction = reduction)) ]

let private zeros (shape: int64 list) = torch.zeros (Array.ofList shape)

let private refusals: (string * string list * (unit -> Tensor)) list =
    [ "mse_loss",
      [ "mse_loss"; "[2, 3]"; "[3]" ],
      (fun () -> F.mse_loss (zeros [ 2; 3 ], zeros [ 3 ]))
      "l1_loss", [ "l1_loss"; "[2, 3]"; "[3]" ], (fun () -> F.l1_loss (zeros [ 2; 3 ], zeros [ 3 ]))
      "binary_cross_entropy",
      [ "binary_cross_entropy"; "[2]"; "[2, 1]" ],
      (fun () -> F.binary_cross_entropy (zeros [ 2 ], zeros [ 2; 1 ]))
      "binary_cross_entropy_with_logits",
      [ "binary_cross_entropy_with_logits"; "[2]"; "[1]" ],
      (fun () -> F.binary_cross_entropy_with_logits (zeros [ 2 ], zeros [ 1 ]))
      "cross_entropy",
      [ "nll_loss"; "[4, 3]"; "[2]" ],
      (fun () -> F.cross_entropy (zeros [ 4; 3 ], torch.from_array [| 0L; 1L |]))
      "a class outside",
      [ "3" ],
      (fun () -> F.cross_entropy (zeros [ 2; 3 ], torch.from_array [| 0L; 3L |]))
      "a class to be left out",
      [ "ignore_index" ],
      (fun () -> F.cross_entropy (zeros [ 2; 3 ], torch.from_array [| 0L; 1L |], ignore_index = 0L)) ]

let private refusalCases =
    [ for name, words, f in refusals do
          testCase name (fun () ->
              use _ = torch.NewDisposeScope()

              Expect.throwsC (fun () -> f () |> ignore) (fun error ->
                  for word in words do
                      Expect.stringContains error.Message word "names the loss and the shapes")) ]

[<Tests>]
let tests =
    testList
        "Losses"
        [ testList "gradients of pairs" pairCases
          testList "gradients with weights" weightCases
          testList "gradients of classes" classCases
          testList "refused" refusalCases ]
