namespace Workbench

open TorchSharp

/// What is wrong with how a run ended: each a sentence with its figures and what to try, or none. They stand at the page's head, on
/// the terminal and in runs/index.html.
[<RequireQualifiedAccess>]
module Warnings =

    /// A sentence about one of several models, whose name begins it.
    let named (name: string) (text: string) : string =
        $"{name}: {System.Char.ToLowerInvariant text[0]}{text[1..]}"

    /// The same of warnings.
    let ofModel (name: string) (warnings: Section list) : Section list =
        [ for text in Sections.warnings warnings -> Section.Warning(named name text) ]

    let private warn (holds: bool) (text: unit -> string) =
        if holds then [ Section.Warning(text ()) ] else []

    /// The KL weight that the last epoch was trained with; 1 where there is none.
    let private klWeight (history: EpochFigures list) =
        (List.last history).Figures
        |> List.tryFind (fst >> (=) "kl_weight")
        |> Option.map snd
        |> Option.defaultValue 1.0

    /// Whether the last epoch is worse than the best by more than a tenth of the best's figure. Not so under a KL weight other than 1:
    /// training minimises something else than the figure, and that it rises is no fault.
    let private isPastBest (figure: string) (history: EpochFigures list) : bool =
        let value = EpochFigures.value figure
        let best = value (EpochFigures.best figure history)

        value (List.last history) - best > 0.1 * abs best && klWeight history = 1.0

    /// A last epoch that is so, and what to do: `rate` is the option of the learning rate.
    let pastBest (rate: string) (figure: string) (history: EpochFigures list) : Section list =
        let last, best = List.last history, EpochFigures.best figure history
        let told = EpochFigures.value figure >> Sections.four

        warn (isPastBest figure history) (fun () ->
            $"{figure} of the last epoch, {told last}, is worse than {told best} of epoch {best.Epoch}, which {Checkpoint.bestName} keeps: try a smaller {rate} or --patience; --evaluate with --best measures that epoch.")

    /// Warnings that ask for more epochs, unless `pastBest` says that more made it worse: one thing is said.
    let private unlessPastBest figure history (warnings: Section list) : Section list =
        if isPastBest figure history then [] else warnings

    /// The mean image of the training images, each pixel's mean drawn a little towards 1/2 so that none is 0 or 1; 1 x pixels.
    let private guess (data: Dataset) =
        let images = data.Train.Images
        (images.sum [| 0L |] + 0.5) / (float images.shape[0] + 1.0)

    let private constant (data: Dataset) what unit value (error: Tensor -> Tensor -> Tensor) =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let guess, mean = guess data, data.Test.Images.mean [| 0L |]
        let least = (error guess mean).sum().item<float32>() |> float

        warn (value > least) (fun () ->
            $"{what} of {Sections.four value}{unit} is worse than {Sections.four least}, which the mean of the training images gets as a guess for every image: try more --epochs, or another --lr.")

    /// The cross-entropy of the training images' mean p as every image's guess: - sum of m ln p + (1 - m) ln (1 - p), with m the mean
    /// of the test images.
    let private crossEntropy what (data: Dataset) nats =
        constant data what " nats" nats (fun p mean ->
            -(mean * p.log () + (1.0 - mean) * (1.0 - p).log()))

    /// A negative ELBO of test images, in nats per image, that is above the guess's.
    let negativeElbo (data: Dataset) (nats: float) : Section list =
        crossEntropy "A negative ELBO" data nats

    /// A squared error of test images, summed over pixels, that is above that of the training images' mean p as every image's guess:
    /// sum of m2 - 2 m p + p^2, with m and m2 the means of the test images and of their squares.
    let squaredError (data: Dataset) (error: float) : Section list =
        let squares =
            if data.Pixels = Dynamic then
                data.Test.Images.mean [| 0L |]
            else
                data.Test.Images.square().mean [| 0L |]

        constant data "A squared error" "" error (fun p mean -> squares - mean * p * 2.0 + p * p)

    /// `squaredError` of an autoencoder whose least epoch by this figure is kept.
    let autoencoder (best: string) (history: EpochFigures list) (data: Dataset) (error: float) =
        squaredError data error |> unlessPastBest best history

    /// What a VAE whose least `test_nelbo` is kept minimised at its last epoch, under the weight on the KL there, held against the
    /// guess, whose KL is 0.
    let bound (history: EpochFigures list) (data: Dataset) : Section list =
        let weight = klWeight history

        let part name =
            EpochFigures.value name (List.last history)

        let what =
            if weight = 1.0 then
                "A negative ELBO"
            else
                $"""A loss (reconstruction + {Sections.formatted "G4" weight} KL)"""

        part "test_reconstruction" + weight * part "test_kl"
        |> crossEntropy what data
        |> unlessPastBest "test_nelbo" history

    /// A code of so many dimensions of which none is active (`Codes.activeUnits`): the mean codes do not depend on the image. `kl` in
    /// nats; `also` are settings of the script to try.
    let collapsedCode (also: string) (active: int) (latent: int) (kl: float) : Section list =
        warn (active = 0) (fun () ->
            $"The code tells nothing of an image: 0 of {latent} dimensions are active, at a KL of {Sections.four kl} nats. It has collapsed, or was trained too little: try more --epochs{also}.")

    /// `bound` and `collapsedCode` of such a VAE; `kl` of its test images.
    let vae (history: EpochFigures list) (data: Dataset) active latent (kl: float) =
        bound history data
        @ (collapsedCode " or a smaller --kl-weight" active latent kl
           |> unlessPastBest "test_nelbo" history)

    /// Generated images, M x pixels, that are all alike: their standard deviation, over images and summed over pixels, is below a
    /// tenth of the test images'; or of which the classifier, by `Generators.judge`, sees at most half of the classes. Or varied
    /// ones that miss the test images: none of a hundred or more is like one of them, and most of them are like no test image
    /// (recall alone is 0 for few dimensions of code, too, however good the images). `also` are settings of the script to try.
    let collapsedGenerator
        (also: string)
        (data: Dataset)
        (made: Tensor)
        (figures: (string * Estimate) list)
        : Section list =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()

        let spread (images: Tensor) =
            sqrt (float (images.var(0L).sum().item<float32>()))

        let figure name =
            figures |> List.tryFind (fst >> (=) name) |> Option.map snd

        let recall = figure "recall"
        let share = spread made / spread data.Test.Images
        let classes = Generators.classesDrawn figures
        let isPoor = recall.IsSome && 2 * classes <= Classifier.classes
        let isAlike = share < 0.1 || isPoor

        let misses =
            match recall, figure "precision" with
            | Some recall, Some precision ->
                recall.Value = 0.0 && recall.Count >= 100 && precision.Value < 0.5
            | _ -> false

        warn (isAlike || misses) (fun () ->
            let fault, cause =
                if isAlike then
                    "too much alike", "has collapsed, or was trained too little"
                else
                    "unlike the test images", "has not learned them"

            let rate = if also = "" then " or a smaller --lr" else $", a smaller --lr{also}"

            let drawn =
                match recall with
                | Some recall ->
                    let told =
                        if recall.Value = 0.0 then
                            $"0 of {Report.count recall.Count}"
                        else
                            $"{Sections.four (100.0 * recall.Value)} %%"

                    $", {classes} of {Classifier.classes} classes are drawn, recall is {told}"
                | None -> ""

            $"Generated images are {fault}: they vary {Sections.four (100.0 * share)} %% as much as the test images{drawn}. The generator {cause}: try more --epochs{rate}.")
