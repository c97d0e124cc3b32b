namespace Workbench.NeighbourEmbedding

open System
open System.Numerics
open Workbench

/// Points in D dimensions, in single precision. A row takes `Stride` numbers: D coordinates, then zeros up to whole vectors.
type Points =
    {
        Count: int
        Dimensions: int
        Stride: int
        Rows: float32[]
        /// Squared lengths.
        Norms: float32[]
    }

/// Rows of numbers as points. Neither where they lie nor in what unit they are measured makes a difference to neighbours, so
/// points are centred and scaled (by a power of two: nothing is rounded) before single precision is asked of them.
[<RequireQualifiedAccess>]
module Points =
    /// The power of two that brings numbers up to `largest` into [-1, 1].
    let private unit (largest: float) =
        if largest = 0.0 then 1.0 else Math.ScaleB(1.0, -Math.ILogB largest - 1)

    let private largest<'T when 'T :> INumberBase<'T>> (rows: 'T[,]) =
        let mutable largest = 0.0

        for i in 0 .. Array2D.length1 rows - 1 do
            for k in 0 .. Array2D.length2 rows - 1 do
                let size = abs (Double.CreateTruncating rows[i, k])

                if not (Double.IsFinite size) then
                    BadInput.fail "point %d of %d is not finite" (i + 1) (Array2D.length1 rows)

                largest <- max largest size

        largest

    let private mean<'T when 'T :> INumberBase<'T>> (unit: float) (rows: 'T[,]) =
        let count, dimensions = Array2D.length1 rows, Array2D.length2 rows
        let sums = Array.zeroCreate<float> dimensions

        for i in 0 .. count - 1 do
            for k in 0 .. dimensions - 1 do
                sums[k] <- sums[k] + Double.CreateTruncating rows[i, k] * unit

        Array.map (fun sum -> sum / float count) sums

    let private centred<'T when 'T :> INumberBase<'T>> (stride: int) (rows: 'T[,]) =
        let unit = unit (largest rows)
        let mean = mean unit rows
        let values = Array.zeroCreate<float32>(Array2D.length1 rows * stride)

        for i in 0 .. Array2D.length1 rows - 1 do
            for k in 0 .. mean.Length - 1 do
                let value = Double.CreateTruncating rows[i, k] * unit - mean[k]
                values[i * stride + k] <- float32 value

        values

    let private rescale (values: float32[]) =
        let mutable largest = 0f

        for value in values do
            largest <- max largest (abs value)

        let unit = float32 (unit (float largest))

        for i in 0 .. values.Length - 1 do
            values[i] <- values[i] * unit

    let private norm (values: float32[]) (first: int) (stride: int) =
        let mutable sum = 0.0

        for k in first .. first + stride - 1 do
            sum <- sum + float values[k] * float values[k]

        float32 sum

    /// N x D rows of any type of number; after centring they count in single precision. Raises `BadInput` when a number is not
    /// finite or there are no numbers at all.
    let ofRows<'T when 'T :> INumberBase<'T>> (rows: 'T[,]) : Points =
        let count, dimensions = Array2D.length1 rows, Array2D.length2 rows

        if count = 0 || dimensions = 0 then
            BadInput.fail "%d points of %d dimensions: there is nothing to place" count dimensions

        let stride = Lanes.padded dimensions
        let values = centred stride rows
        rescale values

        { Count = count
          Dimensions = dimensions
          Stride = stride
          Rows = values
          Norms = Array.init count (fun i -> norm values (i * stride) stride) }
