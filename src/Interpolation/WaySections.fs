namespace Workbench

open System.Globalization

/// What is told of ways between images, of several spaces by their names.
[<RequireQualifiedAccess>]
module WaySections =

    let private text (digits: string) (scale: float) (value: float) =
        (scale * value).ToString(digits, CultureInfo.InvariantCulture)

    let private withError digits scale (estimate: Estimate) =
        $"{text digits scale estimate.Value} ± {text digits scale estimate.StandardError}"

    let private measures: (string * string * (WayFigures -> Estimate) * (Estimate -> string)) list =
        [ "between_plausible", "Plausible images between, %", _.Between, withError "F0" 100.0
          "ends_plausible", "Plausible images at the ends, %", _.Ends, withError "F0" 100.0
          "pixel_step", "Pixel change a step", _.PixelStep, withError "F2" 1.0
          "path_length", "Perceptual path length", _.Length, withError "F1" 1.0
          "detour", "Path length over the straight line", _.Detour, withError "F2" 1.0
          "unevenness", "Largest over mean step", _.Unevenness, withError "F2" 1.0
          "sharpness", "Sharpness", _.Sharpness, withError "F3" 1.0
          "middle_sharpness", "Sharpness halfway, % of the ends'", _.Middle, withError "F0" 100.0 ]

    /// Names and values for `metrics.json`, beside those of real images.
    let figures (ways: (string * WayFigures) list) (real: ImageFigures) : (string * float) list =
        [ "training_plausible", real.Plausible.Value
          "training_sharpness", real.Sharpness.Value
          for space, figures in ways do
              for name, _, measure, _ in measures do
                  $"{space.ToLowerInvariant()}_{name}", (measure figures).Value ]

    /// A line for people.
    let line (ways: (string * WayFigures) list) : string =
        [ for space, figures in ways do
              let plausible = withError "F0" 100.0 figures.Between
              let length = withError "F1" 1.0 figures.Length
              let sharpness = withError "F3" 1.0 figures.Sharpness
              $"{space}: {plausible} %% plausible between, path {length}, sharpness {sharpness}" ]
        |> String.concat "; "

    /// Plausible images and sharpness, a tile for each space.
    let tiles (data: Dataset) (ways: (string * WayFigures) list) : Section =
        let tile title (unit: string) (value: WayFigures -> string) =
            [ for space, figures in ways ->
                  { Name = $"{space}: {title}"
                    Value = value figures
                    Unit = unit
                    Note =
                      $"{Pixels.name data.Pixels} pixels, {data.Name}, {figures.Count} ways of {Interpolation.points} images" } ]

        tile "plausible images between" "%" (fun ways -> text "F0" 100.0 ways.Between.Value)
        @ tile "sharpness" "" (fun ways -> text "F3" 1.0 ways.Sharpness.Value)
        |> Section.Tiles

    /// Figures at each point of the way, what they mean, and all figures: a row a figure, a column a space.
    let all (data: Dataset) (ways: (string * WayFigures) list) : Section list =
        let chart title axis (measure: WayFigures -> Estimate list) =
            let share point =
                float point / float (Interpolation.points - 1)

            let at point (estimate: Estimate) =
                share point, estimate.Value, estimate.StandardError

            let lines = [ for space, figures in ways -> space, measure figures |> List.mapi at ]
            Section.Chart(title, Plots.estimates "share of the way" axis lines)

        [ chart "Plausible images on the way" "share of images" _.PlausibleAt
          chart "Sharpness on the way" "variance of the Laplacian" _.SharpnessAt
          Section.Words
              "An image is plausible when the classifier holds one label likelier than 0.9 and its features lie nearer to some test image's than that one's third nearest neighbour among test images. A step is the Euclidean distance of two neighbours: of their pixels, or of the classifier's features, whose sum over the nine steps is the perceptual path length. Sharpness is the variance of the Laplacian over an image's inner pixels: blur lowers it, speckles raise it."
          Section.Table(
              $"Means over {(snd ways.Head).Count} ways, one for each two labels in each direction, with standard errors ({Pixels.name data.Pixels} pixels, {data.Name}).",
              "" :: List.map fst ways,
              [ for _, title, measure, show in measures ->
                    title :: [ for _, figures in ways -> show (measure figures) ] ]
          ) ]
