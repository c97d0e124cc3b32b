namespace Plotly.NET

open DynamicObj
open Plotly.NET.Properties

/// One trace or several with what surrounds them. Styling changes the objects inside, so that a chart shows what is done to it
/// wherever it stands: build a fresh one for each use.
type GenericChart =
    | Chart of data: Trace * layout: Layout * config: Config * displayOpts: DisplayOptions
    | MultiChart of data: Trace list * layout: Layout * config: Config * displayOpts: DisplayOptions

    static member getTraces(gChart: GenericChart) : Trace list =
        match gChart with
        | Chart(trace, _, _, _) -> [ trace ]
        | MultiChart(traces, _, _, _) -> traces

    static member getLayout(gChart: GenericChart) : Layout =
        match gChart with
        | Chart(_, layout, _, _)
        | MultiChart(_, layout, _, _) -> layout

    static member getConfig(gChart: GenericChart) : Config =
        match gChart with
        | Chart(_, _, config, _)
        | MultiChart(_, _, config, _) -> config

    static member getDisplayOptions(gChart: GenericChart) : DisplayOptions =
        match gChart with
        | Chart(_, _, _, options)
        | MultiChart(_, _, _, options) -> options

    /// Traces one after another; of layouts, configs and display options the later wins.
    static member combine(gCharts: GenericChart seq) : GenericChart =
        gCharts
        |> Seq.reduce (fun first second ->
            let config = GenericChart.getConfig first
            merge config (GenericChart.getConfig second)
            let options = GenericChart.getDisplayOptions first
            merge options (GenericChart.getDisplayOptions second)

            MultiChart(
                GenericChart.getTraces first @ GenericChart.getTraces second,
                Layouts.combine (GenericChart.getLayout first) (GenericChart.getLayout second),
                config,
                options
            ))

    /// With defaults, the chart gets copies of `Defaults`, which its styling does not reach.
    static member ofTraceObject (useDefaults: bool) (trace: Trace) : GenericChart =
        let copyOf (source: DynamicObj) (empty: 'T) =
            merge empty source
            empty

        if useDefaults then
            let layout =
                Layout.init (
                    Width = Defaults.DefaultWidth,
                    Height = Defaults.DefaultHeight,
                    Template = copyOf Defaults.DefaultTemplate (Template())
                )

            Chart(
                trace,
                layout,
                copyOf Defaults.DefaultConfig (Config()),
                copyOf Defaults.DefaultDisplayOptions (DisplayOptions())
            )
        else
            Chart(trace, Layout(), Config(), DisplayOptions.initCDNOnly ())

    /// {"data":[..],"layout":{..},"config":{..}}
    static member toJson(gChart: GenericChart) : string =
        let parts: Property list =
            [ Some("data", box (GenericChart.getTraces gChart))
              Some("layout", box (GenericChart.getLayout gChart))
              Some("config", box (GenericChart.getConfig gChart)) ]

        Json.text (fill (DynamicObj()) parts)

    /// {"data":[..],"layout":{..},"frames":[]}
    static member toFigureJson(gChart: GenericChart) : string =
        let parts: Property list =
            [ Some("data", box (GenericChart.getTraces gChart))
              Some("layout", box (GenericChart.getLayout gChart))
              Some("frames", box Array.empty<obj>) ]

        Json.text (fill (DynamicObj()) parts)

    /// A div and the script that draws the chart in it; plotly.js has to be in the page.
    static member toChartHTML(gChart: GenericChart) : string =
        Html.chart
            (DisplayOptions.getPlotlyReference (GenericChart.getDisplayOptions gChart))
            (GenericChart.getTraces gChart)
            (GenericChart.getLayout gChart)
            (GenericChart.getConfig gChart)

    /// A whole page with the chart.
    static member toEmbeddedHTML(gChart: GenericChart) : string =
        Html.document (GenericChart.getDisplayOptions gChart) (GenericChart.toChartHTML gChart)
