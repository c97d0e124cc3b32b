/// Losses: gradients with respect to inputs and targets under every reduction, values at the edges, refusals.
module Workbench.Tests.LossTests

open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.Refusals
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

let private broadcast =
    [ for a, b in [ [ 2L; 3L ], [ 3L ]; [ 2L; 1L ], [ 3L ]; [], [ 2L ] ] do
          gradientCase $"mse_loss of %A{a} and %A{b}" [ apart 1 a; unit 2 b ] (fun x ->
              F.mse_loss (x[0], x[1]))

          gradientCase $"l1_loss of %A{a} and %A{b}" [ apart 1 a; unit 2 b ] (fun x ->
              F.l1_loss (x[0], x[1])) ]

/// A float64 tensor that no gradient flows to.
let private fixedNumbers (input: Input) = tensorOf input.Shape input.Values

let private weightCases =
    [ for reduction in reductions do
          for shape in [ [ 2L; 3L ]; [ 3L ]; [] ] do
              let weight () = fixedNumbers (positive 3 shape)

              gradientCase
                  $"binary_cross_entropy, {reduction}, weight %A{shape}"
                  [ unit 1 [ 2; 3 ]; unit 2 [ 2; 3 ] ]
                  (fun x -> F.binary_cross_entropy (x[0], x[1], weight (), reduction))

              gradientCase
                  $"binary_cross_entropy_with_logits, {reduction}, weight %A{shape}"
                  [ apart 1 [ 2; 3 ]; unit 2 [ 2; 3 ] ]
                  (fun x -> F.binary_cross_entropy_with_logits (x[0], x[1], weight (), reduction)) ]

let private classes () : Tensor = torch.from_array [| 2L; 0L; 2L; 1L |]

let private classCases =
    [ for reduction in reductions do
          gradientCase $"nll_loss, {reduction}" [ apart 1 [ 4; 3 ] ] (fun x ->
              F.nll_loss (x[0], classes (), reduction = reduction))

          gradientCase $"nll_loss with weights, {reduction}" [ apart 1 [ 4; 3 ] ] (fun x ->
              F.nll_loss (x[0], classes (), fixedNumbers (positive 2 [ 3 ]), reduction))

          gradientCase $"cross_entropy, {reduction}" [ apart 1 [ 4; 3 ] ] (fun x ->
              F.cross_entropy (x[0], classes (), reduction = reduction))

          gradientCase $"cross_entropy with weights, {reduction}" [ apart 1 [ 4; 3 ] ] (fun x ->
              F.cross_entropy (
                  x[0],
                  classes (),
                  fixedNumbers (positive 2 [ 3 ]),
                  reduction = reduction
              ))

          for ignored in [ 0L; 2L; 5L ] do
              gradientCase
                  $"cross_entropy without class {ignored}, {reduction}"
                  [ apart 1 [ 4; 3 ] ]
                  (fun x ->
                      F.cross_entropy (
                          x[0],
                          classes (),
                          ignore_index = ignored,
                          reduction = reduction
                      ))

              gradientCase
                  $"cross_entropy with weights without class {ignored}, {reduction}"
                  [ apart 1 [ 4; 3 ] ]
                  (fun x ->
                      F.cross_entropy (
                          x[0],
                          classes (),
                          fixedNumbers (positive 2 [ 3 ]),
                          ignored,
                          reduction
                      )) ]

/// Of two classes with even chances: ln 2 a row.
let private even () =
    (torch.zeros [| 3L; 2L |]).requires_grad_ true

let private edges =
    [ inScope "a class that is left out counts for nothing" (fun () ->
          let classes: Tensor = torch.from_array [| 0L; -100L; 1L |]

          let mean = F.cross_entropy (even (), classes, torch.from_array [| 1.0f; 3.0f |])

          let each = F.cross_entropy (even (), classes, reduction = Reduction.None)
          close 1e-6 (number mean) (log 2.0) "a mean over the weights of the others"

          Expect.equal (numbers each |> List.item 1) 0.0 "nothing for itself"
          close 1e-6 (numbers each |> List.sum) (2.0 * log 2.0) "of the others as ever"

          let given =
              F.cross_entropy (even (), torch.from_array [| 0L; 0L; 1L |], ignore_index = 0L)

          close 1e-6 (number given) (log 2.0) "another one is named")
      inScope "where all classes are left out the mean is NaN, and moves nothing" (fun () ->
          let x = even ()
          let loss = F.cross_entropy (x, torch.full ([| 3L |], -100L.ToScalar()))
          Expect.isTrue (System.Double.IsNaN(number loss)) "0 / 0"
          loss.backward ()
          Expect.allEqual (numbers x.grad) 0.0 "no gradient")
      inScope "classes as bytes" (fun () ->
          let classes = (torch.from_array [| 0L; 1L; 1L |]).to_type torch.uint8
          close 1e-6 (number (F.cross_entropy (even (), classes))) (log 2.0) "as int64")
      inScope "binary_cross_entropy of certainty: logarithms end at -100" (fun () ->
          let x = torch.from_array([| 0.0f; 1.0f; 0.0f; 1.0f |]).requires_grad_ true
          let t: Tensor = torch.from_array [| 0.0f; 1.0f; 1.0f; 0.0f |]
          let loss = F.binary_cross_entropy (x, t, reduction = Reduction.None)
          Expect.equal (numbers loss) [ 0.0; 0.0; 100.0; 100.0 ] "right and wrong"
          loss.sum().backward()

          Expect.equal
              (List.map (fun g -> System.Math.Round(g / 1e12, 3)) (numbers x.grad))
              [ 0.0; 0.0; -1.0; 1.0 ]
              "g (x - t) / 1e-12")
      inScope "binary_cross_entropy_with_logits has its target's type" (fun () ->
          let logits, target =
              torch.zeros [| 2L |], torch.ones ([| 2L |], dtype = torch.float64)

          let loss (x: Tensor) (t: Tensor) =
              F.binary_cross_entropy_with_logits(x, t).dtype

          Expect.equal (loss logits target) torch.float64 "float32 and float64"
          Expect.equal (loss target logits) torch.float32 "float64 and float32")
      inScope "a weighted loss has its own type" (fun () ->
          let x = torch.full ([| 2L |], 0.5.ToScalar())
          let weight = torch.ones ([| 2L |], dtype = torch.float64)
          Expect.equal (F.binary_cross_entropy(x, x, weight).dtype) torch.float32 "probabilities"

          Expect.equal
              (F.binary_cross_entropy_with_logits(x, x, weight).dtype)
              torch.float32
              "logits") ]

let private zeros (shape: int64 list) = torch.zeros (Array.ofList shape)

let private refusals: (string * string list * (unit -> Tensor)) list =
    let half () = torch.full ([| 2L |], 0.5.ToScalar())
    let numbers (values: float32 list) : Tensor = torch.from_array (Array.ofList values)
    let watched (x: Tensor) = x.requires_grad_ true
    let places: int64 list -> Tensor = Array.ofList >> torch.from_array

    [ "mse_loss", [ "[2, 3]"; "[2]" ], (fun () -> F.mse_loss (zeros [ 2; 3 ], zeros [ 2 ]))
      "l1_loss", [ "[2, 3]"; "[2]" ], (fun () -> F.l1_loss (zeros [ 2; 3 ], zeros [ 2 ]))
      "mse_loss of whole numbers",
      [ "mse_loss"; "Int64" ],
      (fun () -> F.mse_loss (places [ 1L ], places [ 2L ]))
      "binary_cross_entropy",
      [ "binary_cross_entropy"; "[2]"; "[2, 1]" ],
      (fun () -> F.binary_cross_entropy (zeros [ 2 ], zeros [ 2; 1 ]))
      "binary_cross_entropy_with_logits",
      [ "binary_cross_entropy_with_logits"; "[2]"; "[1]" ],
      (fun () -> F.binary_cross_entropy_with_logits (zeros [ 2 ], zeros [ 1 ]))
      "logits and whole numbers",
      [ "binary_cross_entropy_with_logits"; "Int64" ],
      (fun () -> F.binary_cross_entropy_with_logits (zeros [ 2 ], places [ 0L; 1L ]))
      for value in [ 1.5f; -0.5f; nanf ] do
          $"a target of {value}",
          [ "binary_cross_entropy"; "probability" ],
          (fun () -> F.binary_cross_entropy (half (), numbers [ 0.5f; value ]))

          $"a probability of {value}",
          [ "binary_cross_entropy"; "probability" ],
          (fun () -> F.binary_cross_entropy (numbers [ 0.5f; value ], half ()))
      "weights that want a gradient",
      [ "binary_cross_entropy"; "weights" ],
      (fun () -> F.binary_cross_entropy (half (), half (), watched (half ())))
      "weights of logits that want a gradient",
      [ "binary_cross_entropy_with_logits"; "weights" ],
      (fun () -> F.binary_cross_entropy_with_logits (half (), half (), watched (half ())))
      "weights of classes that want a gradient",
      [ "nll_loss"; "weights" ],
      (fun () -> F.nll_loss (zeros [ 1; 2 ], places [ 0L ], watched (half ())))
      "weights of more elements than the loss",
      [ "binary_cross_entropy"; "[3, 2]"; "[2]" ],
      (fun () -> F.binary_cross_entropy (half (), half (), zeros [ 3; 2 ]))
      "weights of other classes",
      [ "nll_loss"; "[2]"; "3 classes" ],
      (fun () -> F.cross_entropy (zeros [ 1; 3 ], places [ 0L ], half ()))
      "cross_entropy",
      [ "nll_loss"; "[4, 3]"; "[2]" ],
      (fun () -> F.cross_entropy (zeros [ 4; 3 ], places [ 0L; 1L ]))
      "classes as int32",
      [ "nll_loss"; "Int32" ],
      (fun () -> F.cross_entropy (zeros [ 1; 3 ], (places [ 0L ]).to_type torch.int32))
      "a class outside", [ "3" ], (fun () -> F.cross_entropy (zeros [ 2; 3 ], places [ 0L; 3L ]))
      "a class below 0", [ "-1" ], (fun () -> F.cross_entropy (zeros [ 2; 3 ], places [ 0L; -1L ])) ]

let private lacking: (string * string list * (unit -> Tensor)) list =
    let place () : Tensor = torch.from_array [| 1L |]

    [ "smooth labels",
      [ "cross_entropy"; "label_smoothing" ],
      (fun () -> F.cross_entropy (zeros [ 1; 3 ], place (), label_smoothing = 0.1))
      "one example without a batch",
      [ "cross_entropy"; "batch" ],
      (fun () -> F.cross_entropy (zeros [ 3 ], place ()))
      "classes of pixels",
      [ "nll_loss"; "[1, 3, 2]" ],
      (fun () -> F.cross_entropy (zeros [ 1; 3; 2 ], torch.from_array (array2D [ [ 1L; 0L ] ])))
      "probabilities of classes",
      [ "cross_entropy"; "probabilities" ],
      (fun () -> F.cross_entropy (zeros [ 1; 3 ], zeros [ 1; 3 ]))
      "weights of positives",
      [ "binary_cross_entropy_with_logits"; "pos_weights" ],
      (fun () ->
          F.binary_cross_entropy_with_logits (zeros [ 2 ], zeros [ 2 ], pos_weights = zeros [ 2 ])) ]

[<Tests>]
let tests =
    testList
        "Losses"
        [ testList "gradients of pairs" pairCases
          testList "gradients of broadcast pairs" broadcast
          testList "gradients with weights" weightCases
          testList "gradients of classes" classCases
          testList "edges" edges
          testList "refused" (List.map libtorchRefuses refusals @ List.map managedLacks lacking) ]
