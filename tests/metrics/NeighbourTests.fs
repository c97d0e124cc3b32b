module Workbench.Tests.NeighbourTests

open Expecto
open FsCheck
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport

let private normal (seed: int) (count: int) (width: int) : torch.Tensor =
    torch.randn ([| int64 count; int64 width |], generator = new torch.Generator(uint64 seed))

let private rowsOf (tensor: torch.Tensor) =
    numbers tensor |> List.chunkBySize (int tensor.shape[1])

/// The specification of all squared distances, N x M.
let private allSquares a b =
    [ for x in rowsOf a ->
          [ for y in rowsOf b -> List.sum (List.map2 (fun p q -> (p - q) ** 2.0) x y) ] ]

let private distances =
    testList
        "distances"
        [ testProperty "are those of the definition, in the order of the rows"
          <| fun (PositiveInt seed) ->
              let a, b = normal seed 7 3 + 2.0, normal (seed + 1) 5 3 + 2.0

              let rows =
                  Distances.mapRows (fun row values -> row, values.ToArray()) a b |> List.ofArray

              Expect.equal (List.map fst rows) [ 0..6 ] "the rows"

              for (_, values), expected in List.zip rows (allSquares a b) do
                  for value, expected in Seq.zip values expected do
                      close 1e-4 (float value) expected "squared"

          testCase "of many rows go over blocks"
          <| fun () ->
              // 3,000 x 3,000 is more than a block holds.
              let points = torch.arange(3000.0.ToScalar()).reshape(3000L, 1L)

              let sums =
                  Distances.mapRows (fun row values -> values[row], values[0]) points points

              Expect.all sums (fun (self, _) -> self = 0f) "the diagonal"
              close 1e-3 (float (snd sums[2999])) (2999.0 ** 2.0) "the corner"

          testProperty "the k-th neighbour is the k-th smallest distance to others"
          <| fun (PositiveInt seed) ->
              let points = normal seed 12 4
              let k = 1 + seed % 5

              let expected =
                  allSquares points points
                  |> List.mapi (fun i row ->
                      row |> List.removeAt i |> List.sort |> List.item (k - 1))

              for actual, expected in Seq.zip (Distances.toNeighbour k points) expected do
                  close 1e-4 (float actual) expected "squared distance"

          testCase "a row's copies are neighbours, the row itself is not"
          <| fun () ->
              let points = matrix [ [ 1.0 ]; [ 1.0 ]; [ 4.0 ] ]
              Expect.equal (Distances.toNeighbour 1 points) [| 0f; 0f; 9f |] "k = 1"
              Expect.equal (Distances.toNeighbour 2 points) [| 9f; 9f; 9f |] "k = 2"

              Expect.throwsT<System.ArgumentException>
                  (fun () -> Distances.toNeighbour 3 points |> ignore)
                  "three rows have no third neighbour"

          testCase "a copied image's nearest is its original, at distance 0"
          <| fun () ->
              let training = images 1 500 784

              let copies =
                  torch.cat ([| training.narrow (0L, 123L, 1L); training.narrow (0L, 7L, 1L) |], 0L)

              let shifted = copies + 0.01
              let nearest = Distances.nearest (torch.cat ([| copies; shifted |], 0L)) training
              Expect.equal (nearest |> Array.map _.Index) [| 123; 7; 123; 7 |] "the originals"
              Expect.equal (nearest |> Array.take 2 |> Array.map _.Distance) [| 0.0; 0.0 |] "exact"
              close 1e-4 nearest[2].Distance 0.28 "28 x 0.01" ]

let private manifolds =
    testList
        "manifolds"
        [ testCase "precision and recall of a case known by hand"
          <| fun () ->
              // With k = 1, 0 and 1 reach as far as 1, and 5 as far as 4 (real); 1.5 and 3 reach 1.5 far (made), 20 reaches 17.
              let real = matrix [ [ 0.0 ]; [ 1.0 ]; [ 5.0 ] ]
              let made = matrix [ [ 1.5 ]; [ 3.0 ]; [ 20.0 ] ]
              let precision, recall = Manifold.precisionRecall 1 real made
              close 1e-12 precision.Value (2.0 / 3.0) "20 lies outside"
              close 1e-12 recall.Value 1.0 "0 from 1.5 exactly, 1, and 5 from 20"
              Expect.equal (precision.Count, recall.Count) (3, 3) "counts"
              let density, coverage = Manifold.densityCoverage 1 real made
              close 1e-12 density.Value 1.0 "1.5 by two, 3 by one: 3 of 3"
              close 1e-12 coverage.Value (2.0 / 3.0) "0 reaches none within less than 1"

          testCase "equal distributions: precision equals recall, density 1, coverage 1 - 2^-5"
          <| fun () ->
              let real, made = normal 1 3000 8, normal 2 3000 8
              let density, coverage = Manifold.densityCoverage 5 real made
              close 0.03 density.Value 1.0 "density"
              close 0.01 coverage.Value (1.0 - 2.0 ** -5.0) "coverage"
              let precision, recall = Manifold.precisionRecall 3 real made
              close 0.03 precision.Value recall.Value "each way"

          testCase "a collapsed generator is precise and recalls little"
          <| fun () ->
              let real = normal 1 1500 8
              let made = normal 2 1500 8 * 0.1
              let precision, recall = Manifold.precisionRecall 3 real made
              Expect.isGreaterThan precision.Value 0.8 "precision"
              Less.than recall.Value 0.3 "recall"
              Less.than (snd (Manifold.densityCoverage 5 real made)).Value 0.3 "coverage"

          testCase "a generator of noise is not precise"
          <| fun () ->
              let precision, _ =
                  Manifold.precisionRecall 3 (normal 1 1000 8) (normal 2 1000 8 * 4.0 + 6.0)

              Less.than precision.Value 0.05 "precision" ]

let private parzen =
    testList
        "Parzen windows"
        [ testCase "one sample at the point itself, sigma 0.2, 784 dimensions: 541.35 nats"
          <| fun () ->
              let image = images 1 1 784

              close
                  1e-5
                  (Parzen.logLikelihood 0.2 image image).Value
                  541.35
                  "-784 ln(0.2 sqrt(2 pi))"

          testCase "is the log of the mean of Gaussian densities"
          <| fun () ->
              let samples = matrix [ [ 0.0 ]; [ 1.0 ] ]

              let density x =
                  exp (-0.5 * x * x / 0.25) / (0.5 * sqrt (2.0 * System.Math.PI))

              let points = [ 0.3; 1.0; -3.0 ]

              let expected = [ for x in points -> log ((density x + density (x - 1.0)) / 2.0) ]

              let measured points =
                  (Parzen.logLikelihood 0.5 samples (matrix [ for x in points -> [ x ] ])).Value

              for x, expected in List.zip points expected do
                  close 1e-4 (measured [ x ]) expected $"at {x}"

              close 1e-4 (measured points) (List.average expected) "the mean"

          testCase "far away it stays finite"
          <| fun () ->
              let far = Parzen.logLikelihood 0.1 (matrix [ [ 0.0 ] ]) (matrix [ [ 1000.0 ] ])

              close
                  1e-5
                  far.Value
                  (-0.5e8 - log (0.1 * sqrt (2.0 * System.Math.PI)))
                  "-d^2 / 2 sigma^2"

          testCase "the chosen width is the likeliest on the validation images"
          <| fun () ->
              let samples, validation = normal 1 400 2, normal 2 300 2
              let chosen = Parzen.choose Parzen.sigmas samples validation

              let best =
                  Parzen.sigmas
                  |> List.maxBy (fun sigma -> (Parzen.logLikelihood sigma samples validation).Value)

              Expect.equal chosen best "one by one"
              Expect.isGreaterThan chosen 0.1 "not the narrowest"
              Less.than chosen 1.0 "not the widest"
              Expect.equal (Parzen.sigmas.Length, Parzen.sigmas.Head) (10, 0.1) "ten, from 0.1"
              close 1e-12 (List.last Parzen.sigmas) 1.0 "to 1" ]

[<Tests>]
let tests = testList "Neighbours" [ distances; manifolds; parzen ]
