namespace Workbench

open System
open Plotly.NET
open Plotly.NET.TraceObjects

/// Charts of figures over seeds.
[<RequireQualifiedAccess>]
module SeedPlots =

    /// The colours of lines (charts.js), which a band shares with its line.
    let colours =
        [ "#2f7fd6"
          "#d9730d"
          "#1a9a6c"
          "#c2418f"
          "#8a6fe0"
          "#a68208"
          "#d0443e"
          "#3a96aa"
          "#7d8590"
          "#5d6d3a" ]

    let private colour index = colours[index % colours.Length]

    let private words (place: string) (name: string) (spread: Spread) =
        let seeds = if spread.Count = 1 then "one seed" else $"{spread.Count} seeds"

        [ place; name; $"{Spread.told spread}, {seeds}" ]
        |> List.filter ((<>) "")
        |> String.concat " · "
        |> Axes.plain

    let private set (properties: (string * obj) list) =
        GenericChart.mapTrace (fun trace ->
            for name, value in properties do
                trace.SetProperty(name, value)

            trace)

    let private line index (name: string) mode (x: #IConvertible list) (spreads: Spread list) told =
        Chart.Scatter(
            x = x,
            y = (spreads |> List.map _.Mean),
            mode = mode,
            Name = Axes.plain name,
            ShowLegend = (name <> ""),
            MultiText = told,
            LineColor = Color.fromString (colour index),
            MarkerColor = Color.fromString (colour index),
            LineWidth = 2.0,
            // As many dashes as are needed once the colours are used up.
            LineDash = Plots.dashes[index / colours.Length % Plots.dashes.Length]
        )
        |> Chart.withMarkerStyle (Size = 5)
        |> set [ "legendgroup", box (Axes.plain name) ]
        |> Plots.telling "%{text}"

    let private modeOf (count: int) =
        if count <= 30 then StyleParam.Mode.Lines_Markers else StyleParam.Mode.Lines

    let private edge (sign: float) (spread: Spread) =
        spread.Mean + sign * Option.defaultValue 0.0 spread.Deviation

    /// From one deviation below the mean to one above, as a surface in the line's colour.
    let private band index (name: string) (points: (float * Spread) list) =
        let side sign =
            [ for x, spread in points -> x, edge sign spread ]

        Chart.Line(xy = side 1.0 @ List.rev (side -1.0), ShowLegend = false, LineWidth = 0.0)
        |> set
            [ "fill", box "toself"
              "fillcolor", box (colour index + "2e")
              "hoverinfo", box "skip"
              "legendgroup", box (Axes.plain name) ]

    /// Room for the rows of a legend of these names, below the buttons, whose columns are as wide as the longest.
    let private withRoomFor (names: string list) (chart: GenericChart) =
        let widest = names |> List.map String.length |> List.max
        let abreast = max 1 (290 / (48 + 7 * widest))
        let more = 24 * ((names.Length - 1) / abreast)

        chart
        |> Chart.withSize (Height = 290 + more)
        |> Chart.withMarginSize (Top = 62 + more)
        |> Chart.withLegendStyle (TraceGroupGap = 4)

    /// Means over epochs, each line with a band of one standard deviation to both sides, where it has one.
    let bands (unit: string) (courses: (SeedGroup * (float * Spread) list) list) : GenericChart =
        let epochs, spreads = courses |> List.collect snd |> List.unzip
        let values = List.map (edge -1.0) spreads @ List.map (edge 1.0) spreads
        let ends = [ for _, points in courses -> (snd (List.last points)).Mean ]
        let isLog = Axes.areApart 10.0 ends && List.min values > 0.0

        let drawn index (group: SeedGroup, points: (float * Spread) list) =
            let told =
                [ for epoch, spread in points -> words $"epoch {epoch}" group.Label spread ]

            let x, y = List.unzip points

            [ if y |> List.exists _.Deviation.IsSome then
                  band index group.Values points
              line index group.Values (modeOf points.Length) x y told ]

        courses
        |> List.mapi drawn
        |> List.concat
        |> Chart.combine
        |> Plots.over
            (Axes.epochs epochs)
            (Axes.fitting isLog unit values)
            StyleParam.HoverMode.Closest
        |> withRoomFor [ for group, _ in courses -> group.Values ]

    let private withBars (spreads: Spread list) chart =
        chart
        |> Chart.withYErrorStyle (
            Visible = true,
            Type = StyleParam.ErrorType.Data,
            Array = [ for spread in spreads -> Option.defaultValue 0.0 spread.Deviation ],
            Thickness = 1.5,
            Width = 4.0
        )

    /// A figure against a setting, a line for each value of another one, bars of one standard deviation to both sides. Numbers have an
    /// axis, logarithmic where they are more than two decades apart; of anything else the values stand abreast, without lines.
    let against
        (setting: string)
        (unit: string)
        (areNumbers: bool)
        (lines: (string * (Place * Spread) list) list)
        : GenericChart =
        let values = [ for place, _ in List.collect snd lines -> place.Value ]

        let drawn index (name, points: (Place * Spread) list) =
            let places, spreads = List.unzip points

            let told =
                [ for place, spread in points -> words $"{setting} {place.Text}" name spread ]

            if areNumbers then
                let x = places |> List.map _.Value
                line index name StyleParam.Mode.Lines_Markers x spreads told
            else
                let x = places |> List.map (_.Text >> Axes.plain)
                line index name StyleParam.Mode.Markers x spreads told
            |> withBars spreads

        let axis =
            if areNumbers then
                Axes.fitting (Axes.areApart 100.0 values) setting values
            else
                Axes.categories setting

        lines
        |> List.mapi drawn
        |> Chart.combine
        |> Plots.over axis (Axes.linear unit) StyleParam.HoverMode.Closest
        |> withRoomFor (List.map fst lines)

    /// A line for each row through an axis for each name: settings by their values in order, as far apart as each other, then
    /// figures. The colour is the first figure's.
    let parallels
        (settings: (string * Place list) list)
        (figures: (string * float list) list)
        : GenericChart =
        let ofSetting (name: string, places: Place list) =
            let values =
                places
                |> List.distinct
                |> List.sortBy (fun (place: Place) -> place.Value, place.Text)

            Dimension.initParallel (
                Label = name,
                Values = [ for place in places -> List.findIndex ((=) place) values ],
                Tickvals = [ 0 .. values.Length - 1 ],
                TickText = [ for place in values -> place.Text ]
            )

        let ofFigure (name: string, values: float list) =
            Dimension.initParallel (Label = name, Values = values)

        Chart.ParallelCoord(
            dimensions = List.map ofSetting settings @ List.map ofFigure figures,
            LineColor = Color.fromColorScaleValues (snd figures.Head),
            LineColorScale = StyleParam.Colorscale.Viridis,
            ShowLineColorScale = false,
            LabelAngle = -25,
            LabelFont = Font.init (Size = 13.0),
            // The ends of an axis' values would lie on its name.
            RangeFont = Font.init (Color = Color.fromString "rgba(0,0,0,0)")
        )
        |> Chart.withSize (Height = 420)
        |> Chart.withMarginSize (Top = 90, Right = 60)
        // Nothing of what its buttons do is for such axes.
        |> Chart.withConfigStyle (DisplayModeBar = false)
