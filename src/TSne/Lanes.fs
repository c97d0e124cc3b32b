namespace Workbench.NeighbourEmbedding

open System.Runtime.Intrinsics

/// Vectors of eight numbers, whatever the processor's width, so that sums have the same bits everywhere.
[<RequireQualifiedAccess>]
module Lanes =
    [<Literal>]
    let Count = 8

    /// So many numbers, filled up to whole vectors.
    let padded (count: int) : int = (count + Count - 1) / Count * Count

    /// The sum of the lanes, in an order that is always the same.
    let inline sum (values: Vector256<float32>) : float32 =
        let half = values.GetLower() + values.GetUpper()
        (half.ToScalar() + half.GetElement 2) + (half.GetElement 1 + half.GetElement 3)
