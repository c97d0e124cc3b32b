#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open Workbench
open Workbench.NeighbourEmbedding

/// How a reconstruction is judged.
type Reconstruction =
    | Mse
    | Norm

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | Latent of units: int
    | Hidden of units: int list
    | Discriminator of units: int list
    | Reconstruction of Reconstruction
    | Saturating
    | Encoder_Rate of rate: float
    | Discriminator_Rate of rate: float
    | Discriminator_Fading of x: float
    | Noise of x: float
    | Noise_Last of x: float
    | Beta1 of share: float
    | Lr_Steady of share: float

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Latent _ -> "numbers of the code"
            | Hidden _ -> "units of the hidden layers, from the pixels to the code"
            | Discriminator _ -> "units of the discriminator's hidden layers"
            | Reconstruction _ -> "mse: squared error; norm: its root, image by image"
            | Saturating -> "the encoder minimises ln(1 - D(code)), as the paper prints it"
            | Encoder_Rate _ ->
                "the encoder's learning rate in fooling the discriminator, as a multiple of --lr"
            | Discriminator_Rate _ -> "the same of the discriminator, at first"
            | Discriminator_Fading _ ->
                "power of the fading --lr with which that multiple shrinks; 0: not at all"
            | Noise _ ->
                "deviation of the noise on all that the discriminator sees, at the first epoch"
            | Noise_Last _ -> "the same at the last epoch"
            | Beta1 _ -> "how much of the mean gradient Adam keeps at a step"
            | Lr_Steady _ -> "share of the epochs at the full learning rate, which then fades"

let defaults =
    [ Latent 100
      Hidden [ 1000; 1000 ]
      Discriminator [ 1000; 1000 ]
      Reconstruction Mse
      Encoder_Rate 0.1
      Discriminator_Rate 0.2
      Discriminator_Fading 0.4
      Noise 1.0
      Noise_Last 0.6
      Beta1 0.5
      Lr_Steady 0.25 ]

let body (run: Run<Setting>) =
    // The data: images N x pixels in [0, 1].
    let data = run.Data

    // The model (Makhzani et al., 2015): an autoencoder 784-1000-1000-100 and back, and a discriminator of codes, 100-1000-1000-1.
    let latent, hidden = run.Get Latent, run.Get Hidden
    let layers = Stacks.perceptron Stacks.relu

    let model =
        Models.autoencoder
            latent
            (layers (data.Size :: hidden @ [ latent ]))
            (layers (latent :: List.rev hidden @ [ data.Size ])
             @ [ Layer.Activation Sigmoid ])

    let discriminator =
        Net.create "discriminator" (layers (latent :: run.Get Discriminator @ [ 1 ]))

    // Three losses at each batch. First the reconstruction's, over the pixels of an image.
    let error =
        if run.Get Reconstruction = Mse then Losses.squaredError else Losses.normError

    let reconstruct (pass: Pass) (batch: Batch) =
        let loss = error (model.Decode pass (model.Encode pass batch.Images)) batch.Images
        loss, [ ("train_loss", loss) ]

    // Then the discriminator's, which tells draws of N(0, I) from codes, both under noise: images fill a thin part of the code's
    // many dimensions, by which it would know a code at once and teach the encoder nothing; the less noise, the finer the
    // differences that it sees (Sonderby et al., 2017).
    let noise = Schedule.between (run.Get Noise) (run.Get Noise_Last) run.Planned

    let draws (pass: Pass) (batch: Batch) =
        Pass.noise pass batch.Images.shape[0] latent

    let judge (pass: Pass) (batch: Batch) codes =
        Net.apply pass discriminator (codes + draws pass batch * noise batch.Epoch)

    let distinguish (pass: Pass) (batch: Batch) =
        let codes = Pass.constant (fun () -> model.Encode pass batch.Images)
        let real = judge pass batch (draws pass batch)
        let made = judge pass batch codes
        let loss = Losses.discriminator real made
        loss, Objectives.verdicts loss real made

    // Then the encoder's, whose codes should pass for draws.
    let fool (pass: Pass) (batch: Batch) =
        let verdict = judge pass batch (model.Encode pass batch.Images)
        let loss = Losses.generator (run.Has Saturating) verdict
        loss, [ ("generator_loss", loss) ]

    // At the reconstruction's rate the encoder is torn between its losses, and reconstructions get worse from epoch to epoch. A
    // discriminator as fast as that or slower leaves the codes' variances uneven; twice as fast it makes them even, but holds them
    // under 1 as long as it has not slowed down.
    let fades = Schedule.fades (run.Get Lr_Steady) run.Planned

    let ofDiscriminator epoch =
        run.Get Discriminator_Rate * fades 1.0 epoch ** run.Get Discriminator_Fading

    let objective =
        Objective.create
            (model.Nets @ [ discriminator ])
            [ Update.minimise "reconstruction" model.Nets reconstruct
              { Update.minimise "discriminator" [ discriminator ] distinguish with
                  Rate = ofDiscriminator }
              { Update.minimise "generator" [ model.Nets.Head ] fool with
                  Rate = Schedule.constant (run.Get Encoder_Rate) } ]
            (fun _ pass -> Objectives.errors (model.Encode pass >> model.Decode pass) data)

    let trained =
        run.Fit(
            data,
            objective,
            (fun pass ->
                { Can.autoencoder "adversarial autoencoder" model pass with
                    Generate = Can.ofPrior latent (model.Decode pass) }),
            rate = fades,
            beta1 = run.Get Beta1,
            best = "test_error",
            shown = [ "train_loss"; "discriminator_loss"; "generator_loss"; "test_error" ]
        )

    // The page.
    run.Report(fun () ->
        let encode, decode = model.Encode trained.Pass, model.Decode trained.Pass

        let error images =
            Metrics.squaredError (encode >> decode) data.Pixels images

        let test, codes = error data.Test.Images, encode data.Test.Images
        let matched = Codes.matched codes
        let images, labels = Objectives.head data.Train.Images, data.Train.Labels
        let settings = TSneSettings(Seed = run.Seed, Threads = run.Threads)
        let placed = Placement.tsne settings run.Say run.Stop (encode images)

        let originals = Pictures.picked data run.Seed 10
        let samples = decode (Gaussian.prior (run.Generator 0) 100L latent)
        let rows = [ originals; decode (encode originals); samples.narrow (0L, 0L, 10L) ]
        let tile, curves = Sections.tile data, Sections.curves trained.History

        { Line =
            $"test error {Sections.fixed2 test} summed over pixels; {matched} of {latent} dimensions of the test codes have mean 0 and variance 1"
          Figures =
            [ "epochs", float trained.State.Epoch
              "test_error", test
              "train_error", error data.Train.Images
              "matched_dimensions", float matched
              "code_distance", Frechet.fromStandardNormal codes
              yield! Placement.figures placed ]
          Pictures =
            [ ("samples", Pictures.rows (List.map (Pictures.values data.ImageShape) rows)) ]
          Sections =
            [ Section.Tiles
                  [ tile "Squared error of an image" "" (Sections.short test)
                    tile "Dimensions that match N(0, 1)" $"of {latent}" (string matched) ]
              Section.Words
                  "Errors are squared, summed over pixels, averaged over images. A dimension matches where the test codes' mean is within 0.1 of 0 and their variance between 0.8 and 1.2."
              curves "Reconstruction" "loss of training, per image" [ ("training", "train_loss") ]
              curves
                  "Squared error of reconstructions"
                  "per image"
                  [ "test", "test_error"; "training", "train_error" ]
              yield! Sections.adversarial trained.History "encoder" "draws of N(0, I)" "codes"
              Sections.images
                  data
                  "Top: ten test images picked at random. Middle: their reconstructions. Bottom: new images, decoded from draws of N(0, I)."
                  rows
              yield!
                  placed
                  |> Placement.sections
                      "Codes of training images, placed by t-SNE"
                      (labels |> Option.map _.narrow(0L, 0L, images.shape[0]))
              Sections.rows
                  data
                  "The code of a test image along one dimension at a time, from -3 to 3; the dimensions that vary most."
                  [ for name, line in Codes.traversals codes 8 -> name, decode line ]
              Sections.grid data "A hundred new images." 10 samples ] })

let experiment =
    Experiment.Create("Can a discriminator give an autoencoder's codes a shape?", defaults, body)

Experiment.Main experiment
