namespace Workbench

/// The lower triangular factor of a small symmetric positive definite matrix, and what is computed from it.
[<RequireQualifiedAccess>]
module internal Cholesky =

    /// L with A = L L^T.
    let factor (a: float[,]) : float[,] =
        let size = Array2D.length1 a
        let lower = Array2D.zeroCreate size size

        for i in 0 .. size - 1 do
            for j in 0..i do
                let known = Array.init j (fun k -> lower[i, k] * lower[j, k])
                let rest = a[i, j] - Array.sum known

                if i = j && not (rest > 0.0) then
                    invalidArg (nameof a) "the matrix is not positive definite"

                lower[i, j] <- if i = j then sqrt rest else rest / lower[j, j]

        lower

    /// ln |A|.
    let logDeterminant (lower: float[,]) : float =
        2.0 * Seq.sum (Seq.init (Array2D.length1 lower) (fun i -> log lower[i, i]))

    /// L v.
    let times (lower: float[,]) (v: float[]) : float[] =
        Array.init v.Length (fun i ->
            let mutable sum = 0.0

            for j in 0..i do
                sum <- sum + lower[i, j] * v[j]

            sum)

    /// L^-1 v.
    let solve (lower: float[,]) (v: float[]) : float[] =
        let y = Array.zeroCreate v.Length

        for i in 0 .. v.Length - 1 do
            let mutable rest = v[i]

            for j in 0 .. i - 1 do
                rest <- rest - lower[i, j] * y[j]

            y[i] <- rest / lower[i, i]

        y

    /// A^-1, as the sum of the outer products of L^-1's rows.
    let inverse (lower: float[,]) : float[,] =
        let size = Array2D.length1 lower

        let columns =
            Array.init size (fun j ->
                solve lower (Array.init size (fun i -> if i = j then 1.0 else 0.0)))

        Array2D.init size size (fun i j -> Array.sum (Array.map2 (*) columns[i] columns[j]))

/// A normal distribution with any covariance, in a few dimensions.
type Normal = { Mean: float[]; Covariance: float[,] }

/// Densities, draws and the KL divergence of normal distributions, in nats.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Normal =

    let private squares (v: float[]) = Array.sumBy (fun x -> x * x) v

    /// N(0, I) in so many dimensions.
    let standard (dimensions: int) : Normal =
        { Mean = Array.zeroCreate dimensions
          Covariance = Array2D.init dimensions dimensions (fun i j -> if i = j then 1.0 else 0.0) }

    /// ln N(z; mean, covariance) = -(k ln 2 pi + ln |covariance| + (z - mean)^T covariance^-1 (z - mean)) / 2. Give it a
    /// distribution once and points often.
    let logDensity (normal: Normal) : float[] -> float =
        let lower = Cholesky.factor normal.Covariance
        let size = float normal.Mean.Length

        let constant = size * log (2.0 * System.Math.PI) + Cholesky.logDeterminant lower

        fun z ->
            let distance = squares (Cholesky.solve lower (Array.map2 (-) z normal.Mean))
            -0.5 * (constant + distance)

    /// mean + L noise with covariance = L L^T: a draw, where `noise` is one from N(0, I).
    let draw (normal: Normal) : float[] -> float[] =
        let lower = Cholesky.factor normal.Covariance
        fun noise -> Array.map2 (+) normal.Mean (Cholesky.times lower noise)

    /// KL(q || p) = (tr(P^-1 Q) + (p - q)^T P^-1 (p - q) - k + ln |P| - ln |Q|) / 2, with means p, q and covariances P, Q.
    let kl (q: Normal) (p: Normal) : float =
        let lowerQ, lowerP = Cholesky.factor q.Covariance, Cholesky.factor p.Covariance
        let size = q.Mean.Length

        let trace =
            Seq.sum (Seq.init size (fun j -> squares (Cholesky.solve lowerP lowerQ[*, j])))

        let distance = squares (Cholesky.solve lowerP (Array.map2 (-) p.Mean q.Mean))
        let volumes = Cholesky.logDeterminant lowerP - Cholesky.logDeterminant lowerQ
        0.5 * (trace + distance - float size + volumes)
