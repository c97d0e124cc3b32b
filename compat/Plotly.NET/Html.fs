/// Pages round charts.
module internal Plotly.NET.Html

open System
open System.Net

/// "<\/" is "</" to JavaScript and no end of the script to HTML.
let private json (value: obj) : string = (Json.text value).Replace("</", @"<\/")

let private drawing (id: string) (traces: Trace list) (layout: Layout) (config: Config) : string =
    String.concat
        "\n"
        [ $"    var data = {json traces};"
          $"    var layout = {json layout};"
          $"    var config = {json config};"
          $"    Plotly.newPlot('{id}', data, layout, config);" ]

/// A div and the script that draws in it.
let chart
    (reference: PlotlyJSReference)
    (traces: Trace list)
    (layout: Layout)
    (config: Config)
    : string =
    let id = Guid.NewGuid().ToString()
    let render = "renderPlotly_" + id.Replace("-", "")
    let draw = drawing id traces layout config

    let body =
        match reference with
        | Require address -> $"    require(['{address}'], function(Plotly) {{\n{draw}\n    }});"
        | CDN _
        | Full
        | NoReference -> draw

    $"<div><div id=\"{id}\"><!-- Plotly chart will be drawn inside this DIV --></div>"
    + $"<script type=\"text/javascript\">var {render} = function() {{\n{body}\n}};\n{render}();\n</script></div>"

let private external (address: string) : string =
    $"<script src=\"{address}\" charset=\"utf-8\"></script>"

let private script (reference: PlotlyJSReference) : string =
    match reference, PlotlyJs.source with
    | Full, Lazy(Some source) ->
        $"<script type=\"text/javascript\" charset=\"utf-8\">{source}</script>"
    // A build without npm has no script to put in.
    | Full, _ -> external PlotlyJs.address
    | CDN address, _ -> external address
    | (NoReference | Require _), _ -> ""

/// A page with this body.
let document (options: DisplayOptions) (body: string) : string =
    let encoded (name: string) =
        WebUtility.HtmlEncode(options.Text name)

    let title, charset = encoded "DocumentTitle", encoded "DocumentCharset"
    let description = encoded "DocumentDescription"

    String.concat
        ""
        [ "<!DOCTYPE html><html><head>"
          script (DisplayOptions.getPlotlyReference options)
          $"<title>{title}</title><meta charset=\"{charset}\">"
          $"<meta name=\"description\" content=\"{description}\"></head>"
          $"<body>{body}</body></html>" ]
