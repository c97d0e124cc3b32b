namespace Workbench.NeighbourEmbedding

#nowarn "9" // Loops on pointers.

open System.Numerics
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// How many points are nearer to a row of the block than each of some others.
[<Sealed>]
type private RankBlock(panels: Panels, others: Neighbours, ranks: int[], first: int, last: int) =
    let points = panels.Points
    let perPoint = others.PerPoint
    let error = Distances.error points

    let distances =
        Array.init ((last - first) * perPoint) (fun at ->
            let r = first + at / perPoint
            Distances.squared points r others.Index[first * perPoint + at])

    /// Whether point j comes before point `other`, at the given squared distance, in the order of distance from the row.
    let isNearer row other (distance: float) j =
        let d = Distances.squared points row j
        d < distance || d = distance && j < other

    let count row other (distance: float) column columns (values: nativeptr<float32>) =
        use norms = fixed panels.Norms
        let norms = NativePtr.add norms column
        let norm = points.Norms[row]
        let bound = float32 distance - norm
        let margin = error * (2f * norm + float32 distance)
        let sure = Vector256.Create(bound - margin)
        let possible = Vector256.Create(bound + margin)
        let error = Vector256.Create error
        let mutable nearer = 0

        for c in 0 .. Lanes.Count .. columns - 1 do
            let d = Vector256.Load(NativePtr.add values c)
            let slack = error * Vector256.Load(NativePtr.add norms c)

            let mutable unsure =
                Vector256.LessThan(d - slack, possible).ExtractMostSignificantBits()

            if unsure <> 0u then
                let certain = Vector256.LessThan(d + slack, sure).ExtractMostSignificantBits()
                nearer <- nearer + BitOperations.PopCount certain
                unsure <- unsure &&& ~~~certain

                while unsure <> 0u do
                    let j = column + c + BitOperations.TrailingZeroCount unsure
                    nearer <- nearer + (if isNearer row other distance j then 1 else 0)
                    unsure <- unsure &&& (unsure - 1u)

        nearer

    interface IBlock with
        member _.Visit(column, columns, values) =
            for at in 0 .. distances.Length - 1 do
                let r = at / perPoint
                let target = first * perPoint + at
                let row = NativePtr.add values (r * Distances.BlockColumns)
                let nearer = count (first + r) others.Index[target] distances[at] column columns row
                ranks[target] <- ranks[target] + nearer

        member _.Finish() = ()

/// Ranks of points among all others, by distance.
[<RequireQualifiedAccess>]
module Ranks =
    /// For each point i and each j of `others` at i: how many points come before j in the order of distance from i (equal
    /// distances in the order of their numbers). 0 for the nearest.
    let find (work: Work) (points: Points) (others: Neighbours) : int[] =
        let ranks = Array.zeroCreate others.Index.Length
        let panels = Distances.panels points

        Distances.scan work panels (fun first last -> RankBlock(panels, others, ranks, first, last))

        ranks
