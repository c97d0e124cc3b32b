#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open TorchSharp
open Workbench

let question = "Does an autoencoder's decoder make images of random numbers?"

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | [<Help "numbers of the code, the one narrow layer">] Latent of units: int
    | [<Help "units of the hidden layers, from the pixels to the code">] Hidden of units: int list
    | [<Help "images that each decoder makes to be measured">] Images of images: int

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let defaults = [ Latent 2; Hidden [ 512; 128 ]; Images 2000 ]

let body (run: Run<Setting>) =
    // The data: images N x pixels in [0, 1].
    let data = run.Data

    // The models: 784-512-128-2 and back, ReLU between the layers. A is an autoencoder; B's codes have mean 0 and
    // variance 1 over a batch; C is a VAE, with two heads for the code, and logits in place of pixels.
    let latent, widths = run.Get Latent, data.Size :: run.Get Hidden
    let encoder = Stacks.perceptron Stacks.relu (widths @ [ latent ])
    let decoder = Stacks.perceptron Stacks.relu (latent :: List.rev widths)
    let pixels = decoder @ [ Activation Sigmoid ]
    let plain = Models.autoencoder latent encoder pixels
    let normalised = Models.autoencoder latent (encoder @ [ Standardise latent ]) pixels
    let vae = Models.vae Exponential latent (Stacks.linear Stacks.relu widths) decoder

    // The training: of the autoencoders for the squared error of reconstructions, of the VAE for minus the evidence lower bound.
    let shown = [ "train_loss"; "test_error"; "test_nelbo" ]

    let fit name (model: Models.Autoencoder) =
        let can = Can.generativeAutoencoder $"{name} autoencoder" model
        run.Fit(data, Objectives.autoencoder model data, can, name = name, shown = shown)

    let b = fit "normalised" normalised // first, as a batch of one image would be refused here
    let a = fit "plain" plain

    let c =
        run.Fit(data, Objectives.vae vae data, Can.vae vae, name = "vae", shown = shown)

    // Of A, B and C.
    let names = [ "plain"; "normalised"; "vae" ]
    let titles = [ "A: plain autoencoder"; "B: normalised bottleneck"; "C: VAE" ]
    let units = [ "squared error"; "squared error"; "nats" ]

    // What is measured: where the codes lie, and how far from training images the images are that are made of draws of
    // N(0, I), the same draws for all three models.
    let draws count =
        Gaussian.prior (run.Generator 0) (int64 count) latent

    let train = data.Train.Images
    let searched = train.narrow (0L, 0L, min 10_000L train.shape[0])

    let measure codes images =
        [ "code_distance", Frechet.fromStandardNormal codes
          "code_spread", Codes.moments codes |> List.averageBy snd |> sqrt
          "training_distance", Distances.nearest images searched |> Array.averageBy _.Distance ]

    // The page.
    run.Report(fun () ->
        let test = data.Test.Images

        // The codes that a VAE's decoder has learned from are draws of q(z|x).
        let sampled =
            vae.Encode c.Pass test
            |> Gaussian.sample (Random.generatorOn data.Device 0 Random.Evaluation 1)

        let codes = [ plain.Encode a.Pass test; normalised.Encode b.Pass test; sampled ]
        let decodeC z = (vae.Decode c.Pass z).sigmoid()
        let decoders = [ plain.Decode a.Pass; normalised.Decode b.Pass; decodeC ]

        let made count =
            [ for decode in decoders -> decode (draws count) ]

        let few, images = made 10, made (run.Get Images)
        let own = List.map2 measure codes images
        let judged = images |> List.map (Generators.judged data)
        let short own = Sections.four (snd own)

        let distances =
            [ for name, own in List.zip names own -> [ $"  {name}"; short own.Head ] ]

        // The autoencoders' losses leave it open where the codes lie.
        let elsewhere = ", or model C, whose loss draws the codes to N(0, I)"

        let error (trained: Trained) =
            Warnings.squaredError data (trained.Figure "test_error")

        let ownWarnings =
            [ error a, elsewhere
              error b, elsewhere
              Warnings.negativeElbo data (c.Figure "test_nelbo"), "" ]

        { Line =
            "Frechet distance of the test codes from N(0, I); lower is better:\n"
            + Terminal.table distances
          Figures =
            [ ("epochs", float a.State.Epoch)
              for name, own, judged in List.zip3 names own judged do
                  for figure, value in
                      own @ [ for figure, estimate in judged -> figure, estimate.Value ] do
                      $"{name}_{figure}", value ]
          Pictures = Summary.samples data few
          Sections =
            [ for (title, (own, also)), (made, judged) in
                  List.zip (List.zip titles ownWarnings) (List.zip images judged) do
                  yield!
                      own @ Warnings.collapsedGenerator also data made judged
                      |> Warnings.ofModel title
              Sections.rows
                  data
                  "Ten images each, decoded from the same ten draws of N(0, I)."
                  (List.zip titles few)
              Section.Table(
                  $"The codes are those of {Sections.testSet data}; a VAE's are drawn from q(z|x). {Report.count (int64 (run.Get Images))} images are decoded from draws of N(0, I); their distances are Euclidean over pixels, to the nearest of the first {Report.count searched.shape[0]} training images.",
                  [ "model"
                    "Frechet distance of the codes to N(0, I) ↓"
                    "standard deviation of the codes"
                    "mean distance of an image to the nearest training image" ],
                  [ for title, own in List.zip titles own -> title :: List.map short own ]
              )
              yield! Generators.tables data (List.zip titles judged)
              if latent = 2 then
                  for title, codes in List.zip titles codes do
                      Sections.codes $", {title}" data codes
              for title, trained, unit in List.zip3 titles [ a; b; c ] units do
                  Sections.curves
                      trained.History
                      $"Training, {title}"
                      $"{unit} per image"
                      [ "test error", "test_error"
                        "training error", "train_error"
                        "test negative ELBO", "test_nelbo"
                        "training negative ELBO", "train_nelbo" ] ] })

let experiment =
    Experiment.Create(question, defaults, body, common = [ Common.Data "fashion-mnist" ])

Experiment.Main experiment
