namespace Workbench

open MathNet.Numerics.LinearAlgebra

/// A normal distribution with any covariance, in a few dimensions.
type Normal = { Mean: float[]; Covariance: float[,] }

/// Densities, draws and the KL divergence of normal distributions, in nats.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Normal =

    let private vector (values: float[]) = Vector<float>.Build.Dense values
    let private matrix (values: float[,]) = Matrix<float>.Build.DenseOfArray values

    /// The covariance's factor, with which equations are solved; an ArgumentException where it is not positive definite.
    let private factored (normal: Normal) = (matrix normal.Covariance).Cholesky()

    /// N(0, I) in so many dimensions.
    let standard (dimensions: int) : Normal =
        { Mean = Array.zeroCreate dimensions
          Covariance = Array2D.init dimensions dimensions (fun i j -> if i = j then 1.0 else 0.0) }

    /// ln N(z; mean, covariance) = -(k ln 2 pi + ln |covariance| + (z - mean)^T covariance^-1 (z - mean)) / 2. Give it a
    /// distribution once and points often.
    let logDensity (normal: Normal) : float[] -> float =
        let covariance, mean = factored normal, vector normal.Mean

        let constant =
            float mean.Count * log (2.0 * System.Math.PI) + covariance.DeterminantLn

        fun z ->
            let away = vector z - mean
            -0.5 * (constant + away * covariance.Solve away)

    /// mean + L noise with covariance = L L^T: a draw, where `noise` is one from N(0, I).
    let draw (normal: Normal) : float[] -> float[] =
        let lower, mean = (factored normal).Factor, vector normal.Mean
        fun noise -> (mean + lower * vector noise).ToArray()

    /// KL(q || p) = (tr(P^-1 (Q - P)) + (p - q)^T P^-1 (p - q) + ln |P| - ln |Q|) / 2, with means p, q and covariances P, Q: exactly 0
    /// where they are equal.
    let kl (q: Normal) (p: Normal) : float =
        let ofQ, ofP = factored q, factored p
        let away = vector p.Mean - vector q.Mean
        let trace = (ofP.Solve(matrix q.Covariance - matrix p.Covariance)).Trace()
        let volumes = ofP.DeterminantLn - ofQ.DeterminantLn
        0.5 * (trace + away * ofP.Solve away + volumes)

    /// The normal distribution of a precision and a mean that is the covariance times a vector.
    let ofPrecision (precision: float[,]) (pull: float[]) : Normal =
        let covariance =
            (matrix precision).Cholesky().Solve(Matrix.Build.DenseIdentity pull.Length)

        { Mean = (covariance * vector pull).ToArray()
          Covariance = covariance.ToArray() }
