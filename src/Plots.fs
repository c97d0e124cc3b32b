namespace Workbench

open System
open System.Globalization
open System.IO
open System.Text.Json.Nodes
open Plotly.NET
open Plotly.NET.LayoutObjects

/// The axes of charts on pages.
[<RequireQualifiedAccess>]
module internal Axes =

    /// plotly.js reads some HTML in texts; ours have none.
    let plain (text: string) : string =
        text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;")

    /// The leading digits of ticks, from few to many in a decade.
    let private digits =
        [ [ 1.0 ]
          [ 1.0; 2.0; 5.0 ]
          [ 1.0; 1.5; 2.0; 3.0; 4.0; 5.0; 7.0 ]
          [ 1.0; 1.2; 1.4; 1.6; 1.8; 2.0; 2.5; 3.0; 3.5; 4.0; 5.0; 6.0; 7.0; 8.0; 9.0 ] ]

    /// Round numbers from `least` to `most`, both positive: by the first choice of leading digits that gives four at least.
    let private ticks (least: float) (most: float) : float list =
        let within (leading: float list) =
            [ for decade in floor (log10 least) .. floor (log10 most) do
                  for digit in leading do
                      digit * 10.0 ** decade ]
            |> List.filter (fun tick -> tick >= least && tick <= most)

        let choices = List.map within digits

        choices
        |> List.tryFind (fun ticks -> ticks.Length >= 4)
        |> Option.defaultValue (List.last choices)

    let private tickText (tick: float) =
        let format = if tick >= 1e-4 && tick < 1e6 then "#,0.#####" else "0.#E+0"
        tick.ToString(format, CultureInfo.InvariantCulture)

    let private axis (kind: StyleParam.AxisType) (name: string) (every: int option) ticks range =
        LinearAxis.init (
            Title = Title.init (Text = plain name),
            AxisType = kind,
            ?DTick = every,
            ?TickVals = ticks,
            ?TickText = Option.map (Seq.map tickText) ticks,
            ?Range = range
        )

    let linear (name: string) : LinearAxis =
        axis StyleParam.AxisType.Linear name None None None

    let categories (name: string) : LinearAxis =
        axis StyleParam.AxisType.Category name None None None

    /// A unit is as long as on the axis of x.
    let asFine (name: string) : LinearAxis =
        linear name
        |> LinearAxis.style (
            ScaleAnchor = StyleParam.ScaleAnchor.X 1,
            Constrain = StyleParam.AxisConstraint.Domain
        )

    /// Epochs are whole numbers: a short axis has a tick at each, and none between. A single one stands alone in the middle, where
    /// plotly.js would show the epochs before and after it, too.
    let epochs (values: float list) : LinearAxis =
        let every = if List.fold max 0.0 values <= 12.0 then Some 1 else None

        let range =
            match List.distinct values with
            | [ only ] -> Some(StyleParam.Range.MinMax(only - 0.5, only + 0.5))
            | _ -> None

        axis StyleParam.AxisType.Linear "epoch" every None range

    /// Logarithmic, with ticks that are whole numbers to read, not exponents.
    let private logarithmic (name: string) least most range =
        let ticks = Some(Seq.ofList (ticks least most))
        axis StyleParam.AxisType.Log $"{name}, log scale" None ticks range

    /// Whether positive values span more than a factor.
    let areApart (factor: float) (values: float list) : bool =
        not values.IsEmpty
        && List.min values > 0.0
        && List.max values > factor * List.min values

    /// An axis for values, which are positive where it is logarithmic.
    let fitting (isLog: bool) (name: string) (values: float list) : LinearAxis =
        if isLog then
            logarithmic name (List.min values) (List.max values) None
        else
            linear name

    /// An axis with room for the labels beside the outermost values; logarithmic where they are more than a factor of two apart.
    let roomy (name: string) (values: float list) : LinearAxis =
        let isLog = areApart 2.0 values

        match (if isLog then List.map log10 values else values) with
        | [] -> linear name
        | places ->
            let least, most = List.min places, List.max places
            let room = if most > least then 0.18 * (most - least) else 0.5
            let low, high = least - room, most + room
            let range = Some(StyleParam.Range.MinMax(low, high))

            if isLog then
                logarithmic name (10.0 ** low) (10.0 ** high) range
            else
                axis StyleParam.AxisType.Linear name None None range

/// A line of a chart: its name and its points in order.
type Series =
    { Name: string
      Points: (float * float) list }

/// Charts for pages. They set what they show alone: size, colours and fonts are the page's (charts.js), as of any other chart of
/// Plotly.NET.
[<RequireQualifiedAccess>]
module Plots =

    /// Lines are told apart in print, too.
    let internal dashes =
        [ StyleParam.DrawingStyle.Solid
          StyleParam.DrawingStyle.Dash
          StyleParam.DrawingStyle.Dot
          StyleParam.DrawingStyle.DashDot
          StyleParam.DrawingStyle.LongDash
          StyleParam.DrawingStyle.LongDashDot ]

    /// What stands under the pointer at each point of a chart, in plotly.js's notation: %{x}, %{y}, %{text}.
    let internal telling (words: string) (chart: GenericChart) =
        chart
        |> GenericChart.mapTrace (fun trace ->
            trace.SetProperty("hovertemplate", words + "<extra></extra>")
            trace)

    /// A value in four digits.
    let private four (axis: string) = $"%%{{{axis}:,.4~g}}"

    let private line index (name: string) words (points: (float * float) list) hasMarkers =
        Chart.Line(
            xy = points,
            ShowMarkers = hasMarkers,
            Name = Axes.plain name,
            LineWidth = 2.0,
            LineDash = dashes[index % dashes.Length]
        )
        |> Chart.withMarkerStyle (Size = 5)
        |> telling words

    let internal over (xAxis: LinearAxis) (yAxis: LinearAxis) hover (chart: GenericChart) =
        chart
        |> Chart.withXAxis xAxis
        |> Chart.withYAxis yAxis
        |> Chart.withLayoutStyle (HoverMode = hover)

    /// A figure of an epoch, to its fifth digit: what changes from one to the next.
    let private five = "%{y:,.5~g}"

    /// Lines over epochs, their values in a unit; on a logarithmic axis when they end far apart: by a factor of ten, of two where
    /// there are more than two lines, which one that ends far off would squeeze. Lines of up to 30 points have markers: a single
    /// one would not be seen without. No lines give empty axes: of a sweep, every run may have diverged.
    let lines (unit: string) (series: Series list) : GenericChart =
        let epochs, values = series |> List.collect _.Points |> List.unzip
        let ends = series |> List.choose (_.Points >> List.tryLast >> Option.map snd)

        let isLog =
            Axes.areApart (if series.Length > 2 then 2.0 else 10.0) ends
            && List.min values > 0.0

        let chart =
            match
                series
                |> List.mapi (fun index series ->
                    let words = Axes.plain $"epoch %%{{x}} · {series.Name} {five} {unit}"
                    line index series.Name words series.Points (series.Points.Length <= 30))
            with
            | [] -> Chart.Invisible()
            | lines -> Chart.combine lines

        chart
        |> over (Axes.epochs epochs) (Axes.fitting isLog unit values) StyleParam.HoverMode.X

    /// A column for each value; the axes are named.
    let columns (xTitle: string) (unit: string) (values: (string * float) list) : GenericChart =
        Chart.Column(values = List.map snd values, Keys = List.map (fst >> Axes.plain) values)
        |> telling (Axes.plain $"""{xTitle} %%{{x}}: {four "y"} {unit}""")
        |> over (Axes.categories xTitle) (Axes.linear unit) StyleParam.HoverMode.Closest

    /// Labelled points, joined in order by a thin line; the axes are named, logarithmic where values are more than a factor of two
    /// apart.
    let path
        (xTitle: string)
        (yTitle: string)
        (points: (string * float * float) list)
        : GenericChart =
        let labels, x, y = List.unzip3 points

        Chart.Scatter(
            x = x,
            y = y,
            mode = StyleParam.Mode.Lines_Markers_Text,
            MultiText = List.map Axes.plain labels,
            TextPosition = StyleParam.TextPosition.TopRight,
            LineWidth = 1.0,
            LineDash = StyleParam.DrawingStyle.Dot
        )
        |> Chart.withMarkerStyle (Size = 8)
        |> telling (Axes.plain $"""%%{{text}}: {xTitle} {four "x"}, {yTitle} {four "y"}""")
        |> over (Axes.roomy xTitle x) (Axes.roomy yTitle y) StyleParam.HoverMode.Closest

    /// A group's name at the middle of its points.
    let private middles (groups: Series list) =
        let mean of' points = points |> List.averageBy of'

        Chart.Scatter(
            x = [ for group in groups -> mean fst group.Points ],
            y = [ for group in groups -> mean snd group.Points ],
            mode = StyleParam.Mode.Text,
            MultiText = [ for group in groups -> Axes.plain group.Name ],
            ShowLegend = false
        )
        |> GenericChart.mapTrace (fun trace ->
            trace.SetProperty("textfont", Font.init (Size = 18.0))
            trace.SetProperty("hoverinfo", "skip")
            trace)

    /// Groups of numbered points on a plane, told apart by colour, and named where there are several; the axes are named. Both have
    /// one scale: distances are what such a plane shows. A point's number is its `customdata`.
    let cloud
        (xTitle: string)
        (yTitle: string)
        (groups: (string * (int * float * float) list) list)
        : GenericChart =
        // In a page, more digits would be weight alone.
        let short (value: float) = Math.Round(value, 3)

        let named =
            [ for name, points in groups ->
                  { Name = name
                    Points = [ for _, x, y in points -> short x, short y ] } ]

        [ for group, (_, points) in List.zip named groups do
              let numbers = [ for number, _, _ in points -> number ]

              Chart.Point(xy = group.Points, Name = Axes.plain group.Name)
              |> Chart.withMarkerStyle (Size = 5, Opacity = 0.5)
              |> telling (Axes.plain $"""{group.Name} ({four "x"}, {four "y"})""")
              |> GenericChart.mapTrace (fun trace ->
                  trace.SetProperty("customdata", numbers)
                  trace)
          if groups.Length > 1 then
              middles named ]
        |> Chart.combine
        |> over (Axes.linear xTitle) (Axes.asFine yTitle) StyleParam.HoverMode.Closest
        |> Chart.withLegendStyle (ItemSizing = StyleParam.TraceItemSizing.Constant)
        |> Chart.withSize (Height = 560)

    let private measured words index (name: string, points: (float * float * float) list) =
        let x, y, errors = List.unzip3 points
        let isExact = List.forall ((=) 0.0) errors
        let line = line index name (words name) (List.zip x y) (not isExact)

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
        let x = [ for x, _, _ in List.collect snd lines -> x ]
        let xAxis = Axes.fitting (Axes.areApart 10.0 x) xTitle x

        let words name =
            Axes.plain $"""{xTitle} {four "x"} · {name} {four "y"} {yTitle}"""

        Chart.combine (List.mapi (measured words) lines)
        |> over xAxis (Axes.linear yTitle) StyleParam.HoverMode.X

    /// What Plotly.NET gives to each chart of which nothing else is asked: it is told from an author's wish by its values alone.
    let private given =
        lazy
            (GenericChart.ofTraceObject false (Trace "scatter")
             |> Chart.withTemplate ChartTemplates.plotly
             |> Chart.withSize (600, 600)
             |> GenericChart.getLayout
             |> _.GetProperties(true)
             |> List.ofSeq)

    /// The chart's data, layout and config, without Plotly.NET's own size and template, as JSON that can stand inside a script
    /// element: `<`, `>` and `&` are escaped. The template goes before the JSON is made: of it alone, that takes a third of a second.
    let json (chart: GenericChart) : string =
        let layout = Layout()
        (GenericChart.getLayout chart).ShallowCopyDynamicPropertiesTo layout

        for part in given.Value do
            if layout.TryGetPropertyValue part.Key = Some part.Value then
                layout.RemoveProperty part.Key |> ignore

        JsonNode.Parse(GenericChart.toJson (GenericChart.setLayout layout chart)).ToJsonString()

    let private resource () =
        let assembly = typeof<GenericChart>.Assembly
        let names = assembly.GetManifestResourceNames()
        let name = names |> Array.find _.EndsWith(".min.js", StringComparison.Ordinal)
        assembly.GetManifestResourceStream name

    /// plotly.js, the one that the package has.
    let script: string Lazy =
        lazy
            (use reader = new StreamReader(resource ())
             reader.ReadToEnd())

    /// The name of plotly.js beside pages that share it.
    let scriptName = "plotly.min.js"

    /// Puts plotly.js into a folder, once for all pages there: its text is read where it is missing alone.
    let keepScript (folder: string) : unit =
        let path = Path.Combine(folder, scriptName)
        use script = resource ()

        if not (File.Exists path) || FileInfo(path).Length <> script.Length then
            Files.replace path script.CopyTo
