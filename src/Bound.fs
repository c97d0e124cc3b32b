namespace Workbench

open System
open System.Threading
open MathNet.Numerics.LinearAlgebra
open TorchSharp

/// A normal distribution with any covariance, in a few dimensions.
type Normal = { Mean: float[]; Covariance: float[,] }

/// Densities, draws and the KL divergence of normal distributions, in nats.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Normal =

    let private vector (values: float[]) = Vector<float>.Build.Dense values
    let private matrix (values: float[,]) = Matrix<float>.Build.DenseOfArray values

    /// The covariance's factor, with which equations are solved; an ArgumentException where it is not positive definite.
    let private factored (normal: Normal) = (matrix normal.Covariance).Cholesky()

    /// Independent dimensions, by their means and variances.
    let diagonal (mean: float[]) (variance: int -> float) : Normal =
        { Mean = mean
          Covariance =
            Array2D.init mean.Length mean.Length (fun i j -> if i = j then variance i else 0.0) }

    /// N(0, I) in so many dimensions.
    let standard (dimensions: int) : Normal =
        diagonal (Array.zeroCreate dimensions) (fun _ -> 1.0)

    /// ln N(z; mean, covariance) = -(k ln 2 pi + ln |covariance| + (z - mean)^T covariance^-1 (z - mean)) / 2. Give it a
    /// distribution once and points often.
    let logDensity (normal: Normal) : float[] -> float =
        let covariance, mean = factored normal, vector normal.Mean
        let constant = float mean.Count * log (2.0 * Math.PI) + covariance.DeterminantLn

        fun z ->
            let away = vector z - mean
            -0.5 * (constant + away * covariance.Solve away)

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

/// log p(x) and its two parts for one q and one x, in nats, each computed on its own way: KL(q(z|x) || p(z|x)) and
/// L(q; x) = E_q[log p(x, z) - log q(z|x)].
type Decomposition =
    { LogEvidence: float
      Kl: float
      Bound: float }

/// The linear-Gaussian model: z ~ N(0, I), x = W z + b + s noise with noise ~ N(0, I); W is visible x latent, s positive.
type LinearGaussian =
    { Weights: float[,]
      Offset: float[]
      Deviation: float }

/// Everything that is exact in the linear-Gaussian model (Bishop, Pattern Recognition and Machine Learning, section 2.3.3).
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module LinearGaussian =

    let private dot (a: float[]) (b: float[]) = Array.sum (Array.map2 (*) a b)
    let private noise (model: LinearGaussian) = model.Deviation * model.Deviation

    let private rows (model: LinearGaussian) =
        Array.init model.Offset.Length (fun i -> model.Weights[i, *])

    let private columns (model: LinearGaussian) =
        Array.init (Array2D.length2 model.Weights) (fun j -> model.Weights[*, j])

    /// scale times the products of all vectors with one another, and so much on the diagonal.
    let private gram (scale: float) (vectors: float[][]) (added: float) =
        Array2D.init vectors.Length vectors.Length (fun i j ->
            scale * dot vectors[i] vectors[j] + (if i = j then added else 0.0))

    /// p(z).
    let prior (model: LinearGaussian) : Normal = Normal.standard (columns model).Length

    /// log p(x), x ~ N(b, W W^T + s^2 I).
    let logEvidence (model: LinearGaussian) (x: float[]) : float =
        Normal.logDensity
            { Mean = model.Offset
              Covariance = gram 1.0 (rows model) (noise model) }
            x

    /// log p(x|z) = log N(x; W z + b, s^2 I).
    let logLikelihood (model: LinearGaussian) (x: float[]) (z: float[]) : float =
        let error =
            rows model |> Array.mapi (fun i row -> x[i] - model.Offset[i] - dot row z)

        -0.5
        * (float x.Length * log (2.0 * Math.PI * noise model)
           + dot error error / noise model)

    /// p(z) p(x|z)^t, normalised: the prior at t = 0, the posterior at t = 1, too sure of itself beyond. A normal distribution with
    /// precision I + t W^T W / s^2.
    let tempered (model: LinearGaussian) (x: float[]) (t: float) : Normal =
        let columns, scale = columns model, t / noise model
        let away = Array.map2 (-) x model.Offset

        columns
        |> Array.map (fun column -> scale * dot column away)
        |> Normal.ofPrecision (gram scale columns 1.0)

    /// p(z|x).
    let posterior (model: LinearGaussian) (x: float[]) : Normal = tempered model x 1.0

    /// Of all q with independent dimensions the one with the highest bound: the posterior's mean, and variances that are the
    /// inverses of its precision's diagonal (Bishop, section 10.1.2).
    let factorised (model: LinearGaussian) (x: float[]) : Normal =
        let columns = columns model

        Normal.diagonal (posterior model x).Mean (fun j ->
            1.0 / (1.0 + dot columns[j] columns[j] / noise model))

    /// L(q; x) = E_q[log p(x|z)] - KL(q || p(z)), where E_q[log p(x|z)] is log p(x|mean of q) - tr(W Q W^T) / (2 s^2).
    let bound (model: LinearGaussian) (x: float[]) (q: Normal) : float =
        let spread =
            rows model
            |> Array.map (fun row ->
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
        let logPrior, logQ = Normal.logDensity (prior model), Normal.logDensity q
        fun z -> logPrior z + logLikelihood model x z - logQ z

/// A model of a discrete code and a discrete observation, both from 0 on: p(z), and p(x|z), a row for each z, an entry for each x.
type DiscreteModel =
    { Prior: float[]
      Likelihood: float[][] }

/// Everything that is exact in a discrete model, in nats; a distribution over z is the array of its probabilities.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module DiscreteModel =

    /// The sum of q ln(ratio) over where q is not 0: 0 ln 0 is 0.
    let private expectation (q: float[]) (logRatio: int -> float) =
        Array.sum (Array.mapi (fun z p -> if p = 0.0 then 0.0 else p * logRatio z) q)

    /// KL(q || p) = sum of q ln(q / p); infinite where q has probability and p has none.
    let kl (q: float[]) (p: float[]) : float =
        expectation q (fun z -> log (q[z] / p[z]))

    /// p(z) p(x|z)^t of each z.
    let private weights (model: DiscreteModel) (x: int) (t: float) =
        Array.map2 (fun prior (row: float[]) -> prior * row[x] ** t) model.Prior model.Likelihood

    /// log p(x) = log of the sum over z of p(z) p(x|z).
    let logEvidence (model: DiscreteModel) (x: int) : float = log (Array.sum (weights model x 1.0))

    /// p(z) p(x|z)^t, normalised: the prior at t = 0, the posterior at t = 1.
    let tempered (model: DiscreteModel) (x: int) (t: float) : float[] =
        let weights = weights model x t
        Array.map (fun weight -> weight / Array.sum weights) weights

    /// p(z|x).
    let posterior (model: DiscreteModel) (x: int) : float[] = tempered model x 1.0

    /// log w(z) = log p(x, z) - log q(z).
    let logWeight (model: DiscreteModel) (x: int) (q: float[]) : int -> float =
        fun z -> log (model.Prior[z] * model.Likelihood[z][x]) - log q[z]

    /// L(q; x) = the sum of q (log p(x, z) - log q).
    let bound (model: DiscreteModel) (x: int) (q: float[]) : float =
        expectation q (logWeight model x q)

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

/// Both bounds from the same K log weights log w(z) = log p(x, z) - log q(z|x), z ~ q, in each repetition: the mean of log w, which
/// is L(q; x) for every K, and the log of the mean of w, nearer to log p(x) as K grows (Burda, Grosse and Salakhutdinov, 2016).
type BoundEstimate =
    { Samples: int
      Elbo: Estimate
      Importance: Estimate }

/// What there is to see of log p(x) = KL + L in one model, for one x.
type BoundStudy =
    {
        /// What the model is called, on pages and in names of figures, and what it is.
        Name: string
        Key: string
        Model: string
        /// q from the prior (t = 0) over the posterior (t = 1) to one that is too sure of itself.
        Path: float -> Decomposition
        /// Other choices of q worth a row, by name.
        Others: (string * Decomposition) list
        /// log w(z) of so many draws z from the prior, new ones from the generator every time.
        Draw: torch.Generator -> int -> float[]
    }

/// The two models of the page, and their bounds from draws.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module BoundStudy =

    /// z ~ N(0, I) in two dimensions, x in three: both latent dimensions pull at each observed number, so that the posterior's are
    /// correlated.
    let linearGaussian: BoundStudy =
        let model =
            { Weights = array2D [ [ 1.0; 0.6 ]; [ 0.8; -0.4 ]; [ 0.5; 0.9 ] ]
              Offset = [| 0.2; -0.1; 0.0 |]
              Deviation = 0.8 }

        let x = [| 1.9; 0.4; 1.5 |]
        let decompose = LinearGaussian.decompose model x
        let logWeight = LinearGaussian.logWeight model x (LinearGaussian.prior model)

        { Name = "linear-Gaussian"
          Key = "gaussian"
          Model =
            "z has two dimensions, z ~ N(0, I); x = W z + b + 0.8 noise has three. The posterior is a normal distribution whose dimensions are correlated."
          Path = LinearGaussian.tempered model x >> decompose
          Others =
            [ ("the best with independent dimensions", decompose (LinearGaussian.factorised model x)) ]
          Draw =
            fun generator count ->
                use noise = Random.normalOf torch.float64 generator [| int64 count; 2L |]

                noise.data<float>().ToArray() |> Array.chunkBySize 2 |> Array.map logWeight }

    /// z takes four values, x five.
    let discreteModel: BoundStudy =
        let model =
            { Prior = [| 0.4; 0.3; 0.2; 0.1 |]
              Likelihood =
                [| [| 0.70; 0.20; 0.06; 0.03; 0.01 |]
                   [| 0.20; 0.50; 0.20; 0.07; 0.03 |]
                   [| 0.05; 0.15; 0.40; 0.30; 0.10 |]
                   [| 0.02; 0.03; 0.15; 0.30; 0.50 |] |] }

        let x = 4
        let draw = DiscreteModel.draw model.Prior
        let logWeight = DiscreteModel.logWeight model x model.Prior

        { Name = "discrete"
          Key = "discrete"
          Model =
            "z takes four values and x five, by tables of p(z) and p(x|z); the last value of x was seen, which is likely under the least likely z."
          Path = DiscreteModel.tempered model x >> DiscreteModel.decompose model x
          Others = []
          Draw =
            fun generator count ->
                use unit = Random.uniformOf torch.float64 generator [| int64 count |]

                unit.data<float>().ToArray() |> Array.map (draw >> logWeight) }

    let all: BoundStudy list = [ linearGaussian; discreteModel ]

    /// Powers t of p(x|z) in q, p(z) p(x|z)^t normalised: where q is the prior, where it is the posterior, and past it.
    let prior, posterior, farthest = 0.0, 1.0, 2.0

    /// Every q worth a row, by name.
    let choices (study: BoundStudy) : (string * Decomposition) list =
        let name t =
            if t = prior then "prior, t = 0"
            elif t = posterior then "posterior, t = 1"
            else $"t = {t}"

        [ for t in prior .. 0.25 .. farthest -> name t, study.Path t ] @ study.Others

    /// The largest |log p(x) - KL - L| of them: the identity's error.
    let residual (study: BoundStudy) : float =
        // Not by List.max, which passes over a NaN behind a number.
        [ for _, q in choices study -> abs (q.LogEvidence - q.Kl - q.Bound) ]
        |> List.reduce max

    /// How often each bound is drawn for its mean and standard error.
    let repetitions = 500

    /// 1, 2, 5, 10, 20, 50, ... below `most`, and `most`.
    let sampleCounts (most: int) : int list =
        [ for power in 0..9 do
              for digit in [ 1.0; 2.0; 5.0 ] do
                  if digit * 10.0 ** power < float most then
                      int (digit * 10.0 ** power)
          most ]

    /// Both bounds for 1, 2, 5, 10, ... and `samples` draws from the prior; counts that fewer samples have, too, get the same
    /// draws. Raises OperationCanceledException between two counts when asked to stop.
    let estimates
        (stop: CancellationToken)
        (generator: torch.Generator)
        (samples: int)
        (study: BoundStudy)
        : BoundEstimate list =
        [ for count in sampleCounts samples do
              stop.ThrowIfCancellationRequested()

              let elbo, importance =
                  Array.init repetitions (fun _ ->
                      let logWeights = study.Draw generator count
                      Array.average logWeights, Likelihood.logMeanExp logWeights)
                  |> Array.unzip

              { Samples = count
                Elbo = Estimate.ofValues elbo
                Importance = Estimate.ofValues importance } ]
