#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open Workbench

let question = "What does a VAE gain from a discriminator?"

/// What encoder and decoder minimise beside the KL.
type Loss =
    | Similarity
    | Basic

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | [<Help "similarity: learned in the discriminator; basic: no reconstruction term">] Loss of
        Loss
    | [<Help "weight of the similarity in the decoder's loss">] Gamma of x: float
    | [<Help "numbers of the code">] Latent of units: int
    | [<Help "convolutional networks">] Conv
    | [<Help "channels of the convolutions, from the image on; needs --conv">] Channels of
        units: int list
    | [<Help "how much of the mean gradient the VAE-GAN's Adam keeps at a step">] Beta1 of
        share: float
    | [<Help "share of its epochs with the full learning rate, which then fades">] Lr_Steady of
        share: float

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

// Of the weights 0.01, 0.1 and 1, 0.1 has the least FID-LeNet on Fashion-MNIST.
let defaults =
    [ Loss Similarity
      Gamma 0.1
      Latent 32
      Channels [ 32; 64 ]
      Beta1 0.5
      Lr_Steady 0.25 ]

let body (run: Run<Setting>) =
    let isBasic, changed = run.Get Loss = Basic, run.Request.Changed
    let isGiven option = List.contains option changed
    BadInput.require (run.Has Conv || not (isGiven "channels")) "--channels: needs --conv"
    BadInput.require (not (isBasic && isGiven "gamma")) "--gamma: has no part in --loss basic"

    // The data: images N x pixels in [0, 1].
    let data, latent = run.Data, run.Get Latent

    // The model (Larsen et al., 2016): images to features, for encoder and discriminator; codes to pixels in (0, 1).
    let after, widths = Stacks.normalisedRelu, [ data.Size; 512; 256 ]

    let features, width, pixels =
        if run.Has Conv then
            let down, inner, up = Stacks.convolutional after data.ImageShape (run.Get Channels)
            let pixels = Stacks.linear after [ latent; inner ] @ up
            down @ Stacks.linear after [ inner; 128 ], 128, pixels
        else
            Stacks.linear after widths, 256, Stacks.perceptron after (latent :: List.rev widths)

    let pixels = pixels @ [ Layer.Activation Sigmoid ]
    let model = Models.vae Exponential latent features pixels
    let encoder, decoder = List.splitAt 3 model.Nets // the encoder with its heads
    let hidden = Net.create "discriminator" features
    let verdict = Net.create "verdict" [ Linear(width, 1) ]
    let nets = model.Nets @ [ hidden; verdict ]

    // Three losses of one pass, each for its own network; the basic one is for encoder and decoder alike.
    let losses (pass: Pass) (batch: Batch) : StepLosses =
        let judge images =
            let features = Net.apply pass hidden images
            features, Net.apply pass verdict features

        let q = model.Encode pass batch.Images
        let reconstruction = model.Decode pass (Gaussian.sample pass.Generator q)
        let made = model.Decode pass (Objectives.noise pass batch latent)
        let ofReal, real = judge batch.Images
        let ofCopy, copy = judge reconstruction
        let _, made = judge made

        let kl, similarity = Losses.gaussianKl q, Losses.similarity ofCopy ofReal
        let fooling = Losses.generator false copy + Losses.generator false made
        let telling = Losses.discriminator real copy - Losses.generator true made


        { Losses =
            [ if isBasic then
                  encoder @ decoder, kl + fooling
              else
                  encoder, kl + similarity
                  decoder, similarity * run.Get Gamma + fooling
              [ hidden; verdict ], telling ]
          Figures =
            [ "train_kl", kl; "similarity", similarity; "generator_loss", fooling ]
            @ Objectives.verdicts telling real made }

    // The training: a fold over epochs. A run starts here, goes on here (--resume), is measured here (--evaluate).
    let can = Can.coded "VAE-GAN" model model.Decode

    let measure _ pass =
        let kl = Metrics.kl (model.Encode pass) data.Pixels data.Test.Images
        Objectives.errors (can pass).Reconstruct.Value data @ [ ("test_kl", kl) ]

    let trained =
        run.Fit(
            data,
            Objective.create nets [ Update.create "vae-gan" nets losses ] measure,
            can,
            name = "vae-gan",
            rate = Schedule.fades (run.Get Lr_Steady) run.Planned,
            beta1 = run.Get Beta1,
            shown = [ "train_kl"; "discriminator_loss"; "generator_loss"; "test_error" ]
        )

    // A VAE beside it: a code of the same size, fully connected layers as wide.
    let layers, back = Stacks.linear Stacks.relu widths, latent :: List.rev widths
    let vae = Models.vae Exponential latent layers (Stacks.perceptron Stacks.relu back)
    let shown = [ "train_loss"; "test_nelbo" ]

    let plain =
        run.Fit(data, Objectives.vae vae data, Can.vae vae, name = "vae", shown = shown)

    // The page.
    run.Report(fun () ->
        let history = trained.History
        let curve = Sections.learningCurve history
        let distance = "Distance in the discriminator's hidden layer"

        let compared =
            [ "vae_gan", can trained.Pass; "vae", Can.vae vae plain.Pass ]
            |> SideBySide.codes data run.Seed

        { compared with
            Figures = ("epochs", float trained.State.Epoch) :: compared.Figures
            Sections =
                [ yield! compared.Sections
                  yield! Sections.adversarial history "generator" "D(x)" "D of images of the prior"
                  curve "nats per image" "KL of the code, VAE-GAN" "kl"
                  Sections.curves history distance "half the square" [ ("training", "similarity") ]
                  curve "squared error per image" "Reconstructions, VAE-GAN" "error" ] })

let usual own =
    Common.Data "fashion-mnist"
    :: (if List.contains Conv own then [ Common.Epochs 8 ] else [])

let experiment = Experiment.Create(question, defaults, body, commonBy = usual)

Experiment.Main experiment
