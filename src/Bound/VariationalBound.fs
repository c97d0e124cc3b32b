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

/// The mean of independent repetitions of a random figure.
type Estimate =
    {
        Mean: float
        /// Of the mean: the repetitions' standard deviation over the root of their number.
        StandardError: float
    }

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

    /// The Monte-Carlo ELBO of log weights: their mean.
    let elbo (logWeights: float[]) : float = Array.average logWeights

    /// The importance-weighted bound of K log weights: log (1/K) sum w.
    let importance (logWeights: float[]) : float =
        let most = Array.max logWeights

        if System.Double.IsInfinity most then
            most
        else
            most + log (logWeights |> Array.averageBy (fun weight -> exp (weight - most)))

    /// Mean and standard error of at least two figures.
    let estimate (figures: float[]) : Estimate =
        let mean, count = Array.average figures, float figures.Length
        let squares = figures |> Array.sumBy (fun x -> (x - mean) * (x - mean))

        { Mean = mean
          StandardError = sqrt (squares / (count - 1.0) / count) }

    /// Both bounds with `samples` draws, each `repetitions` times. `draw` gives so many log weights, new ones every time.
    let repeat (repetitions: int) (draw: int -> float[]) (samples: int) : BoundEstimate =
        let pairs =
            Array.init repetitions (fun _ ->
                let logWeights = draw samples
                elbo logWeights, importance logWeights)

        { Samples = samples
          Elbo = estimate (Array.map fst pairs)
          Importance = estimate (Array.map snd pairs) }

    /// 1, 2, 5, 10, 20, 50, ... below `most`, and `most`.
    let sampleCounts (most: int) : int list =
        let rec up (unit: int64) =
            match [ unit; 2L * unit; 5L * unit ] |> List.filter (fun n -> n < int64 most) with
            | [] -> []
            | counts -> counts @ up (10L * unit)

        (up 1L |> List.map int) @ [ most ]
