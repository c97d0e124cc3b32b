/// Losses with every reduction, batch normalisation with its running statistics, dropout at its two ends.
module Workbench.Tests.DifferentialLosses

open TorchSharp
open Workbench.Tests.DifferentialInputs
open Workbench.Tests.DifferentialOutcome
open Workbench.Tests.DifferentialTable

type private Tensor = torch.Tensor
type private F = torch.nn.functional
type private Reduction = torch.nn.Reduction

let private reductions =
    [ "none", Reduction.None; "mean", Reduction.Mean; "sum", Reduction.Sum ]

/// Predictions and targets: layouts, types, and shapes that do not fit.
let private pairs (prediction: Input -> Input) (target: Input -> Input) : Input list list =
    let shape = [ 4L; 5L ]
    let fixedTarget input = constant (target input)

    [ for make in [ f32; f64 ] do
          for shape in [ shape; [ 37L ]; []; [ 0L ] ] do
              [ prediction (make shape); fixedTarget (make shape) ]
      for layout in [ transposed; strided; expanded ] do
          [ prediction (layout (f32 shape)); fixedTarget (f32 shape) ]
          [ prediction (f32 shape); fixedTarget (layout (f32 shape)) ]
      [ prediction (f32 shape); target (f32 shape) ]
      [ prediction (f32 shape); fixedTarget (f32 [ 5L ]) ]
      [ prediction (f32 [ 3L ]); fixedTarget (f32 [ 2L ]) ]
      [ prediction (f32 [ 3L ]); fixedTarget (f64 [ 3L ]) ]
      [ filled Slowly (f32 [ pairsOfEdges ])
        constant (filled Fast (f32 [ pairsOfEdges ])) ]
      [ i64 [ 3L ]; i64 [ 3L ] ] ]

let private distances: Operation list =
    [ for name, reduction in reductions do
          two $"mse_loss {name}" (fun x t -> F.mse_loss (x, t, reduction)) (pairs id id)
          two $"l1_loss {name}" (fun x t -> F.l1_loss (x, t, reduction)) (pairs id id) ]
    |> all (Scaled 8.0) (Scaled 4.0)

/// Logarithms of 0 and 1, and logits so large that a sigmoid is one of them.
let private extremes (predictions: float list) : Input list list =
    let targets = [ 0.0; 1.0; 0.5; 1.0; 0.0; 0.25; 1.0 ]

    [ for make in [ f32; f64 ] do
          [ filled (These predictions) (make [ 35L ])
            constant (filled (These targets) (make [ 35L ])) ] ]

let private probabilities =
    pairs (filled Unit) (filled Unit)
    @ extremes [ 0.0; 1.0; 0.25; 0.5; 1e-30 ]
    @ [ [ f32 [ 9L ]; constant (filled Unit (f32 [ 9L ])) ]
        [ filled Unit (f32 [ 9L ]); constant (f32 [ 9L ]) ] ]

let private logits =
    pairs id (filled Unit)
    @ extremes
        [ 0.0
          1000.0
          -1000.0
          infinity
          -infinity
          0.5
          20.0
          -20.0
          nan
          88.0
          -104.0 ]

let private weighted (forms: Input list list) =
    [ for form in
          forms
          |> List.filter (fun form -> form[0].Type <> torch.int64)
          |> List.truncate 12 do
          form @ [ constant (filled Positive form[0]) ] ]

let private crossEntropies: Operation list =
    [ for name, reduction in reductions do
          two
              $"binary_cross_entropy {name}"
              (fun x t -> F.binary_cross_entropy (x, t, reduction = reduction))
              probabilities

          two
              $"binary_cross_entropy_with_logits {name}"
              (fun x t -> F.binary_cross_entropy_with_logits (x, t, reduction = reduction))
              logits

          three
              $"binary_cross_entropy weighted {name}"
              (fun x t w -> F.binary_cross_entropy (x, t, w, reduction))
              (weighted probabilities)

          three
              $"binary_cross_entropy_with_logits weighted {name}"
              (fun x t w -> F.binary_cross_entropy_with_logits (x, t, w, reduction))
              (weighted logits) ]
    |> all (Scaled 16.0) (Scaled 16.0)

let private classified: Input list list =
    [ for make in [ f32; f64 ] do
          for rows, classes in [ 4L, 3L; 1L, 1L; 33L, 10L; 2L, 70L; 0L, 3L ] do
              [ make [ rows; classes ]; filled (Below(int classes)) (i64 [ rows ]) ]
      for layout in [ transposed; strided; expanded ] do
          [ layout (f32 [ 5L; 4L ]); filled (Below 4) (i64 [ 5L ]) ]
      [ filled (These [ 1000.0; 0.0; -1000.0; -infinity; 5.0 ]) (f32 [ 5L; 3L ])
        filled (Below 3) (i64 [ 5L ]) ]
      [ filled (These [ nan; 0.0; 1.0; infinity ]) (f32 [ 4L; 3L ])
        filled (Below 3) (i64 [ 4L ]) ]
      [ f32 [ 3L; 2L ]; positions [ 0; 1; 2 ] ]
      [ f32 [ 3L; 2L ]; positions [ 0; -1; 1 ] ]
      [ f32 [ 3L; 2L ]; positions [ 0; -100; 1 ] ]
      [ f32 [ 3L; 2L ]; positions [ 0; 1 ] ]
      [ f32 [ 3L ]; filled (Below 3) (i64 []) ]
      [ f32 [ 2L; 3L; 4L ]; filled (Below 3) (i64 [ 2L; 4L ]) ]
      [ f32 [ 3L; 2L ]; filled (Below 2) (i32 [ 3L ]) ]
      [ f32 [ 3L; 2L ]; filled Unit (f32 [ 3L; 2L ]) |> constant ] ]

let private weightedClasses =
    [ for form in classified |> List.filter (fun form -> form[0].Shape.Length = 2) do
          let weights =
              { form[0] with
                  Shape = [ form[0].Shape[1] ]
                  Layout = Dense }

          form @ [ constant (filled Positive weights) ] ]

let private classifications: Operation list =
    [ for name, reduction in reductions do
          two
              $"cross_entropy {name}"
              (fun x t -> F.cross_entropy (x, t, reduction = reduction))
              classified

          two $"nll_loss {name}" (fun x t -> F.nll_loss (x, t, reduction = reduction)) classified

          three
              $"cross_entropy weighted {name}"
              (fun x t w -> F.cross_entropy (x, t, w, reduction = reduction))
              weightedClasses

          three
              $"nll_loss weighted {name}"
              (fun x t w -> F.nll_loss (x, t, w, reduction))
              weightedClasses ]
    |> all (Scaled 16.0) (Scaled 16.0)

let private oneHots: Operation list =
    let classes =
        each
            [ positions [ 0; 3; 3; 1 ]
              filled (Below 3) (i64 [ 2L; 2L ])
              filled (Below 3) (i64 [])
              i64 [ 0L ]
              positions [ 4 ]
              positions [ -1 ]
              filled (Below 3) (i32 [ 2L ])
              f32 [ 2L ] ]

    [ one "one_hot 4" (fun x -> F.one_hot (x, 4L)) classes
      one "one_hot" (fun x -> F.one_hot x) classes
      one "one_hot 0" (fun x -> F.one_hot (x, 0L)) classes ]

let private normalised: Input list list =
    [ for shape in
          [ [ 4L; 2L ]
            [ 2L; 3L; 2L; 2L ]
            [ 5L; 17L ]
            [ 3L; 16L; 4L; 5L ]
            [ 2L; 3L; 4L ]
            [ 1L; 3L ] ] do
          for make in [ f32; f64 ] do
              let features = make [ shape[1] ]

              [ make shape
                features
                features
                constant features
                constant (filled Positive features) ]
      let shape, features = [ 6L; 5L ], f32 [ 5L ]

      for layout in [ transposed; strided; expanded ] do
          [ layout (f32 shape)
            features
            features
            constant features
            constant (filled Positive features) ]

      [ f32 [ 4L; 3L ]
        f32 [ 2L ]
        f32 [ 3L ]
        constant (f32 [ 3L ])
        constant (filled Positive (f32 [ 3L ])) ]

      [ f32 [ 0L; 3L ]
        f32 [ 3L ]
        f32 [ 3L ]
        constant (f32 [ 3L ])
        constant (filled Positive (f32 [ 3L ])) ]

      [ f32 [ 3L ]
        f32 [ 3L ]
        f32 [ 3L ]
        constant (f32 [ 3L ])
        constant (filled Positive (f32 [ 3L ])) ] ]

/// Results and, as it moves, what is kept of them between batches.
let private batchNorm training (x: Tensor[]) =
    let y = F.batch_norm (x[0], x[3], x[4], x[1], x[2], training, 0.3, 1e-3)
    [ y; x[3]; x[4] ]

let private normalisations: Operation list =
    let plain = normalised |> List.map (List.take 1)

    [ operation "batch_norm training" (batchNorm true) normalised
      operation "batch_norm evaluation" (batchNorm false) normalised
      operation
          "batch_norm evaluation, no weight"
          (fun x -> [ F.batch_norm (x[0], x[3], x[4]) ])
          normalised
      one
          "batch_norm training, nothing kept"
          (fun x -> F.batch_norm (x, null, null, training = true))
          plain
      one
          "batch_norm evaluation, nothing kept"
          (fun x -> F.batch_norm (x, null, null))
          (List.truncate 1 plain)
      operation
          "batch_norm training, no bias"
          (fun x -> [ F.batch_norm (x[0], null, null, x[1], training = true) ])
          normalised ]
    |> all (Scaled 32.0) (Scaled 64.0)

let private dropouts: Operation list =
    let forms =
        each [ f32 [ 2L; 3L ]; f64 [ 4L ]; transposed (f32 [ 2L; 3L ]); i64 [ 3L ] ]

    [ one "dropout of none" (fun x -> F.dropout (x, 0.0)) forms
      one "dropout of all" (fun x -> F.dropout (x, 1.0)) forms
      one "dropout in evaluation" (fun x -> F.dropout (x, 0.5, false)) forms
      one "dropout of too many" (fun x -> F.dropout (x, 1.5)) forms
      one "dropout of fewer than none" (fun x -> F.dropout (x, -0.5)) forms ]

let operations: Operation list =
    distances
    @ crossEntropies
    @ classifications
    @ oneHots
    @ normalisations
    @ dropouts
