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

/// What plotly.js calls each case of `StyleParam`. Most words are the case's own name in small letters.
[<RequireQualifiedAccess>]
module internal Words =
    open StyleParam

    let lower (case: 'T) : string = (string case).ToLowerInvariant()

    /// `TopLeft` as "top left".
    let spaced (case: 'T) : string =
        string case
        |> String.collect (fun c ->
            if Char.IsUpper c then $" {Char.ToLowerInvariant c}" else string c)
        |> _.TrimStart()

    /// `True` and `False` as booleans, the others by a function.
    let flagOr (write: 'T -> string) (case: 'T) : obj =
        match string case with
        | "True" -> true
        | "False" -> false
        | _ -> write case

    /// `Lines_Markers` as "lines+markers".
    let mode (mode: Mode) : string = (lower mode).Replace('_', '+')

    let orientation (orientation: Orientation) : string =
        match orientation with
        | Orientation.Horizontal -> "h"
        | Orientation.Vertical -> "v"

    let axisType (axis: AxisType) : string =
        match axis with
        | AxisType.Auto -> "-"
        | other -> lower other

    let dash (style: DrawingStyle) : string =
        match style with
        | DrawingStyle.User lengths -> lengths |> Seq.map (fun px -> $"{px}px") |> String.concat ","
        | other -> lower other

    let fill (fill: Fill) : string = (lower fill).Replace("_", "")

    let colorscale (scale: Colorscale) : obj =
        match scale with
        | Colorscale.Custom steps ->
            steps |> Seq.map (fun (at, color) -> [| box at; color |]) |> Array.ofSeq |> box
        | named -> string named

    /// The symbol's number, as a string.
    let symbol (symbol: MarkerSymbol) : string =
        match symbol with
        | MarkerSymbol.Circle -> "0"
        | MarkerSymbol.Square -> "1"
        | MarkerSymbol.Diamond -> "2"
        | MarkerSymbol.Cross -> "3"
        | MarkerSymbol.X -> "4"

    let histNorm (norm: HistNorm) : string =
        match norm with
        | HistNorm.None -> ""
        | other -> spaced other

    let range (range: Range) : IConvertible array =
        match range with
        | Range.MinMax(least, most) -> [| least; most |]
        | Range.Values values -> values

    let ticks (ticks: TickOptions) : string =
        match ticks with
        | TickOptions.Empty -> ""
        | other -> lower other

    /// "x" for the first, "x2" for the second.
    let private numbered (name: string) (number: int) =
        if number < 2 then name else $"{name}{number}"

    let linearAxisId (id: LinearAxisId) : string =
        match id with
        | LinearAxisId.Free -> "free"
        | LinearAxisId.X number -> numbered "x" number
        | LinearAxisId.Y number -> numbered "y" number

    let scaleAnchor (anchor: ScaleAnchor) : obj =
        match anchor with
        | ScaleAnchor.False -> false
        | ScaleAnchor.X number -> numbered "x" number
        | ScaleAnchor.Y number -> numbered "y" number

    let subPlotId (id: SubPlotId) : string =
        match id with
        | SubPlotId.XAxis number -> numbered "xaxis" number
        | SubPlotId.YAxis number -> numbered "yaxis" number
        | SubPlotId.Legend number -> numbered "legend" number

    let fontFamily (family: FontFamily) : string =
        match family with
        | FontFamily.Custom name -> name
        | other -> (string other).Replace('_', ' ')
