#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open TorchSharp
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
    | [<Help "the code is the encoder's mean; without it, a draw from the encoder's Gaussian">] Deterministic
    | [<Help "mse: squared error; norm: its root, image by image">] Reconstruction of Reconstruction
    | [<Help "weight of fooling the discriminator beside the reconstruction">] Weight of x: float
    | [<Help "the encoder minimises ln(1 - D(code)), as the paper prints it">] Saturating
    | [<Help "the discriminator's learning rate, as a multiple of --lr">] Discriminator_Rate of
        rate: float
    | [<Help "how much of the mean gradient Adam keeps at a step">] Beta1 of share: float

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let networks = [ Latent 100; Hidden [ 1000; 1000 ]; Discriminator [ 1000; 1000 ] ]

let defaults =
    networks
    @ [ Reconstruction Mse; Weight 10.0; Discriminator_Rate 1.5; Beta1 0.5 ]

let body (run: Run<Setting>) =
    let data, isMse = run.Data, run.Get Reconstruction = Mse // images N x pixels in [0, 1]

    // The model (Makhzani et al., 2015): an autoencoder 784-1000-1000-100 and back, whose code is a Gaussian, and a discriminator of
    // codes, 100-1000-1000-1.
    let latent, layers = run.Get Latent, Stacks.perceptron Stacks.relu
    let widths = data.Size :: run.Get Hidden
    let decoder = layers (latent :: List.rev widths) @ [ Layer.Activation Sigmoid ]
    let model = Models.vae Exponential latent (Stacks.linear Stacks.relu widths) decoder

    let discriminator =
        Net.create "discriminator" (layers (latent :: run.Get Discriminator @ [ 1 ]))

    // New images are decoded from draws of N(0, I), so all codes together should be like such draws. A Gaussian code fills the
    // dimensions that an image does not need with noise, which the decoder learns to overlook; a mean has nothing to fill them with.
    let isMean = run.Has Deterministic
    let mean pass images = (model.Encode pass images).Mean

    let draw (generator: torch.Generator) (code: Gaussian) =
        if isMean then code.Mean else Gaussian.sample generator code

    let code (pass: Pass) images =
        draw pass.Generator (model.Encode pass images)

    // The autoencoder's loss at each batch: the error over the pixels of an image, and that its code should pass for a draw, in one
    // step (Tolstikhin et al., 2018). Of a step for each, Adam makes both as long, however small the one's gradient, and the encoder
    // is torn between them.
    let judge pass = Net.apply pass discriminator
    let error = if isMse then Losses.squaredError else Losses.normError

    let reconstruct (pass: Pass) (batch: Batch) =
        let codes = code pass batch.Images
        let error = error (model.Decode pass codes) batch.Images
        let fooling = Losses.generator (run.Has Saturating) (judge pass codes)

        error + fooling * run.Get Weight, [ "train_loss", error; "generator_loss", fooling ]

    // The discriminator's: it tells draws from codes.
    let distinguish =
        Objectives.distinguish
            judge
            (fun pass batch -> Objectives.noise pass batch latent)
            (fun pass batch -> code pass batch.Images)

    let copy pass = mean pass >> model.Decode pass

    let autoencoder =
        model.Nets |> List.filter (fun net -> not (isMean && net.Name = "variance"))

    let objective =
        Objective.create
            (model.Nets @ [ discriminator ])
            [ Update.minimise "autoencoder" autoencoder reconstruct
              { Update.minimise "discriminator" [ discriminator ] distinguish with
                  Rate = Schedule.constant (run.Get Discriminator_Rate) } ]
            (fun _ pass -> Objectives.errors (copy pass) data)

    let can = Can.coded "adversarial autoencoder" model model.Decode

    let can pass =
        if isMean then { can pass with Code = None } else can pass

    let shown = [ "train_loss"; "discriminator_loss"; "generator_loss"; "test_error" ]
    let beta1, best = run.Get Beta1, "test_error"

    let trained =
        run.Fit(data, objective, can, beta1 = beta1, best = best, shown = shown)

    // The page.
    run.Report(fun () ->
        let encode, decode = mean trained.Pass, model.Decode trained.Pass
        let error = Metrics.squaredError (encode >> decode) data.Pixels
        let test, means = error data.Test.Images, encode data.Test.Images
        let codes = model.Encode trained.Pass data.Test.Images |> draw (run.Generator 1)
        let active = Codes.activeUnits means
        let matched, few = Codes.matched codes, Objectives.headOf data.Train
        let settings = TSneSettings(Seed = run.Seed, Threads = run.Threads)
        let placed = Placement.tsne settings run.Show run.Stop (encode few.Images)
        let originals = Pictures.picked data run.Seed 10
        let made = decode (Gaussian.prior (run.Generator 0) 2_000L latent)
        let judged, samples = Generators.judged data made, made.narrow (0L, 0L, 100L)
        let rows = [ originals; decode (encode originals); samples.narrow (0L, 0L, 10L) ]
        let curves = Sections.curves trained.History

        { Line =
            $"squared error of reconstructions {Sections.fixed2 test}, summed over pixels; lower is better\n{matched} of {latent} dimensions of the code are like N(0, 1); more is better"
          Figures =
            [ "epochs", float trained.State.Epoch
              "test_error", test
              "train_error", error data.Train.Images
              "matched_dimensions", float matched
              "active_units", float active
              "code_distance", Frechet.fromStandardNormal codes
              yield! [ for name, estimate in judged -> name, estimate.Value ]
              yield! Placement.figures placed ]
          Pictures = Summary.samples data rows
          Sections =
            [ yield! Warnings.autoencoder best trained.History data test
              yield! Warnings.collapsedGenerator "" data made judged
              Sections.testTiles
                  data
                  [ Sections.tile "Squared error of an image" "" (Some Lower) test
                    Sections.counted "Dimensions like N(0, 1)" (Some Higher) matched latent
                    Sections.counted "Active units" None active latent ]
              yield! GanPage.tiles data judged
              Sections.rows
                  data
                  "Reconstructions of ten test images picked at random; new images are decoded from draws of N(0, I)."
                  (List.zip [ "test images"; "reconstructions"; "new images" ] rows)
              Section.Words
                  "Errors are squared, summed over pixels, averaged over images. A dimension matches where the test codes' mean is within 0.1 of 0 and their variance between 0.8 and 1.2; a unit is active where the variance of the encoder's mean is above 0.01."
              curves "Reconstruction loss" "training loss per image" [ ("training", "train_loss") ]
              Sections.learningCurve trained.History "squared error" "Error of an image" "error"
              yield! Sections.adversarial trained.History "encoder" "draws of N(0, I)" "codes"
              yield! Placement.sections "Codes of training images, by t-SNE" data few placed
              Sections.rows
                  data
                  "The code of a test image with one dimension moved from -3 to 3, those that vary most."
                  [ for name, line in Codes.traversals means 8 -> name, decode line ]
              Sections.grid data "A hundred new images." 10 samples
              yield! Generators.tables data [ ("adversarial autoencoder", judged) ] ] })

let experiment =
    Experiment.Create(question, defaults, body, common = [ Common.Ema 0.999 ])

Experiment.Main experiment
