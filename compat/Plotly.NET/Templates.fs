namespace Plotly.NET

open DynamicObj
open Plotly.NET.LayoutObjects
open Plotly.NET.Properties
open Plotly.NET.TraceObjects

/// Ready templates.
[<RequireQualifiedAccess>]
module ChartTemplates =
    let private ofProperties (properties: (string * obj) list) : DynamicObj =
        fill (DynamicObj()) (List.map Some properties)

    let private withAxes (axis: unit -> LinearAxis) (layout: Layout) : Layout =
        update "xaxis" (axis ()) layout
        update "yaxis" (axis ()) layout
        layout

    let private ofLayout (layout: Layout) : Template =
        Template.init (layout, TraceTemplates = List.empty<Trace>)

    let private onBackground (color: string) : Template =
        let color = Color.fromString color

        Layout.init (PaperBGColor = color, PlotBGColor = color)
        |> withAxes (fun () -> LinearAxis.init (ShowLine = true, ZeroLine = true))
        |> ofLayout

    module ColorWays =
        let plotly: Color =
            [ "#636efa"
              "#EF553B"
              "#00cc96"
              "#ab63fa"
              "#FFA15A"
              "#19d3f3"
              "#FF6692"
              "#B6E880"
              "#FF97FF"
              "#FECB52" ]
            |> List.map Color.fromHex
            |> Color.fromColors

    let light: Template = onBackground "white"

    let transparent: Template = onBackground "rgba(255, 255, 255, 0)"

    let dark: Template =
        let grey, background =
            Color.fromString "rgb(204, 204, 204)", Color.fromString "rgb(55, 55, 61)"

        let axis () =
            LinearAxis.init (
                LineColor = grey,
                ZeroLineColor = grey,
                GridColor = Color.fromString "rgba(204, 204, 204, 0.3)",
                Ticks = StyleParam.TickOptions.Inside,
                ShowLine = true,
                ZeroLine = true
            )
            |> fun axis ->
                fill axis [ set "tickcolor" (Some(Color.fromString "rgba(204, 204, 204, 0.5)")) ]

        Layout.init (
            PaperBGColor = background,
            PlotBGColor = background,
            Font = Font.init (Color = grey)
        )
        |> withAxes axis
        |> ofLayout

    /// Steps of equal width from 0 to 1.
    let private scale (colors: string list) : StyleParam.Colorscale =
        colors
        |> List.mapi (fun i color -> float i / float (colors.Length - 1), Color.fromString color)
        |> Seq.ofList
        |> StyleParam.Colorscale.Custom

    let private sequential =
        scale
            [ "#0d0887"
              "#46039f"
              "#7201a8"
              "#9c179e"
              "#bd3786"
              "#d8576b"
              "#ed7953"
              "#fb9f3a"
              "#fdca26"
              "#f0f921" ]

    let private diverging =
        scale
            [ "#8e0152"
              "#c51b7d"
              "#de77ae"
              "#f1b6da"
              "#fde0ef"
              "#f7f7f7"
              "#e6f5d0"
              "#b8e186"
              "#7fbc41"
              "#4d9221"
              "#276419" ]

    let private white, private ink, private haze =
        Color.fromRGB 255 255 255, Color.fromHex "#2a3f5f", Color.fromHex "#E5ECF6"

    let private plotlyAxis () : LinearAxis =
        let axis =
            LinearAxis.init (
                GridColor = white,
                LineColor = white,
                Ticks = StyleParam.TickOptions.Empty,
                Title = Title.init (Standoff = 15),
                ZeroLineColor = white,
                ZeroLineWidth = 2.0
            )

        fill axis [ set "automargin" (Some "height+width+left+right+top+bottom") ]

    let private plotlyLayout () : Layout =
        let scales =
            ofProperties
                [ "diverging", Words.colorscale diverging
                  "sequential", Words.colorscale sequential
                  "sequentialminus", Words.colorscale sequential ]

        let layout =
            Layout.init (
                Font = Font.init (Color = ink),
                HoverMode = StyleParam.HoverMode.Closest,
                PaperBGColor = white,
                PlotBGColor = haze,
                Title = Title.init (X = 0.05),
                Colorway = ColorWays.plotly
            )
            |> withAxes plotlyAxis

        fill
            layout
            [ Some("autotypenumbers", box "strict")
              Some("colorscale", box scales)
              Some("hoverlabel", box (ofProperties [ "align", "left" ])) ]

    let private plotlyTraces () : Trace list =
        let trace (kind: string) (name: string) (value: DynamicObj) =
            fill (Trace()) [ Some("type", box kind); Some(name, box value) ]

        let pattern = ofProperties [ "fillmode", "overlay"; "size", 10; "solidity", 0.2 ]

        let colorBar () =
            ColorBar.init (OutlineWidth = 0.0, Ticks = StyleParam.TickOptions.Empty)

        let patterned (marker: Marker) =
            fill marker [ set "pattern" (Some pattern) ]

        let bar = Marker.init (Outline = Line.init (Color = haze, Width = 0.5))
        let heatmap = trace "heatmap" "colorbar" (colorBar ())

        [ trace "bar" "marker" (patterned bar)
          fill heatmap [ setBy "colorscale" Words.colorscale (Some sequential) ]
          trace "histogram" "marker" (patterned (Marker.init ()))
          trace "scatter" "marker" (Marker.init (ColorBar = colorBar ())) ]

    /// plotly's own look, for the kinds of chart that are here.
    let plotly: Template =
        Template.init (plotlyLayout (), TraceTemplates = plotlyTraces ())

/// What charts get unless they are made with `UseDefaults = false`.
module Defaults =
    let private config () = Config.init (Responsive = true)

    let mutable DefaultWidth: int = 600

    let mutable DefaultHeight: int = 600

    let mutable DefaultConfig: Config = config ()

    let mutable DefaultDisplayOptions: DisplayOptions =
        DisplayOptions.init (
            DocumentTitle = "Plotly.NET Datavisualization",
            DocumentCharset = "UTF-8",
            DocumentDescription = "A plotly.js graph generated with Plotly.NET",
            PlotlyJSReference = CDN PlotlyJs.address
        )

    let mutable DefaultTemplate: Template = ChartTemplates.plotly

    let reset () : unit =
        DefaultWidth <- 600
        DefaultHeight <- 600
        DefaultConfig <- config ()
        DefaultDisplayOptions <- DisplayOptions.initCDNOnly ()
        DefaultTemplate <- ChartTemplates.plotly
