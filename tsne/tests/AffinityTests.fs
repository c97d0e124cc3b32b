module Workbench.TSne.Tests.AffinityTests

open System
open Expecto
open Workbench.Tests
open FsCheck
open MathNet.Numerics
open Workbench.NeighbourEmbedding
open Workbench.TSne.Tests.Support

/// The neighbours that comparing all pairs in double precision finds, of rows that single precision holds exactly.
let private agrees (perPoint: int) (rows: float[,]) =
    let found = Neighbours(work 2, perPoint, points rows)

    for i in 0 .. Array2D.length1 rows - 1 do
        let expected = byDistance rows i |> Array.truncate perPoint
        let actual = Array.sub found.Index (i * perPoint) perPoint
        Expect.equal actual expected $"the neighbours of point {i}"

/// Small whole numbers: many points coincide, many distances are equal, and no centring rounds anything.
let private lattice (seed: int) rows columns =
    let random = Random seed
    let cells = Array2D.init rows columns (fun _ _ -> float (random.Next 4))
    // With its opposite of each point the mean is 0.
    Array2D.init (2 * rows) columns (fun i k ->
        if i < rows then cells[i, k] else -cells[i - rows, k])

let private entropy (probabilities: seq<float32>) =
    probabilities
    |> Seq.map float
    |> Seq.sumBy (fun p -> if p > 0.0 then -p * log p else 0.0)

let private conditional perplexity perPoint rows =
    let neighbours = Neighbours(work 2, perPoint, points rows)
    neighbours, Calibration.Conditional(work 2, perplexity, neighbours)

let private dense (matrix: Affinities) =
    let values = Array2D.zeroCreate matrix.Count matrix.Count

    for i in 0 .. matrix.Count - 1 do
        for at in matrix.Start[i] .. matrix.Start[i + 1] - 1 do
            values[i, matrix.Index[at]] <- values[i, matrix.Index[at]] + float matrix.Value[at]

    values

[<Tests>]
let tests =
    testList
        "t-SNE affinities"
        [ testProperty
              "neighbours are those of an exhaustive search, ties in the order of their numbers"
          <| fun (PositiveInt seed) ->
              let random = Random seed
              let rows = lattice seed (random.Next(2, 200)) (random.Next(1, 20))
              agrees (random.Next(1, Array2D.length1 rows)) rows

          testCase "neighbours of points far from the rest are found"
          <| fun () ->
              // Two tight bunches at (1000, 0) and (-1000, 0): products alone would not tell their points apart.
              let near = normal 1 300 2

              let rows =
                  Array2D.init 600 2 (fun i k ->
                      let offset = if k = 1 then 0.0 else 1000.0
                      let sign = if i < 300 then 1.0 else -1.0
                      let step = Math.Round(near[i % 300, k] * 1024.0) / 1024.0
                      sign * (offset + step))

              agrees 20 rows

          testCase "neighbours do not depend on the unit of measurement"
          <| fun () ->
              let rows = normal 2 100 7

              let find scale =
                  Neighbours(work 1, 9, points (Array2D.map ((*) scale) rows)).Index

              let expected = find 1.0

              // Powers of two, which round nothing.
              for exponent in [ -120; -60; 60; 120 ] do
                  Expect.equal (find (2.0 ** exponent)) expected $"times 2^{exponent}"

          testCase "each point's affinities have the entropy that was asked for"
          <| fun () ->
              for perplexity in [ 1.5; 5.0; 30.0; 85.0 ] do
                  let _, p = conditional perplexity 91 (normal 3 200 6)

                  for row in Array.chunkBySize 91 p do
                      close 1e-4 (entropy row) (log perplexity) $"perplexity {perplexity}"
                      close 1e-5 (Array.sum row |> float) 1.0 "a distribution"

          testCase "coinciding points share equally, however few would do"
          <| fun () ->
              let rows = Array2D.init 60 3 (fun i _ -> float (i / 30))
              let _, p = conditional 5.0 40 rows

              for row in Array.chunkBySize 40 p do
                  for share in row[..28] do
                      close 1e-6 (float share) (1.0 / 29.0) "the 29 others at the same place"

          testCase "joint affinities are the symmetric ones, in total 1"
          <| fun () ->
              let perPoint = 12
              let neighbours, p = conditional 4.0 perPoint (normal 4 50 3)
              let joint = Affinities(work 2, neighbours, p)
              let expected = Array2D.zeroCreate 50 50

              for at in 0 .. p.Length - 1 do
                  let i, j, share = at / perPoint, neighbours.Index[at], float p[at] / 100.0
                  expected[i, j] <- expected[i, j] + share
                  expected[j, i] <- expected[j, i] + share

              let actual = dense joint

              for i in 0..49 do
                  for j in 0..49 do
                      close 1e-8 actual[i, j] expected[i, j] $"p of {i} and {j}"

              close 1e-5 (Seq.sum (Seq.cast<float> actual)) 1.0 "the total"

          testCase "principal axes are those of stretched points"
          <| fun () ->
              // Deviations 5, 3, 1, 1, ... along axes turned by 0.5 in the planes of coordinates (0, 2) and (1, 3).
              let rows =
                  normal 5 2000 9
                  |> fun z ->
                      Array2D.mapi
                          (fun _ k z ->
                              z
                              * (if k = 0 then 5.0
                                 elif k = 1 then 3.0
                                 else 1.0))
                          z

              let turned =
                  Array2D.init 2000 9 (fun i k ->
                      let c, s = cos 0.5, sin 0.5

                      match k with
                      | 0
                      | 1 -> c * rows[i, k] - s * rows[i, k + 2]
                      | 2
                      | 3 -> c * rows[i, k] + s * rows[i, k - 2]
                      | _ -> rows[i, k])

              let first, second = (PrincipalAxes.Find(work 2, points turned)).ToTuple()
              close 0.05 (abs first[0]) (cos 0.5) "first axis"
              close 0.05 (abs first[2]) (sin 0.5) "first axis"
              close 0.05 (abs second[1]) (cos 0.5) "second axis"
              close 1e-6 (Seq.sumBy (fun x -> x * x) first) 1.0 "a unit vector"
              close 1e-6 (Seq.sum (Seq.map2 (*) first second)) 0.0 "at right angles"

          testCase "principal axes are the same bits on any number of threads, Math.NET's included"
          <| fun () ->
              let rows = points (normal 6 500 37)

              let axes threads =
                  let before = Control.MaxDegreeOfParallelism
                  Control.MaxDegreeOfParallelism <- threads

                  try
                      let struct (first, second) = PrincipalAxes.Find(work threads, rows)
                      Array.map BitConverter.DoubleToInt64Bits (Array.append first second)
                  finally
                      Control.MaxDegreeOfParallelism <- before

              Expect.equal (axes 3) (axes 1) "3 threads"

          testCase "principal axes of points on a line, in one dimension, and at one place"
          <| fun () ->
              let coordinates rows =
                  let struct (first, second) = PrincipalAxes.Find(work 1, points rows)

                  first,
                  PrincipalAxes.Coordinates(points rows, first),
                  PrincipalAxes.Coordinates(points rows, second)

              let first, _, y = coordinates (Array2D.init 40 3 (fun i k -> float (i * k)))
              close 1e-6 first[2] (2.0 / sqrt 5.0) "along (0, 1, 2)"
              Expect.all y (fun y -> abs y < 1e-6) "no second direction"
              let _, x, y = coordinates (Array2D.init 40 1 (fun i _ -> float i))
              Expect.isGreaterThan (Array.last x) 0.4 "the one coordinate"
              Expect.all y ((=) 0.0) "no second direction"
              let _, x, y = coordinates (Array2D.create 40 3 7.0)
              Expect.all (Array.append x y) ((=) 0.0) "no direction at all"

          testCase "noise has mean 0, variance 1, and its own bits for each seed"
          <| fun () ->
              let noise seed =
                  List.init 10000 (fun at -> Noise.Bell(seed, at))

              close 0.03 (List.average (noise 1)) 0.0 "mean"
              close 0.03 (List.averageBy (fun x -> x * x) (noise 1)) 1.0 "variance"
              let same = List.map2 (=) (noise 1) (noise 2) |> List.filter id
              Less.than same.Length 10 "seeds have nothing in common" ]
