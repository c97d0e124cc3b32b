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

    /// Four significant digits, and all before the point where those are more: 134.4, 0.06012, 3,430.
    let four (value: float) : string =
        let size = if value = 0.0 then 0 else int (floor (log10 (abs value)))

        if value = 0.0 then
            "0"
        elif not (Double.IsFinite value) || size < -5 || size > 8 then
            formatted "G4" value
        else
            formatted $"N{max 0 (3 - size)}" value

    /// A value and its standard error to the same place, which is that of the error's second digit: 1,990.98 ± 0.80. Where the error
    /// is unknown, four digits of the value.
    let withError (value: float) (error: float) : string =
        if not (Double.IsFinite error) || error <= 0.0 then
            four value
        else
            let places = Math.Clamp(1 - int (floor (log10 error)), 0, 9)
            $"""{formatted $"N{places}" value} ± {formatted $"N{places}" error}"""

    /// A share, by what it is of: none of 2,000 is told as that, since no standard error can be had of it.
    let estimate (estimate: Estimate) : string =
        let isCertain = estimate.StandardError = 0.0

        if isCertain && (estimate.Value = 0.0 || estimate.Value = 1.0) then
            let all = Report.count (int64 estimate.Count)
            $"""{if estimate.Value = 0.0 then "0" else all} of {all}"""
        else
            withError estimate.Value estimate.StandardError

    /// The texts of the warnings among sections.
    let warnings (sections: Section list) : string list =
        sections
        |> List.choose (function
            | Section.Warning text -> Some text
            | _ -> None)

    /// The pixels' mode, for readers: "grey pixels"; of images in colour that are taken as they are, "colour pixels".
    let pixels (data: Dataset) : string =
        let isColour = data.Pixels = Grey && data.ImageShape.Head > 1
        if isColour then "colour pixels" else $"{Pixels.name data.Pixels} pixels"

    /// The names of the classes in the order of their labels, as far as a line goes.
    let classes (data: Dataset) : string =
        let shown = List.truncate 30 data.Classes
        String.Join(", ", (if shown.Length < data.Classes.Length then shown @ [ "..." ] else shown))

    /// "10,000 test images of mnist, grey pixels".
    let note (data: Dataset) (split: string) (images: int64) : string =
        $"{Report.count images} {split} images of {data.Name}, {pixels data}"

    /// `note` of all test images.
    let testSet (data: Dataset) : string =
        note data "test" data.Test.Images.shape[0]

    /// Which training images the curves are of: "all 900", "the first 10,000".
    let curvesOf (data: Dataset) : string =
        let all = data.Train.Images.shape[0]
        let some = (Objectives.head data.Train.Images).shape[0]
        let which = if some = all then "all" else "the first"
        $"The curves' training images are {which} {Report.count some}."

    /// A figure in four digits, of which the lower or the higher is the better.
    let tile (name: string) (unit: string) (better: Better option) (value: float) : Tile =
        { Name = name
          Value = four value
          Unit = unit
          Better = better
          Note = "" }

    /// A count of so many.
    let counted (name: string) (better: Better option) (count: int) (all: int) : Tile =
        { tile name $"of {all}" better 0.0 with
            Value = string count }

    /// Figures of all test images.
    let testTiles (data: Dataset) (tiles: Tile list) : Section =
        Section.Tiles($"Measured on {testSet data}.", tiles)

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

    /// KL(q || N(0, I)) of each latent dimension, averaged over the test images.
    let klPerDimension (encode: Tensor -> Gaussian) (data: Dataset) : Section =
        Metrics.klPerDimension encode data.Pixels data.Test.Images
        |> List.mapi (fun index kl -> string (index + 1), kl)
        |> Plots.columns "latent dimension" "nats per image"
        |> fun chart -> Section.Chart("KL of each latent dimension, test images", chart)

    /// A figure's name for readers, where it has no other.
    let readable (figure: string) : string = figure.Replace('_', ' ')

    /// The chart that a figure stands in, with its unit, and what its curve is called there. A discriminator's loss is told of without
    /// the penalty on its gradient, which is a figure of its own.
    let private placed (history: EpochFigures list) (figure: string) =
        let nats title = title, "nats per image"

        let chart name =
            match name with
            | "nelbo" -> nats "Negative ELBO"
            | "reconstruction" -> nats "Reconstruction"
            | "kl" -> nats "KL"
            | "error" -> "Squared error", "squared error per image"
            | name -> readable name, readable name

        match figure with
        | "discriminator_loss" when EpochFigures.has "gradient_penalty" history ->
            ("Adversarial losses", "nats"), "discriminator, without its penalty"
        | "discriminator_loss" -> ("Adversarial losses", "nats"), "discriminator"
        | "generator_loss" -> ("Adversarial losses", "nats"), "its adversary"
        | "gradient_penalty" ->
            ("Steepness of the discriminator", "half its squared gradient"), "real + made images"
        | "d_real" -> ("The discriminator's probability of being real", "mean probability"), "real"
        | "d_fake" -> ("The discriminator's probability of being real", "mean probability"), "made"
        | _ ->
            match figure.Split('_', 2) with
            | [| "train"; name |] -> chart name, "training"
            | [| "validation" | "test" as split; name |] -> chart name, split
            | _ -> chart figure, readable figure

    /// One chart for figures that are alike, as for training, validation and test images; some are called otherwise.
    let private charts (names: Map<string, string>) history (figures: string list) : Section list =
        let placed = placed history

        let name figure =
            Map.tryFind figure names |> Option.defaultValue (snd (placed figure))

        [ for (title, unit), alike in List.groupBy (placed >> fst) figures do
              curves history title unit [ for figure in alike -> name figure, figure ] ]

    /// All figures of a history, in charts of those that are alike.
    let course (history: EpochFigures list) : Section list =
        (List.last history).Figures |> List.map fst |> charts Map.empty history

    /// A discriminator's loss and its adversary's, the probability that it gives to real things and to made ones of being real, and,
    /// where that is measured, how steep it is.
    let adversarial (history: EpochFigures list) adversary real made : Section list =
        [ "discriminator_loss"
          "generator_loss"
          "d_real"
          "d_fake"
          "gradient_penalty" ]
        |> List.filter (fun figure -> EpochFigures.has figure history)
        |> charts (Map [ "generator_loss", adversary; "d_real", real; "d_fake", made ]) history

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

    /// What a class of a data set is called.
    let className (data: Dataset) (label: int) : string =
        List.tryItem label data.Classes |> Option.defaultWith (fun () -> string label)

    /// The most points that a chart draws: more would hide each other.
    let private mostPoints = 2_000

    /// Codes of images, N x 2, coloured by label where there are labels; of many codes, as many as can be told apart, one in so many.
    /// Under the pointer, a point shows its image.
    let cloud
        (title: string)
        (xAxis: string, yAxis: string)
        (data: Dataset)
        (examples: Examples)
        (codes: Tensor)
        : Section =
        let all = int codes.shape[0]
        let count = min mostPoints all

        let rows = [| for i in 0 .. count - 1 -> int64 i * int64 all / int64 count |]

        let picked (tensor: Tensor) =
            tensor.index_select (0L, torch.tensor (rows, device = tensor.device))

        let places =
            (picked codes).contiguous().data<float32>().ToArray()
            |> Array.chunkBySize 2
            |> Array.map (fun place -> float place[0], float place[1])

        let labels =
            match examples.Labels with
            | Some labels -> (picked labels).data<int64>().ToArray() |> Array.map int
            | None -> Array.create count -1

        let groups =
            [ for label, points in Array.indexed labels |> Array.groupBy snd |> Array.sortBy fst ->
                  (if label < 0 then "images" else className data label),
                  [ for i, _ in points -> i, fst places[i], snd places[i] ] ]

        let layout =
            { Png.defaults with
                Columns = 50
                Padding = 0
                Scale = 1 }

        let images =
            { Png = Png.grid layout (Pictures.values data.ImageShape (picked examples.Images))
              Columns = layout.Columns
              Width = data.ImageShape[2]
              Height = data.ImageShape[1] }

        let drawn =
            if count < all then $", {Report.count count} of {Report.count all}" else ""

        Section.Cloud(title + drawn, Plots.cloud xAxis yAxis groups, images)

    /// Codes of two numbers of the test images, N x 2, of a model that the title ends with.
    let codes (ofModel: string) (data: Dataset) (codes: Tensor) : Section =
        cloud
            $"Codes of the test images{ofModel}"
            ("first dimension", "second dimension")
            data
            data.Test
            codes

    /// What codes of two numbers decode to, as one picture.
    let plane (data: Dataset) (decode: Tensor -> Tensor) : Section =
        let reach = Pictures.planeReach

        Section.Images(
            $"What codes decode to: the first dimension goes from {-reach} to {reach} to the right, the second upwards.",
            [ Pictures.plane data decode ]
        )

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
                    { Positions =
                        torch
                            .from_array(embedding.Positions, device = torch.CPU)
                            .reshape(int64 count, 2L)
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
    let sections title (data: Dataset) (examples: Examples) (placed: Placed option) : Section list =
        match placed with
        | Some placed ->
            [ Sections.cloud
                  title
                  ("only neighbourhoods mean something", "")
                  data
                  examples
                  placed.Positions
              Section.Words
                  $"t-SNE of {Report.count placed.Positions.shape[0]} codes, perplexity {placed.Settings.Perplexity}: KL divergence {Sections.fixed2 placed.Kl} nats, trustworthiness {Sections.four placed.Trustworthiness} over {neighbours} neighbours." ]
        | None -> []
