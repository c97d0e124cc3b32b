#!/usr/bin/env bash
# Plotly.NET 6.0.0: some attributes are written under names other than those of plotly.js 2.28.0, which the package itself brings, and
# nothing is said. Only the JSON is looked at, and the text of that plotly.js searched for the names; it is not run.
#  - ColorBar MinExponent becomes min3xponent, where plotly.js has minexponent.
#  - XAxes and YAxes of a scatter plot matrix become xaxis and yaxis (xaxes, yaxes).
#  - HoverTemplate of a waterfall becomes hovertemTotalsplate (hovertemplate).
#  - Lighting: vertexnormalepsilon and facenormalepsilon (vertexnormalsepsilon, facenormalsepsilon); a treemap's squarifyRatio
#    (squarifyratio); a map's showcoastline (showcoastlines); the layout's selectrevision (selectionrevision); the mode bar's
#    "uirevision "; the configuration's plotlyServerUrl (plotlyServerURL).
#  - LegendGroup of a carpet becomes its opacity.
# SetProperty of such an object writes an attribute under the name that it is given.
#
# Seen:
#     colour bar: {"min3xponent":6.0}
#     scatter plot matrix: xaxis ["x2"], yaxis ["y2"]
#     waterfall: {"hovertemTotalsplate":"%{y}"}
#     lighting: {"facenormalepsilon":0.2,"vertexnormalepsilon":0.1}
#     treemap: {"squarifyRatio":1.5}, map: {"showcoastline":true}
#     layout: {"selectrevision":"a"}, mode bar: {"uirevision ":"a"}, configuration: {"plotlyServerUrl":"a"}
#     carpet of the group "a": opacity "a"
#     plotly.js 2.28.0 in the package: 8 of the 8 names that are written are not in it, 10 of the 10 right ones are
#     colour bar with SetProperty: {"minexponent":6.0}
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

let mutable right = true

let tell what seen wanted =
    printfn $"{what}: {seen}"
    right <- right && seen = wanted

/// The first trace and the layout of a chart.
let trace chart = JObject.Parse(GenericChart.toJson chart).SelectToken "data[0]" :?> JObject
let layout chart = JObject.Parse(GenericChart.toJson chart).SelectToken "layout" :?> JObject

let member' (name: string) (whole: JObject) =
    match whole.Property name with
    | null -> "missing"
    | property -> property.Value.ToString Formatting.None

/// An object's JSON, of which only the members with one of the beginnings are kept.
let only (beginnings: string list) (whole: JObject) =
    whole.Properties()
    |> Seq.filter (fun property -> beginnings |> List.exists property.Name.StartsWith)
    |> JObject
    |> fun kept -> kept.ToString Formatting.None

let numbers = [ 1.0; 2.0; 3.0 ]
let line () = Chart.Line(x = numbers, y = numbers)
let ofTrace trace' = GenericChart.ofTraceObject false trace'
tell "colour bar" (JsonConvert.SerializeObject(ColorBar.init (MinExponent = 6.0))) "{\"min3xponent\":6.0}"

let matrix =
    Trace2D.initSplom (Trace2DStyle.Splom(XAxes = [ LinearAxisId.X 2 ], YAxes = [ LinearAxisId.Y 2 ])) |> ofTrace |> trace

tell "scatter plot matrix" $"""xaxis {member' "xaxis" matrix}, yaxis {member' "yaxis" matrix}""" "xaxis [\"x2\"], yaxis [\"y2\"]"

let waterfall = Trace2D.initWaterfall (Trace2DStyle.Waterfall(X = numbers, Y = numbers, HoverTemplate = "%{y}")) |> ofTrace |> trace
tell "waterfall" (only [ "hover" ] waterfall) "{\"hovertemTotalsplate\":\"%{y}\"}"

tell
    "lighting"
    (JsonConvert.SerializeObject(Lighting.init (VertexNormalEpsilon = 0.1, FaceNormalEpsilon = 0.2)))
    "{\"facenormalepsilon\":0.2,\"vertexnormalepsilon\":0.1}"

let treemap = JsonConvert.SerializeObject(TreemapTiling.init (SquarifyRatio = 1.5))
let map = JsonConvert.SerializeObject(Geo.init (ShowCoastLines = true))
tell "treemap" $"{treemap}, map: {map}" "{\"squarifyRatio\":1.5}, map: {\"showcoastline\":true}"

let revised = line () |> Chart.withLayoutStyle (SelectRevision = "a") |> layout |> only [ "select" ]
let bar = JsonConvert.SerializeObject(ModeBar.init (UIRevision = "a"))
let server = JsonConvert.SerializeObject(Config.init (PlotlyServerUrl = "a"))

tell
    "layout"
    $"{revised}, mode bar: {bar}, configuration: {server}"
    "{\"selectrevision\":\"a\"}, mode bar: {\"uirevision \":\"a\"}, configuration: {\"plotlyServerUrl\":\"a\"}"

let carpet = TraceCarpet.initCarpet (TraceCarpetStyle.Carpet(A = numbers, B = numbers, LegendGroup = "a")) |> ofTrace |> trace
tell "carpet of the group \"a\"" $"""opacity {member' "opacity" carpet}""" "opacity \"a\""

// A page that has plotly.js in it, of a chart with none of these attributes.
let page = line () |> Chart.withDisplayOptionsStyle (PlotlyJSReference = PlotlyJSReference.Full) |> GenericChart.toEmbeddedHTML
let has (text: string) = page.Contains(text, System.StringComparison.Ordinal)

let written =
    [ "min3xponent"; "hovertemTotalsplate"; "vertexnormalepsilon"; "facenormalepsilon"; "squarifyRatio" ]
    @ [ "selectrevision"; "\"uirevision \""; "plotlyServerUrl" ]

let known =
    [ "minexponent:"; "hovertemplate:"; "vertexnormalsepsilon:"; "facenormalsepsilon:"; "squarifyratio:" ]
    @ [ "selectionrevision:"; "plotlyServerURL:"; "showcoastlines:"; "xaxes:"; "yaxes:" ]

let strange, there = written |> List.filter (has >> not) |> List.length, known |> List.filter has |> List.length

tell
    "plotly.js 2.28.0 in the package"
    $"{strange} of the {written.Length} names that are written are not in it, {there} of the {known.Length} right ones are"
    "8 of the 8 names that are written are not in it, 10 of the 10 right ones are"

right <- right && has "plotly.js v2.28.0" && not (has "showcoastline:")
let set = ColorBar.init ()
set.SetProperty("minexponent", 6.0)
tell "colour bar with SetProperty" (JsonConvert.SerializeObject set) "{\"minexponent\":6.0}"
exit (if right then 0 else 1)
PROGRAM

dotnet run -c Release
