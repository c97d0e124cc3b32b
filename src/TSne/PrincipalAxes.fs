namespace Workbench.NeighbourEmbedding

#nowarn "9" // Loops on pointers.

open System
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop
open Workbench

/// The two directions in which points vary most, by subspace iteration with Rayleigh and Ritz's step (Halko, Martinsson and
/// Tropp, 2011).
[<RequireQualifiedAccess>]
module PrincipalAxes =
    /// Vectors that are iterated; the more of them beyond two, the faster the two converge.
    [<Literal>]
    let private Width = 16

    [<Literal>]
    let private Passes = 8

    [<Literal>]
    let private ChunkRows = 256

    /// Adds X^T X V of some rows X to `sum`; V and the sum have D rows of `Width` numbers.
    let private addProduct (points: Points) first last (vectors: float32[]) (sum: float32[]) =
        use rows = fixed points.Rows
        use vectors = fixed vectors
        use sum = fixed sum

        for i in first .. last - 1 do
            let row = NativePtr.add rows (i * points.Stride)
            let mutable low = Vector256<float32>.Zero
            let mutable high = Vector256<float32>.Zero

            for k in 0 .. points.Dimensions - 1 do
                let x = Vector256.Create(NativePtr.get row k)
                let v = NativePtr.add vectors (k * Width)
                low <- Vector256.FusedMultiplyAdd(x, Vector256.Load v, low)
                high <- Vector256.FusedMultiplyAdd(x, Vector256.Load(NativePtr.add v 8), high)

            for k in 0 .. points.Dimensions - 1 do
                let x = Vector256.Create(NativePtr.get row k)
                let s = NativePtr.add sum (k * Width)
                let t = NativePtr.add s 8
                Vector256.Store(Vector256.FusedMultiplyAdd(x, low, Vector256.Load s), s)
                Vector256.Store(Vector256.FusedMultiplyAdd(x, high, Vector256.Load t), t)

    /// X^T X V, by columns: a vector an array.
    let private product (work: Work) (points: Points) (vectors: float[][]) : float[][] =
        let rowMajor =
            Array.init (points.Dimensions * Width) (fun at ->
                float32 (Array.get vectors[at % Width] (at / Width)))

        let chunks = (points.Count + ChunkRows - 1) / ChunkRows
        let sums = Array.init chunks (fun _ -> Array.zeroCreate<float32> rowMajor.Length)

        Work.ranges work ChunkRows points.Count (fun first last ->
            addProduct points first last rowMajor sums[first / ChunkRows])

        Array.init Width (fun v ->
            Array.init points.Dimensions (fun k ->
                sums |> Array.sumBy (fun sum -> float sum[k * Width + v])))

    let private dot (a: float[]) (b: float[]) =
        let mutable sum = 0.0

        for k in 0 .. a.Length - 1 do
            sum <- sum + a[k] * b[k]

        sum

    let private addScaled (factor: float) (a: float[]) (b: float[]) =
        Array.map2 (fun a b -> a + factor * b) a b

    /// Gram and Schmidt's, each vector cleared of the earlier ones twice; one that was in their span becomes zero.
    let private orthonormal (vectors: float[][]) : float[][] =
        let clear (earlier: float[] list) vector =
            (vector, earlier)
            ||> List.fold (fun vector e -> addScaled -(dot e vector) vector e)

        let add (earlier: float[] list) vector =
            let length = sqrt (dot vector vector)
            let cleared = vector |> clear earlier |> clear earlier
            let rest = sqrt (dot cleared cleared)
            let factor = if rest > 1e-6 * length then 1.0 / rest else 0.0
            Array.map ((*) factor) cleared :: earlier

        vectors |> Array.fold add [] |> List.rev |> Array.ofList

    /// Jacobi's method: the eigenvectors of a small symmetric matrix, that of the largest eigenvalue first.
    let private eigenvectors (matrix: float[,]) : float[][] =
        let n = Array2D.length1 matrix
        let a = Array2D.copy matrix

        let vectors =
            Array.init n (fun i -> Array.init n (fun k -> if i = k then 1.0 else 0.0))

        let rotate p q =
            let theta = 0.5 * Math.Atan2(2.0 * a[p, q], a[p, p] - a[q, q])
            let c, s = cos theta, sin theta

            for k in 0 .. n - 1 do
                let x, y = a[k, p], a[k, q]
                a[k, p] <- c * x + s * y
                a[k, q] <- c * y - s * x

            for k in 0 .. n - 1 do
                let x, y = a[p, k], a[q, k]
                a[p, k] <- c * x + s * y
                a[q, k] <- c * y - s * x
                let x, y = vectors[p][k], vectors[q][k]
                vectors[p][k] <- c * x + s * y
                vectors[q][k] <- c * y - s * x

        for _ in 1..12 do
            for p in 0 .. n - 2 do
                for q in p + 1 .. n - 1 do
                    rotate p q

        [| 0 .. n - 1 |]
        |> Array.sortBy (fun i -> -a[i, i])
        |> Array.map (Array.get vectors)

    /// Of a vector and its opposite the one whose largest number is positive.
    let private signed (vector: float[]) =
        if Array.maxBy abs vector < 0.0 then Array.map (~-) vector else vector

    let private start (seed: int) dimensions =
        let random = SplitMix(uint64 seed)
        Array.init Width (fun _ -> Array.init dimensions (fun _ -> random.Bell()))

    /// The first two principal axes, unit vectors of D numbers; the second one is zero where points lie on a line, both where
    /// they coincide.
    let find (work: Work) (seed: int) (points: Points) : float[] * float[] =
        let next = product work points >> orthonormal

        let basis =
            Seq.fold (fun basis _ -> next basis) (start seed points.Dimensions) (seq { 1..Passes })

        let image = product work points basis
        let inner = Array2D.init Width Width (fun i k -> dot basis[i] image[k])

        let axis (weights: float[]) =
            Array.map2 (fun weight vector -> Array.map ((*) weight) vector) weights basis
            |> Array.reduce (Array.map2 (+))
            |> signed

        let axes = eigenvectors inner
        axis axes[0], axis axes[1]

    /// The points' coordinates along an axis.
    let coordinates (points: Points) (axis: float[]) : float[] =
        Array.init points.Count (fun i ->
            let mutable sum = 0.0

            for k in 0 .. points.Dimensions - 1 do
                sum <- sum + axis[k] * float points.Rows[i * points.Stride + k]

            sum)
