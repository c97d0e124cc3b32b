namespace Workbench

open System.Globalization
open TorchSharp

/// What the page of the `interpolation` script shows.
[<RequireQualifiedAccess>]
module InterpolationReport =

    /// An estimate in some digits, with its standard error.
    let private shown (digits: string) (scale: float) (estimate: Estimate) =
        let text (value: float) =
            (scale * value).ToString(digits, CultureInfo.InvariantCulture)

        $"{text estimate.Value} ± {text estimate.StandardError}"

    let private measures: (string * string * (WayFigures -> Estimate) * (Estimate -> string)) list =
        [ "between_sure", "sure between, %", _.Between, shown "F0" 100.0
          "ends_sure", "sure at the ends, %", _.Ends, shown "F0" 100.0
          "pixel_step", "pixel change a step", _.PixelStep, shown "F2" 1.0
          "path_length", "perceptual path length", _.Length, shown "F1" 1.0
          "detour", "over the straight line", _.Detour, shown "F2" 1.0
          "unevenness", "largest over mean step", _.Unevenness, shown "F2" 1.0
          "sharpness", "sharpness", _.Sharpness, shown "F3" 1.0
          "middle_sharpness", "sharpness halfway, % of the ends'", _.Middle, shown "F0" 100.0 ]

    /// Names and values for `metrics.json`, of spaces by their names.
    let figures (ways: (string * WayFigures) list) : (string * float) list =
        [ for space, figures in ways do
              for name, _, measure, _ in measures do
                  $"{space.ToLowerInvariant()}_{name}", (measure figures).Value ]

    /// All figures: a row a space.
    let table (ways: (string * WayFigures) list) : Section =
        Section.Table(
            $"Means over {(snd ways.Head).Count} ways, one for each two labels in each direction, with standard errors.",
            "" :: [ for _, title, _, _ in measures -> title ],
            [ for space, figures in ways ->
                  space :: [ for _, _, measure, show in measures -> show (measure figures) ] ]
        )

    /// What the figures are.
    let definitions: Section =
        Section.Text
            "The classifier is sure of an image when its confidence is above 0.9. A step is the Euclidean distance of two neighbours: of their pixels, or of the classifier's features, whose sum over the nine steps is the perceptual path length. Sharpness is the variance of the Laplacian over an image's inner pixels: blur lowers it, speckles raise it."

    /// Figures at each point of the way.
    let charts (ways: (string * WayFigures) list) : Section list =
        let chart title axis (measure: WayFigures -> Estimate list) =
            let last = float (Interpolation.points - 1)

            let line (space, figures) =
                space,
                measure figures
                |> List.mapi (fun point estimate ->
                    float point / last, estimate.Value, estimate.StandardError)

            Section.Estimates(title, "share of the way", axis, List.map line ways)

        [ chart "Images of whose label the classifier is sure" "share of images" _.SureAt
          chart "Sharpness on the way" "variance of the Laplacian" _.SharpnessAt ]
