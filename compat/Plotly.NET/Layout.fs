namespace Plotly.NET

open DynamicObj
open Plotly.NET.LayoutObjects
open Plotly.NET.Properties

/// What is drawn: a kind of chart with its data and style.
type Trace internal () =
    inherit DynamicObj()

/// Everything of a chart that belongs to no trace: size, titles, axes, colours.
type Layout internal () =
    inherit DynamicObj()

    static member init
        (
            ?Title: Title,
            ?ShowLegend: bool,
            ?Margin: Margin,
            ?AutoSize: bool,
            ?Width: int,
            ?Height: int,
            ?Font: Font,
            ?PaperBGColor: Color,
            ?PlotBGColor: Color,
            ?Colorway: Color,
            ?HoverMode: StyleParam.HoverMode,
            ?DragMode: StyleParam.DragMode,
            ?Template: DynamicObj,
            ?BarGap: float,
            ?BarMode: StyleParam.BarMode,
            ?Annotations: Annotation seq
        ) : Layout =
        fill
            (Layout())
            [ set "title" Title
              set "showlegend" ShowLegend
              set "margin" Margin
              set "autosize" AutoSize
              set "width" Width
              set "height" Height
              set "font" Font
              set "paper_bgcolor" PaperBGColor
              set "plot_bgcolor" PlotBGColor
              set "colorway" Colorway
              setBy "hovermode" (Words.flagOr Words.spaced) HoverMode
              setBy "dragmode" (Words.flagOr Words.lower) DragMode
              set "template" Template
              set "bargap" BarGap
              setBy "barmode" Words.lower BarMode
              set "annotations" Annotations ]

/// How the chart behaves in its page.
type Config internal () =
    inherit DynamicObj()

    static member init
        (
            ?StaticPlot: bool,
            ?Autosizable: bool,
            ?Responsive: bool,
            ?ShowTips: bool,
            ?DisplayModeBar: bool,
            ?Displaylogo: bool,
            ?Locale: string
        ) : Config =
        fill
            (Config())
            [ set "staticPlot" StaticPlot
              set "autosizable" Autosizable
              set "responsive" Responsive
              set "showTips" ShowTips
              set "displayModeBar" DisplayModeBar
              set "displaylogo" Displaylogo
              set "locale" Locale ]

/// Defaults for a chart's layout and traces.
type Template internal () =
    inherit DynamicObj()

    static member init(layoutTemplate: Layout, ?TraceTemplates: #Trace seq) : Template =
        let byKind =
            defaultArg TraceTemplates Seq.empty
            |> Seq.groupBy (fun trace -> string trace.Properties["type"])
            |> Seq.map (fun (kind, traces) ->
                let withoutKind (trace: Trace) =
                    let copy = DynamicObj()
                    merge copy trace
                    copy.Properties.Remove "type" |> ignore
                    copy

                Some(kind, box (traces |> Seq.map (fun trace -> withoutKind trace) |> Array.ofSeq)))
            |> List.ofSeq

        fill
            (Template())
            [ Some("layout", box layoutTemplate)
              Some("data", box (fill (DynamicObj()) byKind)) ]

    static member withColorWay (colorway: Color) (template: Template) : Template =
        tryFind<Layout> "layout" template
        |> Option.iter (fun layout -> layout.Properties["colorway"] <- colorway)

        template

/// Layouts as their charts are styled and combined: the first one is changed.
[<RequireQualifiedAccess>]
module internal Layouts =
    let annotations (layout: Layout) : Annotation seq =
        match layout.Properties.TryGetValue "annotations" with
        | true, (:? (Annotation seq) as found) -> found
        | _ -> Seq.empty

    /// Annotations of both are kept; anything else of the second wins.
    let combine (first: Layout) (second: Layout) : Layout =
        let both = Seq.append (annotations first) (annotations second) |> Array.ofSeq
        merge first second

        if both.Length > 0 then
            first.Properties["annotations"] <- both

        first
