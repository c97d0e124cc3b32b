namespace Workbench

open System
open System.Globalization
open System.Threading
open TorchSharp
open Workbench.NeighbourEmbedding

/// Sections of a page that are alike for every model.
[<RequireQualifiedAccess>]
module Sections =

    /// A number in one of .NET's formats, the same in all cultures.
    let formatted (format: string) (value: float) : string =
        value.ToString(format, CultureInfo.InvariantCulture)

    /// Two decimals.
    let fixed2 (value: float) : string = formatted "F2" value

    /// Three significant digits.
    let short (value: float) : string = formatted "G3" value

    /// A figure by its name.
    let find (name: string) (figures: (string * float) list) : float =
        figures |> List.find (fun (figure, _) -> figure = name) |> snd

    /// "grey pixels, mnist, 10,000 test images".
    let note (data: Dataset) (split: string) (images: int64) : string =
        $"{Pixels.name data.Pixels} pixels, {data.Name}, {Report.count images} {split} images"

    /// A final figure, measured on all test images.
    let tile (data: Dataset) (name: string) (unit: string) (value: string) : Tile =
        { Name = name
          Value = value
          Unit = unit
          Note = note data "test" data.Test.Images.shape[0] }

    /// Figures over the epochs of a history: names for readers, names in the history. Those it lacks are left out.
    let curves
        (history: EpochFigures list)
        (title: string)
        (unit: string)
        (lines: (string * string) list)
        : Section =
        let points figure =
            [ for epoch in history do
                  for name, value in epoch.Figures do
                      if name = figure then
                          float epoch.Epoch, value ]

        [ for name, figure in lines -> { Name = name; Points = points figure } ]
        |> List.filter (fun line -> not line.Points.IsEmpty)
        |> Plots.lines unit
        |> fun chart -> Section.Chart(title, chart)

    /// A figure of test images and of training images over the epochs.
    let learningCurve history unit title (figure: string) : Section =
        curves history title unit [ "test", $"test_{figure}"; "training", $"train_{figure}" ]

    /// A discriminator's loss and its adversary's, and what it holds likely to be real of real things and of made ones.
    let adversarial
        (history: EpochFigures list)
        (adversary: string)
        (real: string)
        (made: string)
        : Section list =
        [ curves
              history
              "Adversarial losses"
              "nats"
              [ "discriminator", "discriminator_loss"; adversary, "generator_loss" ]
          curves
              history
              "What the discriminator holds likely to be real"
              "mean probability"
              [ real, "d_real"; made, "d_fake" ] ]

    /// Rows of equally many images, N x pixels each, one below the other.
    let images (data: Dataset) (caption: string) (rows: Tensor list) : Section =
        Section.Images(
            caption,
            rows |> List.map (Pictures.values data.ImageShape) |> Pictures.blocks
        )

    /// Images, N x pixels, so many abreast, as one picture.
    let grid (data: Dataset) (caption: string) (columns: int) (images: Tensor) : Section =
        let layout =
            { Pictures.unscaled with
                Columns = columns }

        Section.Images(caption, [ Png.grid layout (Pictures.values data.ImageShape images) ])

    /// Rows of images, N x pixels each, beside what they are.
    let rows (data: Dataset) (caption: string) (rows: (string * Tensor) list) : Section =
        Section.Rows(
            caption,
            [ for label, images in rows ->
                  label, Pictures.blocks [ Pictures.values data.ImageShape images ] ]
        )

    /// Two-dimensional points, N x 2, coloured by label where there are labels.
    let cloud
        (title: string)
        (xAxis: string, yAxis: string)
        (labels: Tensor option)
        (points: Tensor)
        : Section =
        let points =
            points.contiguous().data<float32>().ToArray()
            |> Array.chunkBySize 2
            |> Array.map (fun point -> float point[0], float point[1])

        let labels =
            match labels with
            | Some labels -> labels.data<int64>().ToArray() |> Array.map string
            | None -> Array.create points.Length "test images"

        let groups =
            Array.zip labels points
            |> Array.groupBy fst
            |> Array.sortBy fst
            |> Array.map (fun (label, members) ->
                { Name = label
                  Points = [ for _, point in members -> point ] })

        Section.Chart(title, Plots.cloud xAxis yAxis (List.ofArray groups))

/// Codes placed in the plane, N x 2, so that neighbours stay neighbours; KL(P || Q) of the affinities among codes and among places,
/// in nats; how few strangers are among a place's nearest neighbours (Venna and Kaski, 2001), 1 at best, NaN of too few codes.
type Placed =
    { Positions: Tensor
      Settings: TSneSettings
      Kl: float
      Trustworthiness: float }

/// Codes of many dimensions as a picture, by t-SNE (van der Maaten and Hinton, 2008).
[<RequireQualifiedAccess>]
module Placement =

    /// The neighbours that the trustworthiness counts.
    let private neighbours = 12

    /// The places of codes, N x latent, telling its progress; none where there are too few codes for the perplexity, or where it is
    /// asked to stop.
    let tsne
        (settings: TSneSettings)
        (say: string -> unit)
        (stop: CancellationToken)
        (codes: Tensor)
        : Placed option =
        let count = int codes.shape[0]

        let tell iteration kl =
            say $"t-SNE {iteration}/{settings.Iterations}  KL {Sections.fixed2 kl}"

        try
            if float count <= settings.Perplexity then
                None
            else
                let rows = codes.contiguous().data<float32>().ToArray()
                let embedding = TSne.Run(rows, count, settings, Action<int, float>(tell), stop)

                Some
                    { Positions = torch.from_array(embedding.Positions).reshape(int64 count, 2L)
                      Settings = settings
                      Kl = embedding.Kl
                      Trustworthiness =
                        if 2 * neighbours < count then
                            TSne.Trustworthiness(rows, embedding.Positions, count, neighbours)
                        else
                            nan }
        with
        | :? OperationCanceledException -> None
        | :? ArgumentException as wrong -> BadInput.fail "t-SNE: %s" wrong.Message

    /// tsne_kl and tsne_trustworthiness, where codes were placed.
    let figures (placed: Placed option) : (string * float) list =
        match placed with
        | Some placed -> [ "tsne_kl", placed.Kl; "tsne_trustworthiness", placed.Trustworthiness ]
        | None -> []

    /// The places as a chart, coloured by label where there are labels, and what is to be known of it.
    let sections (title: string) (labels: Tensor option) (placed: Placed option) : Section list =
        match placed with
        | Some placed ->
            [ Sections.cloud title ("only distances mean something", "") labels placed.Positions
              Section.Words
                  $"t-SNE of {Report.count placed.Positions.shape[0]} codes, perplexity {placed.Settings.Perplexity}: KL divergence {Sections.fixed2 placed.Kl} nats, trustworthiness {Sections.short placed.Trustworthiness} over {neighbours} neighbours." ]
        | None -> []

/// What the pages of GANs have alike.
[<RequireQualifiedAccess>]
module GanPage =

    let private percent (share: Estimate) =
        Sections.formatted "F1" (100.0 * share.Value)

    /// The figures that matter most of those by `Generators.agreement` and by `Generators.judge`, as far as there are any.
    let tiles (data: Dataset) (figures: (string * Estimate) list) : Section list =
        let distance (estimate: Estimate) =
            Sections.formatted (if estimate.Value < 100.0 then "G3" else "N0") estimate.Value

        let tiles: Tile list =
            [ for show, unit, title, images, figure in
                  [ percent, "%", "Images of the label asked for", "generated", "agreement"
                    percent, "%", "The label drawn worst", "generated", "smallest_agreement"
                    percent, "%", "Clear images", "generated", "clear_share"
                    percent, "%", "Clear among real ones", "test", "clear_share_of_test"
                    percent, "%", "Smallest share of a class", "generated", "smallest_class_share"
                    distance, "", "FID-LeNet", "generated", "fid_lenet"
                    distance, "", "FID-LeNet floor", "training", "fid_lenet_floor" ] do
                  for name, estimate in figures do
                      if name = figure then
                          { Name = title
                            Value = show estimate
                            Unit = unit
                            Note = Sections.note data images (int64 estimate.Count) } ]

        if tiles.IsEmpty then [] else [ Section.Tiles tiles ]

    /// The line for people: what was measured of the images, or else how the two networks stand.
    let line (history: EpochFigures list) (figures: (string * Estimate) list) : string =
        let known = Map.ofList figures
        let share name = percent known[name]

        if known.ContainsKey "agreement" then
            let images = Report.count (int64 known["agreement"].Count)
            let all, worst = share "agreement", share "smallest_agreement"
            $"the label asked for: in {all} %% of {images} generated images, in {worst} %% for the worst label"
        elif known.ContainsKey "clear_share" then
            let images = Report.count (int64 known["clear_share"].Count)
            let clear, ofTest = share "clear_share", share "clear_share_of_test"
            let least = share "smallest_class_share"
            $"clear: {clear} %% of {images} generated images, {ofTest} %% of the test images; smallest class {least} %%"
        else
            let held name =
                Sections.fixed2 (Sections.find name (List.last history).Figures)

            let real, made = held "d_real", held "d_fake"
            $"D(x) {real}, D(G(z)) {made}"

    /// How often the classifier sees each label where it was asked for, by `Generators.agreement`; nothing where it was not looked
    /// for.
    let agreement (figures: (string * Estimate) list) : Section list =
        let prefix = "agreement_"

        let shares =
            [ for name, estimate in figures do
                  if name.StartsWith(prefix, StringComparison.Ordinal) then
                      name.Substring prefix.Length, 100.0 * estimate.Value ]

        if shares.IsEmpty then
            []
        else
            [ Section.Chart(
                  "Images in which the classifier sees the label asked for",
                  Plots.columns "label" "% of generated images" shares
              ) ]

    /// Both losses over the epochs, and what the discriminator holds likely to be real.
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
