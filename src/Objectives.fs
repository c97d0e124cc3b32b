namespace Workbench

open TorchSharp

/// What models that stand beside others are trained for, and figures of an epoch's end that several experiments have.
[<RequireQualifiedAccess>]
module Objectives =

    /// The images that stand for all training images in an epoch's figures: the first 10,000.
    let head (images: Tensor) : Tensor =
        images.narrow (0L, 0L, min 10_000L images.shape[0])

    /// The same with their labels.
    let headOf (examples: Examples) : Examples =
        { Images = head examples.Images
          Labels = examples.Labels |> Option.map head }

    /// train_error, validation_error where there are such examples, and test_error: squared errors of reconstructions, summed over
    /// pixels.
    let errors (reconstruct: Tensor -> Tensor) (data: Dataset) : (string * float) list =
        let measure = Metrics.squaredError reconstruct data.Pixels

        [ "train_error", measure (head data.Train.Images)
          match data.Validation with
          | Some examples -> "validation_error", measure examples.Images
          | None -> ()
          "test_error", measure data.Test.Images ]

    /// A bound and its parts as figures: PREFIX_reconstruction, PREFIX_kl, PREFIX_nelbo.
    let named (prefix: string) (parts: ElboParts) : (string * float) list =
        [ prefix + "_reconstruction", parts.Reconstruction
          prefix + "_kl", parts.Kl
          prefix + "_nelbo", parts.NegativeElbo ]

    /// The bound and its parts on the training images, of which the first stand for all, and on the test images.
    let elbo (vae: Models.Vae) (data: Dataset) (pass: Pass) : (string * float) list =
        let measure prefix images =
            named prefix (Metrics.elbo vae pass data.Pixels images)

        measure "train" (head data.Train.Images) @ measure "test" data.Test.Images

    /// Minus the importance-weighted bound of a VAE with Bernoulli pixels, by so many draws of q(z|x), averaged over the images.
    let importanceWeighted (vae: Models.Vae) (draws: int) (pass: Pass) (batch: Batch) : Tensor =
        let z, ratios =
            vae.Encode pass batch.Images |> Gaussian.weighed pass.Generator draws

        let images = Gaussian.repeated draws batch.Images
        let reconstructions = Losses.binaryCrossEntropyPerImage (vae.Decode pass z) images

        Losses.importanceWeighted ((ratios - reconstructions).reshape(int64 draws, -1L))

    /// An objective of a VAE of linear layers that begins elsewhere: with weights uniform within the root of 6 / (inputs + outputs)
    /// (Glorot and Bengio, 2010), and with biases of 0, but for those of the pixels, which are the logits of the training images'
    /// means, at least 0.001 and at most 0.999 (Burda et al., 2016, their code). Other layers raise ArgumentException.
    let fromMeanImage (vae: Models.Vae) (data: Dataset) (objective: Objective) : Objective =
        let decoder = List.last vae.Nets
        let ofPixels = $"{decoder.Name}.{decoder.Layers.Length - 1}.bias"

        let isPlain layer =
            match layer with
            | Linear _
            | Activation _
            | Dropout _ -> true
            | _ -> false

        if
            not (List.last decoder.Layers).IsLinear
            || vae.Nets |> List.exists (fun net -> not (List.forall isPlain net.Layers))
        then
            invalidArg
                (nameof vae)
                "this beginning is for linear layers, the last of which gives logits"

        let first (name: string) (drawn: Tensor) =
            if name = ofPixels then
                let means =
                    data.Train.Images
                        .mean([| 0L |])
                        .clamp_min(0.001.ToScalar())
                        .clamp_max(0.999.ToScalar())

                (means / (1.0 - means)).log()
            elif drawn.dim () = 1L then
                torch.zeros_like drawn
            else
                // Drawn within 1 / sqrt(inputs).
                let outputs, inputs = float drawn.shape[0], float drawn.shape[1]
                drawn * sqrt (6.0 * inputs / (inputs + outputs))

        { objective with
            Init = objective.Init >> Map.map first }

    /// An objective that begins with the named parameters at a share of what is drawn for them. Its Init raises ArgumentException for a
    /// name that is none of its parameters'.
    let fromShare (share: float) (names: string list) (objective: Objective) : Objective =
        let first (drawn: Parameters) =
            match names |> List.tryFind (drawn.ContainsKey >> not) with
            | Some name -> invalidArg (nameof names) $"there is no parameter {name}"
            | None ->
                drawn
                |> Map.map (fun name tensor ->
                    if List.contains name names then tensor * share else tensor)

        { objective with
            Init = objective.Init >> first }

    /// The negative evidence lower bound with a weight on the KL, which may change with the epoch: reconstruction + weight KL.
    let weightedVae (vae: Models.Vae) (weight: int -> float) (data: Dataset) : Objective =
        let loss (pass: Pass) (batch: Batch) =
            let q = vae.Encode pass batch.Images
            let logits = vae.Decode pass (Gaussian.sample pass.Generator q)

            let loss =
                Losses.binaryCrossEntropy logits batch.Images
                + Losses.gaussianKl q * weight batch.Epoch

            loss, [ ("train_loss", loss) ]

        Objective.create vae.Nets [ Update.minimise "vae" vae.Nets loss ] (fun epoch pass ->
            ("kl_weight", weight epoch) :: elbo vae data pass)

    /// The plain negative ELBO of a VAE that stands beside other models.
    let vae (vae: Models.Vae) (data: Dataset) : Objective =
        weightedVae vae (Schedule.constant 1.0) data

    /// The squared error of reconstructions, summed over pixels, of an autoencoder that stands beside other models.
    let autoencoder (model: Models.Autoencoder) (data: Dataset) : Objective =
        let reconstruct pass = model.Encode pass >> model.Decode pass

        let loss (pass: Pass) (batch: Batch) =
            let loss = Losses.squaredError (reconstruct pass batch.Images) batch.Images
            loss, [ ("train_loss", loss) ]

        Objective.create model.Nets [ Update.minimise "autoencoder" model.Nets loss ] (fun _ pass ->
            errors (reconstruct pass) data)

    /// As many draws of N(0, I) as a batch has images, N x size.
    let noise (pass: Pass) (batch: Batch) (size: int) : torch.Tensor =
        Gaussian.prior pass.Generator batch.Images.shape[0] size

    /// A discriminator's figures: its loss, and what it holds likely of real and of made examples.
    let verdicts (loss: Tensor) (real: Tensor) (made: Tensor) =
        let share (logits: Tensor) = logits.sigmoid().mean()
        [ "discriminator_loss", loss; "d_real", share real; "d_fake", share made ]

    /// Half the squared gradient of a discriminator at images, N x pixels, averaged over them, given their logits: R1 where they are real,
    /// R2 where they are made (Mescheder, Geiger and Nowozin, 2018). Here it is along one random direction an image, by a finite
    /// difference, so that nothing is differentiated twice (Lin et al., 2025): `noise` is the deviation, in pixels, of what is added to
    /// the images. Little noise feels the slope at them, more noise that of the wider surroundings.
    let steepness
        (noise: float)
        (judge: Pass -> torch.Tensor -> torch.Tensor)
        (pass: Pass)
        (images: torch.Tensor)
        (logits: torch.Tensor)
        : torch.Tensor =
        let moved = images + Random.normal pass.Generator images.shape * noise
        Losses.halfSquaredSlope noise logits (judge pass moved)

    /// A discriminator's loss and so much of its steepness at real and at made images, each beside their logits; with its figures.
    let restrained
        (weight: float, noise: float)
        (judge: Pass -> torch.Tensor -> torch.Tensor)
        (pass: Pass)
        (loss: torch.Tensor)
        (real: torch.Tensor, ofReal: torch.Tensor)
        (made: torch.Tensor, ofMade: torch.Tensor)
        =
        let steepness = steepness noise judge pass
        let steep = steepness real ofReal + steepness made ofMade
        loss + steep * weight, verdicts loss ofReal ofMade @ [ ("gradient_penalty", steep) ]

    /// The loss of a discriminator, which tells `real` from `made` by the logits of `judge`. No gradient reaches who made them.
    let distinguish
        (judge: Pass -> torch.Tensor -> torch.Tensor)
        (real: Pass -> Batch -> torch.Tensor)
        (made: Pass -> Batch -> torch.Tensor)
        (pass: Pass)
        (batch: Batch)
        =
        let fake = Pass.constant (fun () -> made pass batch)
        let real, fake = judge pass (real pass batch), judge pass fake
        let loss = Losses.discriminator real fake
        loss, verdicts loss real fake

    /// One discriminator step after the other, and a generator's step after every `discriminatorSteps` of them (Goodfellow et
    /// al., 2014, algorithm 1).
    let ganWith (gan: Models.Gan) (discriminatorSteps: int) (saturating: bool) : Objective =
        let generate (pass: Pass) batch =
            gan.Generate pass (noise pass batch gan.Noise)

        let fool pass batch =
            let loss = Losses.generator saturating (gan.Discriminate pass (generate pass batch))

            loss, [ ("generator_loss", loss) ]

        let distinguish =
            distinguish gan.Discriminate (fun _ batch -> batch.Images) generate

        Objective.create
            [ gan.Generator; gan.Discriminator ]
            [ Update.minimise "discriminator" [ gan.Discriminator ] distinguish
              { Update.minimise "generator" [ gan.Generator ] fool with
                  Every = discriminatorSteps } ]
            (fun _ _ -> [])

    /// A GAN that stands beside other models: a step of each network at each batch, with the non-saturating loss.
    let gan (gan: Models.Gan) : Objective = ganWith gan 1 false

/// Training images that are made of others.
[<RequireQualifiedAccess>]
module Augmentation =

    /// Grey square images, N x pixels, each moved by up to so many pixels each way, drawn from the generator; what comes in is 0.
    let shifted (generator: torch.Generator) (most: int) (images: Tensor) : Tensor =
        let count, most = images.shape[0], int64 most
        let side = int64 (sqrt (float images.shape[1]))
        let wide = side + 2L * most

        let padded = torch.zeros ([| count; wide; wide |], device = images.device)
        let inside = padded.narrow(1L, most, side).narrow(2L, most, side)
        inside.copy_ (images.reshape (count, side, side)) |> ignore

        let moves () =
            Random.below (2L * most + 1L) generator [| count; 1L |]
            + torch.arange (side.ToScalar(), device = images.device)

        let rows, columns = moves (), moves ()
        let places = (rows * wide).unsqueeze 2L + columns.unsqueeze 1L
        padded.reshape(count, wide * wide).gather(1L, places.reshape (count, side * side))
