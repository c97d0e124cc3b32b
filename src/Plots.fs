namespace Workbench

open System
open System.IO
open System.Text.Json.Nodes
open Plotly.NET
open Plotly.NET.LayoutObjects

/// A line of a chart: its name and its points in order.
type Series =
    { Name: string
      Points: (float * float) list }

/// Charts for pages. They set what they show alone: size, colours and fonts are the page's (report.js), as of any other chart of
/// Plotly.NET.
[<RequireQualifiedAccess>]
module Plots =

    /// Lines are told apart in print, too.
    let private dashes =
        [ StyleParam.DrawingStyle.Solid
          StyleParam.DrawingStyle.Dash
          StyleParam.DrawingStyle.Dot
          StyleParam.DrawingStyle.DashDot
          StyleParam.DrawingStyle.LongDash
          StyleParam.DrawingStyle.LongDashDot ]

    let private dash index = dashes[index % dashes.Length]

    /// Lines up to so many points have markers: a single point would not be seen without.
    let private mostMarkers = 30

    let private line index (name: string) x y hasMarkers =
        Chart.Line(
            x = x,
            y = y,
            ShowMarkers = hasMarkers,
            Name = Axes.plain name,
            LineWidth = 2.0,
            LineDash = dash index
        )
        |> Chart.withMarkerStyle (Size = 5)

    let private over (xAxis: LinearAxis) (yAxis: LinearAxis) hover (chart: GenericChart) =
        chart
        |> Chart.withXAxis xAxis
        |> Chart.withYAxis yAxis
        |> Chart.withLayoutStyle (HoverMode = hover)

    /// Several runs are squeezed together by one that ends far off; a pair, of training and test, say, is told apart.
    let private isWide (series: Series list) =
        series
        |> List.choose (fun line -> List.tryLast line.Points |> Option.map snd)
        |> Axes.areApart (if series.Length > 2 then 2.0 else 10.0)

    /// Lines over epochs, their values in a unit; on a logarithmic axis when they end far apart: by a factor of ten, of two where
    /// there are more than two lines. No lines give empty axes: of a sweep, every run may have diverged.
    let lines (unit: string) (series: Series list) : GenericChart =
        let values = series |> List.collect _.Points |> List.map snd

        let yAxis =
            if isWide series && List.min values > 0.0 then
                Axes.logarithmic unit values
            else
                Axes.linear unit

        let drawn index (series: Series) =
            let x, y = List.unzip series.Points
            line index series.Name x y (x.Length <= mostMarkers)

        let chart =
            match List.mapi drawn series with
            | [] -> Chart.Invisible()
            | lines -> Chart.combine lines

        let epochs = series |> List.collect _.Points |> List.map fst
        over (Axes.epochs epochs) yAxis StyleParam.HoverMode.XUnified chart

    /// A column for each value; the axes are named.
    let columns (xTitle: string) (unit: string) (values: (string * float) list) : GenericChart =
        Chart.Column(values = List.map snd values, Keys = List.map (fst >> Axes.plain) values)
        |> over (Axes.categories xTitle) (Axes.linear unit) StyleParam.HoverMode.XUnified

    /// Labelled points, joined in order by a thin line; the axes are named, logarithmic where values are more than a factor of two
    /// apart.
    let path
        (xTitle: string)
        (yTitle: string)
        (points: (string * float * float) list)
        : GenericChart =
        let x = [ for _, x, _ in points -> x ]
        let y = [ for _, _, y in points -> y ]

        Chart.Scatter(
            x = x,
            y = y,
            mode = StyleParam.Mode.Lines_Markers_Text,
            MultiText = [ for label, _, _ in points -> Axes.plain label ],
            TextPosition = StyleParam.TextPosition.TopRight,
            LineWidth = 1.0,
            LineDash = StyleParam.DrawingStyle.Dot
        )
        |> Chart.withMarkerStyle (Size = 8)
        |> over (Axes.roomy xTitle x) (Axes.roomy yTitle y) StyleParam.HoverMode.Closest

    /// In a page, digits beyond these would be weight alone.
    let private short (value: float) = Math.Round(value, 3)

    /// Groups of points on a plane, told apart by colour; the axes are named.
    let cloud (xTitle: string) (yTitle: string) (groups: Series list) : GenericChart =
        groups
        |> List.map (fun group ->
            Chart.Point(
                x = [ for x, _ in group.Points -> short x ],
                y = [ for _, y in group.Points -> short y ],
                Name = Axes.plain group.Name
            )
            |> Chart.withMarkerStyle (Size = 3))
        |> Chart.combine
        |> over (Axes.linear xTitle) (Axes.linear yTitle) StyleParam.HoverMode.False

    let private measured index (name: string, points: (float * float * float) list) =
        let errors = [ for _, _, error in points -> error ]
        let isExact = List.forall ((=) 0.0) errors

        let line =
            line
                index
                name
                [ for x, _, _ in points -> x ]
                [ for _, y, _ in points -> y ]
                (not isExact)

        if isExact then
            line
        else
            line
            |> Chart.withYErrorStyle (
                Visible = true,
                Type = StyleParam.ErrorType.Data,
                Array = errors,
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

        Chart.combine (List.mapi measured lines)
        |> over xAxis (Axes.linear yTitle) StyleParam.HoverMode.XUnified

    /// What Plotly.NET gives to each chart of which nothing else is asked: it is told from an author's wish by its values alone.
    let private given =
        lazy
            (GenericChart.ofTraceObject false (Trace "scatter")
             |> Chart.withTemplate ChartTemplates.plotly
             |> Chart.withSize (600, 600)
             |> GenericChart.toJson
             |> JsonNode.Parse
             |> fun chart -> List.ofSeq (chart["layout"].AsObject()))

    /// The chart's data, layout and config, without Plotly.NET's own size and template, as JSON that can stand inside a script
    /// element: `<`, `>` and `&` are escaped.
    let json (chart: GenericChart) : string =
        let parts = JsonNode.Parse(GenericChart.toJson chart)
        let layout = parts["layout"].AsObject()

        for part in given.Value do
            if JsonNode.DeepEquals(layout[part.Key], part.Value) then
                layout.Remove part.Key |> ignore

        parts.ToJsonString()

    /// plotly.js, the one that the package has.
    let script: string Lazy =
        lazy
            (let assembly = typeof<GenericChart>.Assembly
             let names = assembly.GetManifestResourceNames()
             let name = names |> Array.find _.EndsWith(".min.js", StringComparison.Ordinal)
             use reader = new StreamReader(assembly.GetManifestResourceStream name)
             reader.ReadToEnd())
