#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open Workbench
open Workbench.NeighbourEmbedding

let question = "Can a discriminator give an autoencoder's codes a shape?"

type Reconstruction =
    | Mse
    | Norm

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | [<Help "numbers of the code">] Latent of units: int
    | [<Help "units of the hidden layers, from the pixels to the code">] Hidden of units: int list
    | [<Help "units of the discriminator's hidden layers">] Discriminator of units: int list
    | [<Help "mse: squared error; norm: its root, image by image">] Reconstruction of Reconstruction
    | [<Help "the encoder minimises ln(1 - D(code)), as the paper prints it">] Saturating
    | [<Help "the encoder's learning rate in fooling the discriminator, as a multiple of --lr">] Encoder_Rate of
        rate: float
    | [<Help "the same of the discriminator, at first">] Discriminator_Rate of rate: float
    | [<Help "power of the fading --lr with which that multiple shrinks; 0: not at all">] Discriminator_Fading of
        x: float
    | [<Help "deviation of the noise on all that the discriminator sees, at the first epoch">] Noise of
        x: float
    | [<Help "the same at the last epoch">] Noise_Last of x: float
    | [<Help "how much of the mean gradient Adam keeps at a step">] Beta1 of share: float
    | [<Help "share of the epochs at the full learning rate, which then fades">] Lr_Steady of
        share: float

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let networks = [ Latent 100; Hidden [ 1000; 1000 ]; Discriminator [ 1000; 1000 ] ]
let rates = [ Encoder_Rate 0.1; Discriminator_Rate 0.2; Discriminator_Fading 0.4 ]
let others = [ Noise 1.0; Noise_Last 0.6; Beta1 0.5; Lr_Steady 0.25 ]
let defaults = Reconstruction Mse :: networks @ rates @ others

let body (run: Run<Setting>) =
    let data, isMse = run.Data, run.Get Reconstruction = Mse // images N x pixels in [0, 1]

    // The model (Makhzani et al., 2015): an autoencoder 784-1000-1000-100 and back, and a discriminator of codes, 100-1000-1000-1.
    let latent, layers = run.Get Latent, Stacks.perceptron Stacks.relu
    let widths = data.Size :: run.Get Hidden @ [ latent ]
    let decoder = layers (List.rev widths) @ [ Layer.Activation Sigmoid ]
    let model = Models.autoencoder latent (layers widths) decoder
    let critic = layers (latent :: run.Get Discriminator @ [ 1 ])
    let discriminator = Net.create "discriminator" critic

    // Three losses at each batch. First the reconstruction's, over the pixels of an image.
    let error = if isMse then Losses.squaredError else Losses.normError
    let copy pass = model.Encode pass >> model.Decode pass

    let reconstruct pass (batch: Batch) =
        let loss = error (copy pass batch.Images) batch.Images
        loss, [ ("train_loss", loss) ]

    // Then the discriminator's, which tells draws of N(0, I) from codes, and the encoder's, whose codes should pass for draws. Both
    // are seen under noise: codes of images fill a thin part of their many dimensions, by which they would be known at once, and
    // nothing would be learned; the less noise, the finer the differences that are seen (Sonderby et al., 2017).
    let noise = Schedule.between (run.Get Noise) (run.Get Noise_Last) run.Planned

    let distinguish, fool =
        Objectives.adversaries
            (run.Has Saturating)
            (fun pass batch codes ->
                let noise = Objectives.noise pass batch latent * noise batch.Epoch
                Net.apply pass discriminator (codes + noise))
            (fun pass batch -> Objectives.noise pass batch latent)
            (fun pass batch -> model.Encode pass batch.Images)

    // At the reconstruction's rate the encoder is torn, and reconstructions get worse from epoch to epoch. A slow discriminator
    // leaves the codes' variances uneven; one twice as fast makes them even, but holds them under 1 until it has slowed down.
    let fades = Schedule.fades (run.Get Lr_Steady) run.Planned
    let rate, power = run.Get Discriminator_Rate, run.Get Discriminator_Fading

    let objective =
        Objective.create
            (model.Nets @ [ discriminator ])
            [ Update.minimise "reconstruction" model.Nets reconstruct
              { Update.minimise "discriminator" [ discriminator ] distinguish with
                  Rate = fun epoch -> rate * fades 1.0 epoch ** power }
              { Update.minimise "generator" [ model.Nets.Head ] fool with
                  Rate = Schedule.constant (run.Get Encoder_Rate) } ]
            (fun _ pass -> Objectives.errors (copy pass) data)

    let can = Can.generativeAutoencoder "adversarial autoencoder" model
    let shown = [ "train_loss"; "discriminator_loss"; "generator_loss"; "test_error" ]
    let beta1, best = run.Get Beta1, "test_error"

    let trained =
        run.Fit(data, objective, can, rate = fades, beta1 = beta1, best = best, shown = shown)

    // The page.
    run.Report(fun () ->
        let encode, decode = model.Encode trained.Pass, model.Decode trained.Pass
        let error = Metrics.squaredError (encode >> decode) data.Pixels
        let test, codes = error data.Test.Images, encode data.Test.Images
        let matched, few = Codes.matched codes, Objectives.headOf data.Train
        let settings = TSneSettings(Seed = run.Seed, Threads = run.Threads)
        let placed = Placement.tsne settings run.Show run.Stop (encode few.Images)
        let originals = Pictures.picked data run.Seed 10
        let made = decode (Gaussian.prior (run.Generator 0) 2_000L latent)
        let judged, samples = Generators.judged data made, made.narrow (0L, 0L, 100L)
        let rows = [ originals; decode (encode originals); samples.narrow (0L, 0L, 10L) ]
        let tile, curves = Sections.tile, Sections.curves trained.History

        { Line =
            $"squared error of reconstructions {Sections.fixed2 test}, summed over pixels; lower is better\n{matched} of {latent} dimensions of the code are like N(0, 1); more is better"
          Figures =
            [ "epochs", float trained.State.Epoch
              "test_error", test
              "train_error", error data.Train.Images
              "matched_dimensions", float matched
              "code_distance", Frechet.fromStandardNormal codes
              yield! [ for name, estimate in judged -> name, estimate.Value ]
              yield! Placement.figures placed ]
          Pictures = Summary.samples data rows
          Sections =
            [ yield! Warnings.autoencoder best trained.History data test
              yield! Warnings.collapsedGenerator "" data made judged
              Sections.testTiles
                  data
                  [ tile "Squared error of an image" "" (Some Lower) test
                    tile "Dimensions like N(0, 1)" $"of {latent}" (Some Higher) (float matched) ]
              yield! GanPage.tiles data judged
              Sections.rows
                  data
                  "Reconstructions of ten test images picked at random; new images are decoded from draws of N(0, I)."
                  (List.zip [ "test images"; "reconstructions"; "new images" ] rows)
              Section.Words
                  "Errors are squared, summed over pixels, averaged over images. A dimension matches where the test codes' mean is within 0.1 of 0 and their variance between 0.8 and 1.2."
              curves "Reconstruction loss" "training loss per image" [ ("training", "train_loss") ]
              Sections.learningCurve trained.History "squared error" "Error of an image" "error"
              yield! Sections.adversarial trained.History "encoder" "draws of N(0, I)" "codes"
              yield! Placement.sections "Codes of training images, by t-SNE" data few placed
              Sections.rows
                  data
                  "The code of a test image with one dimension moved from -3 to 3, those that vary most."
                  [ for name, line in Codes.traversals codes 8 -> name, decode line ]
              Sections.grid data "A hundred new images." 10 samples
              yield! Generators.tables data [ ("adversarial autoencoder", judged) ] ] })

let experiment = Experiment.Create(question, defaults, body)

Experiment.Main experiment
