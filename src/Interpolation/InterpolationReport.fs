namespace Workbench

open System.Globalization

/// What the page of the `interpolation` script shows.
[<RequireQualifiedAccess>]
module InterpolationReport =

    /// An estimate in some digits, with its standard error.
    let private shown (digits: string) (scale: float) (estimate: Estimate) =
        let text (value: float) =
            (scale * value).ToString(digits, CultureInfo.InvariantCulture)

        $"{text estimate.Value} ± {text estimate.StandardError}"

    let private measures: (string * string * (WayFigures -> Estimate) * (Estimate -> string)) list =
        [ "between_plausible", "Plausible images between, %", _.Between, shown "F0" 100.0
          "ends_plausible", "Plausible images at the ends, %", _.Ends, shown "F0" 100.0
          "pixel_step", "Pixel change a step", _.PixelStep, shown "F2" 1.0
          "path_length", "Perceptual path length", _.Length, shown "F1" 1.0
          "detour", "Path length over the straight line", _.Detour, shown "F2" 1.0
          "unevenness", "Largest over mean step", _.Unevenness, shown "F2" 1.0
          "sharpness", "Sharpness", _.Sharpness, shown "F3" 1.0
          "middle_sharpness", "Sharpness halfway, % of the ends'", _.Middle, shown "F0" 100.0 ]

    /// Names and values for `metrics.json`, of spaces by their names.
    let figures (ways: (string * WayFigures) list) (real: ImageFigures) : (string * float) list =
        [ "training_plausible", real.Plausible.Value
          "training_sharpness", real.Sharpness.Value
          for space, figures in ways do
              for name, _, measure, _ in measures do
                  $"{space.ToLowerInvariant()}_{name}", (measure figures).Value ]

    /// All figures: a row a figure, a column a space.
    let table (data: Dataset) (ways: (string * WayFigures) list) : Section =
        Section.Table(
            $"Means over {(snd ways.Head).Count} ways, one for each two labels in each direction, with standard errors ({Pixels.name data.Pixels} pixels, {data.Name}).",
            "" :: List.map fst ways,
            [ for _, title, measure, show in measures ->
                  title :: [ for _, figures in ways -> show (measure figures) ] ]
        )

    /// What the figures are.
    let definitions: Section =
        Section.Words
            "An image is plausible when the classifier holds one label likelier than 0.9 and its features lie nearer to some test image's than that one's third nearest neighbour among test images. A step is the Euclidean distance of two neighbours: of their pixels, or of the classifier's features, whose sum over the nine steps is the perceptual path length. Sharpness is the variance of the Laplacian over an image's inner pixels: blur lowers it, speckles raise it."

    /// The row of figures at the top: the GAN's and the VAE's.
    let tiles (data: Dataset) (ways: (string * WayFigures) list) : Section =
        let tile title (unit: string) measure show =
            [ for space, figures in List.truncate 2 ways ->
                  { Name = $"{space}: {title}"
                    Value = show (measure figures)
                    Unit = unit
                    Note =
                      $"{Pixels.name data.Pixels} pixels, {data.Name}, {figures.Count} ways of {Interpolation.points} images" } ]

        let value digits scale (estimate: Estimate) =
            (scale * estimate.Value).ToString((digits: string), CultureInfo.InvariantCulture)

        [ tile "plausible images between" "%" _.Between (value "F0" 100.0)
          tile "sharpness" "" _.Sharpness (value "F3" 1.0) ]
        |> List.concat
        |> Section.Tiles

    /// The assignment's two questions, answered.
    let answers (ways: (string * WayFigures) list) (real: ImageFigures) : Section list =
        match List.map snd ways with
        | [ gan; vae; blend ] ->
            [ Section.Words(InterpolationAnswers.ofGan gan blend real)
              Section.Words(InterpolationAnswers.ofVae gan vae real) ]
        | others -> invalidArg (nameof ways) $"a GAN's, a VAE's and blends, not {others.Length}"

    /// What is said of the generated images that the ends are picked from.
    let picked (candidates: Candidates) (from: int, until: int) : string =
        let first, last = Ends.first candidates (from, until)

        $"Ten of the GAN's images. The way below goes from draw {first + 1} (the classifier: {from}) to draw {last + 1} ({until})."

    /// What is said of the strips.
    let strips (from: int, until: int) (way: Way) : string =
        let course =
            match way with
            | Line -> "in a straight line"
            | Arc -> "along the sphere"

        $"From {from} to {until} in {Interpolation.points} points with both ends, {course}. GAN: from one draw of noise to another. VAE: from the mean code of a test image to that of another. Blend: the same two test images, pixel by pixel."

    /// A line for people.
    let line (ways: (string * WayFigures) list) : string =
        [ for space, figures in ways do
              let plausible = shown "F0" 100.0 figures.Between
              let length = shown "F1" 1.0 figures.Length
              let sharpness = shown "F3" 1.0 figures.Sharpness
              $"{space}: {plausible} %% plausible between, path {length}, sharpness {sharpness}" ]
        |> String.concat "; "

    /// Figures at each point of the way.
    let charts (ways: (string * WayFigures) list) : Section list =
        let chart title axis (measure: WayFigures -> Estimate list) =
            let last = float (Interpolation.points - 1)

            let line (space, figures) =
                space,
                measure figures
                |> List.mapi (fun point estimate ->
                    float point / last, estimate.Value, estimate.StandardError)

            Section.Chart(title, Plots.estimates "share of the way" axis (List.map line ways))

        [ chart "Plausible images on the way" "share of images" _.PlausibleAt
          chart "Sharpness on the way" "variance of the Laplacian" _.SharpnessAt ]
