namespace Workbench

open TorchSharp

/// What is reported of a likelihood model, in nats per image: the two parts of the (negative) evidence lower bound.
type ElboParts =
    { Reconstruction: float
      Kl: float }

    /// Reconstruction + KL: weight 1, whatever the weight in training was.
    member this.Elbo = this.Reconstruction + this.Kl

/// Measurements in evaluation mode, without gradients, on noise of a fixed key, so that figures of one model never differ.
[<RequireQualifiedAccess>]
module Metrics =

    let private batchSize = 500L

    /// What is measured of all images, batch by batch; dynamic pixels are drawn from the fixed key.
    let private overBatches
        (pixels: Pixels)
        (images: torch.Tensor)
        (measure: torch.Generator -> torch.Tensor -> 'T)
        : 'T list =
        use _ = torch.no_grad ()
        let generator = Random.generator 0 Random.Evaluation 0
        let count = images.shape[0]

        [ 0L .. batchSize .. count - 1L ]
        |> List.map (fun start ->
            use _ = torch.NewDisposeScope()
            let rows = images.narrow (0L, start, min batchSize (count - start))
            measure generator (Pixels.seen pixels generator rows))

    /// The mean of batches' mean figures over all images.
    let private meanOver pixels (images: torch.Tensor) measure =
        let sums =
            overBatches pixels images (fun generator batch ->
                measure generator batch |> List.map (fun mean -> mean * float batch.shape[0]))

        sums
        |> List.reduce (List.map2 (+))
        |> List.map (fun sum -> sum / float images.shape[0])

    /// Figures of each image, a list of N numbers each as `measure` gives them of a batch, on the same noise as the means below.
    let perImage
        (pixels: Pixels)
        (images: torch.Tensor)
        (measure: torch.Generator -> torch.Tensor -> torch.Tensor list)
        : float[] list =
        overBatches pixels images (fun generator batch ->
            measure generator batch
            |> List.map (fun figures -> figures.to_type(torch.float64).data<float>().ToArray()))
        |> List.transpose
        |> List.map Array.concat

    let private partsOf encode decode (pixels: Pixels) (images: torch.Tensor) : ElboParts =
        let measure generator batch =
            let code: Gaussian = encode batch
            let logits = decode (Gaussian.sample generator code)

            [ Losses.binaryCrossEntropy logits batch; Losses.gaussianKl code ]
            |> List.map (fun mean -> float (mean.item<float32>()))

        match meanOver pixels images measure with
        | [ reconstruction; kl ] ->
            { Reconstruction = reconstruction
              Kl = kl }
        | figures -> invalidOp $"two figures expected, not {figures.Length}"

    /// Reconstruction (summed cross-entropy) and KL of a VAE, one noise sample an image.
    let elbo (vae: Models.Vae) (pass: Pass) pixels images : ElboParts =
        partsOf (vae.Encode pass) (vae.Decode pass) pixels images

    /// The squared error of reconstructions, summed over pixels, averaged over images.
    let squaredError
        (reconstruct: torch.Tensor -> torch.Tensor)
        (pixels: Pixels)
        (images: torch.Tensor)
        : float =
        meanOver pixels images (fun _ batch ->
            [ float ((Losses.squaredError (reconstruct batch) batch).item<float32>()) ])
        |> List.exactlyOne

    /// KL(q || N(0, I)), averaged over images.
    let kl (encode: torch.Tensor -> Gaussian) (pixels: Pixels) (images: torch.Tensor) : float =
        meanOver pixels images (fun _ batch ->
            [ float ((Losses.gaussianKl (encode batch)).item<float32>()) ])
        |> List.exactlyOne

    /// KL(q || N(0, I)) of each latent dimension, averaged over the images.
    let klPerDimension
        (encode: torch.Tensor -> Gaussian)
        (pixels: Pixels)
        (images: torch.Tensor)
        : float list =
        meanOver pixels images (fun _ batch ->
            let code = encode batch
            use values = (Losses.gaussianKlPerDimension code).cpu()
            values.data<float32>().ToArray() |> Array.map float |> List.ofArray)

    /// The entropy of the pixels as probabilities: the floor of the reconstruction on grey images.
    let pixelEntropy (pixels: Pixels) (images: torch.Tensor) : float =
        meanOver pixels images (fun _ batch ->
            [ float ((Losses.pixelEntropy batch).item<float32>()) ])
        |> List.exactlyOne
