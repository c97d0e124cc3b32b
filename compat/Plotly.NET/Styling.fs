namespace Plotly.NET

open System
open System.IO
open Plotly.NET.LayoutObjects
open Plotly.NET.Properties

/// The parts of the charts' members that do not depend on their arguments' types.
[<RequireQualifiedAccess>]
module internal Styling =
    let traces (change: Trace -> unit) (chart: GenericChart) : GenericChart =
        GenericChart.getTraces chart |> List.iter change
        chart

    let layout (change: Layout -> unit) (chart: GenericChart) : GenericChart =
        change (GenericChart.getLayout chart)
        chart

    /// A title's text, font and distance added to the title that is given, or to a new one.
    let axisTitle
        (text: string option)
        (font: Font option)
        (standoff: int option)
        (title: Title option)
        : Title =
        fill
            (defaultArg title (Title.init ()))
            [ set "text" text; set "font" font; set "standoff" standoff ]

    let range (ends: (#IConvertible * #IConvertible) option) : StyleParam.Range option =
        ends
        |> Option.map (fun (least, most) ->
            StyleParam.Range.MinMax(least :> IConvertible, most :> IConvertible))

    /// Starts and ends of cells side by side in 0 to 1, as plotly.js lays them out.
    let cells (gap: float) (count: int) : (float * float)[] =
        let step = 1.0 / (float count - gap)
        Array.init count (fun i -> step * float i, step * float i + step * (1.0 - gap))

    /// The middle of the upper edge of each cell, row by row.
    let titlePositions
        (rows: int)
        (columns: int)
        (xGap: float)
        (yGap: float)
        (order: StyleParam.LayoutGridRowOrder)
        =
        let upwards = cells yGap rows

        let rowCells =
            match order with
            | StyleParam.LayoutGridRowOrder.TopToBottom -> Array.rev upwards
            | StyleParam.LayoutGridRowOrder.BottomToTop -> upwards

        [ for _, top in rowCells do
              for left, right in cells xGap columns do
                  (left + right) / 2.0, top ]

    let subPlotTitle (font: Font option) (x: float) (y: float) (title: string) : Annotation =
        Annotation.init (
            X = x,
            XRef = "paper",
            XAnchor = StyleParam.XAnchorPosition.Center,
            Y = y,
            YRef = "paper",
            YAnchor = StyleParam.YAnchorPosition.Bottom,
            Text = title,
            ShowArrow = false,
            ?Font = font
        )

    /// Gives the chart axes of its own cell: its first axes move there, any others go.
    let moveToCell (anchorX: int) (anchorY: int) (cell: int) (chart: GenericChart) : GenericChart =
        let layout = GenericChart.getLayout chart

        let axes =
            [ "xaxis", StyleParam.SubPlotId.XAxis cell
              "yaxis", StyleParam.SubPlotId.YAxis cell ]
            |> List.map (fun (name, id) ->
                let axis =
                    tryFind<LinearAxis> name layout |> Option.defaultWith (fun () -> LinearAxis())

                Words.subPlotId id, axis)

        for prefix in [ "xaxis"; "yaxis" ] do
            for name in
                layout.Properties.Keys
                |> Seq.filter _.StartsWith(prefix, StringComparison.Ordinal)
                |> List.ofSeq do
                layout.Properties.Remove name |> ignore

        for trace in GenericChart.getTraces chart do
            trace.Properties["xaxis"] <- Words.linearAxisId (StyleParam.LinearAxisId.X anchorX)
            trace.Properties["yaxis"] <- Words.linearAxisId (StyleParam.LinearAxisId.Y anchorY)

        for name, axis in axes do
            layout.Properties[name] <- axis

        chart

    /// Opens a file with what the desktop has for it.
    let openFile (path: string) : unit =
        use _ =
            Diagnostics.Process.Start(
                Diagnostics.ProcessStartInfo(Path.GetFullPath path, UseShellExecute = true)
            )

        ()
