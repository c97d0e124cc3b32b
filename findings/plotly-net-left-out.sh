#!/usr/bin/env bash
# Plotly.NET 6.0.0: some arguments do not arrive in a chart's JSON, or not as the word that plotly.js knows, without a word. Only the JSON
# is looked at here; plotly.js is not run.
#  - MarkerSizeMode.Area becomes an object with a member Case instead of "area" (plotly.js has "diameter" and "area", and the first where
#    neither is given: sizes that were meant as areas), AngularUnit.Radians likewise ("degrees" is plotly.js's default), the Side of
#    labels of parallel coordinates, and the ColorAxis of a two-dimensional histogram. Currentbin.Half becomes "Half" instead of "half".
#  - Contour, Histogram2DContour and PointDensity: ShowContourLines = true has lines of width 0, as false has; ContourLinesWidth = 2 alone
#    has 0 as well. Both together have 2.
#  - Color.fromARGB keeps one digit of how opaque a colour is: 12 of 255 (0.047) becomes 0.0, which is invisible.
#  - Contours.initXyz (a surface's) leaves out Start, End and Size.
#  - A chart of an array keeps the array, not its numbers: it shows what is in it when the JSON is made. A buffer that is used again for
#    the next epoch changes charts that are there.
#
# Seen:
#     area: {"Case":"Area"}, radians: {"Case":"Radians"}, side: {"Case":"Bottom"}
#     colour axis: {"Case":"ColorAxis","Fields":[1]}, half: "Half"
#     width of contours' lines: shown 0 0 0, of width 2: 0 0 0, shown and of width 2: 2 2 2
#     opaque by 12 and 51 of 255: rgba(1, 2, 3, 0.0) and rgba(1, 2, 3, 0.2)
#     a surface's contours from 0 to 10 by 2: {"show":true}
#     of [| 1.0; 2.0 |], overwritten by 7: [7.0,7.0]
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
open Plotly.NET.LayoutObjects
open Plotly.NET.StyleParam
open Plotly.NET.TraceObjects

/// What a chart's JSON has at a path, as it is written there.
let at (path: string) (chart: GenericChart) =
    match JObject.Parse(GenericChart.toJson chart).SelectToken path with
    | null -> "nothing"
    | token -> token.ToString Formatting.None

let ofTrace trace = GenericChart.ofTraceObject false trace
let numbers = [ 1; 2 ]

let area =
    Chart.Bubble(x = numbers, y = numbers, sizes = [ 10; 40 ], Marker = Marker.init (SizeMode = MarkerSizeMode.Area))
    |> at "data[0].marker.sizemode"

let radians =
    Chart.PointPolar(r = numbers, theta = numbers)
    |> Chart.withAngularAxis (AngularAxis.init (ThetaUnit = AngularUnit.Radians))
    |> at "layout.polar.angularaxis.thetaunit"

let side =
    TraceDomain.initParallelCoord (TraceDomainStyle.ParallelCoord(LabelSide = Side.Bottom))
    |> ofTrace
    |> at "data[0].labelside"

let colours =
    Trace2D.initHistogram2D (Trace2DStyle.Histogram2D(X = numbers, Y = numbers, ColorAxis = SubPlotId.ColorAxis 1))
    |> ofTrace
    |> at "data[0].coloraxis"

let half =
    Chart.Histogram(X = numbers, Cumulative = Cumulative.init (Enabled = true, Currentbin = Currentbin.Half))
    |> at "data[0].cumulative.currentbin"

printfn "area: %s, radians: %s, side: %s" area radians side
printfn "colour axis: %s, half: %s" colours half

let z = [ numbers; numbers ]
let width chart = at "data[0].line.width" chart |> float

let shown =
    [ Chart.Contour(zData = z, ShowContourLines = true)
      Chart.Histogram2DContour(x = numbers, y = numbers, ShowContourLines = true)
      Chart.PointDensity(x = numbers, y = numbers, ShowContourLines = true) ]
    |> List.map width

let wide =
    [ Chart.Contour(zData = z, ContourLinesWidth = 2.0)
      Chart.Histogram2DContour(x = numbers, y = numbers, ContourLinesWidth = 2.0)
      Chart.PointDensity(x = numbers, y = numbers, ContourLinesWidth = 2.0) ]
    |> List.map width

let both =
    [ Chart.Contour(zData = z, ShowContourLines = true, ContourLinesWidth = 2.0)
      Chart.Histogram2DContour(x = numbers, y = numbers, ShowContourLines = true, ContourLinesWidth = 2.0)
      Chart.PointDensity(x = numbers, y = numbers, ShowContourLines = true, ContourLinesWidth = 2.0) ]
    |> List.map width

let list (widths: float list) = widths |> List.map string |> String.concat " "
printfn "width of contours' lines: shown %s, of width 2: %s, shown and of width 2: %s" (list shown) (list wide) (list both)

let opaque alpha =
    Chart.Line(x = numbers, y = numbers, LineColor = Color.fromARGB alpha 1 2 3)
    |> at "data[0].line.color"
    |> fun quoted -> quoted.Trim '"'

printfn "opaque by 12 and 51 of 255: %s and %s" (opaque 12) (opaque 51)

let contours =
    Chart.Surface(zData = z, Contours = Contours.initXyz (Show = true, Start = 0.0, End = 10.0, Size = 2.0))
    |> at "data[0].contours.z"

printfn "a surface's contours from 0 to 10 by 2: %s" contours

let buffer = [| 1.0; 2.0 |]
let chart = Chart.Line(x = numbers, y = buffer)
System.Array.Fill(buffer, 7.0)
let later = at "data[0].y" chart
printfn "of [| 1.0; 2.0 |], overwritten by 7: %s" later

exit (
    if
        (area, radians) = ("{\"Case\":\"Area\"}", "{\"Case\":\"Radians\"}")
        && side = "{\"Case\":\"Bottom\"}"
        && colours = "{\"Case\":\"ColorAxis\",\"Fields\":[1]}"
        && half = "\"Half\""
        && (shown, wide, both) = ([ 0.0; 0.0; 0.0 ], [ 0.0; 0.0; 0.0 ], [ 2.0; 2.0; 2.0 ])
        && (opaque 12, opaque 51) = ("rgba(1, 2, 3, 0.0)", "rgba(1, 2, 3, 0.2)")
        && contours = "{\"show\":true}"
        && later = "[7.0,7.0]"
    then
        0
    else
        1
)
PROGRAM

dotnet run -c Release
