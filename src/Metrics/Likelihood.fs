namespace Workbench

open TorchSharp

/// A model with a code z ~ N(0, I) and a Gaussian encoder.
type LatentModel =
    {
        /// q(z|x) of N x pixels.
        Encode: torch.Tensor -> Gaussian
        /// ln p(x|z) of N x pixels images and N x latent codes, row by row: N numbers.
        LogLikelihood: torch.Tensor -> torch.Tensor -> torch.Tensor
    }

/// The log-likelihood of images under latent-variable models, in nats per image.
[<RequireQualifiedAccess>]
module Likelihood =

    /// So many codes are decoded at a time, so many images encoded.
    let private mostCodes, mostImages = 5_000, 100

    /// ln of the mean of e^value, without overflow; -infinity where all values are.
    let logMeanExp (values: float[]) : float =
        let largest = Array.max values

        if largest = -infinity then
            largest
        else
            largest + log (values |> Array.averageBy (fun value -> exp (value - largest)))

    /// A trained VAE with Bernoulli pixels, in evaluation. A likelihood only for pixels that are 0 or 1.
    let ofBernoulli
        (encode: torch.Tensor -> Gaussian)
        (decode: torch.Tensor -> torch.Tensor)
        : LatentModel =
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

    /// N x d as (times N) x d, the rows again and again.
    let private repeated (times: int64) (rows: torch.Tensor) =
        let count, width = rows.shape[0], rows.shape[1]

        rows.unsqueeze(0L).expand(times, count, width).reshape(times * count, width)

    /// ln p(x|z) + ln p(z) - ln q(z|x) of so many draws for each image: draws x images. With z = mean + deviation e, the
    /// logarithms of 2 pi cancel: ln p(z) - ln q(z|x) = sum of (e^2 - z^2 + ln variance) / 2.
    let private weigh model (generator: torch.Generator) (draws: int) images (code: Gaussian) =
        use _ = torch.NewDisposeScope()
        let again = repeated (int64 draws)
        let mean = again code.Mean
        let noise = torch.randn (mean.shape, dtype = mean.dtype, generator = generator)
        let z = mean + again code.Deviation * noise
        let ratio = (noise.square () - z.square () + again code.LogVariance).sum 1L * 0.5
        let weights = model.LogLikelihood (again images) z + ratio
        weights.to_type(torch.float64).data<float>().ToArray()

    /// Of a few images, all draws of each.
    let private weighAll model generator samples (images: torch.Tensor) =
        use _ = torch.NewDisposeScope()
        let count = int images.shape[0]
        let code = model.Encode images
        let most = max 1 (mostCodes / count)

        let parts =
            [| for start in 0..most .. samples - 1 ->
                   weigh model generator (min most (samples - start)) images code |]

        Array.init count (fun image ->
            parts
            |> Array.collect (fun part ->
                Array.init (part.Length / count) (fun draw -> part[draw * count + image])))

    /// For each image, what `combine` makes of its so many log-weights ln p(x, z) - ln q(z|x), z drawn from q(z|x).
    let private overWeights
        (combine: float[] -> 'T)
        model
        (generator: torch.Generator)
        samples
        (images: torch.Tensor)
        =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let count = int images.shape[0]

        [| for start in 0..mostImages .. count - 1 do
               let rows = images.narrow (0L, int64 start, int64 (min mostImages (count - start)))

               yield! weighAll model generator samples rows |> Array.map combine |]

    /// ln of the mean of K importance weights p(x, z) / q(z|x) for each image: K = 1 is a draw of the ELBO; in expectation it
    /// rises with K towards ln p(x) (Burda et al., 2016). Images are N x pixels, as the model takes them.
    let importanceWeighted
        (model: LatentModel)
        (generator: torch.Generator)
        (samples: int)
        (images: torch.Tensor)
        : float[] =
        overWeights logMeanExp model generator samples images

    /// The ELBO of each image, the mean of so many draws: never more than `importanceWeighted` on the same draws.
    let evidenceBound
        (model: LatentModel)
        (generator: torch.Generator)
        (samples: int)
        (images: torch.Tensor)
        : float[] =
        overWeights Array.average model generator samples images

    /// `evidenceBound` and `importanceWeighted` of each image, from the same draws.
    let bounds
        (model: LatentModel)
        (generator: torch.Generator)
        (samples: int)
        (images: torch.Tensor)
        : (float * float)[] =
        overWeights
            (fun weights -> Array.average weights, logMeanExp weights)
            model
            generator
            samples
            images

    /// The two parts of the negative ELBO of each image as `Metrics.elbo` has their means: reconstruction by one draw on the fixed
    /// noise of evaluation, closed-form KL.
    let elboParts (model: LatentModel) (pixels: Pixels) (images: torch.Tensor) : float[] * float[] =
        let measure generator batch =
            let code = model.Encode batch
            let reconstruction = -(model.LogLikelihood batch (Gaussian.sample generator code))
            [ reconstruction; Losses.gaussianKlPerImage code ]

        match Metrics.perImage pixels images measure with
        | [ reconstruction; kl ] -> reconstruction, kl
        | figures -> invalidOp $"two figures expected, not {figures.Length}"

    /// The negative log-likelihood by so many importance samples an image, on the fixed noise of evaluation; dynamic pixels are
    /// drawn from it too.
    let importanceWeightedNll
        (model: LatentModel)
        (samples: int)
        (pixels: Pixels)
        (images: torch.Tensor)
        : Estimate =
        use _ = torch.NewDisposeScope()
        let generator = Random.generator 0 Random.Evaluation 0

        let images = Pixels.seen pixels generator images

        -(Estimate.ofValues (importanceWeighted model generator samples images))
