namespace Workbench

open System
open Plotly.NET
open Plotly.NET.LayoutObjects

/// A line of a chart: its name and its points in order.
type Series =
    { Name: string
      Points: (float * float) list }

/// Charts for pages: no background and colours that can be read on light and dark ones; the page's style sheet colours texts
/// and rules.
[<RequireQualifiedAccess>]
module Plots =

    /// Told apart by the colour-blind, and by the dashes in print.
    let private looks =
        [ "#2f7fd6", StyleParam.DrawingStyle.Solid
          "#d9730d", StyleParam.DrawingStyle.Dash
          "#1a9a6c", StyleParam.DrawingStyle.Dot
          "#c2418f", StyleParam.DrawingStyle.DashDot
          "#8a6fe0", StyleParam.DrawingStyle.LongDash
          "#a68208", StyleParam.DrawingStyle.LongDashDot
          "#d0443e", StyleParam.DrawingStyle.Solid
          "#3a96aa", StyleParam.DrawingStyle.Dash ]

    let private look index =
        let color, dash = looks[index % looks.Length]
        Color.fromString color, dash

    /// Lines up to so many points have markers: a single point would not be seen without.
    let private mostMarkers = 30

    let private line index (series: Series) =
        let color, dash = look index

        Chart.Line(
            x = List.map fst series.Points,
            y = List.map snd series.Points,
            ShowMarkers = (series.Points.Length <= mostMarkers),
            Name = Axes.plain series.Name,
            MarkerColor = color,
            LineColor = color,
            LineWidth = 2.0,
            LineDash = dash,
            UseDefaults = false
        )
        |> Chart.withMarkerStyle (Size = 5)

    let private clear = Color.fromString "rgba(0,0,0,0)"

    let private onPage
        (xAxis: LinearAxis)
        (yAxis: LinearAxis)
        (chart: GenericChart)
        : GenericChart =
        chart
        |> Chart.withXAxis xAxis
        |> Chart.withYAxis yAxis
        |> Chart.withLegendStyle (
            Orientation = StyleParam.Orientation.Horizontal,
            X = 0.0,
            Y = 1.0,
            YAnchor = StyleParam.YAnchorPosition.Bottom
        )
        |> Chart.withLayoutStyle (
            AutoSize = true,
            Margin = Margin.init (Left = 64, Right = 12, Top = 28, Bottom = 48),
            Font =
                Font.init (
                    Family = StyleParam.FontFamily.Custom "system-ui, sans-serif",
                    Size = 13.0
                ),
            PaperBGColor = clear,
            PlotBGColor = clear,
            HoverMode = StyleParam.HoverMode.XUnified,
            DragMode = StyleParam.DragMode.False
        )
        |> Chart.withConfigStyle (Responsive = true, DisplayModeBar = false)

    /// Several runs are squeezed together by one that ends far off; a pair, of training and test, say, is told apart.
    let private isWide (series: Series list) =
        series
        |> List.choose (fun line -> List.tryLast line.Points |> Option.map snd)
        |> Axes.areApart (if series.Length > 2 then 2.0 else 10.0)

    /// Lines over epochs, their values in a unit; on a logarithmic axis when they end far apart: by a factor of ten, of two where
    /// there are more than two lines. No lines give empty axes: of a sweep, every run may have diverged.
    let curves (unit: string) (series: Series list) : GenericChart =
        let values = series |> List.collect _.Points |> List.map snd

        let yAxis =
            if isWide series && List.min values > 0.0 then
                Axes.logarithmic unit values
            else
                Axes.linear unit

        let chart =
            match List.mapi line series with
            | [] -> Chart.Invisible()
            | lines -> Chart.combine lines

        onPage (Axes.epochs (List.collect (_.Points >> List.map fst) series)) yAxis chart

    /// A column for each value; the axes are named.
    let columns (xTitle: string) (unit: string) (values: (string * float) list) : GenericChart =
        Chart.Column(
            values = List.map snd values,
            Keys = List.map (fst >> Axes.plain) values,
            MarkerColor = fst (look 0),
            UseDefaults = false
        )
        |> onPage (Axes.categories xTitle) (Axes.linear unit)

    /// Labelled points, joined in order by a thin line; the axes are named, logarithmic where values are more than a factor of two
    /// apart.
    let points
        (xTitle: string)
        (yTitle: string)
        (points: (string * float * float) list)
        : GenericChart =
        let color = fst (look 0)
        let x = [ for _, x, _ in points -> x ]
        let y = [ for _, _, y in points -> y ]

        Chart.Scatter(
            x = x,
            y = y,
            mode = StyleParam.Mode.Lines_Markers_Text,
            MultiText = [ for label, _, _ in points -> Axes.plain label ],
            TextPosition = StyleParam.TextPosition.TopRight,
            MarkerColor = color,
            LineColor = color,
            LineWidth = 1.0,
            LineDash = StyleParam.DrawingStyle.Dot,
            UseDefaults = false
        )
        |> Chart.withMarkerStyle (Size = 8)
        |> onPage (Axes.roomy xTitle x) (Axes.roomy yTitle y)
        |> Chart.withLayoutStyle (HoverMode = StyleParam.HoverMode.Closest)

    /// Ten colours of one cloud's groups: the looks' and two more.
    let private groupColors =
        [ for color, _ in looks -> color ] @ [ "#7d8590"; "#5d6d3a" ]

    /// In a page, digits beyond these would be weight alone.
    let private short (value: float) = Math.Round(value, 3)

    /// Groups of points on a plane, a colour for each; the axes are named.
    let cloud (xTitle: string) (yTitle: string) (groups: Series list) : GenericChart =
        let chart =
            groups
            |> List.mapi (fun index group ->
                Chart.Scatter(
                    x = [ for x, _ in group.Points -> short x ],
                    y = [ for _, y in group.Points -> short y ],
                    mode = StyleParam.Mode.Markers,
                    Name = Axes.plain group.Name,
                    MarkerColor = Color.fromString groupColors[index % groupColors.Length],
                    UseDefaults = false
                )
                |> Chart.withMarkerStyle (Size = 3))
            |> Chart.combine

        onPage (Axes.linear xTitle) (Axes.linear yTitle) chart
        |> Chart.withLayoutStyle (HoverMode = StyleParam.HoverMode.False)

    let private measured index (name: string, points: (float * float * float) list) =
        let errors = [ for _, _, error in points -> error ]
        let isExact = List.forall ((=) 0.0) errors
        let color, dash = look index

        let line =
            Chart.Line(
                x = [ for x, _, _ in points -> x ],
                y = [ for _, y, _ in points -> y ],
                ShowMarkers = not isExact,
                Name = Axes.plain name,
                MarkerColor = color,
                LineColor = color,
                LineWidth = 2.0,
                LineDash = dash,
                UseDefaults = false
            )
            |> Chart.withMarkerStyle (Size = 5)

        if isExact then
            line
        else
            line
            |> Chart.withYErrorStyle (
                Visible = true,
                Type = StyleParam.ErrorType.Data,
                Array = errors,
                Color = color,
                Thickness = 1.5,
                Width = 4.0
            )

    /// Lines of x, y and the standard error of y, drawn as a bar to both sides; lines without errors are exact, and have no
    /// markers. The axis of x is logarithmic where its values are more than a factor of ten apart.
    let estimates
        (xTitle: string)
        (yTitle: string)
        (lines: (string * (float * float * float) list) list)
        : GenericChart =
        let x =
            [ for _, points in lines do
                  for x, _, _ in points do
                      x ]

        let xAxis =
            if Axes.areApart 10.0 x then Axes.logarithmic xTitle x else Axes.linear xTitle

        Chart.combine (List.mapi measured lines) |> onPage xAxis (Axes.linear yTitle)

    /// The chart's data, layout and config as JSON that can stand inside a script element.
    let json (chart: GenericChart) : string =
        (GenericChart.toJson chart).Replace("</", @"<\/")

    /// The script element that brings plotly.js, the one that the package has, into a page.
    let script: string Lazy =
        lazy
            (let page =
                Chart.Line([ 0, 0 ], UseDefaults = false)
                |> Chart.withDisplayOptionsStyle (PlotlyJSReference = Full)
                |> GenericChart.toEmbeddedHTML

             let start = page.IndexOf("<script", StringComparison.Ordinal)
             let stop = page.IndexOf("</script>", start, StringComparison.Ordinal)
             page[start .. stop + "</script>".Length - 1])
