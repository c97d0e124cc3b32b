namespace Workbench

open System.Globalization
open TorchSharp

/// Sections of a page that are alike for every model.
[<RequireQualifiedAccess>]
module Sections =

    /// Two decimals.
    let fixed2 (value: float) : string =
        value.ToString("F2", CultureInfo.InvariantCulture)

    /// Three significant digits.
    let short (value: float) : string =
        value.ToString("G3", CultureInfo.InvariantCulture)

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
            history
            |> List.choose (fun epoch ->
                epoch.Figures
                |> List.tryFind (fun (name, _) -> name = figure)
                |> Option.map (fun (_, value) -> float epoch.Epoch, value))

        let series =
            [ for name, figure in lines do
                  match points figure with
                  | [] -> ()
                  | points -> { Name = name; Points = points } ]

        Section.Chart(title, Plots.lines unit series)

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
    let images (data: Dataset) (caption: string) (rows: torch.Tensor list) : Section =
        rows
        |> List.map (Pictures.values data.ImageShape)
        |> Pictures.blocks
        |> fun blocks -> Section.Images(caption, blocks)

    /// Images, N x pixels, so many abreast, as one picture.
    let grid (data: Dataset) (caption: string) (columns: int) (images: torch.Tensor) : Section =
        let layout =
            { Png.defaults with
                Columns = columns
                Padding = 1
                Scale = 1 }

        Section.Images(caption, [ Png.grid layout (Pictures.values data.ImageShape images) ])

    /// Rows of images, N x pixels each, beside what they are.
    let rows (data: Dataset) (caption: string) (rows: (string * torch.Tensor) list) : Section =
        Section.Rows(
            caption,
            [ for label, images in rows ->
                  label, Pictures.blocks [ Pictures.values data.ImageShape images ] ]
        )

    /// Two-dimensional points, N x 2, coloured by label where there are labels.
    let cloud
        (title: string)
        (xAxis: string, yAxis: string)
        (labels: torch.Tensor option)
        (points: torch.Tensor)
        : Section =
        use cpu = points.contiguous().cpu()
        let values = cpu.data<float32>().ToArray()

        let labels =
            match labels with
            | Some labels -> labels.data<int64>().ToArray() |> Array.map string
            | None -> Array.create (values.Length / 2) "test images"

        let groups =
            labels
            |> Array.indexed
            |> Array.groupBy snd
            |> Array.sortBy fst
            |> Array.map (fun (label, members) ->
                { Name = label
                  Points =
                    [ for index, _ in members ->
                          float values[2 * index], float values[2 * index + 1] ] })

        Section.Chart(title, Plots.cloud xAxis yAxis (List.ofArray groups))
