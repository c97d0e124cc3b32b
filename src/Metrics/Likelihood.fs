namespace Workbench

open TorchSharp

/// A model with a code z ~ N(0, I): q(z|x) of N x pixels, and ln p(x|z) of N x pixels images and N x latent codes, row by row.
type LatentModel =
    { Encode: Tensor -> Gaussian
      LogLikelihood: Tensor -> Tensor -> Tensor }

/// The log-likelihood of images under latent-variable models, in nats per image.
[<RequireQualifiedAccess>]
module Likelihood =

    /// So many codes are decoded at a time, so many images encoded.
    let private mostCodes, private mostImages = 5_000, 100L

    /// ln of the mean of e^value, without overflow; -infinity where all values are.
    let logMeanExp (values: float[]) : float =
        let largest = Array.max values

        if largest = -infinity then
            largest
        else
            largest + log (values |> Array.averageBy (fun value -> exp (value - largest)))

    /// A trained VAE with Bernoulli pixels, in evaluation. A likelihood only for pixels that are 0 or 1.
    let ofBernoulli (encode: Tensor -> Gaussian) (decode: Tensor -> Tensor) : LatentModel =
        { Encode = encode
          LogLikelihood =
            fun images z ->
                let perPixel =
                    torch.nn.functional.binary_cross_entropy_with_logits (
                        decode z,
                        images,
                        reduction = torch.nn.Reduction.None
                    )

                -(perPixel.sum 1L) }

    /// ln p(x|z) + ln p(z) - ln q(z|x) of so many draws for each image: draws x images. With z = mean + deviation e, the
    /// logarithms of 2 pi cancel: ln p(z) - ln q(z|x) = sum of (e^2 - z^2 + ln variance) / 2.
    let private weigh model (generator: torch.Generator) images (code: Gaussian) (draws: int) =
        use _ = torch.NewDisposeScope()

        // N x d as (draws N) x d, the rows again and again.
        let again (rows: Tensor) =
            let count, width = rows.shape[0], rows.shape[1]

            rows.unsqueeze(0L).expand(int64 draws, count, width).reshape(int64 draws * count, width)

        let mean = again code.Mean
        let noise = torch.randn (mean.shape, dtype = mean.dtype, generator = generator)
        let z = mean + again code.Deviation * noise
        let ratio = (noise.square () - z.square () + again code.LogVariance).sum 1L * 0.5
        let weights = model.LogLikelihood (again images) z + ratio
        weights.to_type(torch.float64).data<float>().ToArray()

    /// All draws of each of a few images.
    let private weighAll model generator samples (images: Tensor) =
        let count = int images.shape[0]
        let code = model.Encode images
        let most = max 1 (mostCodes / count)

        let parts =
            [| for start in 0..most .. samples - 1 ->
                   weigh model generator images code (min most (samples - start)) |]

        Array.init count (fun image ->
            [| for part in parts do
                   for draw in image..count .. part.Length - 1 -> part[draw] |])

    /// Of each image, N x pixels as the model takes them, from K log-weights ln p(x, z) - ln q(z|x), z drawn from q(z|x): their mean,
    /// which is the ELBO in expectation, and the logarithm of the weights' mean, the importance-weighted bound. It is never less;
    /// K = 1 is a draw of the ELBO, and with K it rises in expectation towards ln p(x) (Burda et al., 2016).
    let bounds
        (model: LatentModel)
        (generator: torch.Generator)
        (samples: int)
        (images: Tensor)
        : (float * float)[] =
        images
        |> Batches.collect
            mostImages
            (weighAll model generator samples
             >> Array.map (fun weights -> Array.average weights, logMeanExp weights))
        |> Array.concat

    /// The two parts of the negative ELBO of each image as `Metrics.elbo` has their means: reconstruction by one draw on the fixed
    /// noise of evaluation, closed-form KL.
    let elboParts (model: LatentModel) (pixels: Pixels) (images: Tensor) : float[] * float[] =
        let parts =
            Metrics.perImage pixels images (fun generator batch ->
                let code = model.Encode batch
                let reconstruction = -(model.LogLikelihood batch (Gaussian.sample generator code))
                [ reconstruction; Losses.gaussianKlPerImage code ])

        parts[0], parts[1]
