namespace Workbench

open System.Threading
open Argu
open Microsoft.FSharp.Quotations
open TorchSharp

/// A measured figure of a model.
type Figure =
    {
        /// In `evaluation.json`.
        Name: string
        /// For readers.
        Title: string
        Unit: string
        /// The standard error is NaN where the figure has none.
        Estimate: Estimate
        /// What was counted: "test images".
        Of: string
    }

/// The options of `--evaluate`.
[<RequireQualifiedAccess; Unique>]
type EvaluationSetting =
    | [<Help "folder of the run; evaluation.json and evaluation.html go there">] Evaluate of
        dir: string
    | [<Help "the epoch with the least test loss, not the last one">] Best
    | [<Help "importance samples for each image's likelihood">] Importance of k: int
    | [<Help "test images whose likelihood is estimated, picked at random">] Limit of n: int
    | [<Help "images that a generator makes to be measured">] Samples of images: int
    | [<Help "weights that classifier.fsx wrote (--weights), to judge new images by; by default the workbench's own for the data">] Classifier of
        path: string
    | [<Help "width of the Parzen windows; by default the likeliest of ten">] Sigma of rate: float
    | [<Help "seed of all draws">] Seed of seed: int
    | [<Help "where the run's data lie, if not where they lay">] Data of name: string
    | [<Help "file of labels for a data file">] Labels of path: string
    | [<Help "threads; by default the run's">] Threads of threads: int
    | [<Help "nothing on standard output">] Quiet

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

/// How models are measured: the options in force, and what to do beside.
type Measuring =
    {
        Settings: EvaluationSetting list
        /// That of --classifier, and SHA-256 of its file.
        Judge: (Classifier * string) option
        Stop: CancellationToken
        Say: string -> unit
    }

    /// The value of an option that has a default.
    member this.Get([<ReflectedDefinition>] case: Expr<'V -> EvaluationSetting>) : 'V =
        (Settings.tryGet this.Settings case).Value

    member this.IsBest: bool = Settings.has this.Settings <@ EvaluationSetting.Best @>

    /// Some minutes on two cores for the models of this workbench.
    static member Defaults: EvaluationSetting list =
        [ EvaluationSetting.Importance 5000
          EvaluationSetting.Limit 1000
          EvaluationSetting.Samples 10_000
          EvaluationSetting.Seed 0 ]

/// What was measured of a model.
type Evaluated =
    {
        /// The sub-folder of a run that trains several; empty: the run's own folder.
        Name: string
        Title: string
        /// The file that the model is from.
        Checkpoint: string
        Epoch: int
        Figures: Figure list
        /// Why a figure is not there, and what to beware of.
        Words: string list
        /// What is wrong with the model.
        Warnings: string list
        /// Labelled rows of images, N x pixels each, for the page.
        Pictures: (string * torch.Tensor) list
    }

/// Measuring what a trained model can do. docs/evaluation.md has the formulas.
[<RequireQualifiedAccess>]
module Evaluation =

    let private nats = "nats"

    let private test, training, made = "test images", "training images", "new images"

    let private figure name title unit images (estimate: Estimate) : Figure =
        { Name = name
          Title = title
          Unit = unit
          Estimate = estimate
          Of = images }

    let private mean name title unit images (values: float[]) =
        figure name title unit images (Estimate.ofValues values)

    /// A number of so many images that is no mean over them.
    let private exact (count: int) (value: float) : Estimate =
        { Value = value
          StandardError = nan
          Count = count }

    /// So many images are estimated between two looks at whether to stop.
    let private piece = 100L

    /// The ELBO and the importance-weighted bound of some test images, from the same draws.
    let private bounds (run: Measuring) (data: Dataset) (model: LatentModel) =
        use _ = torch.NewDisposeScope()

        let samples = run.Get EvaluationSetting.Importance

        let generator =
            Random.generatorOn data.Device (run.Get EvaluationSetting.Seed) Random.Evaluation 0

        let images =
            Generators.pick (int64 (run.Get EvaluationSetting.Limit)) data.Test.Images
            |> Pixels.seen data.Pixels generator

        [| for start in 0L .. piece .. images.shape[0] - 1L do
               run.Stop.ThrowIfCancellationRequested()
               let rows = images.narrow (0L, start, min piece (images.shape[0] - start))
               yield! Likelihood.bounds model generator samples rows |]

    let private likelihood (run: Measuring) (data: Dataset) (model: LatentModel) =
        let reconstruction, kl = Likelihood.elboParts model data.Pixels data.Test.Images
        let samples = Report.count (int64 (run.Get EvaluationSetting.Importance))
        let limit = min (int64 (run.Get EvaluationSetting.Limit)) data.Test.Images.shape[0]
        run.Say $"  likelihood of {Report.count limit} images, {samples} importance samples each"
        let elbo, weighted = Array.unzip (bounds run data model)
        let mean name title = mean name title nats test

        [ mean "nelbo" "Negative ELBO = reconstruction + KL" (Array.map2 (+) reconstruction kl)
          mean "reconstruction" "Reconstruction" reconstruction
          mean "kl" "KL of the code" kl
          mean "nll" $"NLL, {samples} importance samples" (Array.map (~-) weighted)
          mean "nll_nelbo" "Negative ELBO of the same images and samples" (Array.map (~-) elbo) ]

    /// A mean over images of one figure of each.
    let private overImages (data: Dataset) name title unit (counted: string) images measure =
        Metrics.perImage data.Pixels images (fun _ batch -> [ measure batch ])
        |> List.exactlyOne
        |> mean name title unit counted

    /// KL(q || N(0, I)) of a model without a likelihood.
    let private kl (data: Dataset) (encode: torch.Tensor -> Gaussian) =
        encode
        >> Losses.gaussianKlPerImage
        |> overImages data "kl" "KL of the code" nats test data.Test.Images

    let private activeUnits (data: Dataset) (encode: torch.Tensor -> Gaussian) =
        use _ = torch.NewDisposeScope()

        let means =
            data.Test.Images
            |> Pixels.seen data.Pixels (Random.generatorOn data.Device 0 Random.Evaluation 0)
            |> Batches.map (fun rows -> (encode rows).Mean)

        float (Codes.activeUnits means)
        |> exact (int means.shape[0])
        |> figure "active_units" "Active units" $"of {means.shape[1]}" test

    let private errors (data: Dataset) (reconstruct: torch.Tensor -> torch.Tensor) =
        let error name title counted (examples: Examples) =
            overImages data name title "" counted examples.Images (fun batch ->
                Losses.squaredErrorPerImage (reconstruct batch) batch)

        [ error "test_error" "Squared error of reconstructions" test data.Test
          for held in Option.toList data.Validation do
              let title = "The same of images held out of training"
              error "validation_error" title "validation images" held
          error "train_error" "The same of training images" training data.Train ]

    /// The width of Parzen windows, what chose it, and the test images that are left to be measured: where the data have no
    /// validation images, a tenth of the test images chooses.
    let private window (run: Measuring) (data: Dataset) (images: torch.Tensor) =
        let all = Generators.pick data.Test.Images.shape[0] data.Test.Images
        let count = all.shape[0]

        match Settings.tryGet run.Settings <@ EvaluationSetting.Sigma @>, data.Validation with
        | Some sigma, _ -> Some(sigma, "as it was given", all)
        | None, Some validation ->
            Some(Parzen.choose Parzen.sigmas images validation.Images, "validation images", all)
        | None, None when count < 2L -> None
        | None, None ->
            let held = max 1L (count / 10L)
            let sigma = Parzen.choose Parzen.sigmas images (all.narrow (0L, 0L, held))
            Some(sigma, $"{held} other test images", all.narrow (0L, held, count - held))

    let private parzen (run: Measuring) (data: Dataset) (images: torch.Tensor) =
        use _ = torch.NewDisposeScope()

        match window run data images with
        | Some(sigma, chosenBy, measured) ->
            let width = exact (int images.shape[0]) sigma

            Parzen.logLikelihood sigma images measured
            |> figure "parzen" "Log-likelihood by Parzen windows" nats test
            |> fun parzen ->
                Ok
                    [ parzen
                      figure
                          "parzen_sigma"
                          $"Width of the Parzen windows ({chosenBy})"
                          ""
                          made
                          width ]
        | None ->
            Error
                "Parzen windows are left out: one test image cannot choose their width and be measured; --sigma sets it."

    /// A Frechet distance with a standard error needs so many images, density and coverage more than their neighbours.
    let private fewest = 20L

    let private judged
        (run: Measuring)
        (data: Dataset)
        (images: Made)
        : Result<Figure list, string> =
        let leftOut why =
            Error $"FID-LeNet, precision, recall, density and coverage are left out: {why}."

        let own = run.Judge |> Option.map (fst >> Classifier.onto data.Device)

        match own |> Option.orElseWith (fun () -> Classifier.ofData data) with
        | None ->
            leftOut
                $"the workbench has no classifier for {data.Name}; --classifier gives one that classifier.fsx has trained"
        | Some _ when data.ImageShape <> Classifier.imageShape ->
            leftOut "the classifier judges grey images of 28 x 28"
        | Some _ when min data.Train.Images.shape[0] data.Test.Images.shape[0] < fewest ->
            leftOut $"they need {fewest} training images and as many test images"
        | Some classifier ->
            let told (name, estimate) counted =
                figure name (Generators.title name) "" counted estimate

            Ok
                [ for judged in Generators.judge classifier data images.Images do
                      told judged (Generators.measuredOn (fst judged))
                  for labels in Option.toList images.Asked do
                      for agreement in Generators.agreement classifier labels images.Images do
                          told agreement made ]

    let private generation (run: Measuring) (data: Dataset) generate =
        let count, seed = run.Get EvaluationSetting.Samples, run.Get EvaluationSetting.Seed
        run.Say $"  {Report.count (int64 count)} new images"
        use generator = Random.generatorOn data.Device seed Random.Sampling 1
        let images: Made = generate generator count
        run.Stop.ThrowIfCancellationRequested()
        images.Images, [ judged run data images; parzen run data images.Images ]

    /// Images abreast on the page.
    let private shown = 10

    /// What a reader must know of the figures of new images.
    let private caution (data: Dataset) (can: Can) =
        if data.Pixels = Static && can.Likelihood.IsSome && can.Generate.IsSome then
            [ "New images are pixel probabilities and the test images black and white: figures of new images compare with those of other VAEs on static pixels alone." ]
        else
            []

    let private collapse (data: Dataset) images (figures: Figure list) =
        [ for figure in figures -> figure.Name, figure.Estimate ]
        |> Warnings.collapsedGenerator "" data images
        |> Sections.warnings

    /// Measures all that a model can do, on the run's data. `name` is its sub-folder, `checkpoint` the file it is from.
    let measure (run: Measuring) (data: Dataset) name checkpoint epoch (can: Can) : Evaluated =
        use _ = torch.no_grad ()
        run.Say $"{can.Title}, epoch {epoch}"

        let coded =
            [ match can.Likelihood, can.Code with
              | Some model, _ -> yield! likelihood run data model
              | None, Some encode -> kl data encode
              | None, None -> ()
              for encode in Option.toList can.Code do
                  activeUnits data encode
              for reconstruct in Option.toList can.Reconstruct do
                  yield! errors data reconstruct ]

        let samples = can.Generate |> Option.map (generation run data)
        let results = samples |> Option.map snd |> Option.defaultValue []

        { Name = name
          Title = can.Title
          Checkpoint = checkpoint
          Epoch = epoch
          Figures = coded @ List.collect (Result.defaultValue []) results
          Words =
            [ for result in results do
                  match result with
                  | Ok _ -> ()
                  | Error why -> why
              yield! caution data can ]
          Warnings =
            [ for images, _ in Option.toList samples do
                  yield! collapse data images (List.collect (Result.defaultValue []) results) ]
          Pictures =
            [ for reconstruct in Option.toList can.Reconstruct do
                  let originals = Pictures.picked data (run.Get EvaluationSetting.Seed) shown
                  "test images", originals
                  "reconstructions", reconstruct originals
              for images, _ in Option.toList samples do
                  "new images", Generators.pick (int64 shown) images ] }
