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
        /// What makes an image of a code that is N(0, I) as a prior: its pixels' logits, or the pixels.
        Decoder: Net option
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
          Decoder = None
          Generate = None }

    /// New images are decoded from draws of N(0, I), a code of so many dimensions.
    let ofPrior (latent: int) (decode: torch.Tensor -> torch.Tensor) =
        Some(fun generator (count: int) ->
            { Images = Gaussian.prior generator (int64 count) latent |> Batches.map decode
              Asked = None })

    /// A Gaussian code, whose mean is decoded again, and new images from N(0, I).
    let coded title (model: Models.Vae) (decode: Pass -> torch.Tensor -> torch.Tensor) pass : Can =
        { nothing title with
            Code = Some(model.Encode pass)
            Reconstruct = Some(fun images -> decode pass (model.Encode pass images).Mean)
            Decoder = Some(List.last model.Nets)
            Generate = ofPrior model.Latent (decode pass) }

    /// A VAE is coded, and has a likelihood.
    let vae (vae: Models.Vae) (pass: Pass) : Can =
        { coded "VAE" vae (fun pass z -> (vae.Decode pass z).sigmoid()) pass with
            Likelihood = Some(Likelihood.ofBernoulli (vae.Encode pass) (vae.Decode pass)) }

    /// An autoencoder reconstructs.
    let autoencoder (title: string) (model: Models.Autoencoder) (pass: Pass) : Can =
        { nothing title with
            Reconstruct = Some(model.Encode pass >> model.Decode pass) }

    /// An autoencoder whose decoder also makes images of draws of N(0, I).
    let generativeAutoencoder (title: string) (model: Models.Autoencoder) (pass: Pass) : Can =
        { autoencoder title model pass with
            Decoder = Some(List.last model.Nets)
            Generate = ofPrior model.Latent (model.Decode pass) }

    /// Captions and images of what the model can do: sixteen test images, their reconstructions, as many new ones, the same for the
    /// same seed.
    let rows (data: Dataset) (seed: int) (can: Can) : (string * FloatArray) list =
        use _ = torch.no_grad ()
        let values = Pictures.values data.ImageShape
        let test = data.Test.Images
        let originals = test.narrow (0L, 0L, min 16L test.shape[0])

        [ for reconstruct in Option.toList can.Reconstruct do
              "test images", values originals
              "their reconstructions", values (reconstruct originals)
          for make in Option.toList can.Generate do
              let generator = Random.generatorOn data.Device seed Random.Sampling 0
              "new samples", values (make generator (int originals.shape[0])).Images ]

    /// A GAN makes images of so many numbers of noise.
    let gan (noise: int) (generator: Net) (pass: Pass) : Can =
        { nothing "GAN" with
            Decoder = Some generator
            Generate = ofPrior noise (Net.apply pass generator) }
