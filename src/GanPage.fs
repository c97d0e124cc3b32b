namespace Workbench

open System.Globalization

/// What the pages of GANs have alike.
[<RequireQualifiedAccess>]
module GanPage =

    /// A share as a percentage, to one decimal.
    let percent (share: Estimate) : string =
        (100.0 * share.Value).ToString("F1", CultureInfo.InvariantCulture)

    /// A tile of a share of images, the "generated" ones, say.
    let share (data: Dataset) (name: string) (images: string) (estimate: Estimate) : Tile =
        { Name = name
          Value = percent estimate
          Unit = "%"
          Note = Sections.note data images (int64 estimate.Count) }

    let private distance
        (data: Dataset)
        (name: string)
        (images: string)
        (estimate: Estimate)
        : Tile =
        let digits = if estimate.Value < 100.0 then "G3" else "N0"

        { Name = name
          Value = estimate.Value.ToString(digits, CultureInfo.InvariantCulture)
          Unit = ""
          Note = Sections.note data images (int64 estimate.Count) }

    /// The figures that matter most of those by `Generators.judge`; none where nothing was judged.
    let tiles (data: Dataset) (judged: (string * Estimate) list) : Tile list =
        let figures = Map.ofList judged

        [ if not judged.IsEmpty then
              share data "Clear images" "generated" figures["clear_share"]
              share data "Clear among real ones" "test" figures["clear_share_of_test"]
              share data "Smallest share of a class" "generated" figures["smallest_class_share"]
              distance data "FID-LeNet" "generated" figures["fid_lenet"]
              distance data "FID-LeNet floor" "training" figures["fid_lenet_floor"] ]

    /// The line for people: what was measured of the images, or else how the two networks stand.
    let line (history: EpochFigures list) (judged: (string * Estimate) list) : string =
        if judged.IsEmpty then
            let held name =
                Sections.fixed2 (Sections.find name (List.last history).Figures)

            let real, made = held "d_real", held "d_fake"
            $"D(x) {real}, D(G(z)) {made}"
        else
            let figures = Map.ofList judged
            let figure name = percent figures[name]
            let images = Report.count (int64 figures["clear_share"].Count)
            let clear, ofTest = figure "clear_share", figure "clear_share_of_test"
            let least = figure "smallest_class_share"

            $"clear: {clear} %% of {images} generated images, {ofTest} %% of the test images; smallest class {least} %%"

    /// Both losses over the epochs, and what the discriminator holds likely to be real.
    let curves (history: EpochFigures list) : Section list =
        Sections.adversarial history "generator" "D(x), training images" "D(G(z)), generated images"

    /// Epochs whose pictures are shown: nearer together at the start, where most happens, and the last.
    let private told (pictures: (int * byte[]) list) =
        let steps =
            [ for decade in [ 1; 10; 100; 1000 ] do
                  for step in [ 1; 2; 3; 5 ] do
                      step * decade ]

        let last = pictures |> List.map fst |> List.fold max 0

        pictures
        |> List.filter (fun (epoch, _) -> epoch = last || List.contains epoch steps)

    /// The pictures (PNG) of a selection of epochs, one below the other.
    let epochs (caption: string) (pictures: (int * byte[]) list) : Section =
        Section.Rows(caption, [ for epoch, png in told pictures -> $"epoch {epoch}", [ png ] ])
