module Workbench.Tests.FrechetTests

open Expecto
open FsCheck
open MathNet.Numerics
open MathNet.Numerics.LinearAlgebra
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport

let private normal (seed: int) (count: int) (width: int) : torch.Tensor =
    torch.randn ([| int64 count; int64 width |], generator = new torch.Generator(uint64 seed))

let private fitOf centre covariance : GaussianFit =
    { Centre = centre
      Covariance = covariance
      Count = 100 }

let private diagonal (values: float list) : Matrix<float> =
    Matrix.Build.DiagonalOfDiagonalArray(Array.ofList values)

let private square (seed: int) (size: int) : Matrix<float> =
    let values = (normal seed size size).to_type(torch.float64).data<float>().ToArray()
    Matrix.Build.Dense(size, size, values)

let private roots =
    testList
        "roots of covariances"
        [ testProperty "two features: tr (A B)^(1/2) is the root of tr (A B) + 2 |A B|^(1/2)"
          <| fun (PositiveInt seed) ->
              let gram seed =
                  square seed 2 |> fun x -> x * x.Transpose()

              let a, b = gram seed, gram (seed + 1)
              let both = a * b
              let root = sqrt (both.Trace() + 2.0 * sqrt (max 0.0 (both.Determinant())))
              let fit = fitOf [| 0.0; 0.0 |]

              close
                  1e-6
                  (Frechet.distance (fit a) (fit b))
                  (a.Trace() + b.Trace() - 2.0 * root)
                  "the closed form"

          testCase "dead features and fewer rows than features change nothing for the others"
          <| fun () ->
              let fit = fitOf [| 0.0; 0.0; 0.0 |]
              let a, b = fit (diagonal [ 4.0; 0.0; 0.0 ]), fit (diagonal [ 9.0; 0.0; 1.0 ])
              close 1e-12 (Frechet.distance a b) (1.0 + 0.0 + 1.0) "(2 - 3)^2 + 1^2"
              let few = Frechet.fit (normal 1 30 100)
              close 1e-5 (Frechet.distance few few) 0.0 "from itself"
              let nothing = fitOf few.Centre (Matrix.Build.Dense(100, 100))
              close 1e-10 (Frechet.distance few nothing) (few.Covariance.Trace()) "from a point"

          testCase "any number of threads gives the same bits"
          <| fun () ->
              let features seed = Frechet.fit (normal seed 500 84)
              let a, b = features 1, features 2
              let usual = Control.MaxDegreeOfParallelism

              let on threads =
                  Control.MaxDegreeOfParallelism <- threads
                  Frechet.distance a b

              try
                  Expect.equal [ on 2; on 7 ] [ on 1; on 1 ] "as on one"
              finally
                  Control.MaxDegreeOfParallelism <- usual ]

let private distances =
    testList
        "Frechet distance"
        [ testCase "the fit has the mean and the covariance over n - 1"
          <| fun () ->
              let fit = Frechet.fit (matrix [ [ 1.0; 0.0 ]; [ 3.0; 0.0 ]; [ 2.0; 3.0 ] ])
              Expect.equal fit.Centre [| 2.0; 1.0 |] "the mean"

              Expect.equal
                  (fit.Covariance.ToArray())
                  (array2D [ [ 1.0; 0.0 ]; [ 0.0; 3.0 ] ])
                  "the covariance"

              Expect.equal fit.Count 3 "the count"

          testProperty "equal covariances give the squared difference of the means"
          <| fun (PositiveInt seed) ->
              let features = normal seed 50 6
              let shift = normal (seed + 1) 1 6
              let moved = Frechet.fit (features + shift)
              let expected = number (shift.square().sum())
              close 1e-5 (Frechet.distance (Frechet.fit features) moved) expected "|m1 - m2|^2"

          testCase "diagonal covariances give the squared differences of the deviations"
          <| fun () ->
              let a = fitOf [| 0.0; 1.0 |] (diagonal [ 4.0; 9.0 ])
              let b = fitOf [| 0.0; 3.0 |] (diagonal [ 1.0; 25.0 ])
              close 1e-12 (Frechet.distance a b) (4.0 + 1.0 + 4.0) "(2 - 1)^2 + (3 - 5)^2 + 2^2"

          testProperty "the distance is symmetric, 0 from itself, and no rotation changes it"
          <| fun (PositiveInt seed) ->
              let a, b = normal seed 40 5, normal (seed + 1) 40 5 * 2.0

              let distance x y =
                  Frechet.distance (Frechet.fit x) (Frechet.fit y)

              let there = distance a b
              close 1e-8 (distance b a) there "the way back"
              close 1e-6 (distance a a) 0.0 "from itself"
              let turn = torch.from_array ((square (seed + 2) 5).QR().Q.ToArray())
              let turned (x: torch.Tensor) = x.to_type(torch.float64).matmul turn
              close 1e-6 (distance (turned a) (turned b)) there "turned"

          testCase "the estimate is the distance, within its standard error of the truth"
          <| fun () ->
              let truth = fitOf [| 0.0; 0.0; 0.0 |] (diagonal [ 1.0; 1.0; 1.0 ])
              let made = normal 3 2000 3 * 1.5 + 0.5
              let estimate = Frechet.estimate truth made
              close 1e-12 estimate.Value (Frechet.distance truth (Frechet.fit made)) "the value"
              Expect.equal estimate.Count 2000 "the count"
              Less.than (abs (estimate.Value - 1.5)) (4.0 * estimate.StandardError) "1.5"
              Less.than estimate.StandardError 0.15 "and the error is small"

          testCase "the standard error is the same on every engine"
          <| fun () ->
              let made =
                  torch.tensor (Array.init 600 (fun i -> sin (float (i * i))))
                  |> _.reshape(200L, 3L)

              let truth = fitOf [| 0.0; 0.0; 0.0 |] (diagonal [ 1.0; 1.0; 1.0 ])

              close
                  1e-9
                  (Frechet.estimate truth made).StandardError
                  0.0187356934089
                  "of these numbers"

          testCase "too few rows are refused"
          <| fun () ->
              Expect.throwsT<System.ArgumentException>
                  (fun () -> Frechet.fit (normal 1 1 3) |> ignore)
                  "one row"

              Expect.throwsT<System.ArgumentException>
                  (fun () ->
                      Frechet.estimate (Frechet.fit (normal 1 9 3)) (normal 1 19 3) |> ignore)
                  "19 rows" ]

[<Tests>]
let tests = testList "Frechet" [ roots; distances ]
