namespace Plotly.NET.LayoutObjects

open System
open DynamicObj
open Plotly.NET
open Plotly.NET.Properties

type Margin internal () =
    inherit DynamicObj()

    static member init
        (?Left: 'a, ?Right: 'b, ?Top: 'c, ?Bottom: 'd, ?Pad: 'e, ?Autoexpand: 'f)
        : Margin =
        fill
            (Margin())
            [ set "l" Left
              set "r" Right
              set "t" Top
              set "b" Bottom
              set "pad" Pad
              set "autoexpand" Autoexpand ]

type LayoutGrid internal () =
    inherit DynamicObj()

    static member init
        (
            ?Rows: int,
            ?Columns: int,
            ?RowOrder: StyleParam.LayoutGridRowOrder,
            ?Pattern: StyleParam.LayoutGridPattern,
            ?XGap: float,
            ?YGap: float
        ) : LayoutGrid =
        fill
            (LayoutGrid())
            [ set "rows" Rows
              set "columns" Columns
              setBy "roworder" Words.spaced RowOrder
              setBy "pattern" Words.lower Pattern
              set "xgap" XGap
              set "ygap" YGap ]

type Legend internal () =
    inherit DynamicObj()

    static member init
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
            ?YAnchor: StyleParam.YAnchorPosition
        ) : Legend =
        fill
            (Legend())
            [ set "bgcolor" BGColor
              set "bordercolor" BorderColor
              set "borderwidth" BorderWidth
              set "font" Font
              setBy "orientation" Words.orientation Orientation
              set "title" Title
              set "x" X
              setBy "xanchor" Words.lower XAnchor
              set "y" Y
              setBy "yanchor" Words.lower YAnchor ]

type Annotation internal () =
    inherit DynamicObj()

    static member init
        (
            ?X: #IConvertible,
            ?Y: #IConvertible,
            ?Font: Font,
            ?ShowArrow: bool,
            ?Text: string,
            ?XAnchor: StyleParam.XAnchorPosition,
            ?XRef: #IConvertible,
            ?YAnchor: StyleParam.YAnchorPosition,
            ?YRef: #IConvertible
        ) : Annotation =
        fill
            (Annotation())
            [ set "x" X
              set "y" Y
              set "font" Font
              set "showarrow" ShowArrow
              set "text" Text
              setBy "xanchor" Words.lower XAnchor
              set "xref" XRef
              setBy "yanchor" Words.lower YAnchor
              set "yref" YRef ]

type LinearAxis internal () =
    inherit DynamicObj()

    static member init
        (
            ?Visible: bool,
            ?Color: Color,
            ?Title: Title,
            ?AxisType: StyleParam.AxisType,
            ?AutoRange: StyleParam.AutoRange,
            ?RangeMode: StyleParam.RangeMode,
            ?Range: StyleParam.Range,
            ?FixedRange: bool,
            ?ScaleAnchor: StyleParam.ScaleAnchor,
            ?ScaleRatio: float,
            ?NTicks: int,
            ?Tick0: #IConvertible,
            ?DTick: #IConvertible,
            ?TickVals: #IConvertible seq,
            ?TickText: #IConvertible seq,
            ?Ticks: StyleParam.TickOptions,
            ?Mirror: StyleParam.Mirror,
            ?ShowTickLabels: bool,
            ?TickFormat: string,
            ?HoverFormat: string,
            ?ShowLine: bool,
            ?LineColor: Color,
            ?ShowGrid: bool,
            ?GridColor: Color,
            ?ZeroLine: bool,
            ?ZeroLineColor: Color,
            ?ZeroLineWidth: float,
            ?Anchor: StyleParam.LinearAxisId,
            ?Side: StyleParam.Side,
            ?Overlaying: StyleParam.LinearAxisId,
            ?Domain: StyleParam.Range,
            ?Position: float
        ) : LinearAxis =
        fill
            (LinearAxis())
            [ set "visible" Visible
              set "color" Color
              set "title" Title
              setBy "type" Words.axisType AxisType
              setBy "autorange" (Words.flagOr Words.spaced) AutoRange
              setBy "rangemode" Words.lower RangeMode
              setBy "range" Words.range Range
              set "fixedrange" FixedRange
              setBy "scaleanchor" Words.scaleAnchor ScaleAnchor
              set "scaleratio" ScaleRatio
              set "nticks" NTicks
              set "tick0" Tick0
              set "dtick" DTick
              set "tickvals" TickVals
              set "ticktext" TickText
              setBy "ticks" Words.ticks Ticks
              setBy "mirror" (Words.flagOr Words.lower) Mirror
              set "showticklabels" ShowTickLabels
              set "tickformat" TickFormat
              set "hoverformat" HoverFormat
              set "showline" ShowLine
              set "linecolor" LineColor
              set "showgrid" ShowGrid
              set "gridcolor" GridColor
              set "zeroline" ZeroLine
              set "zerolinecolor" ZeroLineColor
              set "zerolinewidth" ZeroLineWidth
              setBy "anchor" Words.linearAxisId Anchor
              setBy "side" Words.spaced Side
              setBy "overlaying" Words.linearAxisId Overlaying
              setBy "domain" Words.range Domain
              set "position" Position ]
