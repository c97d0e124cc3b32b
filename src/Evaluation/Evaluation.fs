namespace Workbench

open System.Threading
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

/// How models are measured.
type Measuring =
    {
        /// Importance samples for each image.
        Importance: int
        /// Test images whose likelihood is estimated.
        Limit: int
        /// Images that a generator makes to be measured.
        Samples: int
        /// The width of Parzen windows; none: chosen.
        Sigma: float option
        Seed: int
        Stop: CancellationToken
        Say: string -> unit
    }

/// A model with the state that its run has reached.
type Measurable =
    {
        /// The sub-folder of a run that trains several; empty: the run's own folder.
        Name: string
        /// The file it is from.
        Checkpoint: string
        Epoch: int
        Can: Can
    }

/// What was measured of a model.
type Evaluated =
    {
        Model: Measurable
        Figures: Figure list
        /// Why a figure is not there, and what to beware of.
        Words: string list
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

    /// A number of so many images that is no mean over them.
    let private exact (count: int) (value: float) : Estimate =
        { Value = value
          StandardError = nan
          Count = count }

    /// So many images are estimated between two looks at whether to stop.
    let private piece = 100L

    /// The ELBO and the importance-weighted bound of some test images, from the same draws.
    let private bounds (run: Measuring) (data: Dataset) (model: LatentModel) =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let generator = Random.generator run.Seed Random.Evaluation 0

        let images =
            Generators.pick (int64 run.Limit) data.Test.Images
            |> Pixels.seen data.Pixels generator

        [| for start in 0L .. piece .. images.shape[0] - 1L do
               run.Stop.ThrowIfCancellationRequested()
               let rows = images.narrow (0L, start, min piece (images.shape[0] - start))
               yield! Likelihood.bounds model generator run.Importance rows |]

    let private likelihood (run: Measuring) (data: Dataset) (model: LatentModel) =
        let reconstruction, kl = Likelihood.elboParts model data.Pixels data.Test.Images

        let mean name title values =
            figure name title nats test (Estimate.ofValues values)

        let samples = Report.count (int64 run.Importance)
        let images = Report.count (min (int64 run.Limit) data.Test.Images.shape[0])
        run.Say $"  likelihood of {images} images, {samples} importance samples each"
        let bounds = bounds run data model

        [ mean "elbo" "ELBO = reconstruction + KL" (Array.map2 (+) reconstruction kl)
          mean "reconstruction" "Reconstruction" reconstruction
          mean "kl" "KL of the code" kl
          mean
              "nll"
              $"NLL, {samples} importance samples"
              (bounds |> Array.map (fun (_, weighted) -> -weighted))
          mean
              "nll_elbo"
              "ELBO of the same images and samples"
              (bounds |> Array.map (fun (elbo, _) -> -elbo)) ]

    /// KL(q || N(0, I)) of a model without a likelihood.
    let private klOf (data: Dataset) (encode: torch.Tensor -> Gaussian) =
        Metrics.perImage data.Pixels data.Test.Images (fun _ batch ->
            [ Losses.gaussianKlPerImage (encode batch) ])
        |> List.exactlyOne
        |> Estimate.ofValues
        |> figure "kl" "KL of the code" nats test

    let private activeUnits (data: Dataset) (encode: torch.Tensor -> Gaussian) =
        use _ = torch.NewDisposeScope()

        let images =
            data.Test.Images
            |> Pixels.seen data.Pixels (Random.generator 0 Random.Evaluation 0)

        let means = images |> Batches.map (fun rows -> (encode rows).Mean)

        Codes.activeUnits means
        |> float
        |> exact (int images.shape[0])
        |> figure "active_units" "Active units" $"of {means.shape[1]}" test

    let private errors (data: Dataset) (reconstruct: torch.Tensor -> torch.Tensor) =
        let error name title images (examples: Examples) =
            Metrics.perImage data.Pixels examples.Images (fun _ batch ->
                [ Losses.squaredErrorPerImage (reconstruct batch) batch ])
            |> List.exactlyOne
            |> Estimate.ofValues
            |> figure name title "" images

        [ error "test_error" "Squared error of reconstructions" test data.Test
          match data.Validation with
          | Some examples ->
              error
                  "validation_error"
                  "The same of images held out of training"
                  "validation images"
                  examples
          | None -> ()
          error "train_error" "The same of training images" training data.Train ]

    /// Test images that choose the width of Parzen windows where the data have no validation images: one tenth.
    let private parzenShare = 10L

    /// The windows' width, what chose it, and the test images that are left to be measured.
    let private window (options: Measuring) (data: Dataset) (images: torch.Tensor) =
        let all = Generators.pick data.Test.Images.shape[0] data.Test.Images
        let count = all.shape[0]

        match options.Sigma, data.Validation with
        | Some sigma, _ -> Some(sigma, "as it was given", all)
        | None, Some validation ->
            Some(Parzen.choose Parzen.sigmas images validation.Images, "validation images", all)
        | None, None when count < 2L -> None
        | None, None ->
            let held = max 1L (count / parzenShare)
            let sigma = Parzen.choose Parzen.sigmas images (all.narrow (0L, 0L, held))
            Some(sigma, $"{held} other test images", all.narrow (0L, held, count - held))

    let private parzen (options: Measuring) (data: Dataset) (images: torch.Tensor) =
        use _ = torch.NewDisposeScope()

        match window options data images with
        | Some(sigma, chosenBy, measured) ->
            Ok
                [ figure
                      "parzen"
                      "Log-likelihood by Parzen windows"
                      nats
                      test
                      (Parzen.logLikelihood sigma images measured)
                  figure
                      "parzen_sigma"
                      $"Their width ({chosenBy})"
                      ""
                      made
                      (exact (int images.shape[0]) sigma) ]
        | None ->
            Error
                "Parzen windows are left out: one test image cannot choose their width and be measured; --sigma sets it."

    /// A Frechet distance with a standard error needs so many images, density and coverage more than their neighbours.
    let private fewest = 20L

    let private judged (data: Dataset) (images: Made) : Result<Figure list, string> =
        match Classifier.load data.Name with
        | None ->
            Error
                $"FID-LeNet, precision, recall, density and coverage are left out: the workbench has no classifier for {data.Name}."
        | Some _ when min data.Train.Images.shape[0] data.Test.Images.shape[0] < fewest ->
            Error
                $"FID-LeNet, precision, recall, density and coverage are left out: they need {fewest} training images and as many test images."
        | Some classifier ->
            Ok
                [ for name, estimate in Generators.judge classifier data images.Images do
                      figure name (Generators.title name) "" (Generators.measuredOn name) estimate
                  match images.Asked with
                  | Some labels ->
                      for name, estimate in Generators.agreement classifier labels images.Images do
                          figure name (Generators.title name) "" made estimate
                  | None -> () ]

    let private generation (run: Measuring) (data: Dataset) generate =
        run.Say $"  {Report.count (int64 run.Samples)} new images"
        use generator = Random.generator run.Seed Random.Sampling 1
        let images: Made = generate generator run.Samples
        run.Stop.ThrowIfCancellationRequested()

        let all = [ judged data images; parzen run data images.Images ]
        let figures = all |> List.collect (Result.defaultValue [])

        let words =
            all
            |> List.choose (function
                | Ok _ -> None
                | Error why -> Some why)

        figures, words, images.Images

    /// Images abreast on the page.
    let private shown = 10

    let private reconstructions (run: Measuring) (data: Dataset) reconstruct =
        let originals = Pictures.picked data run.Seed shown

        [ "test images", originals; "reconstructions", reconstruct originals ]

    /// What a reader must know of the figures of new images.
    let private caution (data: Dataset) (model: Can) =
        if data.Pixels = Static && model.Likelihood.IsSome && model.Generate.IsSome then
            [ "New images are pixel probabilities and the test images black and white: figures of new images compare with those of other VAEs on static pixels alone." ]
        else
            []

    /// Measures all that a model can do, on the run's data.
    let measure (run: Measuring) (data: Dataset) (trained: Measurable) : Evaluated =
        use _ = torch.no_grad ()
        let model = trained.Can
        run.Say $"{model.Title}, epoch {trained.Epoch}"

        let coded =
            [ match model.Likelihood, model.Code with
              | Some likelihoodModel, _ -> yield! likelihood run data likelihoodModel
              | None, Some encode -> klOf data encode
              | None, None -> ()
              match model.Code with
              | Some encode -> activeUnits data encode
              | None -> () ]

        let errors = model.Reconstruct |> Option.map (errors data) |> Option.defaultValue []

        let generated, words, samples =
            match model.Generate with
            | Some generate ->
                let figures, words, images = generation run data generate
                figures, words, [ "new images", Generators.pick (int64 shown) images ]
            | None -> [], [], []

        { Model = trained
          Figures = coded @ errors @ generated
          Words = words @ caution data model
          Pictures =
            (model.Reconstruct
             |> Option.map (reconstructions run data)
             |> Option.defaultValue [])
            @ samples }
