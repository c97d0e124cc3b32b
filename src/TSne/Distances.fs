namespace Workbench.NeighbourEmbedding

#nowarn "9" // Loops on pointers.

open System
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// Points as the columns of a matrix product: panels of 24, coordinate by coordinate, the last one filled up with points that
/// are infinitely far.
type Panels =
    { Points: Points
      Panel: float32[]
      Norms: float32[] }

/// What becomes of the distances of a block of points (rows) to all points (columns).
type IBlock =
    /// Row r of the block and column `column + c` (c < columns): `values[r * Distances.BlockColumns + c]` is their squared
    /// distance, less the row's own squared length; infinite for the row itself and for columns past the last point.
    abstract Visit: column: int * columns: int * values: nativeptr<float32> -> unit
    /// All columns were seen.
    abstract Finish: unit -> unit

/// Squared Euclidean distances between all pairs, |a|^2 + |b|^2 - 2ab: a matrix product, of which a block is kept at a time.
[<RequireQualifiedAccess>]
module Distances =
    [<Literal>]
    let private PanelColumns = 24

    [<Literal>]
    let private TileRows = 4

    /// The most rows of a block.
    [<Literal>]
    let BlockRows = 64

    /// The most columns that a block sees at once: ten panels.
    [<Literal>]
    let BlockColumns = 240

    /// Squared distances from products differ from the true ones by at most this times (|a|^2 + |b|^2): D + 16 roundings, of
    /// which each may err by half of 2^-23, and as much again to be safe.
    let error (points: Points) : float32 =
        float32 (points.Dimensions + 16) * MathF.ScaleB(1f, -23)

    let private fill (points: Points) (panel: float32[]) (norms: float32[]) first last =
        for j in first .. last - 1 do
            let start = j / PanelColumns * points.Dimensions * PanelColumns + j % PanelColumns
            norms[j] <- points.Norms[j]

            for k in 0 .. points.Dimensions - 1 do
                panel[start + k * PanelColumns] <- points.Rows[j * points.Stride + k]

    /// Lays points out for products.
    let panels (points: Points) : Panels =
        let columns = (points.Count + PanelColumns - 1) / PanelColumns * PanelColumns
        let panel = Array.zeroCreate (columns * points.Dimensions)
        let norms = Array.create columns Single.PositiveInfinity
        fill points panel norms 0 points.Count

        { Points = points
          Panel = panel
          Norms = norms }

    /// Four rows by a panel: norm - 2 times the product.
    let private tile
        (depth: int)
        (a: nativeptr<float32>)
        (b: nativeptr<float32>)
        (c: nativeptr<float32>)
        (d: nativeptr<float32>)
        (panel: nativeptr<float32>)
        (norms: nativeptr<float32>)
        (target: nativeptr<float32>)
        =
        let mutable a0 = Vector256<float32>.Zero
        let mutable a1 = Vector256<float32>.Zero
        let mutable a2 = Vector256<float32>.Zero
        let mutable b0 = Vector256<float32>.Zero
        let mutable b1 = Vector256<float32>.Zero
        let mutable b2 = Vector256<float32>.Zero
        let mutable c0 = Vector256<float32>.Zero
        let mutable c1 = Vector256<float32>.Zero
        let mutable c2 = Vector256<float32>.Zero
        let mutable d0 = Vector256<float32>.Zero
        let mutable d1 = Vector256<float32>.Zero
        let mutable d2 = Vector256<float32>.Zero
        let mutable p = panel

        for k in 0 .. depth - 1 do
            let p0 = Vector256.Load p
            let p1 = Vector256.Load(NativePtr.add p 8)
            let p2 = Vector256.Load(NativePtr.add p 16)
            p <- NativePtr.add p PanelColumns
            let x = Vector256.Create(NativePtr.get a k)
            a0 <- Vector256.FusedMultiplyAdd(x, p0, a0)
            a1 <- Vector256.FusedMultiplyAdd(x, p1, a1)
            a2 <- Vector256.FusedMultiplyAdd(x, p2, a2)
            let x = Vector256.Create(NativePtr.get b k)
            b0 <- Vector256.FusedMultiplyAdd(x, p0, b0)
            b1 <- Vector256.FusedMultiplyAdd(x, p1, b1)
            b2 <- Vector256.FusedMultiplyAdd(x, p2, b2)
            let x = Vector256.Create(NativePtr.get c k)
            c0 <- Vector256.FusedMultiplyAdd(x, p0, c0)
            c1 <- Vector256.FusedMultiplyAdd(x, p1, c1)
            c2 <- Vector256.FusedMultiplyAdd(x, p2, c2)
            let x = Vector256.Create(NativePtr.get d k)
            d0 <- Vector256.FusedMultiplyAdd(x, p0, d0)
            d1 <- Vector256.FusedMultiplyAdd(x, p1, d1)
            d2 <- Vector256.FusedMultiplyAdd(x, p2, d2)

        let minusTwo = Vector256.Create -2f

        let inline store row at (product: Vector256<float32>) =
            let norm = Vector256.Load(NativePtr.add norms at)
            let distance = Vector256.FusedMultiplyAdd(minusTwo, product, norm)
            Vector256.Store(distance, NativePtr.add target (row * BlockColumns + at))

        store 0 0 a0
        store 0 8 a1
        store 0 16 a2
        store 1 0 b0
        store 1 8 b1
        store 1 16 b2
        store 2 0 c0
        store 2 8 c1
        store 2 16 c2
        store 3 0 d0
        store 3 8 d1
        store 3 16 d2

    /// The distances of rows to `columns` columns from `column` on.
    let private fillBlock (panels: Panels) first last column columns (values: nativeptr<float32>) =
        let points = panels.Points
        use rows = fixed points.Rows
        use panel = fixed panels.Panel
        use norms = fixed panels.Norms

        let row i =
            NativePtr.add rows (min i (points.Count - 1) * points.Stride)

        for j in column..PanelColumns .. column + columns - 1 do
            for i in first..TileRows .. last - 1 do
                let target = NativePtr.add values ((i - first) * BlockColumns + j - column)
                let panel = NativePtr.add panel (j * points.Dimensions)
                let norms = NativePtr.add norms j

                tile
                    points.Dimensions
                    (row i)
                    (row (i + 1))
                    (row (i + 2))
                    (row (i + 3))
                    panel
                    norms
                    target

        for i in max first column .. min last (column + columns) - 1 do
            let self = NativePtr.add values ((i - first) * BlockColumns + i - column)
            NativePtr.write self Single.PositiveInfinity

    /// Shows each block of rows, `block first last`, all its distances, from the first column to the last.
    let scan (work: Work) (panels: Panels) (block: int -> int -> IBlock) : unit =
        Work.ranges work BlockRows panels.Points.Count (fun first last ->
            let block = block first last
            let values = GC.AllocateUninitializedArray<float32>(BlockRows * BlockColumns)
            use values = fixed values

            for column in 0..BlockColumns .. panels.Norms.Length - 1 do
                let columns = min BlockColumns (panels.Norms.Length - column)
                fillBlock panels first last column columns values
                block.Visit(column, columns, values)

            block.Finish())

    /// The squared distance of two points, in double precision.
    let squared (points: Points) (i: int) (j: int) : float =
        use rows = fixed points.Rows
        let a = NativePtr.add rows (i * points.Stride)
        let b = NativePtr.add rows (j * points.Stride)
        let mutable low = Vector256<float>.Zero
        let mutable high = Vector256<float>.Zero

        for k in 0 .. Lanes.Count .. points.Stride - 1 do
            let x = Vector256.Load(NativePtr.add a k)
            let y = Vector256.Load(NativePtr.add b k)
            let d = Vector256.WidenLower x - Vector256.WidenLower y
            low <- Vector256.FusedMultiplyAdd(d, d, low)
            let d = Vector256.WidenUpper x - Vector256.WidenUpper y
            high <- Vector256.FusedMultiplyAdd(d, d, high)

        let sum = low + high
        let half = sum.GetLower() + sum.GetUpper()
        half.ToScalar() + half.GetElement 1
