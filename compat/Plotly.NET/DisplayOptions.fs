namespace Plotly.NET

open System.IO
open System.Reflection
open DynamicObj
open Plotly.NET.Properties

/// Where a page takes plotly.js from.
type PlotlyJSReference =
    | CDN of string
    /// The whole script in the page.
    | Full
    /// Through require.js.
    | Require of string
    | NoReference

/// plotly.js of the version that Plotly.NET 5.1.0 uses.
[<RequireQualifiedAccess>]
module internal PlotlyJs =
    let address = "https://cdn.plot.ly/plotly-2.27.1.min.js"

    /// The script, where the build could fetch it.
    let source: string option Lazy =
        lazy
            (match Assembly.GetExecutingAssembly().GetManifestResourceStream "plotly.min.js" with
             | null -> None
             | stream ->
                 use reader = new StreamReader(stream)
                 Some(reader.ReadToEnd()))

/// What the page round a chart is like.
type DisplayOptions internal () =
    inherit DynamicObj()

    static member init
        (
            ?DocumentTitle: string,
            ?DocumentCharset: string,
            ?DocumentDescription: string,
            ?PlotlyJSReference: PlotlyJSReference
        ) : DisplayOptions =
        fill
            (DisplayOptions())
            [ set "DocumentTitle" DocumentTitle
              set "DocumentCharset" DocumentCharset
              set "DocumentDescription" DocumentDescription
              set "PlotlyJSReference" PlotlyJSReference ]

    static member initCDNOnly() : DisplayOptions =
        DisplayOptions.init (PlotlyJSReference = CDN PlotlyJs.address)

    static member getPlotlyReference(displayOpts: DisplayOptions) : PlotlyJSReference =
        match displayOpts.Properties.TryGetValue "PlotlyJSReference" with
        | true, (:? PlotlyJSReference as reference) -> reference
        | _ -> NoReference

    member internal this.Text(name: string) =
        match this.Properties.TryGetValue name with
        | true, (:? string as text) -> text
        | _ -> ""
