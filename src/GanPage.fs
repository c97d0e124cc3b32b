namespace Workbench

open System
open System.Globalization

/// What the pages of GANs have alike.
[<RequireQualifiedAccess>]
module GanPage =

    let private percent (share: Estimate) =
        (100.0 * share.Value).ToString("F1", CultureInfo.InvariantCulture)

    let private share (data: Dataset) (name: string) (images: string) (estimate: Estimate) : Tile =
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

    /// The figures that matter most of those by `Generators.agreement` and by `Generators.judge`, as far as there are any.
    let tiles (data: Dataset) (figures: (string * Estimate) list) : Section list =
        let tile show title images name =
            figures
            |> List.filter (fst >> (=) name)
            |> List.map (fun (_, estimate) -> show data title images estimate)

        let tiles =
            [ tile share "Images of the label asked for" "generated" "agreement"
              tile share "The label drawn worst" "generated" "smallest_agreement"
              tile share "Clear images" "generated" "clear_share"
              tile share "Clear among real ones" "test" "clear_share_of_test"
              tile share "Smallest share of a class" "generated" "smallest_class_share"
              tile distance "FID-LeNet" "generated" "fid_lenet"
              tile distance "FID-LeNet floor" "training" "fid_lenet_floor" ]
            |> List.concat

        if tiles.IsEmpty then [] else [ Section.Tiles tiles ]

    /// The line for people: what was measured of the images, or else how the two networks stand.
    let line (history: EpochFigures list) (figures: (string * Estimate) list) : string =
        let known = Map.ofList figures
        let figure name = percent known[name]

        if known.ContainsKey "agreement" then
            let images = Report.count (int64 known["agreement"].Count)
            let all, worst = figure "agreement", figure "smallest_agreement"
            $"the label asked for: in {all} %% of {images} generated images, in {worst} %% for the worst label"
        elif known.ContainsKey "clear_share" then
            let images = Report.count (int64 known["clear_share"].Count)
            let clear, ofTest = figure "clear_share", figure "clear_share_of_test"
            let least = figure "smallest_class_share"
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
