namespace Workbench

open System.Threading
open TorchSharp

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

    /// W, b, s and x of the linear-Gaussian example: both latent dimensions pull at each observed number, so that the posterior's
    /// are correlated.
    let private gaussian, observed =
        { Weights = array2D [ [ 1.0; 0.6 ]; [ 0.8; -0.4 ]; [ 0.5; 0.9 ] ]
          Offset = [| 0.2; -0.1; 0.0 |]
          Deviation = 0.8 },
        [| 1.9; 0.4; 1.5 |]

    let private discrete, seen =
        { Prior = [| 0.4; 0.3; 0.2; 0.1 |]
          Likelihood =
            [| [| 0.70; 0.20; 0.06; 0.03; 0.01 |]
               [| 0.20; 0.50; 0.20; 0.07; 0.03 |]
               [| 0.05; 0.15; 0.40; 0.30; 0.10 |]
               [| 0.02; 0.03; 0.15; 0.30; 0.50 |] |] },
        4

    /// z ~ N(0, I) in two dimensions, x in three.
    let linearGaussian: BoundStudy =
        let prior = LinearGaussian.prior gaussian
        let logWeight = LinearGaussian.logWeight gaussian observed prior

        { Name = "linear-Gaussian"
          Key = "gaussian"
          Model =
            "z has two dimensions, z ~ N(0, I); x = W z + b + 0.8 noise has three. The posterior is a normal distribution whose dimensions are correlated."
          Path =
            LinearGaussian.tempered gaussian observed
            >> LinearGaussian.decompose gaussian observed
          Others =
            [ "the best with independent dimensions",
              LinearGaussian.factorised gaussian observed
              |> LinearGaussian.decompose gaussian observed ]
          Draw =
            fun generator count ->
                let size = prior.Mean.Length

                use noise =
                    torch.randn (
                        [| int64 count; int64 size |],
                        dtype = torch.float64,
                        generator = generator
                    )

                noise.data<float>().ToArray() |> Array.chunkBySize size |> Array.map logWeight }

    /// z takes four values, x five.
    let discreteModel: BoundStudy =
        let draw = DiscreteModel.draw discrete.Prior
        let logWeight = DiscreteModel.logWeight discrete seen discrete.Prior

        { Name = "discrete"
          Key = "discrete"
          Model =
            "z takes four values and x five, by tables of p(z) and p(x|z); the last value of x was seen, which is likely under the least likely z."
          Path = DiscreteModel.tempered discrete seen >> DiscreteModel.decompose discrete seen
          Others = []
          Draw =
            fun generator count ->
                use unit =
                    torch.rand ([| int64 count |], dtype = torch.float64, generator = generator)

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
        choices study |> List.map (fun (_, parts) -> abs parts.Residual) |> List.max

    /// How often each bound is drawn for its mean and standard error.
    let repetitions = 500

    /// Both bounds for 1, 2, 5, 10, ... and `samples` draws from the prior; counts that fewer samples have, too, get the same
    /// draws. Raises OperationCanceledException between two counts when asked to stop.
    let estimates
        (stop: CancellationToken)
        (generator: torch.Generator)
        (samples: int)
        (study: BoundStudy)
        : BoundEstimate list =
        VariationalBound.sampleCounts samples
        |> List.map (fun count ->
            stop.ThrowIfCancellationRequested()
            VariationalBound.repeat repetitions (study.Draw generator) count)
