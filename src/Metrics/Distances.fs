namespace Workbench

open System
open System.Threading.Tasks
open TorchSharp

/// A row's nearest row in another set, and how far it is (Euclidean).
type Neighbour = { Index: int; Distance: float }

/// Euclidean distances between the rows of two matrices, a block of rows at a time: 10,000 rows against 10,000 never are
/// a matrix in memory.
[<RequireQualifiedAccess>]
module Distances =

    /// Numbers of a block (16 MB).
    let private blockSize = 1L <<< 22

    let private squaredNorms (rows: torch.Tensor) = rows.square().sum 1L

    /// |a|^2 + |b|^2 - 2 a b, which rounding may leave below 0.
    let private squares (rows: torch.Tensor) (target: torch.Tensor) (norms: torch.Tensor) =
        let products = rows.matmul (target.t ())
        let all = (squaredNorms rows).unsqueeze 1L + norms - products * 2.0
        all.clamp_min (0.0.ToScalar())

    /// For each row of N x d `rows`, what `measure` makes of its number and of its squared distances to all M rows of `target`
    /// (float32, good to about 1e-6 of the largest squared norm). Several rows are measured at once.
    let mapRows
        (measure: int -> ArraySegment<float32> -> 'T)
        (rows: torch.Tensor)
        (target: torch.Tensor)
        : 'T[] =
        if rows.shape[1] <> target.shape[1] then
            invalidArg (nameof target) $"rows of {rows.shape[1]} and of {target.shape[1]} numbers"

        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let count, width = rows.shape[0], int target.shape[0]
        // Distances stay and norms shrink when the middle moves to 0; what is lost in the difference shrinks with them.
        let middle = target.mean [| 0L |]
        let target = target - middle
        let norms = squaredNorms target
        let height = max 1L (blockSize / int64 width)
        let results = Array.zeroCreate<'T>(int count)

        for start in 0L .. height .. count - 1L do
            use _ = torch.NewDisposeScope()
            let block = rows.narrow (0L, start, min height (count - start)) - middle
            let values = (squares block target norms).data<float32>().ToArray()

            let measureRow row =
                results[int start + row] <-
                    measure (int start + row) (ArraySegment(values, row * width, width))

            Parallel.For(0, int block.shape[0], measureRow) |> ignore

        results

    /// The k-th smallest number, one of them left out.
    let private kthSmallest k skipped (values: ArraySegment<float32>) =
        let smallest = Array.create k infinityf
        let values = values.AsSpan()

        for i in 0 .. values.Length - 1 do
            if values[i] < smallest[k - 1] && i <> skipped then
                let mutable place = k - 1

                while place > 0 && smallest[place - 1] > values[i] do
                    smallest[place] <- smallest[place - 1]
                    place <- place - 1

                smallest[place] <- values[i]

        smallest[k - 1]

    /// The squared distance of each of N > k rows to its k-th nearest other row.
    let toNeighbour (k: int) (rows: torch.Tensor) : float32[] =
        if rows.shape[0] <= int64 k then
            invalidArg (nameof rows) $"{rows.shape[0]} rows have no neighbour number {k}"

        mapRows (kthSmallest k) rows rows

    let private indexOfSmallest (values: ArraySegment<float32>) =
        let values = values.AsSpan()
        let mutable best = 0

        for i in 1 .. values.Length - 1 do
            if values[i] < values[best] then
                best <- i

        best

    /// The nearest row of `target` for each row.
    let nearest (rows: torch.Tensor) (target: torch.Tensor) : Neighbour[] =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let indices = mapRows (fun _ -> indexOfSmallest) rows target
        // Once more without the difference of large numbers: a copy is at distance 0.
        let neighbours = target.index_select (0L, torch.tensor (Array.map int64 indices))

        let distances =
            (rows - neighbours).square().sum(1L).sqrt().data<float32>().ToArray()

        Array.map2
            (fun index distance ->
                { Index = index
                  Distance = float distance })
            indices
            distances
