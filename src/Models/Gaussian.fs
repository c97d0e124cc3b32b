namespace Workbench

open Argu
open TorchSharp

/// A Gaussian with a diagonal covariance for each row of a batch.
type Gaussian =
    {
        /// N x latent.
        Mean: torch.Tensor
        /// N x latent, positive.
        Deviation: torch.Tensor
        /// N x latent: the logarithm of the variance.
        LogVariance: torch.Tensor
    }

/// How the second head of an encoder becomes a variance.
type Variance =
    /// The head is ln variance.
    | [<CustomCommandLine("exp")>] Exponential
    /// The head is a deviation: variance = head^2.
    | Square

/// Two linear heads on an encoder's features: the Gaussian q(z|x) of Kingma and Welling (2014).
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Gaussian =

    /// Added to a squared deviation before its logarithm, so that 0 stays finite.
    let squareEpsilon = 1e-8

    /// The distribution that an encoder's two heads tell of, each N x latent.
    let ofHeads (variance: Variance) (mean: torch.Tensor) (second: torch.Tensor) : Gaussian =
        match variance with
        | Exponential ->
            { Mean = mean
              Deviation = (second * 0.5).exp()
              LogVariance = second }
        | Square ->
            { Mean = mean
              Deviation = second
              LogVariance = (second.square () + squareEpsilon).log() }

    /// N draws of N(0, I) in so many dimensions.
    let prior (generator: torch.Generator) (count: int64) (latent: int) : torch.Tensor =
        torch.randn ([| count; int64 latent |], generator = generator)

    /// z = mean + deviation * noise (the reparametrisation), noise from N(0, I).
    let sample (generator: torch.Generator) (code: Gaussian) : torch.Tensor =
        code.Mean
        + code.Deviation * torch.randn (code.Mean.shape, generator = generator)
