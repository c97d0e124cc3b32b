/// Batch normalisation: gradients, running statistics, properties.
module Workbench.Tests.NormalisationTests

open System.Runtime.InteropServices
open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.Refusals
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor
type private F = torch.nn.functional

/// Of two features: two dimensions, three, and images.
let private shapes: int64 list list = [ [ 5; 2 ]; [ 3; 2; 3 ]; [ 2; 2; 2; 3 ] ]

let private fixedMean () = tensorOf [ 2 ] [| 0.3; -0.2 |]
let private fixedVariance () = tensorOf [ 2 ] [| 1.7; 0.4 |]

let private batchNormCases =
    [ for shape in shapes do
          gradientCase $"training, %A{shape}" [ apart 1 shape ] (fun x ->
              F.batch_norm (x[0], null, null, training = true))

          gradientCase
              $"training, weight and bias, %A{shape}"
              [ apart 1 shape; positive 2 [ 2 ]; apart 3 [ 2 ] ]
              (fun x ->
                  F.batch_norm (x[0], fixedMean (), fixedVariance (), x[1], x[2], true, 0.1, 1e-3))

          gradientCase $"evaluation, %A{shape}" [ apart 1 shape ] (fun x ->
              F.batch_norm (x[0], fixedMean (), fixedVariance ()))

          gradientCase
              $"evaluation, weight and bias, %A{shape}"
              [ apart 1 shape; positive 2 [ 2 ]; apart 3 [ 2 ] ]
              (fun x -> F.batch_norm (x[0], fixedMean (), fixedVariance (), x[1], x[2], false)) ]

let private allClose message (actual: float[]) (expected: float[]) =
    Expect.equal actual.Length expected.Length message

    Array.iter2
        (fun a e -> Expect.floatClose { absolute = 1e-12; relative = 1e-9 } a e message)
        actual
        expected

/// What one example alone does: its mean is itself, and has no variance.
let private single =
    [ testCase "a batch of one is its bias, and leaves a variance of NaN" (fun () ->
          use _ = torch.NewDisposeScope()

          let leaf values =
              (tensorOf [ 3 ] values).requires_grad_ true

          let x = (tensorOf [ 1; 3 ] [| 2.0; -1.0; 4.0 |]).requires_grad_ true
          let w, b = leaf [| 1.0; 2.0; 3.0 |], leaf [| 0.5; 0.25; -1.0 |]

          let mean, variance =
              tensorOf [ 3 ] [| 0.0; 0.0; 1.0 |], tensorOf [ 3 ] [| 1.0; 1.0; 1.0 |]

          let y = F.batch_norm (x, mean, variance, w, b, true, 0.25)
          allClose "the bias" (elements y) [| 0.5; 0.25; -1.0 |]
          allClose "the mean moves" (elements mean) [| 0.5; -0.25; 1.75 |]
          Expect.all (elements variance) System.Double.IsNaN "the variance is lost"
          y.backward [| tensorOf [ 1; 3 ] [| 1.0; 2.0; 3.0 |] |]
          allClose "no slope" (elements x.grad) [| 0.0; 0.0; 0.0 |]
          allClose "nor for the weights" (elements w.grad) [| 0.0; 0.0; 0.0 |]
          allClose "the bias learns" (elements b.grad) [| 1.0; 2.0; 3.0 |])
      testCase "a batch of none is empty, and leaves the statistics alone" (fun () ->
          use _ = torch.NewDisposeScope()
          let mean, variance = fixedMean (), fixedVariance ()
          let y = F.batch_norm (tensorOf [ 0; 2 ] [||], mean, variance, training = true)
          Expect.equal (List.ofArray y.shape) [ 0L; 2L ] "shape"
          allClose "mean" (elements mean) [| 0.3; -0.2 |]
          allClose "variance" (elements variance) [| 1.7; 0.4 |])
      testCase "a constant feature without eps is 0" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = tensorOf [ 3; 1 ] [| 4.0; 4.0; 4.0 |]
          let y = F.batch_norm (x, null, null, training = true, eps = 0.0)
          Expect.equal (elements y) [| 0.0; 0.0; 0.0 |] "not 0 / 0") ]

let private statistics =
    [ testCase "running statistics move towards the batch's, the variance there unbiased" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = tensorOf [ 2; 2 ] [| 1.0; 10.0; 3.0; 40.0 |]
          let mean, variance = tensorOf [ 2 ] [| 0.0; 5.0 |], tensorOf [ 2 ] [| 1.0; 1.0 |]
          F.batch_norm (x, mean, variance, training = true, momentum = 0.25) |> ignore
          allClose "mean: 3/4 of the old, 1/4 of 2 and 25" (elements mean) [| 0.5; 10.0 |]

          allClose
              "variance: 3/4 of the old, 1/4 of 2 and 450"
              (elements variance)
              [| 1.25; 113.25 |])
      testCase "evaluation leaves the running statistics alone" (fun () ->
          use _ = torch.NewDisposeScope()
          let mean, variance = fixedMean (), fixedVariance ()

          F.batch_norm (tensorOf [ 2; 2 ] [| 1.0; 2.0; 3.0; 4.0 |], mean, variance)
          |> ignore

          allClose "mean" (elements mean) [| 0.3; -0.2 |]
          allClose "variance" (elements variance) [| 1.7; 0.4 |])
      testCase "a batch in training has mean 0 and variance 1" (fun () ->
          use _ = torch.NewDisposeScope()
          let input = apart 1 [ 9; 2 ]

          let y =
              F.batch_norm (
                  tensorOf input.Shape input.Values,
                  null,
                  null,
                  training = true,
                  eps = 0.0
              )

          allClose "means" (elements (y.mean ([| 0L |]) + 1.0)) [| 1.0; 1.0 |]
          allClose "variances" (elements (y.var (0L, false))) [| 1.0; 1.0 |]) ]

/// Normalisation and its gradient (of the sum weighted by g) by definition: y, dx, dweight, dbias.
let private byDefinition (x: float[]) (g: float[]) (w: float[]) (b: float[]) inner eps =
    let channels = w.Length
    let y, dx = Array.zeroCreate x.Length, Array.zeroCreate x.Length
    let dw, db = Array.zeroCreate channels, Array.zeroCreate channels

    for c in 0 .. channels - 1 do
        let own =
            [| for i in 0 .. x.Length - 1 do
                   if i / inner % channels = c then
                       i |]

        let mean = own |> Array.averageBy (fun i -> x[i])
        let variance = own |> Array.averageBy (fun i -> (x[i] - mean) ** 2.0)
        let scale = 1.0 / sqrt (variance + eps)
        let z i = (x[i] - mean) * scale
        db[c] <- own |> Array.sumBy (fun i -> g[i])
        dw[c] <- own |> Array.sumBy (fun i -> g[i] * z i)
        let count = float own.Length

        for i in own do
            y[i] <- z i * w[c] + b[c]
            dx[i] <- w[c] * scale * (g[i] - db[c] / count - z i * dw[c] / count)

    [ y; dx; dw; db ]

let private batches: int64 list list =
    [ [ 2; 1 ]
      [ 9; 5 ]
      [ 100; 33 ]
      [ 200; 17 ]
      [ 65; 300 ]
      [ 3; 5; 7; 7 ]
      [ 7; 3; 4; 4 ]
      [ 2; 1; 9; 9 ]
      [ 70; 20; 1; 1 ]
      [ 2; 2; 100; 83 ]
      [ 1; 4; 3; 6 ] ]

let private definitions =
    [ for shape in batches do
          for kind, tolerance in [ torch.float32, 2e-5; torch.float64, 1e-11 ] do
              testCase $"{kind} %A{shape}, by definition" (fun () ->
                  use _ = torch.NewDisposeScope()
                  let features = [ shape[1] ]

                  let place (input: Input) =
                      (tensorOf input.Shape input.Values).to_type(kind).requires_grad_ true

                  let scaled seed shape =
                      let input = apart seed shape
                      let largest = Array.map abs input.Values |> Array.max

                      { input with
                          Values = Array.map (fun v -> v / largest) input.Values }

                  let x, w, b =
                      place (scaled 1 shape),
                      place (positive 2 features),
                      place (scaled 3 features)

                  let g = (place (scaled 4 shape)).detach()
                  let y = F.batch_norm (x, null, null, w, b, true, eps = 1e-3)
                  y.backward [| g |]
                  let inner = shape |> List.skip 2 |> List.fold (*) 1L |> int

                  let expected =
                      byDefinition (elements x) (elements g) (elements w) (elements b) inner 1e-3

                  List.iter2
                      (fun actual right ->
                          nearLargest tolerance (elements actual) right "normalised")
                      [ y; x.grad; w.grad; b.grad ]
                      expected)
      testCase "a mean far from 0 hides no variance" (fun () ->
          use _ = torch.NewDisposeScope()

          for shape in [ [ 100L; 20L ]; [ 10L; 3L; 5L; 5L ] ] do
              let input = apart 1 shape

              let x =
                  (tensorOf shape input.Values).clamp(-1.0.ToScalar(), 1.0.ToScalar()) + 4096.0

              let y = F.batch_norm (x.to_type torch.float32, null, null, training = true)
              let exact = F.batch_norm (x, null, null, training = true)
              let error = (y.to_type torch.float64 - exact).abs().max() |> elements

              Less.than error[0] 2e-3 "as exact as the input: 2^-12 lies between its values")
      testCase "a channel's result does not depend on how many there are beside it" (fun () ->
          use _ = torch.NewDisposeScope()

          let normalised (x: Tensor) =
              let x = x.detach().contiguous().requires_grad_ true
              let y = F.batch_norm (x, null, null, training = true)
              (y * y * y).sum().backward()
              elements y, elements x.grad

          // So wide that the threads share a block of rows by columns.
          use generator = new torch.Generator()
          generator.manual_seed 3L |> ignore
          let wide = torch.randn ([| 130L; 1023L |], generator = generator)
          let y, gradient = wide |> normalised

          for first, count in [ 0, 40; 500, 40; 983, 40 ] do
              let part (values: float[]) =
                  [| for row in 0..129 do
                         yield! values[row * 1023 + first .. row * 1023 + first + count - 1] |]

              let narrow = wide.narrow (1L, int64 first, int64 count) |> normalised
              equalBits 1e-5 (fst narrow) (part y) $"columns {first} to {first + count - 1}"
              equalBits 1e-5 (snd narrow) (part gradient) $"gradient of {first} and on")
      testCase
          "weights of any shape with as many elements, but gradients of vectors alone"
          (fun () ->
              use _ = torch.NewDisposeScope()

              let x () =
                  tensorOf [ 3; 2 ] [| 1.0; 2.0; 3.0; 5.0; 8.0; 13.0 |]

              let w shape = tensorOf shape [| 2.0; 3.0 |]

              let norm (x: Tensor) (w: Tensor) (b: Tensor) =
                  F.batch_norm (x, null, null, w, b, true)

              let right = norm (x ()) (w [ 2 ]) (w [ 2 ])
              let other = norm (x ()) (w [ 1; 2; 1 ]) (w [ 2; 1 ])
              Expect.equal (elements other) (elements right) "the same values"

              let refusedBackward (y: Tensor) =
                  refused typeof<ExternalException> [ "batch_norm"; "vectors" ] (fun () ->
                      y.sum().backward())

              refusedBackward (norm (x ()) ((w [ 1; 2 ]).requires_grad_ true) (w [ 2 ]))
              refusedBackward (norm (x ()) (w [ 2 ]) ((w [ 1; 2 ]).requires_grad_ true))
              refusedBackward (norm ((x ()).requires_grad_ true) (w [ 1; 2 ]) (w [ 2 ])))
      testCase "evaluation keeps infinities to themselves" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = (tensorOf [ 2; 2 ] [| infinity; 1.0; 2.0; 3.0 |]).requires_grad_ true
          F.batch_norm(x, fixedMean (), fixedVariance ()).sum().backward()
          Expect.all (elements x.grad) System.Double.IsFinite "finite slopes") ]

let private zeros (shape: int64 list) = torch.zeros (Array.ofList shape)

let private refusals: (string * string list * (unit -> Tensor)) list =
    let train (x: Tensor) =
        F.batch_norm (x, null, null, training = true)

    let watched (x: Tensor) = x.requires_grad_ true

    [ "a vector", [ "batch_norm"; "[3]" ], (fun () -> train (zeros [ 3 ]))
      "no statistics", [ "batch_norm" ], (fun () -> F.batch_norm (zeros [ 2; 3 ], null, null))
      "one statistic of two",
      [ "batch_norm"; "both" ],
      (fun () -> F.batch_norm (zeros [ 2; 3 ], zeros [ 3 ], null, training = true))
      "statistics of another shape",
      [ "batch_norm"; "[1, 3]" ],
      (fun () -> F.batch_norm (zeros [ 2; 3 ], zeros [ 1; 3 ], zeros [ 1; 3 ], training = true))
      "statistics that want a gradient",
      [ "batch_norm"; "statistics" ],
      (fun () -> F.batch_norm (zeros [ 2; 3 ], zeros [ 3 ], watched (zeros [ 3 ])))
      "two types",
      [ "batch_norm"; "Float32"; "Float64" ],
      (fun () -> F.batch_norm (zeros [ 4; 2 ], fixedMean (), fixedVariance (), training = true))
      "whole numbers",
      [ "batch_norm"; "Int64" ],
      (fun () -> train ((zeros [ 4; 2 ]).to_type torch.int64))
      "a wrong weight",
      [ "batch_norm"; "[2]"; "[4, 3]" ],
      (fun () -> F.batch_norm (zeros [ 4; 3 ], null, null, zeros [ 2 ], training = true)) ]

/// libtorch ends the process.
let private endings: (string * string list * (unit -> Tensor)) list =
    [ "batch_norm of a number",
      [ "batch_norm"; "[]" ],
      (fun () -> F.batch_norm (zeros [], null, null, training = true)) ]

[<Tests>]
let tests =
    testList
        "Normalisation"
        [ testList "gradients of batch_norm" batchNormCases
          testList "values" definitions
          testList "statistics" statistics
          testList "few examples" single
          testList
              "refused"
              [ yield! List.map libtorchRefuses refusals
                yield! managedOnly (List.map libtorchRefuses endings) ] ]
