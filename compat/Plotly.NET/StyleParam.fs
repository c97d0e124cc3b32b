namespace Plotly.NET

open System

/// The words of plotly.js as cases. Each value is written to JSON by `Words`.
module StyleParam =

    [<RequireQualifiedAccess>]
    type Mode =
        | None
        | Lines
        | Lines_Markers
        | Lines_Text
        | Lines_Markers_Text
        | Markers
        | Markers_Text
        | Text

    [<RequireQualifiedAccess>]
    type Orientation =
        | Horizontal
        | Vertical

    [<RequireQualifiedAccess>]
    type AxisType =
        | Auto
        | Linear
        | Log
        | Date
        | Category
        | MultiCategory

    [<RequireQualifiedAccess>]
    type DrawingStyle =
        | Solid
        | Dash
        | Dot
        | DashDot
        | LongDash
        | LongDashDot
        | User of int seq

    [<RequireQualifiedAccess>]
    type Fill =
        | None
        | ToZero_y
        | ToZero_x
        | ToNext_y
        | ToNext_x
        | ToSelf
        | ToNext

    [<RequireQualifiedAccess>]
    type Colorscale =
        | Custom of (float * Color) seq
        | RdBu
        | Earth
        | Blackbody
        | YIOrRd
        | YIGnBu
        | Bluered
        | Portland
        | Electric
        | Jet
        | Hot
        | Greys
        | Greens
        | Picnic
        | Rainbow
        | Viridis
        | Cividis

    [<RequireQualifiedAccess>]
    type MarkerSymbol =
        | Circle
        | Square
        | Diamond
        | Cross
        | X

    [<RequireQualifiedAccess>]
    type TextPosition =
        | TopLeft
        | TopCenter
        | TopRight
        | MiddleLeft
        | MiddleCenter
        | MiddleRight
        | BottomLeft
        | BottomCenter
        | BottomRight
        | Auto
        | Inside
        | Outside
        | None

    [<RequireQualifiedAccess>]
    type Visible =
        | True
        | False
        | LegendOnly

    [<RequireQualifiedAccess>]
    type ErrorType =
        | Percent
        | Constant
        | Sqrt
        | Data

    [<RequireQualifiedAccess>]
    type BarMode =
        | Stack
        | Group
        | Overlay
        | Relative

    [<RequireQualifiedAccess>]
    type HistNorm =
        | None
        | Percent
        | Probability
        | Density
        | ProbabilityDensity

    [<RequireQualifiedAccess>]
    type SmoothAlg =
        | False
        | Best
        | Fast

    [<RequireQualifiedAccess>]
    type ColorModel =
        | RGB
        | RGBA
        | RGBA256
        | HSL
        | HSLA

    [<RequireQualifiedAccess>]
    type HoverMode =
        | Closest
        | X
        | Y
        | False
        | XUnified
        | YUnified

    [<RequireQualifiedAccess>]
    type DragMode =
        | Zoom
        | Pan
        | Select
        | Lasso
        | False

    [<RequireQualifiedAccess>]
    type Side =
        | Top
        | TopLeft
        | TopCenter
        | TopRight
        | Bottom
        | Left
        | Right

    [<RequireQualifiedAccess>]
    type Mirror =
        | True
        | Ticks
        | False
        | All
        | AllTicks

    [<RequireQualifiedAccess>]
    type Range =
        | MinMax of IConvertible * IConvertible
        | Values of IConvertible array

    [<RequireQualifiedAccess>]
    type AutoRange =
        | True
        | False
        | Reversed
        | MinReversed
        | MaxReversed
        | Min
        | Max

    [<RequireQualifiedAccess>]
    type RangeMode =
        | Normal
        | ToZero
        | NonNegative

    [<RequireQualifiedAccess>]
    type TickOptions =
        | Outside
        | Inside
        | Empty

    [<RequireQualifiedAccess>]
    type LinearAxisId =
        | Free
        | X of int
        | Y of int

    [<RequireQualifiedAccess>]
    type ScaleAnchor =
        | False
        | X of int
        | Y of int

    [<RequireQualifiedAccess>]
    type SubPlotId =
        | XAxis of int
        | YAxis of int
        | Legend of int

    [<RequireQualifiedAccess>]
    type LayoutGridPattern =
        | Independent
        | Coupled

    [<RequireQualifiedAccess>]
    type LayoutGridRowOrder =
        | TopToBottom
        | BottomToTop

    [<RequireQualifiedAccess>]
    type XAnchorPosition =
        | Auto
        | Left
        | Center
        | Right

    [<RequireQualifiedAccess>]
    type YAnchorPosition =
        | Auto
        | Top
        | Middle
        | Bottom

    [<RequireQualifiedAccess>]
    type Shape =
        | Linear
        | Spline
        | Hv
        | Vh
        | Hvh
        | Vhv

    [<RequireQualifiedAccess>]
    type FontFamily =
        | Arial
        | Balto
        | Courier_New
        | Consolas
        | Droid_Sans
        | Droid_Serif
        | Droid_Sans_Mono
        | Gravitas_One
        | Old_Standard_TT
        | Open_Sans
        | Overpass
        | PT_Sans_Narrow
        | Raleway
        | Times_New_Roman
        | Custom of string
