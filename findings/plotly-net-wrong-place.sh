#!/usr/bin/env bash
# Plotly.NET 6.0.0: some arguments arrive in a chart's JSON at a place, or in a form, that plotly.js 2.28.0 does not read, or not at all,
# and nothing is said. Only the JSON is looked at, and the text of the plotly.js that the package brings searched; it is not run.
#  - Chart.withColorBarStyle puts the colour bar on the trace, whatever the trace is. There plotly.js looks for a heatmap's; for that of
#    coloured points it looks on their marker, where Marker.init (ColorBar = ...) puts it, for that of parallel coordinates on their line.
#  - Chart.Image of ARGB pixels writes how opaque they are from 0 to 255, in the colour model "rgba", in which plotly.js has it from 0 to 1:
#    128 and 3 are both above the maximum. The colour model RGBA256, with Z, is the one from 0 to 255.
#  - Chart.Waterfall: IncreasingColor, DecreasingColor and TotalsColor become increasing.fillcolor and so on, where plotly.js looks for
#    increasing.marker.color.
#  - Chart.Funnel: ConnectorLineColor and ConnectorLineStyle are left out, unless there is a ConnectorLine beside them.
#  - Chart.Range: the colours of UpperMarker and LowerMarker are overwritten, by RangeColor or else by half-transparent black.
#  - TextInfo.All becomes "all"; plotly.js has label, text, value, percent and none.
#
# Seen:
#     colour bar of a heatmap, points, points in space, parallel coordinates: on the trace, on the trace, on the trace, on the trace
#         of points whose Marker has it: marker.colorbar
#     pixels opaque by 128, 3 and 0 of 255: [[255,0,0,128],[255,0,0,3],[255,0,0,0]], "rgba"; with Z and RGBA256: "rgba256"
#     waterfall, what rises in red: fillcolor "rgba(255, 0, 0, 1.0)", marker nothing
#     funnel, connectors dashed and red: {}, with an empty ConnectorLine: {"color":"rgba(255, 0, 0, 1.0)","dash":"dash"}
#     markers of a range, blue and red: "rgba(0,0,0,0.5)" "rgba(0,0,0,0.5)", size of the red one, 9: 9
#     pie with all information as text: "all"
#     plotly.js has opacity to 1 in rgba, to 255 in rgba256, and the places and words above: true
#
# Exit code 0: so it is. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

cat > probe.fsproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <OutputType>Exe</OutputType>
  </PropertyGroup>
  <ItemGroup>
    <Compile Include="Program.fs" />
    <PackageReference Include="Plotly.NET" Version="6.0.0" />
    <PackageReference Update="FSharp.Core" Version="10.1.404" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.fs <<'PROGRAM'
open Newtonsoft.Json
open Newtonsoft.Json.Linq
open Plotly.NET
open Plotly.NET.StyleParam
open Plotly.NET.TraceObjects

/// What the JSON of a chart's traces has at a path, as it is written there.
let at (path: string) chart =
    match JObject.Parse(GenericChart.toJson chart).SelectToken("data" + path) with
    | null -> "nothing"
    | token -> token.ToString Formatting.None

let mutable right = true

let tell what seen wanted =
    printfn $"{what}: {seen}"
    right <- right && seen = wanted

let numbers = [ 1.0; 2.0; 3.0 ]
let red, blue = Color.fromKeyword ColorKeyword.Red, Color.fromKeyword ColorKeyword.Blue
let losses = Color.fromColorScaleValues numbers

/// Where the title of the colour bar is.
let place chart =
    [ "on the trace", ""; "marker.colorbar", ".marker"; "line.colorbar", ".line" ]
    |> List.filter (fun (_, owner) -> at $"[0]{owner}.colorbar.title.text" chart = "\"loss\"")
    |> List.map fst
    |> String.concat " and "

let bars =
    [ Chart.Heatmap(zData = [ numbers; numbers ])
      Chart.Point(x = numbers, y = numbers, MarkerColor = losses)
      Chart.Point3D(x = numbers, y = numbers, z = numbers, MarkerColor = losses)
      Chart.ParallelCoord(keyValues = [ "rate", numbers; "loss", numbers ], LineColor = losses) ]
    |> List.map (Chart.withColorBarStyle (TitleText = "loss") >> place)
    |> String.concat ", "

tell
    "colour bar of a heatmap, points, points in space, parallel coordinates"
    bars
    "on the trace, on the trace, on the trace, on the trace"

let own = Marker.init (Color = losses, ColorBar = ColorBar.init (Title = Title.init "loss"))
tell "    of points whose Marker has it" (place (Chart.Point(x = numbers, y = numbers, Marker = own))) "marker.colorbar"

let pixels = [ 128; 3; 0 ] |> List.map (fun opaque -> ARGB.create opaque 255 0 0)
let picture = Chart.Image(z = [ pixels ])
let by256 = Chart.Image(Z = [ [ [ 255; 0; 0; 128 ] ] ], ColorModel = ColorModel.RGBA256)

tell
    "pixels opaque by 128, 3 and 0 of 255"
    $"""{at "[0].z[0]" picture}, {at "[0].colormodel" picture}; with Z and RGBA256: {at "[0].colormodel" by256}"""
    "[[255,0,0,128],[255,0,0,3],[255,0,0,0]], \"rgba\"; with Z and RGBA256: \"rgba256\""

let waterfall = Chart.Waterfall(x = numbers, y = numbers, IncreasingColor = red, DecreasingColor = red, TotalsColor = red)

let rising =
    [ "increasing"; "decreasing"; "totals" ]
    |> List.map (fun what -> $"""fillcolor {at $"[0].{what}.fillcolor" waterfall}, marker {at $"[0].{what}.marker" waterfall}""")

let filled = "fillcolor \"rgba(255, 0, 0, 1.0)\", marker nothing"
tell "waterfall, what rises in red" rising.Head filled
right <- right && rising = [ filled; filled; filled ]

let funnel = Chart.Funnel(x = numbers, y = numbers, ConnectorLineColor = red, ConnectorLineStyle = DrawingStyle.Dash)

let withLine =
    Chart.Funnel(
        x = numbers,
        y = numbers,
        ConnectorLine = Line.init (),
        ConnectorLineColor = red,
        ConnectorLineStyle = DrawingStyle.Dash
    )

tell
    "funnel, connectors dashed and red"
    $"""{at "[0].connector" funnel}, with an empty ConnectorLine: {at "[0].connector.line" withLine}"""
    "{}, with an empty ConnectorLine: {\"color\":\"rgba(255, 0, 0, 1.0)\",\"dash\":\"dash\"}"

let range colour =
    Chart.Range(
        x = numbers,
        y = numbers,
        upper = numbers,
        lower = numbers,
        mode = Mode.Lines_Markers,
        LowerMarker = Marker.init (Color = blue),
        UpperMarker = Marker.init (Color = red, Size = 9),
        ?RangeColor = colour
    )

let colours chart = $"""{at "[0].marker.color" chart} {at "[1].marker.color" chart}"""
let plain = range None

tell
    "markers of a range, blue and red"
    $"""{colours plain}, size of the red one, 9: {at "[1].marker.size" plain}"""
    "\"rgba(0,0,0,0.5)\" \"rgba(0,0,0,0.5)\", size of the red one, 9: 9"

right <- right && colours (range (Some(Color.fromString "green"))) = "\"green\" \"green\""
let pie = Chart.Pie(values = numbers, Labels = [ "a"; "b"; "c" ], TextInfo = TextInfo.All)
tell "pie with all information as text" (at "[0].textinfo" pie) "\"all\""

// A page that has plotly.js in it.
let page =
    Chart.Line(x = numbers, y = numbers)
    |> Chart.withDisplayOptionsStyle (PlotlyJSReference = PlotlyJSReference.Full)
    |> GenericChart.toEmbeddedHTML

let has (text: string) = page.Contains(text, System.StringComparison.Ordinal)

let words =
    has "plotly.js v2.28.0"
    && has "rgba:{min:[0,0,0,0],max:[255,255,255,1]"
    && has "rgba256:{colormodel:\"rgba\",zminDflt:[0,0,0,0],zmaxDflt:[255,255,255,255]"
    && has "container:\"marker\",min:\"cmin\"" // of a colour bar
    && has "container:\"line\",min:\"cmin\""
    && has "+\".marker.color\"" // of what rises in a waterfall
    && has "textinfo:{valType:\"flaglist\",flags:[\"label\",\"text\",\"value\",\"percent\"],extras:[\"none\"]"

tell "plotly.js has opacity to 1 in rgba, to 255 in rgba256, and the places and words above" (if words then "true" else "false") "true"
exit (if right then 0 else 1)
PROGRAM

dotnet run -c Release
