namespace Plotly.NET

open System
open Plotly.NET.LayoutObjects
open Plotly.NET.Properties

[<AutoOpen>]
module MatrixCharts =
    type Chart with

        /// A matrix as colours, its rows drawn bottom up unless the axis is reversed.
        static member Heatmap
            (
                zData: #(#IConvertible seq) seq,
                ?X: #IConvertible seq,
                ?Y: #IConvertible seq,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?XGap: int,
                ?YGap: int,
                ?ColorBar: ColorBar,
                ?ColorScale: StyleParam.Colorscale,
                ?ShowScale: bool,
                ?ReverseScale: bool,
                ?ZSmooth: StyleParam.SmoothAlg,
                ?ReverseYAxis: bool,
                ?UseDefaults: bool
            ) : GenericChart =
            let chart =
                Traces.chart
                    "heatmap"
                    UseDefaults
                    [ set "name" Name
                      set "showlegend" ShowLegend
                      set "opacity" Opacity
                      set "x" X
                      set "xgap" XGap
                      set "y" Y
                      set "ygap" YGap
                      set "z" (Some zData)
                      set "colorbar" ColorBar
                      setBy "colorscale" Words.colorscale ColorScale
                      set "showscale" ShowScale
                      set "reversescale" ReverseScale
                      setBy "zsmooth" (Words.flagOr Words.lower) ZSmooth ]

            if defaultArg ReverseYAxis false then
                chart
                |> Chart.withYAxis (LinearAxis.init (AutoRange = StyleParam.AutoRange.Reversed))
            else
                chart

        /// A picture of coloured points, drawn top down.
        static member Image
            (
                z: #(ARGB seq) seq,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?ZSmooth: StyleParam.SmoothAlg,
                ?UseDefaults: bool
            ) : GenericChart =
            let parts (color: ARGB) =
                [| int color.R; int color.G; int color.B; int color.A |]

            let points = z |> Seq.map (Seq.map parts)

            [ set "name" Name
              set "showlegend" ShowLegend
              set "opacity" Opacity
              set "z" (Some points)
              setBy "colormodel" Words.lower (Some StyleParam.ColorModel.RGBA)
              setBy "zsmooth" (Words.flagOr Words.lower) ZSmooth ]
            |> Traces.chart "image" UseDefaults

        /// A picture from rows of points of numbers, or from an encoded image's address.
        static member Image
            (
                ?Z: #('a seq) seq,
                ?Source: string,
                ?Name: string,
                ?ShowLegend: bool,
                ?Opacity: float,
                ?ColorModel: StyleParam.ColorModel,
                ?ZSmooth: StyleParam.SmoothAlg,
                ?UseDefaults: bool
            ) : GenericChart when 'a :> int seq =
            Traces.chart
                "image"
                UseDefaults
                [ set "name" Name
                  set "showlegend" ShowLegend
                  set "opacity" Opacity
                  set "z" Z
                  set "source" Source
                  setBy "colormodel" Words.lower ColorModel
                  setBy "zsmooth" (Words.flagOr Words.lower) ZSmooth ]
