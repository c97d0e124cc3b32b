namespace Plotly.NET

open System
open DynamicObj
open Plotly.NET.Properties
open Plotly.NET.TraceObjects

[<AutoOpen>]
module TraceStyles =
    type Chart with

        static member withTraceInfo
            (?Name: string, ?Visible: StyleParam.Visible, ?ShowLegend: bool)
            : GenericChart -> GenericChart =
            fun chart ->
                GenericChart.getTraces chart
                |> List.iteri (fun i trace ->
                    let numbered name = if i = 0 then name else $"{name}_{i}"

                    fill
                        trace
                        [ setBy "name" numbered Name
                          setBy "visible" (Words.flagOr Words.lower) Visible
                          set "showlegend" ShowLegend ]
                    |> ignore)

                chart

        static member withAxisAnchor(?X: int, ?Y: int) : GenericChart -> GenericChart =
            Styling.traces (fun trace ->
                fill
                    trace
                    [ setBy "xaxis" (StyleParam.LinearAxisId.X >> Words.linearAxisId) X
                      setBy "yaxis" (StyleParam.LinearAxisId.Y >> Words.linearAxisId) Y ]
                |> ignore)

        static member withMarker(marker: Marker) : GenericChart -> GenericChart =
            Styling.traces (update "marker" marker)

        static member withMarkerStyle
            (
                ?Color: Color,
                ?Colorscale: StyleParam.Colorscale,
                ?Outline: Line,
                ?Opacity: float,
                ?MultiOpacity: float seq,
                ?ShowScale: bool,
                ?Size: int,
                ?MultiSize: int seq,
                ?Symbol: StyleParam.MarkerSymbol
            ) : GenericChart -> GenericChart =
            Styling.traces (fun trace ->
                trace
                |> update
                    "marker"
                    (Marker.init (
                        ?Color = Color,
                        ?Colorscale = Colorscale,
                        ?Outline = Outline,
                        ?Opacity = Opacity,
                        ?MultiOpacity = MultiOpacity,
                        ?ShowScale = ShowScale,
                        ?Size = Size,
                        ?MultiSize = MultiSize,
                        ?Symbol = Symbol
                    )))

        static member withLine(line: Line) : GenericChart -> GenericChart =
            Styling.traces (update "line" line)

        static member withLineStyle
            (
                ?Color: Color,
                ?Dash: StyleParam.DrawingStyle,
                ?Shape: StyleParam.Shape,
                ?Simplify: bool,
                ?Smoothing: float,
                ?Width: float
            ) : GenericChart -> GenericChart =
            Styling.traces (fun trace ->
                trace
                |> update
                    "line"
                    (Line.init (
                        ?Color = Color,
                        ?Dash = Dash,
                        ?Shape = Shape,
                        ?Simplify = Simplify,
                        ?Smoothing = Smoothing,
                        ?Width = Width
                    )))

        /// Bars of uncertainty along y.
        static member withYErrorStyle
            (
                ?Visible: bool,
                ?Type: StyleParam.ErrorType,
                ?Symmetric: bool,
                ?Array: #IConvertible seq,
                ?Arrayminus: #IConvertible seq,
                ?Value: float,
                ?Color: Color,
                ?Thickness: float,
                ?Width: float
            ) : GenericChart -> GenericChart =
            Styling.traces (fun trace ->
                trace
                |> update
                    "error_y"
                    (fill
                        (DynamicObj())
                        [ set "visible" Visible
                          setBy "type" Words.lower Type
                          set "symmetric" Symmetric
                          set "array" Array
                          set "arrayminus" Arrayminus
                          set "value" Value
                          set "color" Color
                          set "thickness" Thickness
                          set "width" Width ]))
