namespace Workbench

open MathNet.Numerics.LinearAlgebra
open TorchSharp

/// The Gaussian that a set of features is taken for.
type GaussianFit =
    {
        /// The mean of each feature.
        Centre: float[]
        /// Between each two features, over n - 1.
        Covariance: Matrix<float>
        Count: int
    }

/// The Frechet distance (the squared 2-Wasserstein distance) of two sets of features taken for Gaussians (Heusel et al., 2017).
/// It shrinks as the sets grow, so figures compare for equal counts only.
[<RequireQualifiedAccess>]
module Frechet =

    /// Each of so many parts of a set is left out once to see how far the distance moves.
    let private parts = 10

    /// The Gaussian of N x d features with N >= 2.
    let fit (features: torch.Tensor) : GaussianFit =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let count, width = features.shape[0], int features.shape[1]

        if count < 2L then
            invalidArg (nameof features) "a covariance needs two rows at least"

        let rows = features.to_type (torch.float64)
        let mean = rows.mean [| 0L |]
        let centred = rows - mean
        let covariance = centred.t().matmul(centred) / float (count - 1L)

        { Centre = mean.data<float>().ToArray()
          Covariance = Matrix.Build.Dense(width, width, covariance.data<float>().ToArray())
          Count = int count }

    /// A factor L of a covariance L L^T: eigenvectors times roots of eigenvalues. Cholesky's would not be there where features are
    /// dead or fewer images than features. Negative eigenvalues, which rounding may leave, count as 0.
    let private factor (fit: GaussianFit) =
        let parts = fit.Covariance.Evd Symmetricity.Symmetric
        let roots = parts.EigenValues.Map(fun value -> sqrt (max 0.0 value.Real))
        parts.EigenVectors * Matrix.Build.DiagonalOfDiagonalVector roots

    /// From the factor of the first covariance, which many distances may share. The eigenvalues of C1 C2 are the squares of the
    /// singular values of L1^T L2.
    let private distanceFrom (a: GaussianFit) (factorOfA: Matrix<float>) (b: GaussianFit) =
        let means = Array.map2 (fun x y -> (x - y) ** 2.0) a.Centre b.Centre |> Array.sum
        let mixed = factorOfA.TransposeThisAndMultiply(factor b).Svd(false).S.Sum()
        max 0.0 (means + a.Covariance.Trace() + b.Covariance.Trace() - 2.0 * mixed)

    let private checkWidths (a: GaussianFit) (b: GaussianFit) =
        if a.Centre.Length <> b.Centre.Length then
            invalidArg (nameof b) $"{a.Centre.Length} features and {b.Centre.Length} do not compare"

    /// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)).
    let distance (a: GaussianFit) (b: GaussianFit) : float =
        checkWidths a b
        distanceFrom a (factor a) b

    /// How far codes, N x d, are from N(0, I): 0 where their mean is 0 and their covariance I.
    let fromStandardNormal (codes: torch.Tensor) : float =
        let width = int codes.shape[1]

        distance
            { Count = 0 // of no sample: the distribution itself
              Centre = Array.zeroCreate width
              Covariance = Matrix.Build.DenseIdentity width }
            (fit codes)

    /// The distance of made features, N x d with N >= 20, from a fit to real ones. The standard error is of the made images
    /// alone: by the jackknife that leaves out one tenth at a time (Efron and Tibshirani, 1993, section 11.5).
    let estimate (real: GaussianFit) (made: torch.Tensor) : Estimate =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let count = int made.shape[0]

        if count < 2 * parts then
            invalidArg (nameof made) $"{count} rows are too few: {2 * parts} at least"

        let factorOfReal = factor real

        let distanceTo (rows: torch.Tensor) =
            let fit = fit rows
            checkWidths real fit
            distanceFrom real factorOfReal fit

        // Shuffled, since sets often lie in some order: MNIST's training images come from two sources by turns.
        let order =
            torch.randperm (int64 count, generator = Random.generator 0 Random.Split 1)

        let order = order.data<int64>().ToArray()

        let without part =
            let kept = order |> Array.indexed |> Array.filter (fun (i, _) -> i % parts <> part)
            distanceTo (made.index_select (0L, torch.tensor (Array.map snd kept)))

        let others = Array.init parts without
        let mean = Array.average others
        let squares = others |> Array.sumBy (fun other -> (other - mean) ** 2.0)

        { Value = distanceTo made
          StandardError = sqrt (squares * float (parts - 1) / float parts)
          Count = count }
