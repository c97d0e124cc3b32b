namespace Plotly.NET

open System
open DynamicObj
open Plotly.NET.Properties
open Plotly.NET.TraceObjects

[<AutoOpen>]
module BarCharts =
    /// The marker of a bar: its colour and a pattern, which is empty.
    let private barMarker (marker: Marker option) (color: Color option) : Marker =
        Traces.marker marker [ set "color" color; set "pattern" (Some(DynamicObj())) ]

    type Chart with

        /// Upright bars.
        static member Column
            (
                values: #IConvertible seq,
                ?Keys: #IConvertible seq,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?Text: #IConvertible,
                ?MultiText: #IConvertible seq,
                ?MarkerColor: Color,
                ?Marker: Marker,
                ?Width: #IConvertible,
                ?UseDefaults: bool
            ) : GenericChart =
            Traces.chart
                "bar"
                UseDefaults
                [ set "name" Name
                  set "showlegend" ShowLegend
                  set "opacity" Opacity
                  set "x" Keys
                  set "y" (Some values)
                  set "width" Width
                  setOneOrMany "text" Text MultiText
                  setBy "orientation" Words.orientation (Some StyleParam.Orientation.Vertical)
                  set "marker" (Some(barMarker Marker MarkerColor)) ]

        /// `Column` of pairs.
        static member Column
            (
                keysValues: (#IConvertible * #IConvertible) seq,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?Text: #IConvertible,
                ?MultiText: #IConvertible seq,
                ?MarkerColor: Color,
                ?Marker: Marker,
                ?Width: #IConvertible,
                ?UseDefaults: bool
            ) : GenericChart =
            let keys, values = List.ofSeq keysValues |> List.unzip

            Chart.Column(
                values = values,
                Keys = keys,
                ?Name = Name,
                ?ShowLegend = ShowLegend,
                ?Opacity = Opacity,
                ?Text = Text,
                ?MultiText = MultiText,
                ?MarkerColor = MarkerColor,
                ?Marker = Marker,
                ?Width = Width,
                ?UseDefaults = UseDefaults
            )

        /// Counts of values in bins.
        static member Histogram
            (
                ?X: #IConvertible seq,
                ?Y: #IConvertible seq,
                ?Orientation: StyleParam.Orientation,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?HistNorm: StyleParam.HistNorm,
                ?NBinsX: int,
                ?NBinsY: int,
                ?XBins: Bins,
                ?YBins: Bins,
                ?MarkerColor: Color,
                ?Marker: Marker,
                ?UseDefaults: bool
            ) : GenericChart =
            Traces.chart
                "histogram"
                UseDefaults
                [ set "name" Name
                  set "showlegend" ShowLegend
                  set "opacity" Opacity
                  set "x" X
                  set "y" Y
                  setBy "orientation" Words.orientation Orientation
                  setBy "histnorm" Words.histNorm HistNorm
                  set "nbinsx" NBinsX
                  set "nbinsy" NBinsY
                  set "xbins" XBins
                  set "ybins" YBins
                  set "marker" (Some(barMarker Marker MarkerColor)) ]
