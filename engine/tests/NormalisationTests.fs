/// Batch normalisation and dropout: gradients, running statistics, properties.
module Workbench.Tests.NormalisationTests

open Expecto
open TorchSharp
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

let private close message (actual: float[]) (expected: float[]) =
    Expect.equal actual.Length expected.Length message

    Array.iter2
        (fun a e -> Expect.floatClose { absolute = 1e-12; relative = 1e-9 } a e message)
        actual
        expected

let private statistics =
    [ testCase "running statistics move towards the batch's, the variance there unbiased" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = tensorOf [ 2; 2 ] [| 1.0; 10.0; 3.0; 40.0 |]
          let mean, variance = tensorOf [ 2 ] [| 0.0; 5.0 |], tensorOf [ 2 ] [| 1.0; 1.0 |]
          F.batch_norm (x, mean, variance, training = true, momentum = 0.25) |> ignore
          close "mean: 3/4 of the old, 1/4 of 2 and 25" (elements mean) [| 0.5; 10.0 |]
          close "variance: 3/4 of the old, 1/4 of 2 and 450" (elements variance) [| 1.25; 113.25 |])
      testCase "evaluation leaves the running statistics alone" (fun () ->
          use _ = torch.NewDisposeScope()
          let mean, variance = fixedMean (), fixedVariance ()

          F.batch_norm (tensorOf [ 2; 2 ] [| 1.0; 2.0; 3.0; 4.0 |], mean, variance)
          |> ignore

          close "mean" (elements mean) [| 0.3; -0.2 |]
          close "variance" (elements variance) [| 1.7; 0.4 |])
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

          close "means" (elements (y.mean ([| 0L |]) + 1.0)) [| 1.0; 1.0 |]
          close "variances" (elements (y.var (0L, false))) [| 1.0; 1.0 |]) ]

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
                          let most = Array.fold (fun most v -> max most (abs v)) 1.0 right

                          Array.iter2
                              (fun a e ->
                                  if abs (a - e) > tolerance * most then
                                      failtestf "%g is not %g" a e)
                              (elements actual)
                              right)
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

              Expect.isLessThan
                  error[0]
                  2e-3
                  "as exact as the input: 2^-12 lies between its values")
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
              Expect.equal (part y, part gradient) narrow $"columns {first} to {first + count - 1}")
      testCase "weight and bias of any shape with as many elements" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = tensorOf [ 3; 2 ] [| 1.0; 2.0; 3.0; 5.0; 8.0; 13.0 |]
          let w = (tensorOf [ 1; 2; 1 ] [| 2.0; 3.0 |]).requires_grad_ true
          let y = F.batch_norm (x, null, null, w, training = true)
          y.square().sum().backward()
          Expect.equal (List.ofArray w.grad.shape) [ 1L; 2L; 1L ] "the gradient's too")
      testCase "evaluation keeps infinities to themselves" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = (tensorOf [ 2; 2 ] [| infinity; 1.0; 2.0; 3.0 |]).requires_grad_ true
          F.batch_norm(x, fixedMean (), fixedVariance ()).sum().backward()
          Expect.all (elements x.grad) System.Double.IsFinite "finite slopes") ]

/// Tests that draw from the default generator: nothing else may at the same time.
let private dropout =
    [ gradientCase "dropout" [ apart 1 [ 6; 5 ] ] (fun x ->
          torch.manual_seed 3L |> ignore
          F.dropout (x[0], 0.4))
      gradientCase "dropout in place" [ apart 1 [ 6; 5 ] ] (fun x ->
          torch.manual_seed 3L |> ignore
          F.dropout (x[0] * 2.0, 0.4, true, true))
      testCase "dropout keeps the mean and scales what it keeps" (fun () ->
          use _ = torch.NewDisposeScope()
          torch.manual_seed 5L |> ignore
          let y = elements (F.dropout (torch.ones 100_000, 0.3))
          let kept = y |> Array.filter (fun v -> v <> 0.0)

          for v in kept do
              Expect.floatClose
                  { absolute = 1e-6; relative = 0.0 }
                  v
                  (1.0 / 0.7)
                  "scaled by 1 / 0.7"

          // Five standard deviations of a binomial share.
          let share = float kept.Length / 100_000.0
          Expect.isTrue (abs (share - 0.7) < 5.0 * sqrt (0.21 / 100_000.0)) $"{share} are kept")
      testCase "dropout of everything" (fun () ->
          use _ = torch.NewDisposeScope()
          Expect.allEqual (elements (F.dropout (torch.ones 10, 1.0))) 0.0 "nothing is left")
      testCase "dropout outside of training" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.ones 10
          Expect.allEqual (elements (F.dropout (x, 0.9, false))) 1.0 "x itself")
      testCase "dropping no element leaves the input usable" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.ones 10
          F.dropout(x, 0.5, false).Dispose()
          Expect.allEqual (elements x) 1.0 "the result is another object") ]

let private zeros (shape: int64 list) = torch.zeros (Array.ofList shape)

let private refusals: (string * string list * (unit -> Tensor)) list =
    [ "a vector",
      [ "batch_norm"; "[3]" ],
      (fun () -> F.batch_norm (zeros [ 3 ], null, null, training = true))
      "no statistics", [ "batch_norm" ], (fun () -> F.batch_norm (zeros [ 2; 3 ], null, null))
      "a batch of one",
      [ "batch_norm"; "one example" ],
      (fun () -> F.batch_norm (zeros [ 1; 3 ], null, null, training = true))
      "two types",
      [ "batch_norm"; "Float32"; "Float64" ],
      (fun () -> F.batch_norm (zeros [ 4; 2 ], null, null, fixedMean (), training = true))
      "whole numbers",
      [ "batch_norm"; "Int64" ],
      (fun () -> F.batch_norm ((zeros [ 4; 2 ]).to_type torch.int64, null, null, training = true))
      "a wrong weight",
      [ "batch_norm"; "[2]"; "[4, 3]" ],
      (fun () -> F.batch_norm (zeros [ 4; 3 ], null, null, zeros [ 2 ], training = true))
      "a probability above 1", [ "dropout"; "1.5" ], (fun () -> F.dropout (zeros [ 2 ], 1.5)) ]

let private refusalCases =
    [ for name, words, f in refusals do
          testCase name (fun () ->
              use _ = torch.NewDisposeScope()

              Expect.throwsC (fun () -> f () |> ignore) (fun error ->
                  for word in words do
                      Expect.stringContains error.Message word "says what is wrong")) ]

[<Tests>]
let tests =
    testList
        "Normalisation"
        [ testList "gradients of batch_norm" batchNormCases
          testList "values" definitions
          testList "statistics" statistics
          testSequenced (testList "dropout" dropout)
          testList "refused" refusalCases ]
