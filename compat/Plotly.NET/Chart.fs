namespace Plotly.NET

open System
open System.IO
open DynamicObj
open Plotly.NET.LayoutObjects
open Plotly.NET.Properties

/// Making and styling charts. Members take part of the optional arguments that Plotly.NET's have, in the same order.
type Chart =

    /// Writes the page; `.html` is appended where the path does not end in it.
    [<CompiledName("SaveHtml")>]
    static member saveHtml(path: string, ?OpenInBrowser: bool) : GenericChart -> unit =
        fun chart ->
            let file = if path.EndsWith ".html" then path else path + ".html"
            File.WriteAllText(file, GenericChart.toEmbeddedHTML chart)

            if defaultArg OpenInBrowser false then
                Styling.openFile file

    /// Writes a temporary page and opens it.
    [<CompiledName("Show")>]
    static member show(ch: GenericChart) : unit =
        Chart.saveHtml (Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.html"), true) ch

    [<CompiledName("Combine")>]
    static member combine(gCharts: GenericChart seq) : GenericChart = GenericChart.combine gCharts

    /// A chart that shows nothing.
    static member Invisible() : GenericChart =
        let hidden () =
            LinearAxis.init (
                ShowTickLabels = false,
                ShowLine = false,
                ShowGrid = false,
                ZeroLine = false
            )

        GenericChart.ofTraceObject false (Trace())
        |> Chart.withXAxis (hidden ())
        |> Chart.withYAxis (hidden ())

    [<CompiledName("WithLayout")>]
    static member withLayout(layout: Layout) : GenericChart -> GenericChart =
        Styling.layout (fun own -> Layouts.combine own layout |> ignore)

    [<CompiledName("WithLayoutStyle")>]
    static member withLayoutStyle
        (
            ?Title: Title,
            ?ShowLegend: bool,
            ?Margin: Margin,
            ?AutoSize: bool,
            ?Width: int,
            ?Height: int,
            ?Font: Font,
            ?PaperBGColor: Color,
            ?PlotBGColor: Color,
            ?Colorway: Color,
            ?HoverMode: StyleParam.HoverMode,
            ?DragMode: StyleParam.DragMode,
            ?Template: DynamicObj,
            ?BarGap: float,
            ?BarMode: StyleParam.BarMode,
            ?Annotations: Annotation seq
        ) : GenericChart -> GenericChart =
        Chart.withLayout (
            Layout.init (
                ?Title = Title,
                ?ShowLegend = ShowLegend,
                ?Margin = Margin,
                ?AutoSize = AutoSize,
                ?Width = Width,
                ?Height = Height,
                ?Font = Font,
                ?PaperBGColor = PaperBGColor,
                ?PlotBGColor = PlotBGColor,
                ?Colorway = Colorway,
                ?HoverMode = HoverMode,
                ?DragMode = DragMode,
                ?Template = Template,
                ?BarGap = BarGap,
                ?BarMode = BarMode,
                ?Annotations = Annotations
            )
        )

    [<CompiledName("WithTitle")>]
    static member withTitle(title: string, ?TitleFont: Font) : GenericChart -> GenericChart =
        Chart.withTitle (Title.init (Text = title, ?Font = TitleFont))

    [<CompiledName("WithTitle")>]
    static member withTitle(title: Title) : GenericChart -> GenericChart =
        Chart.withLayoutStyle (Title = title)

    [<CompiledName("WithXAxis")>]
    static member withXAxis
        (xAxis: LinearAxis, ?Id: StyleParam.SubPlotId)
        : GenericChart -> GenericChart =
        let id = defaultArg Id (StyleParam.SubPlotId.XAxis 1)
        Styling.layout (update (Words.subPlotId id) xAxis)

    [<CompiledName("WithXAxisStyle")>]
    static member withXAxisStyle
        (
            ?TitleText: string,
            ?TitleFont: Font,
            ?TitleStandoff: int,
            ?Title: Title,
            ?Color: Color,
            ?AxisType: StyleParam.AxisType,
            ?MinMax: (#IConvertible * #IConvertible),
            ?Mirror: StyleParam.Mirror,
            ?ShowLine: bool,
            ?LineColor: Color,
            ?ShowGrid: bool,
            ?GridColor: Color,
            ?ZeroLine: bool,
            ?ZeroLineColor: Color,
            ?Anchor: StyleParam.LinearAxisId,
            ?Side: StyleParam.Side,
            ?Overlaying: StyleParam.LinearAxisId,
            ?Domain: (float * float),
            ?Position: float,
            ?Id: StyleParam.SubPlotId
        ) : GenericChart -> GenericChart =
        let axis =
            LinearAxis.init (
                Title = Styling.axisTitle TitleText TitleFont TitleStandoff Title,
                ?Range = Styling.range MinMax,
                ?Domain = Styling.range Domain,
                ?Color = Color,
                ?AxisType = AxisType,
                ?Mirror = Mirror,
                ?ShowLine = ShowLine,
                ?LineColor = LineColor,
                ?ShowGrid = ShowGrid,
                ?GridColor = GridColor,
                ?ZeroLine = ZeroLine,
                ?ZeroLineColor = ZeroLineColor,
                ?Anchor = Anchor,
                ?Side = Side,
                ?Overlaying = Overlaying,
                ?Position = Position
            )

        Chart.withXAxis (axis, ?Id = Id)

    [<CompiledName("WithYAxis")>]
    static member withYAxis
        (yAxis: LinearAxis, ?Id: StyleParam.SubPlotId)
        : GenericChart -> GenericChart =
        let id = defaultArg Id (StyleParam.SubPlotId.YAxis 1)
        Styling.layout (update (Words.subPlotId id) yAxis)

    [<CompiledName("WithYAxisStyle")>]
    static member withYAxisStyle
        (
            ?TitleText: string,
            ?TitleFont: Font,
            ?TitleStandoff: int,
            ?Title: Title,
            ?Color: Color,
            ?AxisType: StyleParam.AxisType,
            ?MinMax: (#IConvertible * #IConvertible),
            ?Mirror: StyleParam.Mirror,
            ?ShowLine: bool,
            ?LineColor: Color,
            ?ShowGrid: bool,
            ?GridColor: Color,
            ?ZeroLine: bool,
            ?ZeroLineColor: Color,
            ?Anchor: StyleParam.LinearAxisId,
            ?Side: StyleParam.Side,
            ?Overlaying: StyleParam.LinearAxisId,
            ?Domain: (float * float),
            ?Position: float,
            ?Id: StyleParam.SubPlotId
        ) : GenericChart -> GenericChart =
        Chart.withXAxisStyle (
            ?TitleText = TitleText,
            ?TitleFont = TitleFont,
            ?TitleStandoff = TitleStandoff,
            ?Title = Title,
            ?Color = Color,
            ?AxisType = AxisType,
            ?MinMax = MinMax,
            ?Mirror = Mirror,
            ?ShowLine = ShowLine,
            ?LineColor = LineColor,
            ?ShowGrid = ShowGrid,
            ?GridColor = GridColor,
            ?ZeroLine = ZeroLine,
            ?ZeroLineColor = ZeroLineColor,
            ?Anchor = Anchor,
            ?Side = Side,
            ?Overlaying = Overlaying,
            ?Domain = Domain,
            ?Position = Position,
            Id = defaultArg Id (StyleParam.SubPlotId.YAxis 1)
        )

    [<CompiledName("WithLegend")>]
    static member withLegend(legend: Legend, ?Id: int) : GenericChart -> GenericChart =
        Styling.layout (
            update (Words.subPlotId (StyleParam.SubPlotId.Legend(defaultArg Id 1))) legend
        )

    [<CompiledName("WithLegendStyle")>]
    static member withLegendStyle
        (
            ?BGColor: Color,
            ?BorderColor: Color,
            ?BorderWidth: float,
            ?Font: Font,
            ?Orientation: StyleParam.Orientation,
            ?Title: Title,
            ?X: float,
            ?XAnchor: StyleParam.XAnchorPosition,
            ?Y: float,
            ?YAnchor: StyleParam.YAnchorPosition,
            ?Id: int
        ) : GenericChart -> GenericChart =
        let legend =
            Legend.init (
                ?BGColor = BGColor,
                ?BorderColor = BorderColor,
                ?BorderWidth = BorderWidth,
                ?Font = Font,
                ?Orientation = Orientation,
                ?Title = Title,
                ?X = X,
                ?XAnchor = XAnchor,
                ?Y = Y,
                ?YAnchor = YAnchor
            )

        Chart.withLegend (legend, ?Id = Id)

    [<CompiledName("WithSize")>]
    static member withSize(?Width: int, ?Height: int) : GenericChart -> GenericChart =
        Styling.layout (fun layout ->
            fill layout [ set "width" Width; set "height" Height ] |> ignore)

    [<CompiledName("WithSize")>]
    static member withSize(width: float, height: float) : GenericChart -> GenericChart =
        Chart.withSize (Width = int width, Height = int height)

    [<CompiledName("WithMargin")>]
    static member withMargin(margin: Margin) : GenericChart -> GenericChart =
        Styling.layout (fun layout -> layout.Properties["margin"] <- margin)

    [<CompiledName("WithMarginSize")>]
    static member withMarginSize
        (?Left: 'a, ?Right: 'b, ?Top: 'c, ?Bottom: 'd, ?Pad: 'e, ?Autoexpand: 'f)
        : GenericChart -> GenericChart =
        Chart.withMargin (
            Margin.init (
                ?Left = Left,
                ?Right = Right,
                ?Top = Top,
                ?Bottom = Bottom,
                ?Pad = Pad,
                ?Autoexpand = Autoexpand
            )
        )

    [<CompiledName("WithTemplate")>]
    static member withTemplate(template: Template) : GenericChart -> GenericChart =
        Styling.layout (fun layout -> layout.Properties["template"] <- template)

    [<CompiledName("WithConfig")>]
    static member withConfig(config: Config) : GenericChart -> GenericChart =
        fun chart ->
            merge (GenericChart.getConfig chart) config
            chart

    [<CompiledName("WithConfigStyle")>]
    static member withConfigStyle
        (
            ?StaticPlot: bool,
            ?Autosizable: bool,
            ?Responsive: bool,
            ?ShowTips: bool,
            ?DisplayModeBar: bool,
            ?Displaylogo: bool,
            ?Locale: string
        ) : GenericChart -> GenericChart =
        Chart.withConfig (
            Config.init (
                ?StaticPlot = StaticPlot,
                ?Autosizable = Autosizable,
                ?Responsive = Responsive,
                ?ShowTips = ShowTips,
                ?DisplayModeBar = DisplayModeBar,
                ?Displaylogo = Displaylogo,
                ?Locale = Locale
            )
        )

    [<CompiledName("WithDisplayOptions")>]
    static member withDisplayOptions(displayOpts: DisplayOptions) : GenericChart -> GenericChart =
        fun chart ->
            merge (GenericChart.getDisplayOptions chart) displayOpts
            chart

    [<CompiledName("WithDisplayOptionsStyle")>]
    static member withDisplayOptionsStyle
        (?PlotlyJSReference: PlotlyJSReference)
        : GenericChart -> GenericChart =
        Chart.withDisplayOptions (DisplayOptions.init (?PlotlyJSReference = PlotlyJSReference))
