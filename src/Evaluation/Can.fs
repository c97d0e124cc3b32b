namespace Workbench

open TorchSharp

/// Images that a generator made, N x pixels, and the labels that it was asked for, where it is told labels.
type Made =
    { Images: torch.Tensor
      Asked: torch.Tensor option }

/// What a trained model can do, in evaluation. What it can do decides what is measured of it.
type Can =
    {
        /// The model's name for readers.
        Title: string
        /// p(x, z) and q(z|x), where the model has a likelihood.
        Likelihood: LatentModel option
        /// q(z|x), where a code is a Gaussian.
        Code: (torch.Tensor -> Gaussian) option
        /// Images of the (mean) codes of images.
        Reconstruct: (torch.Tensor -> torch.Tensor) option
        /// So many new images.
        Generate: (torch.Generator -> int -> Made) option
    }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Can =

    /// A model of which nothing can be measured but what the script itself measures.
    let nothing (title: string) : Can =
        { Title = title
          Likelihood = None
          Code = None
          Reconstruct = None
          Generate = None }

    /// New images are decoded from draws of N(0, I), a code of so many dimensions.
    let ofPrior (latent: int) (decode: torch.Tensor -> torch.Tensor) =
        Some(fun generator (count: int) ->
            { Images = Gaussian.prior generator (int64 count) latent |> Batches.map decode
              Asked = None })

    /// A VAE has a likelihood and a code, reconstructs by the mean code and generates from N(0, I).
    let vae (vae: Models.Vae) (pass: Pass) : Can =
        let decode z = (vae.Decode pass z).sigmoid()

        { Title = "VAE"
          Likelihood = Some(Likelihood.ofBernoulli (vae.Encode pass) (vae.Decode pass))
          Code = Some(vae.Encode pass)
          Reconstruct = Some(fun images -> decode (vae.Encode pass images).Mean)
          Generate = ofPrior vae.Latent decode }

    /// An autoencoder reconstructs.
    let autoencoder (title: string) (model: Models.Autoencoder) (pass: Pass) : Can =
        { nothing title with
            Reconstruct = Some(model.Encode pass >> model.Decode pass) }
