#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open TorchSharp
open Workbench

let question = "What lies between two images, for a GAN and for a VAE?"

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | [<Help "label to start from; by default that of a clear image">] From of label: int
    | [<Help "label to arrive at, another one">] To of label: int
    | [<Help "along the sphere on which the noise lies, not straight">] Spherical
    | [<Help "numbers of a draw of the GAN's noise">] Noise of units: int
    | [<Help "dimensions of the VAE's code">] Latent of units: int
    | [<Help "units of the VAE's hidden layers, from the pixels to the code">] Hidden of
        units: int list
    | [<Help "how much of the mean gradient the GAN's Adam keeps at a step">] Beta1 of share: float
    | [<Help "the VAE's learning rate; --lr is the GAN's">] Vae_Lr of rate: float

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let defaults = [ Noise 100; Latent 32; Hidden [ 200 ]; Beta1 0.5; Vae_Lr 1e-3 ]

let body (run: Run<Setting>) =
    // The data, and the classifier that tells the labels of generated images.
    let data = run.Data
    let from, until, most = run.TryGet From, run.TryGet To, Classifier.classes - 1
    BadInput.require (from.IsNone || from <> until) "--to: must differ from --from"

    for label in List.choose id [ from; until ] do
        BadInput.require (label <= most) $"--from, --to: the labels are 0 to {most}, not {label}"

    let classifier =
        match Classifier.ofData data, data.Test.Labels with
        | Some classifier, Some _ -> classifier
        | _ ->
            BadInput.fail
                "--data: %s has no classifier to tell the labels of generated images: use mnist, fashion-mnist or glyphs"
                data.Name

    // The models and their training: a GAN, and a VAE beside it.
    let gan = Models.denseGan data.Size (run.Get Noise)
    let vae = Models.denseVae data.Size (run.Get Hidden) (run.Get Latent) 0.1
    let noise = Gaussian.prior (run.Generator 0) 1_000L gan.Noise // where its ways may start and end
    let few = noise.narrow (0L, 0L, 10L)

    let ofGan =
        run.Fit(
            data,
            Objectives.gan gan,
            Can.gan gan.Noise gan.Generator,
            name = "gan",
            beta1 = run.Get Beta1,
            shown = [ "discriminator_loss"; "generator_loss"; "d_real"; "d_fake" ],
            picture = (fun pass -> Summary.row data (gan.Generate pass few))
        )

    let ofVae =
        run.Fit(
            data,
            Objectives.vae vae data,
            Can.vae vae,
            name = "vae",
            lr = ("--vae-lr", run.Get Vae_Lr),
            best = "test_nelbo",
            shown = [ "train_loss"; "test_nelbo"; "test_kl" ]
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

        let ofMade = Ends.ofProbabilities (Classifier.probabilities classifier made)
        let codes = (vae.Encode ofVae.Pass data.Test.Images).Mean
        let decode codes = (vae.Decode ofVae.Pass codes).sigmoid()

        let spaces =
            [ space "GAN" noise ofMade (gan.Generate ofGan.Pass) way
              space "VAE" codes test decode way
              space "Blend" data.Test.Images test id Line ]

        let from, until = Ends.labels spaces.Head.Candidates 10 (from, until)
        let first, last = Ends.first spaces.Head.Candidates (from, until)

        let strips =
            [ for space in spaces ->
                  space.Name, Ways.images space [ Ends.first space.Candidates (from, until) ] ]

        let judge = Ways.judge classifier data

        let ways =
            [ for space in spaces ->
                  space.Name,
                  Ends.spread space.Candidates Classifier.classes (Ends.pairs Classifier.classes)
                  |> Ways.images space
                  |> Ways.measure judge ]

        let course = if way = Arc then "along the sphere" else "in a straight line"

        { Line = WaySections.line ways
          Figures =
            ("epochs", float (min ofGan.State.Epoch ofVae.State.Epoch))
            :: WaySections.figures ways (Ways.reference judge)
          Pictures = Summary.samples data (List.map snd strips)
          Sections =
            [ yield!
                  Generators.judged data made
                  |> Warnings.collapsedGenerator " or more --noise" data made
                  |> Warnings.ofModel "GAN"
              yield! Warnings.bound ofVae.History data |> Warnings.ofModel "VAE"
              WaySections.tiles data (List.truncate 2 ways)
              Sections.images
                  data
                  $"Ten of the GAN's images. Its interpolation below runs from draw {first + 1}, classified as {from}, to draw {last + 1}, classified as {until}."
                  [ made.narrow (0L, 0L, 10L) ]
              Sections.rows
                  data
                  $"From {from} to {until} in {Interpolation.points} points with both ends, {course}. GAN: from one draw of noise to another. VAE: from the mean code of a test image to that of another. Blend: the same two test images, pixel by pixel."
                  strips
              yield! WaySections.all data ways
              yield! GanPage.curves ofGan.History
              Sections.learningCurve
                  ofVae.History
                  "nats per image"
                  "The VAE's negative ELBO"
                  "nelbo" ] })

let experiment =
    Experiment.Create(question, defaults, body, common = [ Common.Epochs 40; Common.Ema 0.999 ])

Experiment.Main experiment
