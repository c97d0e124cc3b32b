namespace Workbench

/// log p(x) and its two parts for one q and one x, in nats, each computed on its own way.
type Decomposition =
    {
        LogEvidence: float
        /// KL(q(z|x) || p(z|x)).
        Kl: float
        /// L(q; x) = E_q[log p(x, z) - log q(z|x)].
        Bound: float
    }

    /// log p(x) - KL - L: 0 up to rounding.
    member this.Residual = this.LogEvidence - this.Kl - this.Bound

/// Both bounds from the same draws: so many log weights log w(z) = log p(x, z) - log q(z|x), z ~ q, in each repetition.
type BoundEstimate =
    {
        /// Draws in a repetition, K.
        Samples: int
        /// The mean of log w: L(q; x) for every K.
        Elbo: Estimate
        /// log of the mean of w (Burda, Grosse and Salakhutdinov, 2016): L(q; x) for K = 1, nearer to log p(x) as K grows.
        Importance: Estimate
    }

/// Bounds on log p(x) from draws, in nats.
[<RequireQualifiedAccess>]
module VariationalBound =

    /// Both bounds with `samples` draws, each `repetitions` times. `draw` gives so many log weights, new ones every time.
    let repeat (repetitions: int) (draw: int -> float[]) (samples: int) : BoundEstimate =
        let pairs =
            Array.init repetitions (fun _ ->
                let logWeights = draw samples
                Array.average logWeights, Likelihood.logMeanExp logWeights)

        { Samples = samples
          Elbo = Estimate.ofValues (Array.map fst pairs)
          Importance = Estimate.ofValues (Array.map snd pairs) }

    /// 1, 2, 5, 10, 20, 50, ... below `most`, and `most`.
    let sampleCounts (most: int) : int list =
        let rec up (unit: int64) =
            match [ unit; 2L * unit; 5L * unit ] |> List.filter (fun n -> n < int64 most) with
            | [] -> []
            | counts -> counts @ up (10L * unit)

        (up 1L |> List.map int) @ [ most ]
