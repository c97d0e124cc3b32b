namespace Workbench

open System
open System.Runtime.InteropServices
open System.Threading.Tasks
open MathNet.Numerics.LinearAlgebra
open TorchSharp

/// The Gaussian that a set of so many features is taken for: their means, and covariances over n - 1.
type GaussianFit =
    { Centre: float[]
      Covariance: Matrix<float>
      Count: int }

/// The Frechet distance (the squared 2-Wasserstein distance) of two sets of features taken for Gaussians (Heusel et al., 2017).
/// It shrinks as the sets grow, so figures compare for equal counts only.
[<RequireQualifiedAccess>]
module Frechet =

    /// The Gaussian of N x d features with N >= 2.
    let fit (features: Tensor) : GaussianFit =
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

    /// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). Give it a fit once and others often.
    let distance (a: GaussianFit) : GaussianFit -> float =
        let factorOfA = factor a

        fun b ->
            if a.Centre.Length <> b.Centre.Length then
                invalidArg
                    (nameof b)
                    $"{a.Centre.Length} features and {b.Centre.Length} do not compare"

            let means = Array.map2 (fun x y -> (x - y) ** 2.0) a.Centre b.Centre |> Array.sum
            // The eigenvalues of C1 C2 are the squares of the singular values of L1^T L2.
            let mixed = factorOfA.TransposeThisAndMultiply(factor b).Svd(false).S.Sum()
            max 0.0 (means + a.Covariance.Trace() + b.Covariance.Trace() - 2.0 * mixed)

    /// How far codes, N x d, are from N(0, I): 0 where their mean is 0 and their covariance I.
    let fromStandardNormal (codes: Tensor) : float =
        let width = int codes.shape[1]

        distance
            { Count = 0 // of no sample: the distribution itself
              Centre = Array.zeroCreate width
              Covariance = Matrix.Build.DenseIdentity width }
            (fit codes)

    /// The distance of made features, N x d with N >= 20, from a fit to real ones. The standard error is of the made images
    /// alone: by the jackknife that leaves out a twentieth at a time (Efron and Tibshirani, 1993, section 11.5). It is itself known
    /// to about a sixth (1 / sqrt(2 x 19)), and the same on every engine.
    let estimate (real: GaussianFit) (made: Tensor) : Estimate =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let count, parts = int made.shape[0], 20

        if count < parts then
            invalidArg (nameof made) $"{count} rows are too few: {parts} at least"

        let distanceTo = distance real

        // Shuffled, since sets often lie in some order: MNIST's training images come from two sources by turns.
        let draws = SplitMix 0UL

        let order =
            [| 0L .. int64 count - 1L |]
            |> Array.sortBy (fun _ -> draws.Unit())
            |> Array.indexed

        let without part =
            let kept =
                [| for i, row in order do
                       if i % parts <> part then
                           row |]

            distanceTo (fit (made.index_select (0L, torch.tensor (kept, device = made.device))))

        let others = Array.init parts without
        let mean = Array.average others
        let squares = others |> Array.sumBy (fun other -> (other - mean) ** 2.0)

        { Value = distanceTo (fit made)
          StandardError = sqrt (squares * float (parts - 1) / float parts)
          Count = count }

/// A row's nearest row in another set, and how far it is (Euclidean).
type Neighbour = { Index: int; Distance: float }

/// Euclidean distances between the rows of two matrices, a block of rows at a time: 10,000 rows against 10,000 never are
/// a matrix in memory.
[<RequireQualifiedAccess>]
module Distances =

    /// Numbers of a block (16 MB).
    let private blockSize = 1L <<< 22

    let private squaredNorms (rows: Tensor) = rows.square().sum 1L

    /// For each row of N x d `rows`, what `measure` makes of its number and of its squared distances to all M rows of `target`
    /// (float32, good to about 1e-6 of the largest squared norm). Several rows are measured at once.
    let mapRows
        (measure: int -> ArraySegment<float32> -> 'T)
        (rows: Tensor)
        (target: Tensor)
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
            // |a|^2 + |b|^2 - 2 a b, which rounding may leave below 0.
            let products = block.matmul (target.t ())
            let squares = (squaredNorms block).unsqueeze 1L + norms - products * 2.0
            let squares = squares.clamp_min(0.0.ToScalar()).cpu()
            // TorchSharp's accessor copies a matrix number by number, and takes as long as all the rest.
            let values = MemoryMarshal.Cast<byte, float32>(squares.bytes).ToArray()

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
    let toNeighbour (k: int) (rows: Tensor) : float32[] =
        if rows.shape[0] <= int64 k then
            invalidArg (nameof rows) $"{rows.shape[0]} rows have no neighbour number {k}"

        mapRows (kthSmallest k) rows rows

    let internal indexOfSmallest (values: ArraySegment<float32>) =
        let values = values.AsSpan()
        let mutable best = 0

        for i in 1 .. values.Length - 1 do
            if values[i] < values[best] then
                best <- i

        best

    /// The nearest row of `target` for each row.
    let nearest (rows: Tensor) (target: Tensor) : Neighbour[] =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let indices = mapRows (fun _ -> indexOfSmallest) rows target
        // Once more without the difference of large numbers: a copy is at distance 0.

        let neighbours =
            target.index_select (0L, torch.tensor (Array.map int64 indices, device = target.device))

        (rows - neighbours).square().sum(1L).sqrt().data<float32>().ToArray()
        |> Array.map2
            (fun index distance ->
                { Index = index
                  Distance = float distance })
            indices

/// Made against real features by nearest neighbours: a feature reaches as far as its k-th nearest neighbour of its own set.
/// All figures depend on the sizes of the sets.
[<RequireQualifiedAccess>]
module Manifold =

    /// For how many a row lies within their reach, inclusive or not.
    let inline private reaching
        ([<InlineIfLambda>] within)
        (reach: float32[])
        _
        (distances: ArraySegment<float32>)
        =
        let distances = distances.AsSpan()
        let mutable count = 0

        for i in 0 .. distances.Length - 1 do
            if within distances[i] reach[i] then
                count <- count + 1

        count

    /// Whether each of M x d made features lies within the reach of one of N x d real ones, given as squared distances.
    let withinReach (reach: float32[]) (real: Tensor) (made: Tensor) : bool[] =
        Distances.mapRows (reaching (<=) reach) made real
        |> Array.map (fun count -> count > 0)

    let private within k real made =
        withinReach (Distances.toNeighbour k real) real made

    /// Improved precision and recall of N x d real and M x d made features (Kynkaanniemi et al., 2019: k = 3): the shares of made
    /// features within the reach of a real one, and of real features within the reach of a made one.
    let precisionRecall (k: int) (real: Tensor) (made: Tensor) : Estimate * Estimate =
        Estimate.share (within k real made), Estimate.share (within k made real)

    /// Density and coverage of N x d real and M x d made features (Naeem et al., 2020: k = 5), robust to outliers: how many real
    /// features reach a made one, over k, and the share of real features that reach a made one. Where made are real, 1 and 1 - 2^-k
    /// are expected.
    let densityCoverage (k: int) (real: Tensor) (made: Tensor) : Estimate * Estimate =
        let reach = Distances.toNeighbour k real
        let counts = Distances.mapRows (reaching (<) reach) made real

        let isReached row (distances: ArraySegment<float32>) =
            distances[Distances.indexOfSmallest distances] < reach[row]

        counts |> Array.map (fun count -> float count / float k) |> Estimate.ofValues,
        Estimate.share (Distances.mapRows isReached real made)

/// Parzen windows: a Gaussian of width sigma on each sample of a generator, and the log-density of images under their mean, in
/// nats per image (Breuleux et al., 2011; Goodfellow et al., 2014). Of high variance and blind to much: only to stand beside the
/// figures of the papers that print it.
[<RequireQualifiedAccess>]
module Parzen =

    /// The widths tried by Goodfellow et al.: ten from 0.1 to 1, evenly in their logarithms.
    let sigmas: float list = [ for i in 0..9 -> 10.0 ** (float i / 9.0 - 1.0) ]

    let private logDensity (pixels: float) (sigma: float) (distances: ArraySegment<float32>) =
        let scale = -0.5 / (sigma * sigma)
        let nearest = distances[Distances.indexOfSmallest distances]
        let values = distances.AsSpan()
        let mutable sum = 0.0

        for i in 0 .. values.Length - 1 do
            sum <- sum + exp (scale * float (values[i] - nearest))

        scale * float nearest + log (sum / float values.Length)
        - pixels * log (sigma * sqrt (2.0 * Math.PI))

    /// The mean log-likelihood of images, N x pixels, under windows of this width on M x pixels samples.
    let logLikelihood (sigma: float) (samples: Tensor) (images: Tensor) : Estimate =
        let pixels = float images.shape[1]

        Distances.mapRows (fun _ -> logDensity pixels sigma) images samples
        |> Estimate.ofValues

    /// The width under which images that serve for nothing else are likeliest.
    let choose (sigmas: float list) (samples: Tensor) (validation: Tensor) : float =
        let pixels = float validation.shape[1]

        let rows =
            Distances.mapRows
                (fun _ distances -> [| for sigma in sigmas -> logDensity pixels sigma distances |])
                validation
                samples

        List.indexed sigmas
        |> List.maxBy (fun (index, _) -> rows |> Array.averageBy (Array.item index))
        |> snd
