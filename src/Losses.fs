namespace Workbench

open TorchSharp

/// Losses as pure functions. Every one is summed over pixels (or latent dimensions) per example, then averaged over the
/// batch, in nats.
[<RequireQualifiedAccess>]
module Losses =

    let private perExample (sum: Tensor) (batch: Tensor) = sum / float batch.shape[0]

    let private crossEntropy (reduction: torch.nn.Reduction) (logits: Tensor) (targets: Tensor) =
        torch.nn.functional.binary_cross_entropy_with_logits (
            logits,
            targets,
            reduction = reduction
        )

    /// -sum over pixels of (x ln p + (1 - x) ln (1 - p)), p = sigmoid logits; for N x pixels logits and targets x in
    /// [0, 1]. The negative log-likelihood of independent Bernoulli pixels where targets are 0 or 1.
    let binaryCrossEntropy (logits: Tensor) (targets: Tensor) : Tensor =
        perExample (crossEntropy torch.nn.Reduction.Sum logits targets) logits

    /// The same sum of each of N images: N numbers, whose mean `binaryCrossEntropy` is.
    let binaryCrossEntropyPerImage (logits: Tensor) (targets: Tensor) : Tensor =
        (crossEntropy torch.nn.Reduction.None logits targets).sum 1L

    /// -ln of the mean of K weights w = p(x, z) / q(z|x), averaged over the batch, from ln w, K x N: minus the importance-weighted
    /// bound (Burda, Grosse and Salakhutdinov, 2016, Eq. 8). Its gradient weighs the draws of an image by their shares of its
    /// weights (Eq. 13). A draw of the negative ELBO where K is 1.
    let importanceWeighted (logWeights: Tensor) : Tensor =
        (logWeights.logsumexp 0L).mean() * -1.0 + log (float logWeights.shape[0])

    /// Twice the KL of each dimension of each image: mean^2 + deviation^2 - ln variance - 1 (Kingma and Welling, 2014, appendix B).
    let private klTerms (code: Gaussian) =
        code.Mean.square () + code.Deviation.square () - code.LogVariance - 1.0

    /// KL(q || N(0, I)), the sum of `gaussianKlPerDimension`.
    let gaussianKl (code: Gaussian) : Tensor =
        perExample ((klTerms code).sum() * 0.5) code.Mean

    /// KL(q || N(0, I)) of each latent dimension, averaged over the batch: latent numbers.
    let gaussianKlPerDimension (code: Gaussian) : Tensor =
        (klTerms code).sum 0L * (0.5 / float code.Mean.shape[0])

    /// KL(q || N(0, I)) of each of N images: N numbers, whose mean `gaussianKl` is.
    let gaussianKlPerImage (code: Gaussian) : Tensor = (klTerms code).sum 1L * 0.5

    /// Sum over pixels of (x - y)^2, averaged over the batch.
    let squaredError (images: Tensor) (targets: Tensor) : Tensor =
        perExample ((images - targets).square().sum()) targets

    /// Sum over pixels of (x - y)^2 of each of N images: N numbers, whose mean `squaredError` is.
    let squaredErrorPerImage (images: Tensor) (targets: Tensor) : Tensor =
        (images - targets).square().sum 1L

    /// The Euclidean norm over pixels of x - y, averaged over the batch. A little is added under the root, whose slope at 0
    /// has no bound.
    let normError (images: Tensor) (targets: Tensor) : Tensor =
        (squaredErrorPerImage images targets + 1e-8).sqrt().mean()

    /// ln(1 + e^x), averaged.
    let private softplus (x: Tensor) = (torch.nn.functional.softplus x).mean()

    /// -ln D(x) - ln(1 - D(x~)), D = sigmoid logit, averaged over the batch of real and the batch of made examples: what a
    /// discriminator minimises (Goodfellow et al., 2014, algorithm 1). 2 ln 2 where it can't tell.
    let discriminator (real: Tensor) (made: Tensor) : Tensor = softplus (-real) + softplus made

    /// What a generator minimises: -ln D(x~), or, saturating, ln(1 - D(x~)), averaged over the batch, from the logits of what it
    /// made. Both have the same fixed point; the second has little gradient where the discriminator is sure (section 3 of the same).
    let generator (saturating: bool) (made: Tensor) : Tensor =
        if saturating then -(softplus made) else softplus (-made)

    /// Half the squared length of a function's gradient in its input, averaged over the batch, by finite differences: `moved` are the
    /// values, N x 1, where noise of this deviation was added to the inputs of `values`. Along a direction n of N(0, I) the
    /// squared slope (n g)^2 is g^2 on average.
    let halfSquaredSlope (deviation: float) (values: Tensor) (moved: Tensor) : Tensor =
        (moved - values).square().mean() * (0.5 / (deviation * deviation))

    /// Half the squared distance in a hidden layer, each of its numbers in units of its deviation over both batches, summed over the
    /// numbers, averaged over the batch: -ln of a Gaussian with that variance up to a constant (Larsen et al., 2016, Eq. 7, whose
    /// layer batch normalisation holds at one scale). N x d both, N > 1.
    let similarity (hidden: Tensor) (target: Tensor) : Tensor =
        let deviation = (torch.cat([| hidden; target |], 0L).``var`` 0L + 1e-5).sqrt()
        squaredError (hidden / deviation) (target / deviation) * 0.5

    /// The entropy of pixels taken as Bernoulli probabilities, summed over pixels, averaged over the batch: the least that
    /// `binaryCrossEntropy` can be for these targets. 0 where every pixel is 0 or 1.
    let pixelEntropy (targets: Tensor) : Tensor =
        let timesLog (p: Tensor) =
            p * (p.clamp_min (1e-12.ToScalar())).log()

        perExample ((timesLog targets + timesLog (1.0 - targets)).sum() * -1.0) targets

/// Settings that change with the epoch, as functions of its absolute number, which starts at 1.
[<RequireQualifiedAccess>]
module Schedule =

    /// The same in every epoch.
    let constant (value: float) : int -> float = fun _ -> value

    /// Rises in equal steps to the value, which the given epoch is the first to have; 0 epochs: at once.
    let warmup (epochs: int) (value: float) : int -> float =
        fun epoch -> if epoch >= epochs then value else value * float epoch / float epochs

    /// Multiplied by the factor after each of the given epochs.
    let drops (epochs: int list) (factor: float) (value: float) : int -> float =
        fun epoch -> value * factor ** float (epochs |> List.filter ((>) epoch) |> List.length)

    /// The same for the first share of all epochs, then less by equal steps: 0 would follow on the last one, whose value stays where
    /// a training goes on beyond its plan.
    let fades (steady: float) (epochs: int) (value: float) : int -> float =
        fun epoch ->
            let before = float (min epoch epochs - 1) / float epochs
            if before < steady then value else value * (1.0 - before) / (1.0 - steady)
