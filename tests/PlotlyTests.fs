module Workbench.Tests.PlotlyTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open Plotly.NET
open Plotly.NET.LayoutObjects
open Plotly.NET.TraceObjects
open Workbench.Tests.FileSupport

/// The array or object after a name in a chart's JSON, without looking inside: from the name to its matching bracket.
let private part (name: string) (chart: GenericChart) =
    let json = GenericChart.toJson chart
    let start = json.IndexOf($"\"{name}\":", StringComparison.Ordinal) + name.Length + 3

    let rec finish at depth =
        match json[at] with
        | '{'
        | '[' -> finish (at + 1) (depth + 1)
        | '}'
        | ']' when depth = 1 -> at
        | '}'
        | ']' -> finish (at + 1) (depth - 1)
        | _ -> finish (at + 1) depth

    json[start .. finish start 0]

let private data = part "data"
let private layout = part "layout"

let private line name =
    Chart.Line(x = [ 1; 2 ], y = [ 3.0; 4.0 ], Name = name, UseDefaults = false)

let private lineJson =
    """{"type":"scatter","name":"a","mode":"lines","x":[1,2],"y":[3.0,4.0],"marker":{},"line":{}}"""

let private drawsAs (expected: string) (chart: GenericChart) =
    Expect.equal (data chart) $"[{expected}]" "the trace"

let private traces =
    testList
        "traces"
        [ testCase "a line" (fun () ->
              line "a" |> drawsAs lineJson

              Chart.Line([ 1, 3.0; 2, 4.0 ], Name = "a", UseDefaults = false)
              |> drawsAs lineJson)
          testCase "a line with markers, and one styled by its arguments" (fun () ->
              Chart.Line([ 1, 1 ], ShowMarkers = true, UseDefaults = false)
              |> drawsAs
                  """{"type":"scatter","mode":"lines+markers","x":[1],"y":[1],"marker":{},"line":{}}"""

              Chart.Line(
                  [ 1, 1 ],
                  LineColor = Color.fromString "red",
                  LineWidth = 2.0,
                  LineDash = StyleParam.DrawingStyle.Dot,
                  Fill = StyleParam.Fill.ToZero_y,
                  UseDefaults = false
              )
              |> drawsAs (
                  """{"type":"scatter","mode":"lines","x":[1],"y":[1],"marker":{},"""
                  + """"line":{"color":"red","width":2.0,"dash":"dot"},"fill":"tozeroy"}"""
              ))
          testCase "points, with texts beside them where a place is given" (fun () ->
              Chart.Point(
                  [ "a", 1 ],
                  MarkerSymbol = StyleParam.MarkerSymbol.Diamond,
                  MarkerColor = Color.fromHex "#ff0000",
                  UseDefaults = false
              )
              |> drawsAs (
                  """{"type":"scatter","mode":"markers","x":["a"],"y":[1],"""
                  + """"marker":{"color":"rgba(255, 0, 0, 1.0)","symbol":"2"},"line":{}}"""
              )

              Chart.Point(
                  x = [ 1 ],
                  y = [ 2 ],
                  MultiText = [ "t" ],
                  TextPosition = StyleParam.TextPosition.TopRight,
                  UseDefaults = false
              )
              |> drawsAs (
                  """{"type":"scatter","mode":"markers+text","x":[1],"y":[2],"text":["t"],"textposition":"top right","""
                  + """"marker":{},"line":{}}"""
              ))
          testCase "a scatter by WebGL" (fun () ->
              Chart.Scatter(
                  [ 1, 1 ],
                  StyleParam.Mode.Lines_Markers_Text,
                  UseWebGL = true,
                  UseDefaults = false
              )
              |> drawsAs
                  """{"type":"scattergl","mode":"lines+markers+text","x":[1],"y":[1],"marker":{},"line":{}}""")
          testCase "columns" (fun () ->
              let expected =
                  """{"type":"bar","x":["A","B"],"y":[20,14],"orientation":"v","marker":{"pattern":{}}}"""

              Chart.Column(values = [ 20; 14 ], Keys = [ "A"; "B" ], UseDefaults = false)
              |> drawsAs expected

              Chart.Column([ "A", 20; "B", 14 ], UseDefaults = false) |> drawsAs expected)
          testCase "a histogram" (fun () ->
              Chart.Histogram(
                  X = [ 0.5; 0.25 ],
                  HistNorm = StyleParam.HistNorm.ProbabilityDensity,
                  XBins = Bins.init (Start = 0.0, End = 1.0, Size = 0.5),
                  UseDefaults = false
              )
              |> drawsAs (
                  """{"type":"histogram","x":[0.5,0.25],"histnorm":"probability density","""
                  + """"xbins":{"start":0.0,"end":1.0,"size":0.5},"marker":{"pattern":{}}}"""
              ))
          testCase "a heatmap, upside down if asked" (fun () ->
              let heatmap reversed =
                  Chart.Heatmap(
                      zData = [ [ 1.0; 1.5 ]; [ 2.0; 0.5 ] ],
                      X = [ "a"; "b" ],
                      ColorScale =
                          StyleParam.Colorscale.Custom
                              [ 0.0, Color.fromString "#3D9970"; 1.0, Color.fromString "#001f3f" ],
                      ShowScale = true,
                      ReverseYAxis = reversed,
                      UseDefaults = false
                  )

              heatmap false
              |> drawsAs (
                  """{"type":"heatmap","x":["a","b"],"z":[[1.0,1.5],[2.0,0.5]],"""
                  + """"colorscale":[[0.0,"#3D9970"],[1.0,"#001f3f"]],"showscale":true}"""
              )

              Expect.equal (layout (heatmap false)) "{}" "the first row is at the bottom"

              Expect.equal
                  (layout (heatmap true))
                  """{"yaxis":{"autorange":"reversed"}}"""
                  "the first row is at the top")
          testCase "images" (fun () ->
              Chart.Image(Z = [ [ [ 0; 0; 255 ] ] ], UseDefaults = false)
              |> drawsAs """{"type":"image","z":[[[0,0,255]]]}"""

              Chart.Image(z = [ [ ARGB.fromRGB 240 248 255 ] ], UseDefaults = false)
              |> drawsAs """{"type":"image","z":[[[240,248,255,255]]],"colormodel":"rgba"}"""

              Chart.Image(Source = "data:image/png;base64,AA==", UseDefaults = false)
              |> drawsAs """{"type":"image","source":"data:image/png;base64,AA=="}""") ]

let private layouts =
    testList
        "layouts"
        [ testCase "titles, axes, size, margins and legend" (fun () ->
              let styled =
                  line "a"
                  |> Chart.withTitle "t"
                  |> Chart.withXAxisStyle (TitleText = "x", MinMax = (-1.0, 10.0))
                  |> Chart.withYAxisStyle ("y", AxisType = StyleParam.AxisType.Log)
                  |> Chart.withSize (700.0, 500.0)
                  |> Chart.withMarginSize (Left = 200.0)
                  |> Chart.withLegendStyle (Orientation = StyleParam.Orientation.Horizontal)

              Expect.equal
                  (layout styled)
                  ("""{"title":{"text":"t"},"xaxis":{"title":{"text":"x"},"range":[-1.0,10.0]},"""
                   + """"yaxis":{"title":{"text":"y"},"type":"log"},"width":700,"height":500,"""
                   + """"margin":{"l":200.0},"legend":{"orientation":"h"}}""")
                  "the layout")
          testCase "an axis of its own at the right" (fun () ->
              let both =
                  [ line "a" |> Chart.withAxisAnchor (Y = 1)
                    line "b" |> Chart.withAxisAnchor (Y = 2) ]
                  |> Chart.combine
                  |> Chart.withYAxisStyle (
                      TitleText = "axis 2",
                      Side = StyleParam.Side.Right,
                      Id = StyleParam.SubPlotId.YAxis 2,
                      Overlaying = StyleParam.LinearAxisId.Y 1
                  )

              Expect.equal
                  (layout both)
                  """{"yaxis2":{"title":{"text":"axis 2"},"side":"right","overlaying":"y"}}"""
                  "the layout"

              Expect.stringContains (data both) "\"yaxis\":\"y2\"" "the second trace's axis")
          testCase "style given twice is merged" (fun () ->
              let twice =
                  line "a"
                  |> Chart.withXAxisStyle (TitleText = "x", ShowGrid = false)
                  |> Chart.withXAxis (LinearAxis.init (ShowLine = true))
                  |> Chart.withLineStyle (Width = 3.0)
                  |> Chart.withLineStyle (Color = Color.fromRGB 1 2 3)
                  |> Chart.withMarkerStyle (Size = 4)

              Expect.equal
                  (layout twice)
                  """{"xaxis":{"title":{"text":"x"},"showgrid":false,"showline":true}}"""
                  "the axis"

              Expect.stringContains
                  (data twice)
                  """"marker":{"size":4},"line":{"width":3.0,"color":"rgba(1, 2, 3, 1.0)"}"""
                  "the line")
          testCase "error bars" (fun () ->
              let bars =
                  line "a"
                  |> Chart.withYErrorStyle (
                      Visible = true,
                      Type = StyleParam.ErrorType.Data,
                      Array = [ 0.5; 0.25 ],
                      Width = 4.0
                  )

              Expect.stringContains
                  (data bars)
                  """"error_y":{"visible":true,"type":"data","array":[0.5,0.25],"width":4.0}"""
                  "the bars")
          testCase "styling changes the chart itself" (fun () ->
              let chart = line "a"
              chart |> Chart.withTitle "t" |> ignore
              Expect.equal (layout chart) """{"title":{"text":"t"}}""" "the first chart")
          testCase "defaults" (fun () ->
              let chart = Chart.Line(x = [ 1 ], y = [ 2 ])

              Expect.stringStarts
                  (layout chart)
                  """{"width":600,"height":600,"template":{"""
                  "size"

              Expect.equal (part "config" chart) """{"responsive":true}""" "config"
              Expect.equal (part "config" (line "a")) "{}" "config without defaults"
              chart |> Chart.withLayoutStyle (Width = 1) |> ignore
              Expect.stringStarts (layout (Chart.Line([ 1, 2 ]))) "{\"width\":600" "not changed")
          testCase "a template" (fun () ->
              Expect.equal
                  (line "a" |> Chart.withTemplate ChartTemplates.transparent |> layout)
                  ("""{"template":{"layout":{"paper_bgcolor":"rgba(255, 255, 255, 0)","plot_bgcolor":"rgba(255, 255, 255, 0)","""
                   + """"xaxis":{"showline":true,"zeroline":true},"yaxis":{"showline":true,"zeroline":true}},"data":{}}}""")
                  "the layout")
          testCase "a frame for figures" (fun () ->
              Expect.equal
                  (GenericChart.toFigureJson (line "a"))
                  ("{\"data\":[" + lineJson + "],\"layout\":{},\"frames\":[]}")
                  "the figure") ]

let private grids =
    testList
        "grids"
        [ testCase "each chart has axes of its own" (fun () ->
              let grid =
                  [ for title in [ "a"; "b"; "c" ] ->
                        line title |> Chart.withXAxisStyle ("x " + title) ]
                  |> Chart.Grid(2, 2, SubPlotTitles = [ "1"; "2"; "3" ])

              let text = layout grid

              for axis in [ "\"xaxis\":{\"title\":{\"text\":\"x a\"}}"; "\"yaxis3\":{}" ] do
                  Expect.stringContains text axis "an axis"

              Expect.stringContains
                  text
                  """"grid":{"rows":2,"columns":2,"roworder":"top to bottom","pattern":"independent"}"""
                  "the grid"

              Expect.stringContains
                  text
                  ("""{"x":0.22222222222222224,"y":0.4117647058823529,"showarrow":false,"text":"3","""
                   + """"xanchor":"center","xref":"paper","yanchor":"bottom","yref":"paper"}""")
                  "a title"

              Expect.stringContains (data grid) "\"xaxis\":\"x3\",\"yaxis\":\"y3\"" "the third")
          testCase "shared axes" (fun () ->
              let grid =
                  List.init 4 (fun _ -> line "a")
                  |> Chart.Grid(2, 2, Pattern = StyleParam.LayoutGridPattern.Coupled)

              Expect.stringContains (data grid) "\"xaxis\":\"x2\",\"yaxis\":\"y\"" "second column")
          testCase "one chart twice lands twice in the second cell" (fun () ->
              let chart = line "a"
              let grid = Chart.Grid (1, 2) [ chart; chart ]
              Expect.equal (Regex.Count(data grid, "\"xaxis\":\"x2\"")) 2 "both")
          testCase "a stack is a grid of one column" (fun () ->
              let stack = [ line "a"; line "b" ] |> Chart.SingleStack()
              Expect.stringContains (layout stack) "\"rows\":2,\"columns\":1" "the grid") ]

let private numbers =
    testList
        "numbers and texts"
        [ testCase "what JSON has no number for is a string" (fun () ->
              Chart.Line(
                  x = [ 1f; 0.1f; nanf ],
                  y = [ 1e-5; infinity; -infinity ],
                  UseDefaults = false
              )
              |> drawsAs (
                  """{"type":"scatter","mode":"lines","x":[1.0,0.1,"NaN"],"y":[1E-05,"Infinity","-Infinity"],"""
                  + """"marker":{},"line":{}}"""
              ))
          testCase "texts are escaped" (fun () ->
              let title = "\"a\\\n\u0001é</script>"

              Expect.equal
                  (layout (line "a" |> Chart.withTitle title))
                  """{"title":{"text":"\"a\\\n\u0001é</script>"}}"""
                  "the title")
          testCase "colours" (fun () ->
              let written color =
                  layout (line "a" |> Chart.withLayoutStyle (PaperBGColor = color))

              Expect.equal
                  (written (Color.fromARGB 128 0 10 255))
                  """{"paper_bgcolor":"rgba(0, 10, 255, 0.5)"}"""
                  "half"

              Expect.equal
                  (written (Color.fromString "navy"))
                  """{"paper_bgcolor":"navy"}"""
                  "as given"

              Expect.throws (fun () -> Color.fromHex "#12" |> ignore) "no colour") ]

let private pages =
    testList
        "pages"
        [ testCase "a chart's own HTML has no reference and a new name each time" (fun () ->
              let html = GenericChart.toChartHTML (line "a")

              Expect.isMatch
                  html
                  "^<div><div id=\"([-0-9a-f]{36})\">[^<]*<!--.*--></div><script type=\"text/javascript\">"
                  "a div and a script"

              Expect.stringContains html ("var data = [" + lineJson + "];") "the data"

              Expect.isMatch
                  html
                  @"Plotly\.newPlot\('[-0-9a-f]{36}', data, layout, config\);"
                  "drawn"

              Expect.notEqual (GenericChart.toChartHTML (line "a")) html "another name")
          testCase "a text cannot end the script" (fun () ->
              let html = line "a" |> Chart.withTitle "</script>" |> GenericChart.toChartHTML

              Expect.equal (Regex.Count(html, "</script>")) 1 "one end")
          testCase "the page refers to plotly.js as it is told" (fun () ->
              let page reference =
                  line "a"
                  |> Chart.withDisplayOptionsStyle (PlotlyJSReference = reference)
                  |> GenericChart.toEmbeddedHTML

              let cdn =
                  "<script src=\"https://cdn.plot.ly/plotly-2.27.1.min.js\" charset=\"utf-8\"></script>"

              Expect.stringContains (GenericChart.toEmbeddedHTML (line "a")) cdn "as a rule"
              Expect.stringContains (page (CDN "a.js")) "<script src=\"a.js\"" "an address"
              Expect.isFalse ((page NoReference).Contains "src=") "none"
              let full = page Full

              Expect.isTrue
                  (full.Contains cdn || full.Contains "plotly.js v2.27.1")
                  "the script, or its address where the build had no npm")
          testCase "saving appends .html where it is missing" (fun () ->
              inFolder (fun folder ->
                  line "a" |> Chart.saveHtml (Path.Combine(folder, "a"))
                  line "a" |> Chart.saveHtml (Path.Combine(folder, "b.html"))

                  Expect.equal
                      (Directory.GetFiles folder |> Array.map Path.GetFileName |> Array.sort)
                      [| "a.html"; "b.html" |]
                      "two pages")) ]

[<Tests>]
let tests = testList "Plotly" [ traces; layouts; grids; numbers; pages ]
