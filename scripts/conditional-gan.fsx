#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open Argu
open TorchSharp
open Workbench

let question = "Does a generator that is told a label draw it?"

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | [<Help "no labels: a GAN of ten times the noise inputs">] Wide_Noise
    | [<Help "numbers of a draw of noise">] Noise of units: int
    | [<Help "weight of the discriminator's squared gradient at real and at new images">] Gradient_Penalty of
        x: float
    | [<Help "deviation of the noise by which the penalty feels for the gradient">] Penalty_Noise of
        factor: float
    | [<Help "how much of the mean gradient Adam keeps at a step">] Beta1 of share: float

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

// With little noise the discriminator is flat near real and near new images, steep between, and wins the first epochs.
let defaults = [ Noise 100; Gradient_Penalty 0.1; Penalty_Noise 0.4; Beta1 0.5 ]

let body (run: Run<Setting>) =
    // The data: images N x pixels in [0, 1], and their labels, which --wide-noise does not look at.
    let data, isTold = run.Data, not (run.Has Wide_Noise)

    BadInput.require
        (data.Train.Labels.IsSome || not isTold)
        $"--data: {data.Name} has no labels to ask for; --labels brings them, --wide-noise needs none"

    let classes = if isTold then data.Classes.Length else 0
    let size = if isTold then run.Get Noise else 10 * run.Get Noise

    // The model (Mirza and Osindero, 2014): networks that see a one-hot label beside the noise, or the image.
    let net name after widths =
        Stacks.perceptron after widths |> Net.create name

    let generator =
        net "generator" Stacks.normalisedRelu [ size + classes; 256; 256; 256; data.Size ]

    let discriminator =
        net "discriminator" Stacks.relu [ data.Size + classes; 256; 256; 1 ]

    let beside (labels: torch.Tensor option) (rows: torch.Tensor) =
        match labels with
        | Some labels when isTold ->
            let oneHot = torch.nn.functional.one_hot (labels, int64 classes)
            torch.cat ([| rows; oneHot.to_type torch.float32 |], 1L)
        | _ -> rows

    let draw pass labels noise =
        (beside labels noise |> Net.apply pass generator).sigmoid()

    let judge pass labels images =
        beside labels images |> Net.apply pass discriminator

    // The losses, given the batch's labels: -ln D(x) - ln(1 - D(G(z))) and a price of being steep, and -ln D(G(z)).
    let made (pass: Pass) (batch: Batch) =
        Objectives.noise pass batch size |> draw pass batch.Labels

    let ofDiscriminator pass (batch: Batch) =
        let judge pass images = judge pass batch.Labels images
        let images = Pass.constant (fun () -> made pass batch)
        let real, fake = judge pass batch.Images, judge pass images
        let loss = Losses.discriminator real fake
        let penalty = run.Get Gradient_Penalty, run.Get Penalty_Noise
        Objectives.restrained penalty judge pass loss (batch.Images, real) (images, fake)

    let ofGenerator pass (batch: Batch) =
        let loss = made pass batch |> judge pass batch.Labels |> Losses.generator false
        loss, [ ("generator_loss", loss) ]

    let objective =
        Objective.create
            [ generator; discriminator ]
            [ Update.minimise "discriminator" [ discriminator ] ofDiscriminator
              Update.minimise "generator" [ generator ] ofGenerator ]
            (fun _ _ -> [])

    // The training: a fold over epochs. A run starts here, goes on here (--resume), is measured here (--evaluate).
    let generate pass random (labels: torch.Tensor) =
        Gaussian.prior random labels.shape[0] size |> draw pass (Some labels)

    let title, asks = if isTold then "conditional GAN", classes else "GAN", 10

    let asked (labels: int64[]) =
        torch.tensor (labels, device = data.Device)

    /// So many times each label, one label after the other; a GAN that is told none does not look at them.
    let labels times =
        Array.init (asks * times) (fun image -> int64 (image / times)) |> asked

    let picture pass =
        Summary.row data (generate pass (run.Generator 0) (labels 1))

    let can pass =
        let make random count =
            let labels = Array.init count (fun image -> int64 (image % asks)) |> asked

            { Images = generate pass random labels
              Asked = if isTold then Some labels else None }

        { Can.nothing title with
            Generate = Some make }

    let trained =
        run.Fit(
            data,
            objective,
            can,
            beta1 = run.Get Beta1,
            shown = [ "discriminator_loss"; "generator_loss"; "d_real"; "d_fake" ],
            picture = picture
        )

    // The page.
    run.Report(fun () ->
        let grid = generate trained.Pass (run.Generator 1) (labels 10)
        let asked = labels (10_000 / asks)
        let made = generate trained.Pass (run.Generator 2) asked
        let judged = Generators.judged data made
        let figures = (if isTold then Generators.agreed data asked made else []) @ judged

        let told = if isTold then $"; a row a label: {Sections.classes data}" else ""
        let caption = $"Images of different noise{told}."

        { Line = GanPage.line trained.History figures
          Figures =
            ("epochs", float trained.State.Epoch)
            :: [ for name, figure in figures -> name, figure.Value ]
          Pictures = [ ("samples", Png.grid Png.defaults (Pictures.values data.ImageShape grid)) ]
          Sections =
            [ yield! Warnings.collapsedGenerator " or more --noise" data made judged
              yield! GanPage.tiles data figures
              Sections.grid data caption 10 grid
              yield! GanPage.agreement figures
              yield! GanPage.curves trained.History
              Section.Words
                  "The discriminator minimises -ln D(x) - ln(1 - D(G(z))) and a price of being steep, which its curve leaves out, the generator -ln D(G(z)); means over each epoch's batches. A discriminator that cannot tell has D = 0.5 everywhere, and a loss of 2 ln 2 = 1.39."
              GanPage.epochs "An image of each row, as the epochs went by." trained.Pictures
              yield! Generators.tables data [ (title, judged) ] ] })

let experiment =
    Experiment.Create(question, defaults, body, common = [ Common.Epochs 40; Common.Ema 0.999 ])

Experiment.Main experiment
