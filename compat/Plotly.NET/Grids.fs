namespace Plotly.NET

open Plotly.NET.LayoutObjects
open Plotly.NET.Properties

[<AutoOpen>]
module Grids =
    type Chart with

        /// Charts in the cells of a grid, row by row, each with axes of its own.
        static member Grid
            (
                nRows: int,
                nCols: int,
                ?SubPlotTitles: #(string seq),
                ?SubPlotTitleFont: Font,
                ?SubPlotTitleOffset: float,
                ?RowOrder: StyleParam.LayoutGridRowOrder,
                ?Pattern: StyleParam.LayoutGridPattern,
                ?XGap: float,
                ?YGap: float
            ) : #(GenericChart seq) -> GenericChart =
            let pattern = defaultArg Pattern StyleParam.LayoutGridPattern.Independent
            let order = defaultArg RowOrder StyleParam.LayoutGridRowOrder.TopToBottom
            let shared = (pattern = StyleParam.LayoutGridPattern.Coupled)

            let positions () =
                let xGap = defaultArg XGap (if shared then 0.1 else 0.2)
                let yGap = defaultArg YGap (if shared then 0.1 else 0.3)
                Styling.titlePositions nRows nCols xGap yGap order

            let titles =
                match SubPlotTitles with
                | None -> Array.empty
                | Some titles ->
                    Seq.zip (positions ()) titles
                    |> Seq.map (fun ((x, y), title) ->
                        Styling.subPlotTitle
                            SubPlotTitleFont
                            x
                            (y + defaultArg SubPlotTitleOffset 0.0)
                            title)
                    |> Array.ofSeq

            fun charts ->
                let cell i chart =
                    if shared then
                        Styling.moveToCell (i % nCols + 1) (i / nCols + 1) (i + 1) chart
                    else
                        Styling.moveToCell (i + 1) (i + 1) (i + 1) chart

                let grid =
                    LayoutGrid.init (
                        Rows = nRows,
                        Columns = nCols,
                        RowOrder = order,
                        Pattern = pattern,
                        ?XGap = XGap,
                        ?YGap = YGap
                    )

                charts
                |> Seq.truncate (nRows * nCols)
                |> Seq.mapi cell
                |> Chart.combine
                |> Styling.layout (fun layout ->
                    let kept = Layouts.annotations layout
                    layout.Properties["annotations"] <- Seq.append titles kept |> Array.ofSeq
                    update "grid" grid layout)

        /// Rows of charts; short rows end with invisible ones.
        static member Grid
            (
                ?SubPlotTitles: #(string seq),
                ?SubPlotTitleFont: Font,
                ?SubPlotTitleOffset: float,
                ?RowOrder: StyleParam.LayoutGridRowOrder,
                ?Pattern: StyleParam.LayoutGridPattern,
                ?XGap: float,
                ?YGap: float
            ) : #('a seq) -> GenericChart when 'a :> GenericChart seq =
            fun rows ->
                let rows = rows |> Seq.map List.ofSeq |> List.ofSeq
                let width = rows |> List.map List.length |> List.max

                if rows |> List.exists (fun row -> row.Length < width) then
                    printfn
                        "WARNING: not all rows contain the same amount of charts: invisible ones are added to the right."

                let filled =
                    rows
                    |> List.collect (fun row ->
                        row @ List.init (width - row.Length) (fun _ -> Chart.Invisible()))

                filled
                |> Chart.Grid(
                    rows.Length,
                    width,
                    ?SubPlotTitles = SubPlotTitles,
                    ?SubPlotTitleFont = SubPlotTitleFont,
                    ?SubPlotTitleOffset = SubPlotTitleOffset,
                    ?RowOrder = RowOrder,
                    ?Pattern = Pattern,
                    ?XGap = XGap,
                    ?YGap = YGap
                )

        /// A grid of one column.
        static member SingleStack
            (
                ?SubPlotTitles: #(string seq),
                ?SubPlotTitleFont: Font,
                ?SubPlotTitleOffset: float,
                ?RowOrder: StyleParam.LayoutGridRowOrder,
                ?Pattern: StyleParam.LayoutGridPattern,
                ?XGap: float,
                ?YGap: float
            ) : #(GenericChart seq) -> GenericChart =
            fun charts ->
                charts
                |> Chart.Grid(
                    Seq.length charts,
                    1,
                    ?SubPlotTitles = SubPlotTitles,
                    ?SubPlotTitleFont = SubPlotTitleFont,
                    ?SubPlotTitleOffset = SubPlotTitleOffset,
                    ?RowOrder = RowOrder,
                    ?Pattern = Pattern,
                    ?XGap = XGap,
                    ?YGap = YGap
                )
