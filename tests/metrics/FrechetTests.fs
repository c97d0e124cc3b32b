module Workbench.Tests.FrechetTests

open Expecto
open FsCheck
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport

let private normal (seed: int) (count: int) (width: int) : torch.Tensor =
    torch.randn ([| int64 count; int64 width |], generator = new torch.Generator(uint64 seed))

let private squareOf (matrix: torch.Tensor) =
    let values = matrix.to_type(torch.float64).data<float>().ToArray()
    let n = int matrix.shape[0]
    Array2D.init n n (fun i j -> values[i * n + j])

let private largestDifference (a: float[,]) (b: float[,]) =
    Seq.map2 (fun (x: float) y -> abs (x - y)) (Seq.cast a) (Seq.cast b) |> Seq.max

let private fitOf centre covariance : GaussianFit =
    { Centre = centre
      Covariance = covariance
      Count = 100 }

let private diagonal (values: float list) =
    let n = values.Length
    Array2D.init n n (fun i j -> if i = j then values[i] else 0.0)

let private eigenvalues =
    testList
        "eigenvalues"
        [ testCase "of a matrix known by hand"
          <| fun () ->
              // (2 1; 1 2) has 3 along (1, 1) and 1 along (1, -1).
              let parts = Symmetric.decompose (array2D [ [ 2.0; 1.0 ]; [ 1.0; 2.0 ] ])
              let values = Array.sort parts.Values
              close 1e-14 values[0] 1.0 "the smaller"
              close 1e-14 values[1] 3.0 "the larger"

          testProperty "V diag V^T is the matrix, and V's columns are orthonormal"
          <| fun (PositiveInt seed) ->
              let n = 1 + seed % 20
              let random = squareOf (normal seed n n)
              let matrix = Array2D.init n n (fun i j -> random[i, j] + random[j, i])
              let parts = Symmetric.decompose matrix
              let v = parts.Vectors

              let combine weights =
                  Array2D.init n n (fun i j ->
                      Seq.sum (seq { for k in 0 .. n - 1 -> v[i, k] * weights k * v[j, k] }))

              Expect.isLessThan
                  (largestDifference (combine (fun k -> parts.Values[k])) matrix)
                  1e-11
                  "the matrix again"

              Expect.isLessThan
                  (largestDifference (combine (fun _ -> 1.0)) (diagonal (List.replicate n 1.0)))
                  1e-12
                  "V V^T = I"

          testCase
              "the root of a covariance of 100 features squares to it, also where features are dead"
          <| fun () ->
              let mix = normal 1 100 100
              mix.narrow(0L, 90L, 10L).zero_() |> ignore
              let covariance = squareOf (mix.matmul (mix.t ()))
              let root = Symmetric.root covariance
              let square = Symmetric.sandwich root (diagonal (List.replicate 100 1.0))
              Expect.isLessThan (largestDifference square covariance) 1e-10 "root * root"

          testCase "a matrix of zeros has a root of zeros"
          <| fun () ->
              Expect.equal (Symmetric.root (diagonal [ 0.0; 0.0 ])) (diagonal [ 0.0; 0.0 ]) "no NaN" ]

let private distances =
    testList
        "Frechet distance"
        [ testCase "the fit has the mean and the covariance over n - 1"
          <| fun () ->
              let fit = Frechet.fit (matrix [ [ 1.0; 0.0 ]; [ 3.0; 0.0 ]; [ 2.0; 3.0 ] ])
              Expect.equal fit.Centre [| 2.0; 1.0 |] "the mean"
              Expect.equal fit.Covariance (array2D [ [ 1.0; 0.0 ]; [ 0.0; 3.0 ] ]) "the covariance"
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
              let random = squareOf (normal (seed + 2) 5 5)
              let symmetric = Array2D.init 5 5 (fun i j -> random[i, j] + random[j, i])
              let turn = torch.from_array ((Symmetric.decompose symmetric).Vectors)
              let turned (x: torch.Tensor) = x.to_type(torch.float64).matmul turn
              close 1e-6 (distance (turned a) (turned b)) there "turned"

          testCase "the estimate is the distance, within its standard error of the truth"
          <| fun () ->
              let truth = fitOf [| 0.0; 0.0; 0.0 |] (diagonal [ 1.0; 1.0; 1.0 ])
              let made = normal 3 2000 3 * 1.5 + 0.5
              let estimate = Frechet.estimate truth made
              close 1e-12 estimate.Value (Frechet.distance truth (Frechet.fit made)) "the value"
              Expect.equal estimate.Count 2000 "the count"
              Expect.isLessThan (abs (estimate.Value - 1.5)) (4.0 * estimate.StandardError) "1.5"
              Expect.isLessThan estimate.StandardError 0.15 "and the error is small"

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
let tests = testList "Frechet" [ eigenvalues; distances ]
