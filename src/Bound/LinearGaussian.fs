namespace Workbench

open System

/// The linear-Gaussian model: z ~ N(0, I), x = W z + b + s noise with noise ~ N(0, I).
type LinearGaussian =
    {
        /// W, visible x latent.
        Weights: float[,]
        /// b.
        Offset: float[]
        /// s, positive.
        Deviation: float
    }

/// Everything that is exact in the linear-Gaussian model (Bishop, Pattern Recognition and Machine Learning, section 2.3.3).
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module LinearGaussian =

    let private latent (model: LinearGaussian) = Array2D.length2 model.Weights
    let private visible (model: LinearGaussian) = Array2D.length1 model.Weights
    let private dot (a: float[]) (b: float[]) = Array.sum (Array.map2 (*) a b)
    let private noise (model: LinearGaussian) = model.Deviation * model.Deviation

    /// x - W z - b.
    let private misfit (model: LinearGaussian) (x: float[]) (z: float[]) =
        Array.init x.Length (fun i -> x[i] - model.Offset[i] - dot model.Weights[i, *] z)

    /// p(z).
    let prior (model: LinearGaussian) : Normal = Normal.standard (latent model)

    /// log p(x), x ~ N(b, W W^T + s^2 I).
    let logEvidence (model: LinearGaussian) (x: float[]) : float =
        let covariance =
            Array2D.init (visible model) (visible model) (fun i j ->
                dot model.Weights[i, *] model.Weights[j, *]
                + (if i = j then noise model else 0.0))

        Normal.logDensity
            { Mean = model.Offset
              Covariance = covariance }
            x

    /// log p(x|z) = log N(x; W z + b, s^2 I).
    let logLikelihood (model: LinearGaussian) (x: float[]) (z: float[]) : float =
        let error = misfit model x z

        -0.5
        * (float x.Length * log (2.0 * Math.PI * noise model)
           + dot error error / noise model)

    /// p(z) p(x|z)^t, normalised: the prior at t = 0, the posterior at t = 1, too sure of itself beyond. A normal distribution with
    /// precision I + t W^T W / s^2.
    let tempered (model: LinearGaussian) (x: float[]) (t: float) : Normal =
        let size, scale = latent model, t / noise model
        let column j = model.Weights[*, j]

        let precision =
            Array2D.init size size (fun i j ->
                scale * dot (column i) (column j) + (if i = j then 1.0 else 0.0))

        Array.init size (fun j -> scale * dot (column j) (Array.map2 (-) x model.Offset))
        |> Normal.ofPrecision precision

    /// p(z|x).
    let posterior (model: LinearGaussian) (x: float[]) : Normal = tempered model x 1.0

    /// Of all q with independent dimensions the one with the highest bound: the posterior's mean, and variances that are the
    /// inverses of its precision's diagonal (Bishop, section 10.1.2).
    let factorised (model: LinearGaussian) (x: float[]) : Normal =
        let size = latent model

        let variance j =
            1.0 / (1.0 + dot model.Weights[*, j] model.Weights[*, j] / noise model)

        { posterior model x with
            Covariance = Array2D.init size size (fun i j -> if i = j then variance j else 0.0) }

    /// L(q; x) = E_q[log p(x|z)] - KL(q || p(z)), where E_q[log p(x|z)] is log p(x|mean of q) - tr(W Q W^T) / (2 s^2).
    let bound (model: LinearGaussian) (x: float[]) (q: Normal) : float =
        let spread =
            Array.init (visible model) (fun i ->
                let row = model.Weights[i, *]
                dot row (Array.init row.Length (fun j -> dot q.Covariance[j, *] row)))

        logLikelihood model x q.Mean
        - Array.sum spread / (2.0 * noise model)
        - Normal.kl q (prior model)

    /// log p(x), KL and bound.
    let decompose (model: LinearGaussian) (x: float[]) (q: Normal) : Decomposition =
        { LogEvidence = logEvidence model x
          Kl = Normal.kl q (posterior model x)
          Bound = bound model x q }

    /// log w(z) = log p(x, z) - log q(z).
    let logWeight (model: LinearGaussian) (x: float[]) (q: Normal) : float[] -> float =
        let logPrior = Normal.logDensity (prior model)
        let logQ = Normal.logDensity q
        fun z -> logPrior z + logLikelihood model x z - logQ z
