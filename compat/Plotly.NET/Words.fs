namespace Plotly.NET

open System

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
