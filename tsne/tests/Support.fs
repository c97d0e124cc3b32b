/// What tests of t-SNE share. Points are N x D arrays here, of numbers that single precision holds.
module Workbench.TSne.Tests.Support

open System
open System.Threading
open Expecto
open Workbench.NeighbourEmbedding

let internal work (threads: int) : Work = Work(threads, CancellationToken.None)

let close (tolerance: float) (actual: float) (expected: float) (message: string) =
    Expect.floatClose
        { absolute = tolerance
          relative = tolerance }
        actual
        expected
        message

/// Row by row, as the library takes them.
let flat (rows: float[,]) : float32[] =
    rows |> Seq.cast<float> |> Seq.map float32 |> Array.ofSeq

let internal points (rows: float[,]) : Points =
    Points(flat rows, Array2D.length1 rows, "rows")

/// Normal numbers that depend on the seed alone.
let normal (seed: int) (rows: int) (columns: int) : float[,] =
    let random = Random seed

    Array2D.init rows columns (fun _ _ ->
        sqrt (-2.0 * log (1.0 - random.NextDouble()))
        * cos (2.0 * Math.PI * random.NextDouble())
        |> float32
        |> float)

let squaredDistance (rows: float[,]) (i: int) (j: int) : float =
    Seq.sum (seq { for k in 0 .. Array2D.length2 rows - 1 -> (rows[i, k] - rows[j, k]) ** 2.0 })

/// The other points in the order of their distance from point i, then of their numbers.
let byDistance (rows: float[,]) (i: int) : int[] =
    [| 0 .. Array2D.length1 rows - 1 |]
    |> Array.filter ((<>) i)
    |> Array.sortBy (fun j -> squaredDistance rows i j, j)

let relativeError (actual: seq<float>) (expected: seq<float>) : float =
    let error = Seq.fold2 (fun sum a e -> sum + (a - e) ** 2.0) 0.0 actual expected
    sqrt (error / Seq.sumBy (fun e -> e * e) expected)
