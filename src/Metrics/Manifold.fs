namespace Workbench

open System
open TorchSharp

/// How far made features lie where real ones do, and the other way round.
type PrecisionRecall =
    {
        /// The share of made features within the reach of a real one.
        Precision: Estimate
        /// The share of real features within the reach of a made one.
        Recall: Estimate
    }

/// The same two questions, robust to outliers, both with the reach of real features.
type DensityCoverage =
    {
        /// How many real features reach a made one, over k: 1 expected where made are real.
        Density: Estimate
        /// The share of real features that reach a made one: 1 - 2^-k expected where made are real.
        Coverage: Estimate
    }

/// Made against real features by nearest neighbours: a feature reaches as far as its k-th nearest neighbour of its own set.
/// All figures depend on the sizes of the sets.
[<RequireQualifiedAccess>]
module Manifold =

    /// For each row whether a target with its own reach reaches it.
    let private reached rows target (reach: float32[]) =
        let within _ (distances: ArraySegment<float32>) =
            let distances = distances.AsSpan()
            let mutable found = false

            for i in 0 .. distances.Length - 1 do
                found <- found || distances[i] <= reach[i]

            found

        Distances.mapRows within rows target

    /// Whether each of M x d made features lies within the reach of one of N x d real ones.
    let within (k: int) (real: torch.Tensor) (made: torch.Tensor) : bool[] =
        reached made real (Distances.toNeighbour k real)

    /// Improved precision and recall of N x d real and M x d made features (Kynkaanniemi et al., 2019: k = 3).
    let precisionRecall (k: int) (real: torch.Tensor) (made: torch.Tensor) : PrecisionRecall =
        { Precision = Estimate.share (within k real made)
          Recall = Estimate.share (within k made real) }

    /// Density and coverage of N x d real and M x d made features (Naeem et al., 2020: k = 5).
    let densityCoverage (k: int) (real: torch.Tensor) (made: torch.Tensor) : DensityCoverage =
        let reach = Distances.toNeighbour k real

        let reaching _ (distances: ArraySegment<float32>) =
            let distances = distances.AsSpan()
            let mutable count = 0

            for i in 0 .. distances.Length - 1 do
                if distances[i] < reach[i] then
                    count <- count + 1

            float count / float k

        let reaches row (distances: ArraySegment<float32>) =
            let distances = distances.AsSpan()
            let mutable found = false

            for i in 0 .. distances.Length - 1 do
                found <- found || distances[i] < reach[row]

            found

        { Density = Estimate.ofValues (Distances.mapRows reaching made real)
          Coverage = Estimate.share (Distances.mapRows reaches real made) }
