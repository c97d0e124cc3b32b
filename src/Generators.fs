namespace Workbench

open System
open TorchSharp

/// What is measured of images that a generator made: each figure by its name, with how many images it is of and its standard
/// error.
[<RequireQualifiedAccess>]
module Generators =

    /// An image is clear when the classifier holds a class likelier than this.
    let clear = 0.9

    /// So many rows picked at random, always the same ones, or all of them in a random order: sets often lie in some order (MNIST's
    /// test images, the clean ones first).
    let pick (count: int64) (rows: Tensor) : Tensor =
        let all = rows.shape[0]
        let order = Random.order (Random.generatorOn rows.device 0 Random.Split 2) all
        rows.index_select (0L, order.narrow (0L, 0L, min count all))

    let private clearShare (verdicts: (int * float)[]) =
        Estimate.share (verdicts |> Array.map (fun (_, probability) -> probability > clear))

    let private nearest (data: Dataset) images =
        Distances.nearest (pick 1_000L images) data.Train.Images
        |> Array.map _.Distance
        |> Estimate.ofValues

    /// The smallest of some shares, then all of them.
    let private withSmallest (name: string) (shares: (string * Estimate) list) =
        (name, shares |> List.map snd |> List.minBy _.Value) :: shares

    /// Made images, M x 784 in [0, 1] with M >= 20, beside the test images of the data that the classifier knows:
    /// fid_lenet, the Frechet distance of the classifier's features from those of all test images, and fid_lenet_floor, the same
    /// for as many training images; precision, recall, density, coverage in these features, of equally many images each;
    /// clear_share and clear_share_of_test, the shares of images for which a class is likelier than 0.9; smallest_class_share and
    /// class_share_0 to class_share_9; nearest_training and nearest_training_of_test, the mean Euclidean distance to the nearest
    /// training image, of 1,000 each.
    let judge (classifier: Classifier) (data: Dataset) (made: Tensor) : (string * Estimate) list =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let features = Classifier.features classifier
        let ofMade, ofTest = features made, features data.Test.Images
        let ofTraining = features (pick made.shape[0] data.Train.Images)
        let test = Frechet.fit ofTest
        let someMade, someReal = pick ofTest.shape[0] ofMade, pick ofMade.shape[0] ofTest
        let precision, recall = Manifold.precisionRecall 3 someReal someMade
        let density, coverage = Manifold.densityCoverage 5 someReal someMade
        let verdicts = Classifier.verdictsOfFeatures classifier ofMade

        let shares =
            [ for label in 0 .. Classifier.classes - 1 ->
                  $"class_share_{label}",
                  Estimate.share (verdicts |> Array.map (fun (verdict, _) -> verdict = label)) ]
            |> withSmallest "smallest_class_share"

        [ "fid_lenet", Frechet.estimate test ofMade
          "fid_lenet_floor", Frechet.estimate test ofTraining
          "precision", precision
          "recall", recall
          "density", density
          "coverage", coverage
          "clear_share", clearShare verdicts
          "clear_share_of_test", clearShare (Classifier.verdictsOfFeatures classifier ofTest)
          shares.Head
          "nearest_training", nearest data made
          "nearest_training_of_test", nearest data data.Test.Images
          yield! shares.Tail ]

    /// How often the classifier sees in an image what was asked for, its label (int64, one an image): agreement,
    /// smallest_agreement and agreement_LABEL of each label.
    let agreement
        (classifier: Classifier)
        (labels: Tensor)
        (made: Tensor)
        : (string * Estimate) list =
        use _ = torch.NewDisposeScope()

        let agreed =
            Array.map2
                (fun (verdict, _) label -> label, int64 verdict = label)
                (Classifier.verdicts classifier made)
                (labels.data<int64>().ToArray())

        ("agreement", Estimate.share (Array.map snd agreed))
        :: ([ for label, all in agreed |> Array.groupBy fst |> Array.sortBy fst ->
                  $"agreement_{label}", Estimate.share (Array.map snd all) ]
            |> withSmallest "smallest_agreement")

    let private withClassifier (data: Dataset) measure : (string * Estimate) list =
        Classifier.ofData data |> Option.map measure |> Option.defaultValue []

    let private ofClass = "class_share_"

    /// How many classes have at least a hundredth of the images, by `judge`.
    let classesDrawn (figures: (string * Estimate) list) : int =
        figures
        |> List.filter (fun (name, share) -> name.StartsWith ofClass && share.Value >= 0.01)
        |> List.length

    /// Why a Frechet distance of so few images says little, where it does: fewer than features leave their covariance singular.
    let tooFew (name: string) (estimate: Estimate) : string option =
        if name.StartsWith "fid_lenet" && estimate.Count <= Classifier.width then
            Some $"of {estimate.Count} images; its {Classifier.width} features need more"
        else
            None

    /// `judge` with the data's classifier; nothing where there is none.
    let judged (data: Dataset) (made: Tensor) : (string * Estimate) list =
        withClassifier data (fun classifier -> judge classifier data made)

    /// `agreement` with the data's classifier; nothing where there is none.
    let agreed (data: Dataset) (labels: Tensor) (made: Tensor) : (string * Estimate) list =
        withClassifier data (fun classifier -> agreement classifier labels made)

    /// A figure's name for readers, with an arrow to where it is better.
    let title (figure: string) : string =
        match figure with
        | "fid_lenet" -> "FID-LeNet to the test images ↓"
        | "fid_lenet_floor" -> "FID-LeNet of training images, the floor"
        | "precision" -> "Precision (k = 3) ↑"
        | "recall" -> "Recall (k = 3) ↑"
        | "density" -> "Density (k = 5) ↑"
        | "coverage" -> "Coverage (k = 5) ↑"
        | "clear_share" -> "Clear images (a class has probability above 0.9) ↑"
        | "clear_share_of_test" -> "Clear test images"
        | "smallest_class_share" -> "Smallest share of a class ↑"
        | "nearest_training" -> "Euclidean distance to the nearest training image"
        | "nearest_training_of_test" ->
            "Euclidean distance of test images to the nearest training image"
        | other ->
            let text = other.Replace('_', ' ')
            string (Char.ToUpperInvariant text[0]) + text[1..]

    /// What a figure's count counts.
    let measuredOn (figure: string) : string =
        match figure with
        | "fid_lenet_floor" -> "training images"
        | "recall"
        | "coverage"
        | "clear_share_of_test"
        | "nearest_training_of_test" -> "test images"
        | _ -> "new images"

    /// Figures whose names begin so, in per cent, by the rest of their names.
    let internal shares (prefix: string) (figures: (string * Estimate) list) =
        [ for name, estimate in figures do
              if name.StartsWith(prefix, StringComparison.Ordinal) then
                  name.Substring prefix.Length, 100.0 * estimate.Value ]

    let private isShare (figure: string) =
        List.contains figure [ "precision"; "recall"; "coverage" ]
        || [ "clear_share"; "smallest_"; "agreement"; ofClass ]
           |> List.exists (fun start -> figure.StartsWith(start, StringComparison.Ordinal))

    /// A figure with its standard error; a share in per cent.
    let told (figure: string) (estimate: Estimate) : string =
        if not (isShare figure) then
            Sections.withError estimate.Value estimate.StandardError
        elif estimate.StandardError > 0.0 then
            let percent =
                { estimate with
                    Value = 100.0 * estimate.Value
                    StandardError = 100.0 * estimate.StandardError }

            $"{Sections.estimate percent} %%"
        else
            Sections.estimate estimate

    /// A table of such figures, for the page of models that each have a name: a row a figure, a column a model.
    let private table (data: Dataset) (models: (string * (string * Estimate) list) list) : Section =
        let cell (figure: string) (figures: (string * Estimate) list) =
            figures
            |> List.tryFind (fun (name, _) -> name = figure)
            |> Option.map (fun (name, estimate) -> told name estimate)
            |> Option.defaultValue "–"

        let rows =
            [ for figure, estimate in snd models.Head do
                  if not (figure.StartsWith(ofClass, StringComparison.Ordinal)) then
                      [ title figure
                        for _, figures in models do
                            cell figure figures
                        $"{Report.count estimate.Count} {measuredOn figure}" ] ]

        Section.Table(
            $"Figures of new images, each with its standard error ({data.Name}, {Sections.pixels data}; ↑ higher is better, ↓ lower). FID-LeNet, precision, recall, density and coverage compare features of this workbench's own small classifier; they are not comparable with published FIDs.",
            "figure" :: List.map fst models @ [ "of" ],
            rows
        )

    /// The share of each class among new images, a chart a model that was judged.
    let classes (data: Dataset) (models: (string * (string * Estimate) list) list) : Section list =
        [ for model, figures in models do
              let shares = shares ofClass figures

              if not shares.IsEmpty then
                  Section.Chart(
                      $"Classes that the classifier sees, {model}",
                      [ for label, share in shares -> Sections.className data (int label), share ]
                      |> Plots.columns "class" "% of new images"
                  ) ]

    /// What `judged` gave as a table and the shares of classes as charts, or a word why there is nothing.
    let tables (data: Dataset) (models: (string * (string * Estimate) list) list) : Section list =
        if snd models.Head |> List.isEmpty then
            [ Section.Words
                  $"Figures of the workbench's classifier (FID-LeNet and others) are left out: there is none for {data.Name}." ]
        else
            table data models :: classes data models

/// What the pages of GANs have alike.
[<RequireQualifiedAccess>]
module GanPage =

    let private percent (share: Estimate) =
        Sections.formatted "F1" (100.0 * share.Value)

    /// The figures that matter most of those by `Generators.agreement` and by `Generators.judge`, as far as there are any.
    let tiles (data: Dataset) (figures: (string * Estimate) list) : Section list =
        let tiles =
            [ for factor, unit, better, title, of', figure in
                  [ 100.0, "%", Some Higher, "Images of the label asked for", "", "agreement"
                    100.0, "%", Some Higher, "The label drawn worst", "", "smallest_agreement"
                    100.0, "%", Some Higher, "Clear images", "", "clear_share"
                    100.0, "%", None, "Clear test images", "to compare with", "clear_share_of_test"
                    100.0, "%", Some Higher, "Recall", "test images like a generated one", "recall"
                    1.0, "", Some Lower, "FID-LeNet", "", "fid_lenet"
                    1.0, "", None, "FID-LeNet of training images", "the floor", "fid_lenet_floor" ] do
                  for name, estimate in figures do
                      if name = figure then
                          let unit =
                              if estimate.Value > 0.0 then
                                  unit
                              else
                                  $"of {Report.count (int64 estimate.Count)}"

                          { Sections.tile title unit better (factor * estimate.Value) with
                              Note = Generators.tooFew name estimate |> Option.defaultValue of' } ]

        let drawn =
            [ if figures |> List.exists (fst >> (=) "recall") then
                  { Sections.counted
                        "Classes drawn"
                        (Some Higher)
                        (Generators.classesDrawn figures)
                        Classifier.classes with
                      Note = "with at least 1 % of the images" } ]

        let tiles = drawn @ tiles

        if tiles.IsEmpty then
            []
        else
            let count = int64 (snd figures.Head).Count
            [ Section.Tiles($"""Measured on {Sections.note data "generated" count}.""", tiles) ]

    /// The line for people: what was measured of the images, or else how the two networks stand.
    let line (history: EpochFigures list) (figures: (string * Estimate) list) : string =
        let share (estimate: Estimate) =
            if estimate.Value = 0.0 then
                $"0 of {Report.count (int64 estimate.Count)}"
            else
                $"{percent estimate} %%"

        let number (estimate: Estimate) = Text.figure 4 estimate.Value

        let held name =
            Sections.fixed2 (EpochFigures.value name (List.last history))

        [ for name, show, title, meaning in
              [ "agreement",
                share,
                "label asked for",
                "of generated images have it; higher is better"
                "smallest_agreement",
                share,
                "worst label",
                "the same of one label; higher is better"
                "clear_share", share, "clear images", "a class likelier than 0.9; higher is better"
                "clear_share_of_test", share, "of test images", "the same of these"
                "recall", share, "recall", "test images like a generated one; higher is better"
                "fid_lenet", number, "FID-LeNet", "distance from test images; lower is better"
                "fid_lenet_floor", number, "its floor", "the same of training images" ] do
              for figure, estimate in figures do
                  if figure = name then
                      [ title
                        show estimate
                        Generators.tooFew name estimate |> Option.defaultValue meaning ]
          if figures |> List.exists (fst >> (=) "recall") then
              [ "classes drawn"
                $"{Generators.classesDrawn figures} of {Classifier.classes}"
                "with at least 1 % of generated images" ]
          if figures.IsEmpty then
              [ "D(x)"; held "d_real"; "of training images; 0.5: cannot tell" ]
              [ "D(G(z))"; held "d_fake"; "of generated images; 0.5: cannot tell" ] ]
        |> Terminal.table

    /// How often the classifier sees each label where it was asked for, by `Generators.agreement`; nothing where it was not looked
    /// for.
    let agreement (figures: (string * Estimate) list) : Section list =
        let shares = Generators.shares "agreement_" figures

        if shares.IsEmpty then
            []
        else
            [ Section.Chart(
                  "Images in which the classifier sees the label asked for",
                  Plots.columns "label" "% of generated images" shares
              ) ]

    /// Both losses over the epochs, and the discriminator's probabilities.
    let curves (history: EpochFigures list) : Section list =
        Sections.adversarial history "generator" "D(x), training images" "D(G(z)), generated images"

    /// The pictures (PNG) of a selection of epochs, one below the other: nearer together at the start, where most happens, and the
    /// last.
    let epochs (caption: string) (pictures: (int * byte[]) list) : Section =
        let told =
            [ for decade in [ 1; 10; 100; 1000 ] do
                  for step in [ 1; 2; 3; 5 ] do
                      step * decade
              yield! pictures |> List.map fst |> List.sortDescending |> List.truncate 1 ]

        Section.Rows(
            caption,
            [ for epoch, png in pictures do
                  if List.contains epoch told then
                      $"epoch {epoch}", [ png ] ]
        )
