namespace Workbench

open System
open System.Globalization

/// What the pages of GANs show.
[<RequireQualifiedAccess>]
module GanReport =

    /// Both losses, and what the discriminator holds likely.
    let curves (history: EpochFigures list) : Section list =
        Sections.adversarial history "generator" "D(x), training images" "D(G(z)), generated images"

    /// What the curves mean.
    let private reading (options: GanOptions) =
        let generator =
            if options.Saturating then
                "ln(1 - D(G(z))), the saturating form"
            else
                "-ln D(G(z)), the non-saturating form"

        Section.Words
            $"The discriminator minimises -ln D(x) - ln(1 - D(G(z))), the generator {generator}; means over each epoch's batches. A discriminator that cannot tell has D = 0.5 everywhere, and a loss of 2 ln 2 = 1.39."

    /// Epochs whose pictures are shown: nearer together at the start, where most happens, and the last.
    let private told (pictures: (int * byte[]) list) =
        let steps =
            [ for decade in [ 1; 10; 100; 1000 ] do
                  for step in [ 1; 2; 3; 5 ] do
                      step * decade ]

        let last = pictures |> List.map fst |> List.fold max 0

        pictures
        |> List.filter (fun (epoch, _) -> epoch = last || List.contains epoch steps)

    /// Both losses over the epochs, and the pictures of a selection of epochs.
    let training (options: GanOptions) (caption: string) (reached: Reached) : Section list =
        curves reached.State.History
        @ [ reading options
            Section.Rows(
                caption,
                [ for epoch, png in told reached.Pictures -> $"epoch {epoch}", [ png ] ]
            ) ]

    let private percent (estimate: Estimate) =
        (100.0 * estimate.Value).ToString("F1", CultureInfo.InvariantCulture)

    let private find (name: string) (figures: (string * Estimate) list) =
        figures |> List.find (fst >> (=) name) |> snd

    /// A tile of a figure of new images, as a percentage.
    let share (data: Dataset) (name: string) (images: string) (estimate: Estimate) : Tile =
        { Name = name
          Value = percent estimate
          Unit = "%"
          Note = Sections.note data images (int64 estimate.Count) }

    let private distance (data: Dataset) name (images: string) (estimate: Estimate) : Tile =
        let digits = if estimate.Value < 100.0 then "G3" else "N0"

        { Name = name
          Value = estimate.Value.ToString(digits, CultureInfo.InvariantCulture)
          Unit = ""
          Note = Sections.note data images (int64 estimate.Count) }

    /// The figures that matter most of those by `Generators.judge`.
    let tiles (data: Dataset) (judged: (string * Estimate) list) : Tile list =
        let figure name = find name judged

        [ share data "Clear images" "generated" (figure "clear_share")
          share data "Clear among real ones" "test" (figure "clear_share_of_test")
          share data "Smallest share of a class" "generated" (figure "smallest_class_share")
          distance data "FID-LeNet" "generated" (figure "fid_lenet")
          distance data "FID-LeNet floor" "training" (figure "fid_lenet_floor") ]

    /// Images that are generated to be judged.
    let judgedCount = 10_000

    /// Images shown.
    let private shown = 16

    /// The line for people: what was measured of the images, or else how the two networks stand.
    let private line (state: State) (judged: (string * Estimate) list) =
        if judged.IsEmpty then
            let last = (List.last state.History).Figures

            let held name =
                Sections.fixed2 (Sections.find name last)

            let real, made = held "d_real", held "d_fake"
            $"D(x) {real}, D(G(z)) {made}"
        else
            let figure name = percent (find name judged)
            let clear, ofTest = figure "clear_share", figure "clear_share_of_test"
            let least = figure "smallest_class_share"

            $"clear: {clear} %% of {Report.count (int64 judgedCount)} generated images, {ofTest} %% of the test images; smallest class {least} %%"

    /// The figures that matter most of a GAN that is told labels: those by `Generators.agreement`, then those by
    /// `Generators.judge`.
    let tilesWithLabels (data: Dataset) agreement (judged: (string * Estimate) list) : Tile list =
        [ share data "Images of the label asked for" "generated" (find "agreement" agreement)
          share data "The label drawn worst" "generated" (find "smallest_agreement" agreement)
          yield! tiles data judged ]

    /// How often the classifier sees each label where it was asked for.
    let agreement (figures: (string * Estimate) list) : Section =
        let prefix = "agreement_"

        Section.Chart(
            "Images in which the classifier sees the label asked for",
            Plots.columns
                "label"
                "% of generated images"
                [ for name, estimate in figures do
                      if name.StartsWith(prefix, StringComparison.Ordinal) then
                          name.Substring prefix.Length, 100.0 * estimate.Value ]
        )

    /// The line for people of a GAN that is told labels.
    let lineWithLabels (state: State) (agreement: (string * Estimate) list) : string =
        if agreement.IsEmpty then
            line state []
        else
            let all = percent (find "agreement" agreement)
            let worst = percent (find "smallest_agreement" agreement)

            $"the label asked for: in {all} %% of {Report.count (int64 judgedCount)} generated images, in {worst} %% for the worst label"

    /// What is told of a GAN without labels.
    let summary
        (common: CommonOptions)
        (options: GanOptions)
        (spec: Gan.Spec)
        (data: Dataset)
        (reached: Reached)
        : Summary =
        let state = reached.State

        let generate lot count =
            GanExperiment.images spec state None (GanExperiment.noise spec common.Seed lot count)

        let samples = generate 0 shown

        let judged = Generators.judged data (generate 1 judgedCount)

        { Figures =
            ("epochs", float state.Epoch)
            :: [ for name, estimate in judged -> name, estimate.Value ]
          Pictures = [ ("samples", Pictures.rows [ Pictures.values data.ImageShape samples ]) ]
          Line = line state judged
          Sections =
            [ if not judged.IsEmpty then
                  Section.Tiles(tiles data judged)
              Sections.images data "Sixteen generated images." [ samples ]
              yield!
                  training
                      options
                      "The first ten of them, from the same noise, as the epochs went by."
                      reached
              yield! Generators.tables data [ "GAN", judged ] ] }

    /// Trains a GAN without labels, and tells of it.
    let train (run: ScriptRun<'Own>) (options: GanOptions) : Ending =
        let data = Runner.data run
        let spec = GanExperiment.spec options 0 data
        let noise = GanExperiment.noise spec run.Common.Seed 0 GanExperiment.abreast

        let stage =
            GanExperiment.stage run.Common "" options spec data (fun state ->
                GanExperiment.images spec state None noise)

        Runner.train run data [ stage ] (fun trained ->
            summary run.Common options spec data trained.Head)
