namespace Workbench

open System.Globalization
open TorchSharp

/// What is measured of images that a generator made: each figure by its name, with how many images it is of and its standard
/// error.
[<RequireQualifiedAccess>]
module Generators =

    /// An image is clear when the classifier holds a class likelier than this.
    let clear = 0.9

    /// Which neighbour an image reaches to: as in the papers of `Manifold`.
    let private precisionNeighbour, densityNeighbour = 3, 5

    /// For so many images the nearest training image is looked for.
    let private searched = 1_000L

    /// So many rows picked at random, always the same ones, or all of them in a random order: sets often lie in some order (MNIST's
    /// test images, the clean ones first).
    let pick (count: int64) (rows: torch.Tensor) : torch.Tensor =
        let all = rows.shape[0]
        let order = torch.randperm (all, generator = Random.generator 0 Random.Split 2)
        rows.index_select (0L, order.narrow (0L, 0L, min count all))

    let private classShares (verdicts: (int * float)[]) =
        [ for label in 0 .. Classifier.classes - 1 ->
              $"class_share_{label}",
              Estimate.share (verdicts |> Array.map (fun (verdict, _) -> verdict = label)) ]

    let private clearShare (verdicts: (int * float)[]) =
        Estimate.share (verdicts |> Array.map (fun (_, probability) -> probability > clear))

    let private nearest (data: Dataset) images =
        Distances.nearest (pick searched images) data.Train.Images
        |> Array.map _.Distance
        |> Estimate.ofValues

    /// From features of made and of test images: what depends on the sizes of the sets is measured on equally many.
    let private manifolds (ofMade: torch.Tensor) (ofTest: torch.Tensor) =
        let made, real = pick ofTest.shape[0] ofMade, pick ofMade.shape[0] ofTest
        let accuracy = Manifold.precisionRecall precisionNeighbour real made
        let spread = Manifold.densityCoverage densityNeighbour real made

        [ "precision", accuracy.Precision
          "recall", accuracy.Recall
          "density", spread.Density
          "coverage", spread.Coverage ]

    /// Made images, M x 784 in [0, 1] with M >= 20, beside the test images of the data that the classifier knows:
    /// fid_lenet, the Frechet distance of the classifier's features from those of all test images, and fid_lenet_floor, the same
    /// for as many training images; precision, recall, density, coverage in these features; clear_share and
    /// clear_share_of_test, the shares of images for which a class is likelier than 0.9; smallest_class_share and class_share_0
    /// to class_share_9; nearest_training and nearest_training_of_test, the mean Euclidean distance to the nearest training
    /// image, of 1,000 each.
    let judge
        (classifier: Classifier)
        (data: Dataset)
        (made: torch.Tensor)
        : (string * Estimate) list =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let features = Classifier.features classifier
        let ofMade, ofTest = features made, features data.Test.Images
        let ofTraining = features (pick made.shape[0] data.Train.Images)
        let test = Frechet.fit ofTest
        let verdicts = Classifier.verdictsOfFeatures classifier ofMade
        let shares = classShares verdicts

        [ "fid_lenet", Frechet.estimate test ofMade
          "fid_lenet_floor", Frechet.estimate test ofTraining
          yield! manifolds ofMade ofTest
          "clear_share", clearShare verdicts
          "clear_share_of_test", clearShare (Classifier.verdictsOfFeatures classifier ofTest)
          "smallest_class_share", shares |> List.map snd |> List.minBy _.Value
          "nearest_training", nearest data made
          "nearest_training_of_test", nearest data data.Test.Images
          yield! shares ]

    /// `judge` with the data's classifier; nothing where there is none.
    let judged (data: Dataset) (made: torch.Tensor) : (string * Estimate) list =
        match Classifier.load data.Name with
        | Some classifier -> judge classifier data made
        | None -> []

    /// How often the classifier sees in an image what was asked for, its label (int64, one an image): agreement,
    /// smallest_agreement and agreement_LABEL of each label.
    let agreement
        (classifier: Classifier)
        (labels: torch.Tensor)
        (made: torch.Tensor)
        : (string * Estimate) list =
        use _ = torch.NewDisposeScope()
        let asked = labels.data<int64>().ToArray() |> Array.map int

        let agreed =
            Array.map2
                (fun (verdict, _) label -> label, verdict = label)
                (Classifier.verdicts classifier made)
                asked

        let byLabel =
            agreed
            |> Array.groupBy fst
            |> Array.sortBy fst
            |> Array.map (fun (label, all) ->
                $"agreement_{label}", Estimate.share (Array.map snd all))
            |> List.ofArray

        [ "agreement", Estimate.share (Array.map snd agreed)
          "smallest_agreement", byLabel |> List.map snd |> List.minBy _.Value
          yield! byLabel ]

    /// `agreement` with the data's classifier; nothing where there is none.
    let agreed
        (data: Dataset)
        (labels: torch.Tensor)
        (made: torch.Tensor)
        : (string * Estimate) list =
        match Classifier.load data.Name with
        | Some classifier -> agreement classifier labels made
        | None -> []

    let private words =
        Map.ofList
            [ "fid_lenet", "FID-LeNet to the test images"
              "fid_lenet_floor", "FID-LeNet of training images, the floor"
              "precision", "Precision (k = 3)"
              "recall", "Recall (k = 3)"
              "density", "Density (k = 5)"
              "coverage", "Coverage (k = 5)"
              "clear_share", "Clear images (a class likelier than 0.9)"
              "clear_share_of_test", "Clear images among test images"
              "smallest_class_share", "Smallest share of a class"
              "nearest_training", "Distance to the nearest training image"
              "nearest_training_of_test", "The same of test images" ]

    /// A figure's name for readers.
    let title (figure: string) : string =
        Map.tryFind figure words
        |> Option.defaultWith (fun () ->
            let text = figure.Replace('_', ' ')
            string (System.Char.ToUpperInvariant text[0]) + text[1..])

    /// What a figure's count counts.
    let measuredOn (figure: string) : string =
        match figure with
        | "fid_lenet_floor" -> "training images"
        | "recall"
        | "coverage"
        | "clear_share_of_test"
        | "nearest_training_of_test" -> "test images"
        | _ -> "new images"

    let private number (value: float) =
        value.ToString("G4", CultureInfo.InvariantCulture)

    /// A table of such figures, for the page of models that each have a name: a row a figure, a column a model.
    let table (data: Dataset) (models: (string * (string * Estimate) list) list) : Section =
        let cell (figure: string) (figures: (string * Estimate) list) =
            match figures |> List.tryFind (fun (name, _) -> name = figure) with
            | Some(_, e) -> $"{number e.Value} ± {Sections.short e.StandardError}"
            | None -> ""

        let rows =
            [ for figure, estimate in snd models.Head ->
                  title figure
                  :: Report.count estimate.Count
                  :: [ for _, figures in models -> cell figure figures ] ]

        Section.Table(
            $"Figures of new images, each with its standard error ({Pixels.name data.Pixels} pixels, {data.Name}). FID-LeNet, precision, recall, density and coverage compare features of this workbench's own small classifier: they are no other work's FID.",
            "figure" :: "images" :: List.map fst models,
            rows
        )

    /// `table` of what `judged` gave, or a word why there is nothing.
    let tables (data: Dataset) (models: (string * (string * Estimate) list) list) : Section list =
        if snd models.Head |> List.isEmpty then
            [ Section.Words
                  $"Figures of the workbench's classifier (FID-LeNet and others) are left out: there is none for {data.Name}." ]
        else
            [ table data models ]
