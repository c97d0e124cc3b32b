namespace Workbench

open System
open TorchSharp

/// Parzen windows: a Gaussian of width sigma on each sample of a generator, and the log-density of images under their mean, in
/// nats per image (Breuleux et al., 2011; Goodfellow et al., 2014). Of high variance and blind to much: only to stand beside the
/// figures of the papers that print it.
[<RequireQualifiedAccess>]
module Parzen =

    /// The widths tried by Goodfellow et al.: ten from 0.1 to 1, evenly in their logarithms.
    let sigmas: float list = [ for i in 0..9 -> 10.0 ** (float i / 9.0 - 1.0) ]

    let private logDensity (pixels: float) (sigma: float) (distances: ArraySegment<float32>) =
        let scale = -0.5 / (sigma * sigma)
        let values = distances.AsSpan()
        let mutable nearest = infinityf

        for i in 0 .. values.Length - 1 do
            nearest <- min nearest values[i]

        let mutable sum = 0.0

        for i in 0 .. values.Length - 1 do
            sum <- sum + exp (scale * float (values[i] - nearest))

        scale * float nearest + log (sum / float values.Length)
        - pixels * log (sigma * sqrt (2.0 * Math.PI))

    /// The log-likelihood of each image, N x pixels, under windows of this width on M x pixels samples.
    let logLikelihoods (sigma: float) (samples: torch.Tensor) (images: torch.Tensor) : float[] =
        let pixels = float images.shape[1]
        Distances.mapRows (fun _ -> logDensity pixels sigma) images samples

    /// The mean log-likelihood of the images.
    let logLikelihood (sigma: float) (samples: torch.Tensor) (images: torch.Tensor) : Estimate =
        Estimate.ofValues (logLikelihoods sigma samples images)

    /// The width under which images that serve for nothing else are likeliest.
    let choose (sigmas: float list) (samples: torch.Tensor) (validation: torch.Tensor) : float =
        let pixels = float validation.shape[1]

        let measure _ distances =
            sigmas
            |> List.map (fun sigma -> logDensity pixels sigma distances)
            |> Array.ofList

        let rows = Distances.mapRows measure validation samples

        sigmas
        |> List.indexed
        |> List.maxBy (fun (index, _) -> rows |> Array.averageBy (fun row -> row[index]))
        |> snd
