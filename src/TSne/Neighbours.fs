namespace Workbench.NeighbourEmbedding

#nowarn "9" // Loops on pointers.

open System
open System.Numerics
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// The nearest neighbours of each point, itself not counted: `PerPoint` of them, from the nearest to the farthest; of equally
/// far ones that with the smaller number comes first.
type Neighbours =
    {
        PerPoint: int
        Index: int[]
        /// Squared distances.
        Distance: float[]
    }

/// Candidates for the neighbours of one point: those whose distance from the product may still be small enough.
[<Sealed>]
type private Candidates(points: Points, row: int, wanted: int) =
    let mutable keys =
        Array.zeroCreate<float32>(2 * wanted + 2 * Distances.BlockColumns)

    let mutable items = Array.zeroCreate<int> keys.Length
    let mutable count = 0
    let mutable limit = Single.PositiveInfinity

    /// Hoare's algorithm FIND (1961): afterwards no earlier number is larger than that at `place`, no later one smaller.
    static let find (values: float32[]) (count: int) (place: int) =
        let mutable low = 0
        let mutable high = count - 1

        while low < high do
            let pivot = values[place]
            let mutable i = low
            let mutable j = high

            while i <= j do
                while values[i] < pivot do
                    i <- i + 1

                while pivot < values[j] do
                    j <- j - 1

                if i <= j then
                    let value = values[i]
                    values[i] <- values[j]
                    values[j] <- value
                    i <- i + 1
                    j <- j - 1

            if j < place then
                low <- i

            if place < i then
                high <- j

        values[place]

    static let append
        (values: nativeptr<float32>)
        (columns: int)
        (column: int)
        (limit: float32)
        (keys: float32[])
        (items: int[])
        (start: int)
        =
        let limit = Vector256.Create limit
        let mutable count = start

        for c in 0 .. Lanes.Count .. columns - 1 do
            let near = Vector256.LessThan(Vector256.Load(NativePtr.add values c), limit)
            let mutable mask = near.ExtractMostSignificantBits()

            while mask <> 0u do
                let at = c + BitOperations.TrailingZeroCount mask
                keys[count] <- NativePtr.get values at
                items[count] <- column + at
                count <- count + 1
                mask <- mask &&& (mask - 1u)

        count

    /// Of equally far items that with the smaller number comes first.
    static let settleTies (distances: float[]) (items: int[]) =
        let mutable start = 0

        for next in 1 .. distances.Length do
            if next = distances.Length || distances[next] > distances[start] then
                if next - start > 1 then
                    Array.Sort(items, start, next - start)

                start <- next

    /// Keeps those that may be among the nearest `wanted`. Distances d from products err by up to
    /// e (|a|^2 + |b|^2), and |b|^2 <= 2 |a|^2 + 2 d: what is beyond the limit here is surely farther than `wanted` others.
    let prune () =
        if count > wanted then
            let farthest = find (Array.sub keys 0 count) count (wanted - 1)
            let norm = points.Norms[row]
            let slack = 8f * Distances.error points * (norm + max 0f (farthest + norm))
            limit <- MathF.BitIncrement(farthest + slack)
            let mutable kept = 0

            for i in 0 .. count - 1 do
                if keys[i] < limit then
                    keys[kept] <- keys[i]
                    items[kept] <- items[i]
                    kept <- kept + 1

            count <- kept

    let makeRoom () =
        prune ()

        if count + Distances.BlockColumns > keys.Length then
            Array.Resize(&keys, 2 * keys.Length)
            Array.Resize(&items, keys.Length)

    member _.Visit(column: int, columns: int, values: nativeptr<float32>) =
        if count + columns > keys.Length then
            makeRoom ()

        count <- append values columns column limit keys items count

    /// The nearest items, at least those wanted, and their distances, measured again without the product.
    member _.Nearest() : struct (float[] * int[]) =
        prune ()
        let nearest = Array.sub items 0 count
        let distances = Array.map (Distances.squared points row) nearest
        Array.Sort(distances, nearest)
        settleTies distances nearest
        struct (distances, nearest)

[<Sealed>]
type private NeighbourBlock(target: Neighbours, points: Points, first: int, last: int) =
    let candidates =
        Array.init (last - first) (fun r -> Candidates(points, first + r, target.PerPoint))

    interface IBlock with
        member _.Visit(column, columns, values) =
            for r in 0 .. candidates.Length - 1 do
                let row = NativePtr.add values (r * Distances.BlockColumns)
                candidates[r].Visit(column, columns, row)

        member _.Finish() =
            for r in 0 .. candidates.Length - 1 do
                let struct (distances, items) = candidates[r].Nearest()
                let start = (first + r) * target.PerPoint
                Array.Copy(items, 0, target.Index, start, target.PerPoint)
                Array.Copy(distances, 0, target.Distance, start, target.PerPoint)

/// Exact nearest neighbours by comparing all pairs.
[<RequireQualifiedAccess>]
module Neighbours =
    /// The nearest `perPoint` (less than the number of points) of each point.
    let find (work: Work) (perPoint: int) (points: Points) : Neighbours =
        let target =
            { PerPoint = perPoint
              Index = Array.zeroCreate (points.Count * perPoint)
              Distance = Array.zeroCreate (points.Count * perPoint) }

        Distances.scan work (Distances.panels points) (fun first last ->
            NeighbourBlock(target, points, first, last))

        target
