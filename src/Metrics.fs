namespace Workbench

open TorchSharp

/// A mean over so many examples; its standard error is the deviation of their figures over the root of their count, NaN for one.
type Estimate =
    { Value: float
      StandardError: float
      Count: int }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Estimate =

    /// The mean of the examples' figures; at least one.
    let ofValues (values: float[]) : Estimate =
        let count = float values.Length
        let mean = Array.average values
        let squares = values |> Array.sumBy (fun value -> (value - mean) ** 2.0)

        { Value = mean
          StandardError = sqrt (squares / (count - 1.0) / count)
          Count = values.Length }

    /// The share of the examples for which something holds.
    let share (holds: bool[]) : Estimate =
        ofValues (holds |> Array.map (fun held -> if held then 1.0 else 0.0))

/// More rows than fit into memory at once, without gradients.
[<RequireQualifiedAccess>]
module Batches =

    /// What a function makes of so many rows of N x d at a time. Its tensors end with each call.
    let collect (size: int64) (measure: Tensor -> 'T) (rows: Tensor) : 'T list =
        use _ = torch.no_grad ()
        let count = rows.shape[0]

        [ 0L .. size .. count - 1L ]
        |> List.map (fun start ->
            use _ = torch.NewDisposeScope()
            measure (rows.narrow (0L, start, min size (count - start))))

    /// Rows at a time where nothing else counts.
    let size = 500L

    /// What a function makes of the rows of N x d, its outputs one below the other. It must treat each row by itself.
    let map (transform: Tensor -> Tensor) (rows: Tensor) : Tensor =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()

        let parts =
            rows |> collect size (fun part -> (transform part).MoveToOuterDisposeScope())

        torch.cat(Array.ofList parts, 0L).MoveToOuterDisposeScope()

/// What is reported of a likelihood model, in nats per image: the two parts of the (negative) evidence lower bound.
type ElboParts =
    { Reconstruction: float
      Kl: float }

    /// Reconstruction + KL: weight 1, whatever the weight in training was.
    member this.NegativeElbo = this.Reconstruction + this.Kl

/// Measurements in evaluation mode, without gradients, on noise of a fixed key, so that figures of one model never differ.
[<RequireQualifiedAccess>]
module Metrics =

    /// What is measured of all images, batch by batch; dynamic pixels are drawn from the fixed key.
    let private overBatches (pixels: Pixels) measure (images: Tensor) =
        let generator = Random.generatorOn images.device 0 Random.Evaluation 0

        images
        |> Batches.collect Batches.size (fun rows ->
            measure generator (Pixels.seen pixels generator rows))

    /// The means over all images of the numbers in tensors of batches' means.
    let private meansOver pixels (images: Tensor) measure =
        let sums generator (batch: Tensor) =
            [ for (means: Tensor) in measure generator batch do
                  for mean in means.reshape(-1L).data<float32>().ToArray() do
                      float mean * float batch.shape[0] ]

        overBatches pixels sums images
        |> List.reduce (List.map2 (+))
        |> List.map (fun sum -> sum / float images.shape[0])

    let private means pixels images (loss: Tensor -> Tensor) =
        meansOver pixels images (fun _ batch -> [ loss batch ])

    /// Figures of each image, a list of N numbers each as `measure` gives them of a batch, on the same noise as the means below.
    let perImage
        (pixels: Pixels)
        (images: Tensor)
        (measure: torch.Generator -> Tensor -> Tensor list)
        : float[] list =
        let values generator batch =
            [ for figures in measure generator batch ->
                  figures.to_type(torch.float64).data<float>().ToArray() ]

        overBatches pixels values images |> List.transpose |> List.map Array.concat

    /// Reconstruction (summed cross-entropy) and KL of a VAE, one noise sample an image.
    let elbo (vae: Models.Vae) (pass: Pass) (pixels: Pixels) (images: Tensor) : ElboParts =
        let means =
            meansOver pixels images (fun generator batch ->
                let code = vae.Encode pass batch
                let logits = vae.Decode pass (Gaussian.sample generator code)
                [ Losses.binaryCrossEntropy logits batch; Losses.gaussianKl code ])

        { Reconstruction = means[0]
          Kl = means[1] }

    /// The squared error of reconstructions, summed over pixels, averaged over images.
    let squaredError (reconstruct: Tensor -> Tensor) (pixels: Pixels) (images: Tensor) : float =
        means pixels images (fun batch -> Losses.squaredError (reconstruct batch) batch)
        |> List.exactlyOne

    /// KL(q || N(0, I)), averaged over images.
    let kl (encode: Tensor -> Gaussian) (pixels: Pixels) (images: Tensor) : float =
        means pixels images (encode >> Losses.gaussianKl) |> List.exactlyOne

    /// KL(q || N(0, I)) of each latent dimension, averaged over the images.
    let klPerDimension (encode: Tensor -> Gaussian) (pixels: Pixels) (images: Tensor) : float list =
        means pixels images (encode >> Losses.gaussianKlPerDimension)

    /// The mean codes, N x latent.
    let meanCodes (encode: Tensor -> Gaussian) (images: Tensor) : Tensor =
        Batches.map (fun rows -> (encode rows).Mean) images

    /// The entropy of the pixels as probabilities: the floor of the reconstruction on grey images.
    let pixelEntropy (pixels: Pixels) (images: Tensor) : float =
        means pixels images Losses.pixelEntropy |> List.exactlyOne

/// Measurements of codes, N x latent, one row an image.
[<RequireQualifiedAccess>]
module Codes =

    /// The mean and the variance (over n - 1) of each dimension.
    let moments (codes: Tensor) : (float * float) list =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let rows = codes.to_type (torch.float64)

        Array.zip
            ((rows.mean [| 0L |]).data<float>().ToArray())
            ((rows.var 0L).data<float>().ToArray())
        |> List.ofArray

    let private count (holds: float * float -> bool) (codes: Tensor) =
        moments codes |> List.filter holds |> List.length

    /// How many dimensions carry something: those whose mean code, N x latent over the data, has a variance above 0.01
    /// (Burda et al., 2016).
    let activeUnits (meanCodes: Tensor) : int =
        meanCodes |> count (fun (_, variance) -> variance > 0.01)

    /// How many dimensions of codes have a mean within 0.1 of 0 and a variance between 0.8 and 1.2: those of N(0, 1).
    let matched (codes: Tensor) : int =
        codes
        |> count (fun (mean, variance) -> abs mean <= 0.1 && variance >= 0.8 && variance <= 1.2)

    /// So many rows of codes, each through the first of these codes, N x latent, and along one dimension from -3 to 3 in ten steps:
    /// the dimensions whose codes vary most, numbered from 1.
    let traversals (codes: Tensor) (rows: int) : (string * Tensor) list =
        let steps = 10L

        let mostVaried =
            moments codes
            |> List.indexed
            |> List.sortByDescending (fun (_, (_, variance)) -> variance)
            |> List.truncate rows

        [ for dimension, _ in mostVaried do
              let line = codes.narrow(0L, 0L, 1L).expand(steps, -1L).clone()

              let values =
                  torch.linspace (-3.0, 3.0, steps, dtype = torch.float32, device = codes.device)

              line.narrow(1L, int64 dimension, 1L).copy_(values.unsqueeze 1L) |> ignore
              $"dimension {dimension + 1}", line ]

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
          LogLikelihood = fun images z -> -(Losses.binaryCrossEntropyPerImage (decode z) images) }

    /// ln p(x|z) + ln p(z) - ln q(z|x) of so many draws for each image: draws x images.
    let private weigh model (generator: torch.Generator) images (code: Gaussian) (draws: int) =
        use _ = torch.NewDisposeScope()
        let z, ratios = Gaussian.weighed generator draws code
        let weights = model.LogLikelihood (Gaussian.repeated draws images) z + ratios
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
