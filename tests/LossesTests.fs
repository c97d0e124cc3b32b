module Workbench.Tests.LossesTests

open System
open Expecto
open FsCheck
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport

let private gaussian (means: float list list) (deviations: float list list) : Gaussian =
    let deviation = matrix deviations

    { Mean = matrix means
      Deviation = deviation
      LogVariance = deviation.square().log() }

let private logistic x = 1.0 / (1.0 + exp -x)

[<Tests>]
let tests =
    testList
        "losses"
        [ testProperty "cross-entropy from logits is the textbook sum, averaged over the batch"
          <| fun (PositiveInt seed) ->
              let logits = (images seed 3 5 - 0.5) * 8.0
              let targets = images (seed + 1) 3 5

              let expected =
                  List.zip (numbers logits) (numbers targets)
                  |> List.sumBy (fun (x, t) ->
                      -(t * log (logistic x) + (1.0 - t) * log (1.0 - logistic x)))

              close
                  1e-4
                  (number (Losses.binaryCrossEntropy logits targets))
                  (expected / 3.0)
                  "sum over pixels, mean over batch"

          testCase "cross-entropy of extreme logits stays finite"
          <| fun () ->
              let loss =
                  Losses.binaryCrossEntropy
                      (matrix [ [ 1000.0; -1000.0 ] ])
                      (matrix [ [ 0.0; 1.0 ] ])

              close 1e-3 (number loss) 2000.0 "1000 nats each"

          testCase "nor does their gradient end, or grow"
          <| fun () ->
              let logits = (matrix [ [ 1000.0; -1000.0 ] ]).requires_grad_ true
              (Losses.binaryCrossEntropy logits (matrix [ [ 0.0; 1.0 ] ])).backward()
              Expect.equal (numbers logits.grad) [ 1.0; -1.0 ] "probability minus target"

          testProperty
              "cross-entropy is never below the pixels' entropy, and equals it at their logits"
          <| fun (PositiveInt seed) ->
              let targets = images seed 4 6 * 0.98 + 0.01
              let floor = number (Losses.pixelEntropy targets)
              let other = number (Losses.binaryCrossEntropy (images (seed + 1) 4 6) targets)
              let logits = (targets / (1.0 - targets)).log()
              Expect.isGreaterThan other (floor - 1e-4) "no less than the entropy"

              close
                  1e-3
                  (number (Losses.binaryCrossEntropy logits targets))
                  floor
                  "equal at the targets' logits"

          testCase "binary pixels have no entropy"
          <| fun () ->
              close
                  1e-6
                  (number (Losses.pixelEntropy (matrix [ [ 0.0; 1.0 ]; [ 1.0; 1.0 ] ])))
                  0.0
                  "no floor"

          testCase "KL of the prior is 0"
          <| fun () ->
              let code = gaussian [ [ 0.0; 0.0 ] ] [ [ 1.0; 1.0 ] ]
              close 1e-6 (number (Losses.gaussianKl code)) 0.0 "q = p"

          testProperty "KL is the closed form, never negative, and the sum of its dimensions"
          <| fun (PositiveInt seed) ->
              let means = images seed 3 2 * 4.0 - 2.0
              let deviations = images (seed + 1) 3 2 * 2.0 + 0.05

              let code: Gaussian =
                  { Mean = means
                    Deviation = deviations
                    LogVariance = deviations.square().log() }

              let expected =
                  List.zip (numbers means) (numbers deviations)
                  |> List.sumBy (fun (m, s) -> 0.5 * (m * m + s * s - 2.0 * log s - 1.0))

              let kl = number (Losses.gaussianKl code)
              close 1e-4 kl (expected / 3.0) "the closed form"
              Expect.isGreaterThan kl -1e-5 "not negative"

              close
                  1e-4
                  (List.sum (numbers (Losses.gaussianKlPerDimension code)))
                  kl
                  "the sum of the dimensions"

              close
                  1e-4
                  (List.average (numbers (Losses.gaussianKlPerImage code)))
                  kl
                  "the mean over the images"

          testCase "the squared error is the mean of the images' own"
          <| fun () ->
              let made, real =
                  matrix [ [ 1.0; 0.0 ]; [ 0.5; 0.5 ] ], matrix [ [ 0.0; 2.0 ]; [ 0.5; 0.0 ] ]

              Expect.equal (numbers (Losses.squaredErrorPerImage made real)) [ 5.0; 0.25 ] "each"
              close 1e-6 (number (Losses.squaredError made real)) 2.625 "the mean"

          testProperty "the similarity is half the squared distance in deviations over both batches"
          <| fun (PositiveInt seed) ->
              let hidden, target = images seed 6 4 * 3.0, images (seed + 1) 6 4

              let ofFeature feature =
                  let column (tensor: torch.Tensor) = numbers (tensor.select (1L, feature))
                  let both = column hidden @ column target
                  let mean = List.average both
                  let variance = (both |> List.sumBy (fun x -> (x - mean) ** 2.0)) / 11.0

                  List.zip (column hidden) (column target)
                  |> List.sumBy (fun (x, y) -> (x - y) ** 2.0 / (variance + 1e-5))

              let expected = List.sumBy ofFeature [ 0L .. 3L ] / 12.0
              let loss = number (Losses.similarity hidden target)
              close (1e-4 * expected) loss expected "the formula"
              let larger = number (Losses.similarity (hidden * 100.0) (target * 100.0))
              close (1e-2 * expected) larger loss "at any scale"
              close 1e-6 (number (Losses.similarity target target)) 0.0 "of the same"

          testCase "its gradient is that of finite differences, through the deviations, too"
          <| fun () ->
              let target = (images 2 5 3).to_type torch.float64
              let hidden = (images 1 5 3).to_type(torch.float64).requires_grad_ true
              (Losses.similarity hidden target).backward()
              let step = 1e-5

              for row in 0L .. 4L do
                  for column in 0L .. 2L do
                      let at (x: float) =
                          let moved = hidden.detach().clone()
                          let place = moved.narrow(0L, row, 1L).narrow(1L, column, 1L)
                          place.add_ (x.ToScalar()) |> ignore
                          number (Losses.similarity moved target)

                      let slope = (at step - at -step) / (2.0 * step)
                      let place = hidden.grad.narrow(0L, row, 1L).narrow(1L, column, 1L)
                      close (1e-6 * (1.0 + abs slope)) (number place) slope $"{row}, {column}"

          testProperty "half the squared slope is that of the differences by the deviation"
          <| fun (PositiveInt seed) ->
              let values, moved = images seed 6 1, images (seed + 1) 6 1

              let expected =
                  List.zip (numbers values) (numbers moved)
                  |> List.averageBy (fun (x, y) -> 0.5 * ((y - x) / 0.2) ** 2.0)

              close
                  (1e-5 * expected)
                  (number (Losses.halfSquaredSlope 0.2 values moved))
                  expected
                  ""

          testProperty "cross-entropy of each image: their mean is that of the batch"
          <| fun (PositiveInt seed) ->
              let logits, targets = (images seed 3 5 - 0.5) * 8.0, images (seed + 1) 3 5
              let each = numbers (Losses.binaryCrossEntropyPerImage logits targets)
              Expect.hasLength each 3 "one each"

              close
                  1e-4
                  (List.average each)
                  (number (Losses.binaryCrossEntropy logits targets))
                  "the mean"

          testProperty "the importance-weighted loss is -ln of the weights' mean, averaged"
          <| fun (PositiveInt seed) ->
              let logWeights = (images seed 4 3 - 0.5) * 20.0

              let expected =
                  [ for image in 0L .. 2L do
                        let weights = numbers (logWeights.select (1L, image)) |> List.map exp
                        -(log (List.average weights)) ]

              let loss = number (Losses.importanceWeighted logWeights)
              close 1e-4 loss (List.average expected) "K x N"
              let elbo = number (logWeights.mean () * -1.0)
              Less.orEqual loss (elbo + 1e-5) "no looser than the mean's bound"

              let one = logWeights.narrow (0L, 0L, 1L)

              close
                  1e-5
                  (number (Losses.importanceWeighted one))
                  (number (one.mean () * -1.0))
                  "one draw: that of the ELBO"

          testCase "its gradient weighs draws by their shares, and far weights do not overflow"
          <| fun () ->
              let logWeights = (matrix [ [ -900.0 ]; [ -900.0 - log 3.0 ] ]).requires_grad_ true
              (Losses.importanceWeighted logWeights).backward()

              for actual, expected in List.zip (numbers logWeights.grad) [ -0.75; -0.25 ] do
                  close 1e-3 actual expected "minus the share"

          testCase "KL agrees with its Monte-Carlo estimate"
          <| fun () ->
              let mean, deviation, draws = 0.7, 0.4, 200_000

              let z =
                  torch.randn (
                      [| int64 draws |],
                      dtype = torch.float64,
                      generator = new torch.Generator(7UL)
                  )
                  * deviation
                  + mean

              let logQ = ((z - mean) / deviation).square() * -0.5 - log deviation
              let estimate = number ((logQ + z.square () * 0.5).mean())

              close
                  0.01
                  estimate
                  (number (Losses.gaussianKl (gaussian [ [ mean ] ] [ [ deviation ] ])))
                  "E_q[ln q - ln p]"

          testCase "a schedule of drops multiplies after each epoch named"
          <| fun () ->
              let rate = Schedule.drops [ 2; 4 ] 0.5 1.0

              Expect.equal
                  (List.map rate [ 1..6 ])
                  [ 1.0; 1.0; 0.5; 0.5; 0.25; 0.25 ]
                  "halved after 2 and 4"

          testCase "a warm-up rises in equal steps and stays"
          <| fun () ->
              Expect.equal
                  (List.map (Schedule.warmup 4 2.0) [ 1..6 ])
                  [ 0.5; 1.0; 1.5; 2.0; 2.0; 2.0 ]
                  "to the value in 4 epochs"

              Expect.equal (List.map (Schedule.warmup 0 2.0) [ 1..2 ]) [ 2.0; 2.0 ] "none: at once"

          testCase "beyond the epochs that were planned, the last one's value stays"
          <| fun () ->
              Expect.equal
                  (List.map (Schedule.fades 0.5 4 1.0) [ 2..7 ])
                  [ 1.0; 1.0; 0.5; 0.5; 0.5; 0.5 ]
                  "fades" ]
