namespace Plotly.NET

open DynamicObj
open Plotly.NET.Properties

type Font internal () =
    inherit DynamicObj()

    static member init(?Family: StyleParam.FontFamily, ?Size: float, ?Color: Color) : Font =
        fill (Font()) [ setBy "family" Words.fontFamily Family; set "size" Size; set "color" Color ]

type Title internal () =
    inherit DynamicObj()

    static member init
        (
            ?Text: string,
            ?Font: Font,
            ?X: float,
            ?XAnchor: StyleParam.XAnchorPosition,
            ?Y: float,
            ?YAnchor: StyleParam.YAnchorPosition,
            ?Standoff: int
        ) : Title =
        fill
            (Title())
            [ set "text" Text
              set "font" Font
              set "x" X
              setBy "xanchor" Words.lower XAnchor
              set "y" Y
              setBy "yanchor" Words.lower YAnchor
              set "standoff" Standoff ]

type Line internal () =
    inherit DynamicObj()

    static member init
        (
            ?Color: Color,
            ?Colorscale: StyleParam.Colorscale,
            ?Dash: StyleParam.DrawingStyle,
            ?Shape: StyleParam.Shape,
            ?Simplify: bool,
            ?Smoothing: float,
            ?Width: float
        ) : Line =
        fill
            (Line())
            [ set "width" Width
              setBy "shape" Words.lower Shape
              set "smoothing" Smoothing
              setBy "dash" Words.dash Dash
              set "color" Color
              setBy "colorscale" Words.colorscale Colorscale
              set "simplify" Simplify ]

type ColorBar internal () =
    inherit DynamicObj()

    static member init
        (
            ?Len: float,
            ?OutlineWidth: float,
            ?Thickness: float,
            ?TickFormat: string,
            ?Ticks: StyleParam.TickOptions,
            ?Title: Title
        ) : ColorBar =
        fill
            (ColorBar())
            [ set "len" Len
              set "outlinewidth" OutlineWidth
              set "thickness" Thickness
              set "tickformat" TickFormat
              setBy "ticks" Words.ticks Ticks
              set "title" Title ]

namespace Plotly.NET.TraceObjects

open DynamicObj
open Plotly.NET
open Plotly.NET.Properties

type Marker internal () =
    inherit DynamicObj()

    static member init
        (
            ?Color: Color,
            ?ColorBar: ColorBar,
            ?Colorscale: StyleParam.Colorscale,
            ?Outline: Line,
            ?Opacity: float,
            ?MultiOpacity: float seq,
            ?ReverseScale: bool,
            ?ShowScale: bool,
            ?Size: int,
            ?MultiSize: int seq,
            ?Symbol: StyleParam.MarkerSymbol
        ) : Marker =
        fill
            (Marker())
            [ set "color" Color
              set "colorbar" ColorBar
              setBy "colorscale" Words.colorscale Colorscale
              set "line" Outline
              setOneOrMany "size" Size MultiSize
              setOneOrMany "opacity" Opacity MultiOpacity
              setBy "symbol" Words.symbol Symbol
              set "reversescale" ReverseScale
              set "showscale" ShowScale ]

type Bins internal () =
    inherit DynamicObj()

    static member init(?Start: float, ?End: float, ?Size: float) : Bins =
        fill (Bins()) [ set "start" Start; set "end" End; set "size" Size ]
