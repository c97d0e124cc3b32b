namespace Workbench

/// A model of a discrete code and a discrete observation, both from 0 on.
type DiscreteModel =
    {
        /// p(z).
        Prior: float[]
        /// p(x|z): a row for each z, an entry for each x.
        Likelihood: float[][]
    }

/// Everything that is exact in a discrete model, in nats; a distribution over z is the array of its probabilities.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module DiscreteModel =

    /// The sum of q ln(ratio) over where q is not 0: 0 ln 0 is 0.
    let private expectation (q: float[]) (logRatio: int -> float) =
        Array.sum (Array.mapi (fun z p -> if p = 0.0 then 0.0 else p * logRatio z) q)

    /// KL(q || p) = sum of q ln(q / p); infinite where q has probability and p has none.
    let kl (q: float[]) (p: float[]) : float =
        expectation q (fun z -> log (q[z] / p[z]))

    let private logJoint (model: DiscreteModel) (x: int) (z: int) =
        log (model.Prior[z] * model.Likelihood[z][x])

    /// log p(x) = log of the sum over z of p(z) p(x|z).
    let logEvidence (model: DiscreteModel) (x: int) : float =
        log (
            Array.sum (
                Array.map2 (fun prior (row: float[]) -> prior * row[x]) model.Prior model.Likelihood
            )
        )

    /// p(z) p(x|z)^t, normalised: the prior at t = 0, the posterior at t = 1.
    let tempered (model: DiscreteModel) (x: int) (t: float) : float[] =
        let weights =
            Array.map2
                (fun prior (row: float[]) -> prior * row[x] ** t)
                model.Prior
                model.Likelihood

        Array.map (fun weight -> weight / Array.sum weights) weights

    /// p(z|x).
    let posterior (model: DiscreteModel) (x: int) : float[] = tempered model x 1.0

    /// L(q; x) = the sum of q (log p(x, z) - log q).
    let bound (model: DiscreteModel) (x: int) (q: float[]) : float =
        expectation q (fun z -> logJoint model x z - log q[z])

    /// log p(x), KL and bound.
    let decompose (model: DiscreteModel) (x: int) (q: float[]) : Decomposition =
        { LogEvidence = logEvidence model x
          Kl = kl q (posterior model x)
          Bound = bound model x q }

    /// The z at which the sum of the probabilities up to it exceeds a number from [0, 1).
    let draw (q: float[]) : float -> int =
        let reached = q |> Array.scan (+) 0.0 |> Array.tail
        let last = Array.findIndexBack (fun p -> p > 0.0) q

        fun unit ->
            reached
            |> Array.tryFindIndex (fun sum -> unit < sum)
            |> Option.defaultValue last

    /// log w(z) = log p(x, z) - log q(z).
    let logWeight (model: DiscreteModel) (x: int) (q: float[]) : int -> float =
        let weights = Array.init q.Length (fun z -> logJoint model x z - log q[z])
        fun z -> weights[z]
