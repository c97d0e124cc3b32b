#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open TorchSharp
open Workbench

/// What encoder and decoder minimise beside the KL.
type Loss =
    | Similarity
    | Basic

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | Loss of Loss
    | Gamma of x: float
    | Latent of units: int
    | Conv
    | Channels of units: int list
    | Beta1 of share: float
    | Lr_Steady of share: float

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Loss _ -> "similarity: learned in the discriminator; basic: no reconstruction term"
            | Gamma _ -> "weight of the similarity in the decoder's loss"
            | Latent _ -> "numbers of the code"
            | Conv -> "convolutional networks"
            | Channels _ -> "channels of the convolutions, from the image on; needs --conv"
            | Beta1 _ -> "how much of the mean gradient the VAE-GAN's Adam keeps at a step"
            | Lr_Steady _ -> "share of its epochs with the full learning rate, which then fades"

// Of the weights 0.01, 0.1 and 1, 0.1 has the least FID-LeNet on Fashion-MNIST.
let defaults =
    [ Loss Similarity
      Gamma 0.1
      Latent 32
      Channels [ 32; 64 ]
      Beta1 0.5
      Lr_Steady 0.25 ]

let body (run: Run<Setting>) =
    let isOther option =
        List.contains option run.Request.Changed

    let isBasic, gamma = run.Get Loss = Basic, run.Get Gamma
    BadInput.require (run.Has Conv || not (isOther "channels")) "--channels: needs --conv"
    BadInput.require (not (isBasic && isOther "gamma")) "--gamma: has no part in --loss basic"

    // The data: images N x pixels in [0, 1].
    let data, latent = run.Data, run.Get Latent

    // The model (Larsen et al., 2016): images to features, for encoder and discriminator; codes to pixels in (0, 1).
    let after = Stacks.normalisedRelu
    let widths = [ data.Size; 512; 256 ]

    let features, width, pixels =
        if run.Has Conv then
            let down, inner, up = Stacks.convolutional after data.ImageShape (run.Get Channels)

            down @ Stacks.linear after [ inner; 128 ],
            128,
            Stacks.linear after [ latent; inner ] @ up
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
        let made = model.Decode pass (Pass.noise pass batch.Images.shape[0] latent)
        let ofReal, real = judge batch.Images
        let ofCopy, copy = judge reconstruction
        let _, made = judge made

        let kl, similarity = Losses.gaussianKl q, Losses.similarity ofCopy ofReal
        let fooling = Losses.generator false copy + Losses.generator false made

        let telling =
            Losses.discriminator real copy + torch.nn.functional.softplus(made).mean()

        { Losses =
            [ if isBasic then
                  encoder @ decoder, kl + fooling
              else
                  encoder, kl + similarity
                  decoder, similarity * gamma + fooling
              [ hidden; verdict ], telling ]
          Figures =
            [ "train_kl", kl; "similarity", similarity; "generator_loss", fooling ]
            @ Objectives.verdicts telling real made }

    let reconstruct pass images =
        model.Decode pass (model.Encode pass images).Mean

    let measure _ pass =
        let kl = Metrics.kl (model.Encode pass) data.Pixels data.Test.Images
        Objectives.errors (reconstruct pass) data @ [ ("test_kl", kl) ]

    // The training: a fold over epochs. A run starts here, goes on here (--resume), is measured here (--evaluate).
    let can pass =
        { Can.nothing "VAE-GAN" with
            Code = Some(model.Encode pass)
            Reconstruct = Some(reconstruct pass)
            Generate = Can.ofPrior latent (model.Decode pass) }

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
    let vae =
        let after, back = Stacks.relu, latent :: List.rev widths
        Models.vae Exponential latent (Stacks.linear after widths) (Stacks.perceptron after back)

    let shown = [ "train_loss"; "test_elbo" ]

    let plain =
        run.Fit(data, Objectives.vaeOf vae data, Can.vae vae, name = "vae", shown = shown)

    // The page.
    run.Report(fun () ->
        let originals = Pictures.picked data run.Seed 10

        let told =
            [ for name, can in [ "vae_gan", can trained.Pass; "vae", Can.vae vae plain.Pass ] ->
                  let made = can.Generate.Value(run.Generator 0)

                  {| Name = name
                     Title = can.Title
                     Kl = Metrics.kl can.Code.Value data.Pixels data.Test.Images
                     Error =
                      Metrics.squaredError can.Reconstruct.Value data.Pixels data.Test.Images
                     Judged = Generators.judged data (made 10_000).Images
                     New = (made 10).Images
                     Copies = can.Reconstruct.Value originals |} ]

        let two = Sections.fixed2
        let note = Sections.note data "test" data.Test.Images.shape[0]
        let copies = ("test images", originals) :: [ for m in told -> m.Title, m.Copies ]
        let news = [ for m in told -> m.Title, m.New ]

        let picked =
            "Ten test images picked at random, and their reconstructions from the mean code."

        let distance = "Half the squared distance in the discriminator's hidden layer"
        let adversarial = Sections.adversarial trained.History "generator" "D(x)"

        let curves title lines =
            Sections.curves trained.History title "per image" lines

        { Line =
            [ for m in told -> $"{m.Title}: KL {two m.Kl}, squared error {two m.Error}" ]
            |> String.concat "; "
          Figures =
            [ "epochs", float trained.State.Epoch
              for m in told do
                  $"{m.Name}_test_kl", m.Kl
                  $"{m.Name}_test_error", m.Error
                  yield! [ for name, figure in m.Judged -> $"{m.Name}_{name}", figure.Value ] ]
          Pictures =
            [ ("samples",
               [ for _, images in copies @ news -> Pictures.values data.ImageShape images ]
               |> Pictures.rows) ]
          Sections =
            [ Section.Table(
                  $"KL and error on {note}, errors summed over pixels.",
                  [ ""; "KL, nats"; "squared error of reconstructions" ],
                  [ for m in told -> [ m.Title; two m.Kl; two m.Error ] ]
              )
              yield! Generators.tables data [ for m in told -> m.Title, m.Judged ]
              Sections.rows data "Ten new images each, decoded from draws of N(0, I)." news
              Sections.rows data picked copies
              yield! adversarial "D of images of the prior"
              curves "KL of the code, nats" [ "training", "train_kl"; "test", "test_kl" ]
              curves distance [ ("training", "similarity") ]
              curves "Squared error" [ "test", "test_error"; "training", "train_error" ] ] })

let experiment =
    Experiment.Create(
        "What does a VAE gain from a discriminator?",
        defaults,
        body,
        common = [ Common.Data "fashion-mnist" ],
        commonBy = fun own -> if List.contains Conv own then [ Common.Epochs 8 ] else []
    )

Experiment.Main experiment
