#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open TorchSharp
open Workbench

let question = "Can a network learn to draw from a critic alone?"

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | [<Help "numbers of a draw of noise">] Noise of units: int
    | [<Help "steps of the discriminator for each of the generator's">] Discriminator_Steps of
        n: int
    | [<Help "the generator minimises ln(1 - D), not -ln D">] Saturating
    | [<Help "units of the generator's hidden layers, from the noise to the pixels">] Generator of
        units: int list
    | [<Help "units of the discriminator's hidden layers">] Discriminator of units: int list
    | [<Help "share of an image's pixels that training hides from the discriminator">] Dropout of
        share: float
    | [<Help "how much of the mean gradient Adam keeps at a step">] Beta1 of share: float

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let defaults =
    [ Noise 100
      Discriminator_Steps 1
      Generator [ 256; 256; 256 ]
      Discriminator [ 256; 256 ]
      Dropout 0.3
      Beta1 0.5 ]

/// Images shown, those of them that are drawn after each epoch, and images that are generated to be judged.
let shown, abreast, judgedCount = 16, 10, 10_000

let body (run: Run<Setting>) =
    // The data: images N x pixels in [0, 1].
    let data = run.Data
    let steps, batches = run.Get Discriminator_Steps, Train.batchCount run.Batch data

    BadInput.require
        (steps <= batches)
        $"--discriminator-steps: at most {batches}, the batches of an epoch, or the generator never steps"

    // The model: noise 100-256-256-256-784, pixels in (0, 1); 784-256-256-1, the logit that an image is a real one.
    let size = run.Get Noise
    let layers = Stacks.perceptron Stacks.normalisedRelu

    let generator =
        layers (size :: run.Get Generator @ [ data.Size ])
        @ [ Layer.Activation Sigmoid ]
        |> Net.create "generator"

    let discriminator =
        Layer.Dropout(run.Get Dropout)
        :: layers (data.Size :: run.Get Discriminator @ [ 1 ])
        |> Net.create "discriminator"

    // The losses (Goodfellow et al., 2014): -ln D(x) - ln(1 - D(G(z))), and -ln D(G(z)) or ln(1 - D(G(z))).
    let saturating = run.Has Saturating

    let made (pass: Pass) (batch: Batch) =
        Objectives.noise pass batch size |> Net.apply pass generator

    let ofDiscriminator pass (batch: Batch) =
        let fake = Pass.constant (fun () -> made pass batch)
        let real = Net.apply pass discriminator batch.Images
        let fake = Net.apply pass discriminator fake
        let loss = Losses.discriminator real fake
        loss, Objectives.verdicts loss real fake

    let ofGenerator pass (batch: Batch) =
        let loss =
            made pass batch |> Net.apply pass discriminator |> Losses.generator saturating

        loss, [ ("generator_loss", loss) ]

    let objective =
        Objective.create
            [ generator; discriminator ]
            [ Update.minimise "discriminator" [ discriminator ] ofDiscriminator
              { Update.minimise "generator" [ generator ] ofGenerator with
                  Every = steps } ]
            (fun _ _ -> [])

    // The training: a fold over epochs. A run starts here, goes on here (--resume), is measured here (--evaluate).
    let generate pass lot (count: int) =
        Gaussian.prior (run.Generator lot) (int64 count) size
        |> Net.apply pass generator

    let picture pass =
        Summary.row data (generate pass 0 abreast)

    let trained =
        run.Fit(
            data,
            objective,
            Can.gan size generator,
            beta1 = run.Get Beta1,
            shown = [ "discriminator_loss"; "generator_loss"; "d_real"; "d_fake" ],
            picture = picture
        )

    // The page.
    run.Report(fun () ->
        let samples = generate trained.Pass 0 shown
        let made = generate trained.Pass 1 judgedCount
        let judged = Generators.judged data made

        let form = if saturating then "ln(1 - D(G(z)))" else "-ln D(G(z))"

        { Line = GanPage.line trained.History judged
          Figures =
            ("epochs", float trained.State.Epoch)
            :: [ for name, estimate in judged -> name, estimate.Value ]
          Pictures = Summary.samples data [ samples ]
          Sections =
            [ yield! Warnings.collapsedGenerator " or more --noise" data made judged
              yield! GanPage.tiles data judged
              Sections.images data $"{shown} generated images." [ samples ]
              yield! GanPage.curves trained.History
              Section.Words
                  $"The discriminator minimises -ln D(x) - ln(1 - D(G(z))), the generator {form}; means over each epoch's batches. A discriminator that cannot tell has D = 0.5 everywhere, and a loss of 2 ln 2 = 1.39."
              GanPage.epochs
                  $"The first {abreast} of them, from the same noise, as the epochs went by."
                  trained.Pictures
              yield! Generators.tables data [ ("GAN", judged) ] ] })

// Averages of the parameters over steps are what is shown. They do their work while the rate is high: one that fades to 0 spoils them.
let experiment =
    Experiment.Create(question, defaults, body, common = [ Common.Epochs 40; Common.Ema 0.999 ])

Experiment.Main experiment
