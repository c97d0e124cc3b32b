#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open TorchSharp
open Workbench

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | From of label: int
    | To of label: int
    | Spherical
    | Noise of units: int
    | Latent of units: int
    | Hidden of units: int list
    | Beta1 of share: float
    | Lr_Steady of share: float
    | Vae_Lr of rate: float

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | From _ -> "label to start from; by default that of a clear image"
            | To _ -> "label to arrive at, another one"
            | Spherical -> "along the sphere on which the noise lies, not straight"
            | Noise _ -> "numbers of a draw of the GAN's noise"
            | Latent _ -> "dimensions of the VAE's code"
            | Hidden _ -> "units of the VAE's hidden layers, from the pixels to the code"
            | Beta1 _ -> "how much of the mean gradient the GAN's Adam keeps at a step"
            | Lr_Steady _ ->
                "share of the epochs with the GAN's full learning rate, which then fades"
            | Vae_Lr _ -> "the VAE's learning rate; --lr is the GAN's"

let defaults =
    [ Noise 100; Latent 32; Hidden [ 200 ]; Beta1 0.5; Lr_Steady 0.25; Vae_Lr 1e-3 ]

/// Draws that ways may start and end at; the first few are shown.
let draws, shown = 1_000, 10L

let body (run: Run<Setting>) =
    // The data, and the classifier that tells the labels of generated images.
    let data = run.Data
    let asked = run.TryGet From, run.TryGet To
    BadInput.require (fst asked <> snd asked || (fst asked).IsNone) "--to: must differ from --from"

    for label in List.choose id [ fst asked; snd asked ] do
        BadInput.require
            (label < Classifier.classes)
            $"--from, --to: the labels are 0 to {Classifier.classes - 1}, not {label}"

    let classifier =
        match Classifier.load data.Name, data.Test.Labels with
        | Some classifier, Some _ -> classifier
        | _ ->
            BadInput.fail
                "--data: %s has no classifier to tell the labels of generated images: use mnist, fashion-mnist or glyphs"
                data.Name

    // The models and their training: a GAN, and a VAE beside it.
    let gan = Models.denseGan data.Size (run.Get Noise)
    let vae = Models.denseVae data.Size (run.Get Hidden) (run.Get Latent) 0.1
    let noise = Gaussian.prior (run.Generator 0) (int64 draws) gan.Noise

    let picture pass =
        Pictures.block
            [ Pictures.values data.ImageShape (gan.Generate pass (noise.narrow (0L, 0L, shown))) ]

    let canGenerate pass =
        { Can.nothing "GAN" with
            Generate = Can.ofPrior gan.Noise (gan.Generate pass) }

    let ofGan =
        run.Fit(
            data,
            Objectives.ganOf gan,
            canGenerate,
            name = "gan",
            rate = Schedule.fades (run.Get Lr_Steady) run.Planned,
            beta1 = run.Get Beta1,
            shown = [ "discriminator_loss"; "generator_loss"; "d_real"; "d_fake" ],
            picture = picture
        )

    let ofVae =
        run.Fit(
            data,
            Objectives.vaeOf vae data,
            Can.vae vae,
            name = "vae",
            rate = (fun _ -> Schedule.constant (run.Get Vae_Lr)),
            best = "test_elbo",
            shown = [ "train_loss"; "test_elbo"; "test_kl" ]
        )

    // The page: ways between the same labels in the GAN's noise, in the VAE's codes, and pixel by pixel.
    run.Report(fun () ->
        let way = if run.Has Spherical then Arc else Line
        let made = gan.Generate ofGan.Pass noise
        let test = Ends.ofLabels Classifier.classes data.Test.Labels.Value

        let space name points candidates draw way =
            { Name = name
              Points = points
              Candidates = candidates
              Draw = draw
              Way = way }

        let spaces =
            [ space
                  "GAN"
                  noise
                  (Ends.ofProbabilities (Classifier.probabilities classifier made))
                  (gan.Generate ofGan.Pass)
                  way
              space
                  "VAE"
                  (vae.Encode ofVae.Pass data.Test.Images).Mean
                  test
                  (fun codes -> (vae.Decode ofVae.Pass codes).sigmoid())
                  way
              space "Blend" data.Test.Images test id Line ]

        let from, until = Ends.labels spaces.Head.Candidates (int shown) asked
        let first, last = Ends.first spaces.Head.Candidates (from, until)

        let strips =
            [ for space in spaces ->
                  space.Name, Ways.images space [ Ends.first space.Candidates (from, until) ] ]

        let ways =
            [ for space in spaces ->
                  space.Name,
                  Ends.spread space.Candidates Classifier.classes (Ends.pairs Classifier.classes)
                  |> Ways.images space
                  |> Ways.measure classifier data ]

        let course = if way = Arc then "along the sphere" else "in a straight line"

        { Line = WaySections.line ways
          Figures =
            ("epochs", float (min ofGan.State.Epoch ofVae.State.Epoch))
            :: WaySections.figures ways (Ways.reference classifier data)
          Pictures =
            [ ("samples",
               Pictures.rows [ for _, images in strips -> Pictures.values data.ImageShape images ]) ]
          Sections =
            [ WaySections.tiles data (List.truncate 2 ways)
              Sections.images
                  data
                  $"Ten of the GAN's images. The way below goes from draw {first + 1} (the classifier: {from}) to draw {last + 1} ({until})."
                  [ made.narrow (0L, 0L, shown) ]
              Sections.rows
                  data
                  $"From {from} to {until} in {Interpolation.points} points with both ends, {course}. GAN: from one draw of noise to another. VAE: from the mean code of a test image to that of another. Blend: the same two test images, pixel by pixel."
                  strips
              yield! WaySections.all data ways
              yield! GanPage.curves ofGan.History
              Sections.curves
                  ofVae.History
                  "The VAE's ELBO"
                  "nats per image"
                  [ "test", "test_elbo"; "training", "train_elbo" ] ] })

let experiment =
    Experiment.Create(
        "What lies between two images, for a GAN and for a VAE?",
        defaults,
        body,
        common = [ Common.Epochs 40 ]
    )

Experiment.Main experiment
