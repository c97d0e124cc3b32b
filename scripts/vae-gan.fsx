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
    | [<Help "weight of the KL of the codes">] Kl_Weight of x: float
    | [<Help "numbers of the code">] Latent of units: int
    | [<Help "convolutional networks; the default of --lr is 0.001 then, of --epochs 5">] Conv
    | [<Help "channels of the convolutions, from the image on; needs --conv">] Channels of
        units: int list
    | [<Help "weight of the discriminator's squared gradient at real and at new images">] Gradient_Penalty of
        x: float
    | [<Help "deviation of the noise by which the penalty feels for the gradient">] Penalty_Noise of
        factor: float
    | [<Help "how much of the mean gradient the VAE-GAN's Adam keeps at a step">] Beta1 of
        share: float
    | [<Help "the VAE's learning rate; --lr is the VAE-GAN's">] Vae_Lr of rate: float

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

// A discriminator that is steep nowhere leaves the decoder something to learn, and codes that are like draws of the prior bring it to
// new images: docs/results.md has the figures without.
let defaults =
    [ Loss Similarity
      Gamma 0.01
      Kl_Weight 3.0
      Latent 32
      Channels [ 32; 64 ]
      Gradient_Penalty 1.0
      Penalty_Noise 0.1
      Beta1 0.5
      Vae_Lr 1e-3 ]

let body (run: Run<Setting>) =
    let isBasic, changed = run.Get Loss = Basic, run.Request.Changed
    let isGiven option = List.contains option changed
    BadInput.require (run.Has Conv || not (isGiven "channels")) "--channels: needs --conv"
    BadInput.require (not (isBasic && isGiven "gamma")) "--gamma: has no part in --loss basic"

    // The data: images N x pixels in [0, 1].
    let data, latent = run.Data, run.Get Latent

    // The model (Larsen et al., 2016): images to features, for encoder and discriminator; codes to pixels in (0, 1).
    let normalised, widths = Stacks.normalisedRelu, [ data.Size; 512; 256 ]

    let convolutions after =
        Stacks.convolutional after data.ImageShape (run.Get Channels)

    let features after =
        if run.Has Conv then
            let down, inner, _ = convolutions after
            down @ Stacks.linear after [ inner; 128 ], 128
        else
            Stacks.linear after widths, List.last widths

    let pixels =
        if run.Has Conv then
            let _, inner, up = convolutions normalised
            Stacks.linear normalised [ latent; inner ] @ up
        else
            Stacks.perceptron normalised (latent :: List.rev widths)

    let encoding, width = features normalised

    let model =
        Models.vae Exponential latent encoding (pixels @ [ Layer.Activation Sigmoid ])

    let encoder, decoder = List.splitAt 3 model.Nets // the encoder with its heads

    // Batch normalisation would keep from the discriminator what all images of a batch have in common, such as one lit corner.
    let hidden = Net.create "discriminator" (fst (features Stacks.relu))
    let verdict = Net.create "verdict" [ Linear(width, 1) ]

    let judge pass images =
        let features = Net.apply pass hidden images
        features, Net.apply pass verdict features

    let logits pass images = snd (judge pass images)

    /// The codes of a batch, the images decoded from them, and as many new ones.
    let imagine (pass: Pass) (batch: Batch) =
        let q = model.Encode pass batch.Images

        q,
        model.Decode pass (Gaussian.sample pass.Generator q),
        model.Decode pass (Objectives.noise pass batch latent)

    // The losses at a batch. First the discriminator's, which tells real images from both kinds of others, and is kept from being steep.
    let distinguish pass (batch: Batch) =
        let _, copy, made = Pass.constant (fun () -> imagine pass batch)

        let ofReal, ofCopy, ofMade =
            logits pass batch.Images, logits pass copy, logits pass made

        let loss = Losses.discriminator ofReal ofCopy - Losses.generator true ofMade
        let real, made = (batch.Images, ofReal), (made, ofMade)
        let penalty = run.Get Gradient_Penalty, run.Get Penalty_Noise
        Objectives.restrained penalty logits pass loss real made

    // Then those of encoder and decoder, each its own; the basic one is for both alike.
    let deceive pass (batch: Batch) : StepLosses =
        let q, copy, made = imagine pass batch
        let (ofCopy, copy), (_, made) = judge pass copy, judge pass made
        let ofReal = Net.apply pass hidden batch.Images
        let kl, similarity = Losses.gaussianKl q, Losses.similarity ofCopy ofReal
        let prior = kl * run.Get Kl_Weight
        let fooling = Losses.generator false copy + Losses.generator false made

        { Losses =
            if isBasic then
                [ (encoder @ decoder, prior + fooling) ]
            else
                [ encoder, prior + similarity; decoder, similarity * run.Get Gamma + fooling ]
          Figures = [ "train_kl", kl; "similarity", similarity; "generator_loss", fooling ] }

    // The training: a fold over epochs. A run starts here, goes on here (--resume), is measured here (--evaluate).
    let can = Can.coded "VAE-GAN" model model.Decode

    let measure _ pass =
        let kl = Metrics.kl (model.Encode pass) data.Pixels data.Test.Images
        Objectives.errors (can pass).Reconstruct.Value data @ [ ("test_kl", kl) ]

    let critic = [ hidden; verdict ]

    let updates =
        [ Update.minimise "discriminator" critic distinguish
          Update.create "vae-gan" model.Nets deceive ]

    // At so low a rate much of what is drawn for the weights beside the pixels stays to the end, as grain, unless they begin small.
    let besidePixels =
        [ "discriminator.0.weight"; $"decoder.{pixels.Length - 1}.weight" ]

    let beginning = if run.Has Conv then id else Objectives.fromShare 0.1 besidePixels

    let trained =
        run.Fit(
            data,
            Objective.create (model.Nets @ critic) updates measure |> beginning,
            can,
            name = "vae-gan",
            beta1 = run.Get Beta1,
            shown = [ "train_kl"; "discriminator_loss"; "generator_loss"; "test_error" ]
        )

    // A VAE beside it: a code of the same size, fully connected layers as wide.
    let layers = Stacks.linear Stacks.relu widths
    let back = Stacks.perceptron Stacks.relu (latent :: List.rev widths)
    let vae = Models.vae Exponential latent layers back
    let shown = [ "train_loss"; "test_nelbo" ]

    let plain =
        run.Fit(
            data,
            Objectives.vae vae data,
            Can.vae vae,
            name = "vae",
            lr = ("--vae-lr", run.Get Vae_Lr),
            shown = shown
        )

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
                  Sections.curves
                      history
                      distance
                      "half the square, in deviations"
                      [ ("training", "similarity") ]
                  curve "squared error per image" "Reconstructions, VAE-GAN" "error" ] })

// At a higher rate fully connected networks draw grainy clothes.
let usual own =
    let pace = if List.contains Conv own then Common.Epochs 5 else Common.Lr 3e-4
    [ Common.Data "fashion-mnist"; Common.Ema 0.999; pace ]

let experiment = Experiment.Create(question, defaults, body, commonBy = usual)

Experiment.Main experiment
