namespace Plotly.NET

open System
open Plotly.NET.Properties
open Plotly.NET.TraceObjects

/// What the makers of charts share.
[<RequireQualifiedAccess>]
module internal Traces =
    let chart (kind: string) (useDefaults: bool option) (properties: Property list) : GenericChart =
        fill (Trace()) (Some("type", box kind) :: properties)
        |> GenericChart.ofTraceObject (defaultArg useDefaults true)

    let marker (given: Marker option) (properties: Property list) : Marker =
        fill (given |> Option.defaultWith Marker.init) properties

[<AutoOpen>]
module ScatterCharts =
    type Chart with

        /// Points with markers, lines or both.
        static member Scatter
            (
                x: #IConvertible seq,
                y: #IConvertible seq,
                mode: StyleParam.Mode,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?MultiOpacity: float seq,
                ?Text: #IConvertible,
                ?MultiText: #IConvertible seq,
                ?TextPosition: StyleParam.TextPosition,
                ?MarkerColor: Color,
                ?MarkerSymbol: StyleParam.MarkerSymbol,
                ?Marker: Marker,
                ?LineColor: Color,
                ?LineWidth: float,
                ?LineDash: StyleParam.DrawingStyle,
                ?Line: Line,
                ?Fill: StyleParam.Fill,
                ?FillColor: Color,
                ?UseWebGL: bool,
                ?UseDefaults: bool
            ) : GenericChart =
            let marker =
                Traces.marker
                    Marker
                    [ set "color" MarkerColor
                      setBy "symbol" Words.symbol MarkerSymbol
                      set "opacity" MultiOpacity ]

            let line =
                fill
                    (Line |> Option.defaultWith Plotly.NET.Line.init)
                    [ set "color" LineColor
                      set "width" LineWidth
                      setBy "dash" Words.dash LineDash ]

            Traces.chart
                (if defaultArg UseWebGL false then "scattergl" else "scatter")
                UseDefaults
                [ set "name" Name
                  set "showlegend" ShowLegend
                  set "opacity" Opacity
                  setBy "mode" Words.mode (Some mode)
                  set "x" (Some x)
                  set "y" (Some y)
                  setOneOrMany "text" Text MultiText
                  setBy "textposition" Words.spaced TextPosition
                  set "marker" (Some marker)
                  set "line" (Some line)
                  setBy "fill" Words.fill Fill
                  set "fillcolor" FillColor ]

        /// `Scatter` of pairs.
        static member Scatter
            (
                xy: (#IConvertible * #IConvertible) seq,
                mode: StyleParam.Mode,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?MultiOpacity: float seq,
                ?Text: #IConvertible,
                ?MultiText: #IConvertible seq,
                ?TextPosition: StyleParam.TextPosition,
                ?MarkerColor: Color,
                ?MarkerSymbol: StyleParam.MarkerSymbol,
                ?Marker: Marker,
                ?LineColor: Color,
                ?LineWidth: float,
                ?LineDash: StyleParam.DrawingStyle,
                ?Line: Line,
                ?Fill: StyleParam.Fill,
                ?FillColor: Color,
                ?UseWebGL: bool,
                ?UseDefaults: bool
            ) : GenericChart =
            let x, y = List.ofSeq xy |> List.unzip

            Chart.Scatter(
                x = x,
                y = y,
                mode = mode,
                ?Name = Name,
                ?ShowLegend = ShowLegend,
                ?Opacity = Opacity,
                ?MultiOpacity = MultiOpacity,
                ?Text = Text,
                ?MultiText = MultiText,
                ?TextPosition = TextPosition,
                ?MarkerColor = MarkerColor,
                ?MarkerSymbol = MarkerSymbol,
                ?Marker = Marker,
                ?LineColor = LineColor,
                ?LineWidth = LineWidth,
                ?LineDash = LineDash,
                ?Line = Line,
                ?Fill = Fill,
                ?FillColor = FillColor,
                ?UseWebGL = UseWebGL,
                ?UseDefaults = UseDefaults
            )

        /// Markers; with a text position, texts beside them.
        static member Point
            (
                x: #IConvertible seq,
                y: #IConvertible seq,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?MultiOpacity: float seq,
                ?Text: #IConvertible,
                ?MultiText: #IConvertible seq,
                ?TextPosition: StyleParam.TextPosition,
                ?MarkerColor: Color,
                ?MarkerSymbol: StyleParam.MarkerSymbol,
                ?Marker: Marker,
                ?UseWebGL: bool,
                ?UseDefaults: bool
            ) : GenericChart =
            let mode =
                if Option.isSome TextPosition then
                    StyleParam.Mode.Markers_Text
                else
                    StyleParam.Mode.Markers

            Chart.Scatter(
                x = x,
                y = y,
                mode = mode,
                ?Name = Name,
                ?ShowLegend = ShowLegend,
                ?Opacity = Opacity,
                ?MultiOpacity = MultiOpacity,
                ?Text = Text,
                ?MultiText = MultiText,
                ?TextPosition = TextPosition,
                ?MarkerColor = MarkerColor,
                ?MarkerSymbol = MarkerSymbol,
                ?Marker = Marker,
                ?UseWebGL = UseWebGL,
                ?UseDefaults = UseDefaults
            )

        /// `Point` of pairs.
        static member Point
            (
                xy: (#IConvertible * #IConvertible) seq,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?MultiOpacity: float seq,
                ?Text: #IConvertible,
                ?MultiText: #IConvertible seq,
                ?TextPosition: StyleParam.TextPosition,
                ?MarkerColor: Color,
                ?MarkerSymbol: StyleParam.MarkerSymbol,
                ?Marker: Marker,
                ?UseWebGL: bool,
                ?UseDefaults: bool
            ) : GenericChart =
            let x, y = List.ofSeq xy |> List.unzip

            Chart.Point(
                x = x,
                y = y,
                ?Name = Name,
                ?ShowLegend = ShowLegend,
                ?Opacity = Opacity,
                ?MultiOpacity = MultiOpacity,
                ?Text = Text,
                ?MultiText = MultiText,
                ?TextPosition = TextPosition,
                ?MarkerColor = MarkerColor,
                ?MarkerSymbol = MarkerSymbol,
                ?Marker = Marker,
                ?UseWebGL = UseWebGL,
                ?UseDefaults = UseDefaults
            )

        /// A line, with markers if they are asked for.
        static member Line
            (
                x: #IConvertible seq,
                y: #IConvertible seq,
                ?ShowMarkers: bool,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?MultiOpacity: float seq,
                ?Text: #IConvertible,
                ?MultiText: #IConvertible seq,
                ?TextPosition: StyleParam.TextPosition,
                ?MarkerColor: Color,
                ?MarkerSymbol: StyleParam.MarkerSymbol,
                ?Marker: Marker,
                ?LineColor: Color,
                ?LineWidth: float,
                ?LineDash: StyleParam.DrawingStyle,
                ?Line: Line,
                ?Fill: StyleParam.Fill,
                ?FillColor: Color,
                ?UseWebGL: bool,
                ?UseDefaults: bool
            ) : GenericChart =
            let mode =
                match defaultArg ShowMarkers false, Option.isSome TextPosition with
                | false, false -> StyleParam.Mode.Lines
                | true, false -> StyleParam.Mode.Lines_Markers
                | false, true -> StyleParam.Mode.Lines_Text
                | true, true -> StyleParam.Mode.Lines_Markers_Text

            Chart.Scatter(
                x = x,
                y = y,
                mode = mode,
                ?Name = Name,
                ?ShowLegend = ShowLegend,
                ?Opacity = Opacity,
                ?MultiOpacity = MultiOpacity,
                ?Text = Text,
                ?MultiText = MultiText,
                ?TextPosition = TextPosition,
                ?MarkerColor = MarkerColor,
                ?MarkerSymbol = MarkerSymbol,
                ?Marker = Marker,
                ?LineColor = LineColor,
                ?LineWidth = LineWidth,
                ?LineDash = LineDash,
                ?Line = Line,
                ?Fill = Fill,
                ?FillColor = FillColor,
                ?UseWebGL = UseWebGL,
                ?UseDefaults = UseDefaults
            )

        /// `Line` of pairs.
        static member Line
            (
                xy: (#IConvertible * #IConvertible) seq,
                ?ShowMarkers: bool,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?MultiOpacity: float seq,
                ?Text: #IConvertible,
                ?MultiText: #IConvertible seq,
                ?TextPosition: StyleParam.TextPosition,
                ?MarkerColor: Color,
                ?MarkerSymbol: StyleParam.MarkerSymbol,
                ?Marker: Marker,
                ?LineColor: Color,
                ?LineWidth: float,
                ?LineDash: StyleParam.DrawingStyle,
                ?Line: Line,
                ?Fill: StyleParam.Fill,
                ?FillColor: Color,
                ?UseWebGL: bool,
                ?UseDefaults: bool
            ) : GenericChart =
            let x, y = List.ofSeq xy |> List.unzip

            Chart.Line(
                x = x,
                y = y,
                ?ShowMarkers = ShowMarkers,
                ?Name = Name,
                ?ShowLegend = ShowLegend,
                ?Opacity = Opacity,
                ?MultiOpacity = MultiOpacity,
                ?Text = Text,
                ?MultiText = MultiText,
                ?TextPosition = TextPosition,
                ?MarkerColor = MarkerColor,
                ?MarkerSymbol = MarkerSymbol,
                ?Marker = Marker,
                ?LineColor = LineColor,
                ?LineWidth = LineWidth,
                ?LineDash = LineDash,
                ?Line = Line,
                ?Fill = Fill,
                ?FillColor = FillColor,
                ?UseWebGL = UseWebGL,
                ?UseDefaults = UseDefaults
            )
