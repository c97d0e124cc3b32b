namespace Workbench.NeighbourEmbedding

open System

/// A sparse symmetric matrix P of joint probabilities, in total 1. Row i lies at `Start[i] .. Start[i + 1] - 1`; a row is filled
/// up to whole vectors with entries (i, 0).
type Affinities =
    { Start: int[]
      Index: int[]
      Value: float32[] }

/// From the neighbours of each point to the probabilities of pairs.
[<RequireQualifiedAccess>]
module Affinities =
    /// A sparse matrix of rows sorted by index, `Start` as in `Affinities`.
    let private sortedRows (neighbours: Neighbours) (values: float32[]) : Affinities =
        let index, values = Array.copy neighbours.Index, Array.copy values
        let perPoint = neighbours.PerPoint
        let count = index.Length / perPoint

        for i in 0 .. count - 1 do
            Array.Sort(index, values, i * perPoint, perPoint)

        { Start = Array.init (count + 1) (fun i -> i * perPoint)
          Index = index
          Value = values }

    let private starts (lengths: int[]) = Array.scan (+) 0 lengths

    /// The transpose, its rows sorted too.
    let private transpose (matrix: Affinities) : Affinities =
        let count = matrix.Start.Length - 1
        let lengths = Array.zeroCreate count

        for j in matrix.Index do
            lengths[j] <- lengths[j] + 1

        let start = starts lengths
        let next = Array.copy start
        let index = Array.zeroCreate matrix.Index.Length
        let values = Array.zeroCreate matrix.Index.Length

        for i in 0 .. count - 1 do
            for at in matrix.Start[i] .. matrix.Start[i + 1] - 1 do
                let j = matrix.Index[at]
                index[next[j]] <- i
                values[next[j]] <- matrix.Value[at]
                next[j] <- next[j] + 1

        { Start = start
          Index = index
          Value = values }

    /// Calls `write at j value` for the entries of row i of A + B, in order of j; their number.
    let inline private addRows (a: Affinities) (b: Affinities) i ([<InlineIfLambda>] write) =
        let mutable ka = a.Start[i]
        let mutable kb = b.Start[i]
        let mutable at = 0

        while ka < a.Start[i + 1] || kb < b.Start[i + 1] do
            let ja = if ka < a.Start[i + 1] then a.Index[ka] else Int32.MaxValue
            let jb = if kb < b.Start[i + 1] then b.Index[kb] else Int32.MaxValue
            let mutable value = 0f

            if ja <= jb then
                value <- a.Value[ka]
                ka <- ka + 1

            if jb <= ja then
                value <- value + b.Value[kb]
                kb <- kb + 1

            write at (min ja jb) value
            at <- at + 1

        at

    /// p_ij = (p(j|i) + p(i|j)) / 2N from the conditional probabilities of each point's neighbours.
    let symmetric (neighbours: Neighbours) (conditional: float32[]) : Affinities =
        let rows = sortedRows neighbours conditional
        let columns = transpose rows
        let count = rows.Start.Length - 1
        let lengths = Array.init count (fun i -> addRows rows columns i (fun _ _ _ -> ()))
        let start = lengths |> Array.map Lanes.padded |> starts
        let index = Array.zeroCreate start[count]
        let values = Array.zeroCreate start[count]
        let share = 0.5f / float32 count

        for i in 0 .. count - 1 do
            Array.Fill(index, i, start[i], start[i + 1] - start[i])

            addRows rows columns i (fun at j value ->
                index[start[i] + at] <- j
                values[start[i] + at] <- value * share)
            |> ignore

        { Start = start
          Index = index
          Value = values }

    /// The sum of p ln p.
    let negativeEntropy (matrix: Affinities) : float =
        let mutable sum = 0.0

        for p in matrix.Value do
            if p > 0f then
                sum <- sum + float p * log (float p)

        sum
