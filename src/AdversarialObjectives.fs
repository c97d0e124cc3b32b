namespace Workbench

open TorchSharp

/// What the adversarial models are trained for. Every network follows its own loss alone.
[<RequireQualifiedAccess>]
module AdversarialObjectives =

    let private share (logits: torch.Tensor) = logits.sigmoid().mean()

    /// A discriminator's figures: its loss, and what it holds likely of real and of made examples.
    let private verdicts loss real made =
        [ "discriminator_loss", loss; "d_real", share real; "d_fake", share made ]

    let private prior (batch: Batch) size =
        Gaussian.prior batch.Generator batch.Images.shape[0] size

    /// One discriminator step after the other, and a generator's step after every `discriminatorSteps` of them (Goodfellow et
    /// al., 2014, algorithm 1). With classes, both see the batch's labels.
    let gan (spec: Gan.Spec) (discriminatorSteps: int) (saturating: bool) : Objective =
        let discriminator parameters (batch: Batch) : Objectives.Losses =
            let mode = Training batch.Generator

            let made =
                use _ = torch.no_grad ()
                (Gan.generate spec parameters mode batch.Labels (prior batch spec.Noise)).Output

            let real = Gan.discriminate spec parameters mode batch.Labels batch.Images
            let after = Network.updated real.Statistics parameters
            let fake = Gan.discriminate spec after mode batch.Labels made
            let loss = Losses.discriminator real.Output fake.Output

            { Losses =
                [ [ "discriminator" ], loss ]
              Statistics = fake.Statistics
              Figures = verdicts loss real.Output fake.Output }

        // What the discriminator's statistics became in judging these images is thrown away: the step is the generator's.
        let generator parameters (batch: Batch) : Objectives.Losses =
            let mode = Training batch.Generator
            let made = Gan.generate spec parameters mode batch.Labels (prior batch spec.Noise)
            let verdict = Gan.discriminate spec parameters mode batch.Labels made.Output
            let loss = Losses.generator saturating verdict.Output

            { Losses =
                [ [ "generator" ], loss ]
              Statistics = made.Statistics
              Figures = [ "generator_loss", loss ] }

        { Init = fun seed -> Gan.init seed spec
          Updates =
            [ Objectives.update "discriminator" [ "discriminator" ] discriminator
              { Objectives.update "generator" [ "generator" ] generator with
                  Every = discriminatorSteps } ]
          Measure = fun _ _ -> [] }

    /// What a VAE-GAN's encoder and decoder minimise.
    type VaeGanLoss =
        /// Eq. 8 of Larsen et al. (2016): the prior's KL and the learned similarity, of which the decoder follows gamma times.
        | Similarity of gamma: float
        /// The prior's KL and the generator's loss, without a reconstruction term.
        | Basic

    /// Reconstructions and images of the prior, as the discriminator sees them in a training step.
    type private Judged =
        { Code: Gaussian
          Hidden: torch.Tensor
          HiddenOfReconstruction: torch.Tensor
          Real: torch.Tensor
          Reconstruction: torch.Tensor
          Made: torch.Tensor
          Statistics: Parameters }

    /// One forward pass of all three networks. Real, reconstructed and made images are batches of their own.
    let private judge (spec: VaeGan.Spec) parameters (batch: Batch) : Judged =
        let mode = Training batch.Generator
        let code, encoderStatistics = VaeGan.encode spec parameters mode batch.Images

        let reconstruction =
            VaeGan.decode spec parameters mode (Gaussian.sample batch.Generator code)

        let parameters = Network.updated reconstruction.Statistics parameters
        let made = VaeGan.decode spec parameters mode (prior batch spec.Latent)
        let ofReal = VaeGan.hidden spec parameters mode batch.Images
        let parameters = Network.updated ofReal.Statistics parameters
        let ofReconstruction = VaeGan.hidden spec parameters mode reconstruction.Output
        let parameters = Network.updated ofReconstruction.Statistics parameters
        let ofMade = VaeGan.hidden spec parameters mode made.Output

        { Code = code
          Hidden = ofReal.Output
          HiddenOfReconstruction = ofReconstruction.Output
          Real = VaeGan.verdict parameters ofReal.Output
          Reconstruction = VaeGan.verdict parameters ofReconstruction.Output
          Made = VaeGan.verdict parameters ofMade.Output
          Statistics =
            encoderStatistics
            |> Network.updated made.Statistics
            |> Network.updated ofMade.Statistics }

    /// Three networks, each on its own losses (Larsen et al., 2016, algorithm 1): the encoder gets nothing of the discriminator's
    /// verdict with `Similarity`; with `Basic`, encoder and decoder share one loss.
    let vaeGan (spec: VaeGan.Spec) (loss: VaeGanLoss) (data: Dataset) : Objective =
        let losses parameters (batch: Batch) : Objectives.Losses =
            let judged = judge spec parameters batch
            let kl = Losses.gaussianKl judged.Code

            let fooling =
                Losses.generator false judged.Reconstruction
                + Losses.generator false judged.Made

            let similarity = Losses.similarity judged.HiddenOfReconstruction judged.Hidden

            let discriminator =
                Losses.discriminator judged.Real judged.Reconstruction
                + torch.nn.functional.softplus(judged.Made).mean()

            let own =
                match loss with
                | Similarity gamma ->
                    [ VaeGan.encoderNetworks, kl + similarity
                      [ "decoder" ], similarity * gamma + fooling ]
                | Basic ->
                    [ "decoder" :: VaeGan.encoderNetworks, kl + fooling ]

            { Losses =
                own
                @ [ [ "discriminator" ], discriminator ]
              Statistics = judged.Statistics
              Figures =
                [ "train_kl", kl; "similarity", similarity; "generator_loss", fooling ]
                @ verdicts discriminator judged.Real judged.Made }

        { Init = fun seed -> VaeGan.init seed spec
          Updates =
            [ Objectives.update
                  "vae-gan"
                  ("decoder" :: "discriminator" :: VaeGan.encoderNetworks)
                  losses ]
          Measure =
            fun _ pass ->
                let parameters = pass.Parameters

                let kl =
                    Metrics.kl
                        (fun images -> fst (VaeGan.encode spec parameters Evaluation images))
                        data.Pixels
                        data.Test.Images

                Objectives.errors (VaeGan.reconstruct spec parameters) data @ [ "test_kl", kl ] }

    /// How an adversarial autoencoder's reconstructions are judged.
    type Reconstruction =
        /// Squared error, summed over pixels.
        | SquaredError
        /// Its root: the Euclidean norm of the difference.
        | Norm

    /// Against the reconstruction's learning rate, that of an adversarial autoencoder's encoder where it fools the discriminator: at
    /// the same rate it is torn between its losses, and reconstructions get worse from epoch to epoch.
    let private encoderRate = 0.1

    /// The same of the discriminator, which fades faster than the training's. As fast as the encoder or slower, it leaves the
    /// variances of the codes uneven; twice as fast it makes them even, but holds them under 1, as long as it has not slowed down.
    let private discriminatorRate (epochs: int) : int -> float =
        fun epoch -> 0.2 * Schedule.fades AdversarialTraining.steady epochs 1.0 epoch ** 0.4

    /// The standard deviation of the noise through which an adversarial autoencoder's discriminator sees draws and codes alike.
    /// Images fill a thin part of the code's many dimensions, by which it would know a code at once and teach the encoder
    /// nothing; equal distributions stay equal, and different ones different, under the noise, and the less of it there is, the
    /// finer are the differences that are seen (Sonderby et al., 2017).
    let private instanceNoise: int -> int -> float = Schedule.between 1.0 0.6

    /// The three phases of Makhzani et al. (2015) at each batch: reconstruction; the discriminator tells draws of N(0, I) from
    /// codes; the encoder's codes fool it. Each phase has Adam's moments of its own. For a training of so many epochs.
    let adversarialAutoencoder
        (spec: AdversarialAutoencoder.Spec)
        (reconstruction: Reconstruction)
        (saturating: bool)
        (epochs: int)
        (data: Dataset)
        : Objective =
        let only networks loss figures : Objectives.Losses =
            { Losses = [ networks, loss ]
              Statistics = Map.empty
              Figures = figures }

        let discriminate parameters (batch: Batch) codes =
            codes + prior batch spec.Latent * instanceNoise epochs batch.Epoch
            |> AdversarialAutoencoder.discriminate spec parameters

        let reconstruct parameters (batch: Batch) =
            let made =
                AdversarialAutoencoder.encode spec parameters batch.Images
                |> AdversarialAutoencoder.decode spec parameters

            let loss =
                match reconstruction with
                | SquaredError -> Losses.squaredError made batch.Images
                | Norm -> Losses.normError made batch.Images

            only [ "encoder"; "decoder" ] loss [ "train_loss", loss ]

        let discriminator parameters (batch: Batch) =
            let codes =
                use _ = torch.no_grad ()
                AdversarialAutoencoder.encode spec parameters batch.Images

            let real = discriminate parameters batch (prior batch spec.Latent)
            let made = discriminate parameters batch codes
            let loss = Losses.discriminator real made
            only [ "discriminator" ] loss (verdicts loss real made)

        let encoder parameters (batch: Batch) =
            let codes = AdversarialAutoencoder.encode spec parameters batch.Images
            let loss = Losses.generator saturating (discriminate parameters batch codes)
            only [ "encoder" ] loss [ "generator_loss", loss ]

        { Init = fun seed -> AdversarialAutoencoder.init seed spec
          Updates =
            [ Objectives.update "reconstruction" [ "encoder"; "decoder" ] reconstruct
              { Objectives.update "discriminator" [ "discriminator" ] discriminator with
                  Rate = discriminatorRate epochs }
              { Objectives.update "generator" [ "encoder" ] encoder with
                  Rate = Schedule.constant encoderRate } ]
          Measure =
            fun _ pass ->
                let parameters = pass.Parameters

                let reconstruct images =
                    AdversarialAutoencoder.encode spec parameters images
                    |> AdversarialAutoencoder.decode spec parameters

                Objectives.errors reconstruct data }
