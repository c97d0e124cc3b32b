/// What tests of t-SNE share.
module Workbench.Tests.TSneSupport

open System
open System.Threading
open Workbench.NeighbourEmbedding

let work (threads: int) : Work =
    { Threads = threads
      Cancel = CancellationToken.None }

/// Normal numbers that depend on the seed alone.
let normal (seed: int) (rows: int) (columns: int) : float[,] =
    let random = Random seed

    Array2D.init rows columns (fun _ _ ->
        sqrt (-2.0 * log (1.0 - random.NextDouble()))
        * cos (2.0 * Math.PI * random.NextDouble()))

let squaredDistance (rows: float[,]) (i: int) (j: int) : float =
    Seq.sum (seq { for k in 0 .. Array2D.length2 rows - 1 -> (rows[i, k] - rows[j, k]) ** 2.0 })

/// The other points in the order of their distance from point i, then of their numbers.
let byDistance (rows: float[,]) (i: int) : int[] =
    [| 0 .. Array2D.length1 rows - 1 |]
    |> Array.filter ((<>) i)
    |> Array.sortBy (fun j -> squaredDistance rows i j, j)

/// Positions in the plane as the descent keeps them: x and y of each point in turn.
let flat (rows: float[,]) : float32[] =
    Array.init (2 * Array2D.length1 rows) (fun at -> float32 rows[at / 2, at % 2])

let relativeError (actual: seq<float>) (expected: seq<float>) : float =
    let error = Seq.fold2 (fun sum a e -> sum + (a - e) ** 2.0) 0.0 actual expected
    sqrt (error / Seq.sumBy (fun e -> e * e) expected)
