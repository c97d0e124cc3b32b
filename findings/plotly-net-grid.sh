#!/usr/bin/env bash
# Plotly.NET 6.0.0: Chart.Grid draws some charts otherwise than each would be alone, without a word. Only the JSON is looked at here.
#  - Pattern = LayoutGridPattern.Coupled, two rows of two: lines of row r lie on y axis r, but chart number n leaves what was set for its
#    axis on y axis n. So the second row has the axis of the second chart of the first row: below two charts of loss on a logarithmic
#    axis, accuracy is drawn on a logarithmic axis named "loss"; its own axes have numbers 3 and 4, where no line is. One column is
#    right, and so is the default pattern, where each chart has axes of its own.
#  - Annotations and shapes are given no axis: those of every chart stay as they are alone, without xref and yref, though the lines are
#    moved to other axes. Two Chart.AnnotatedHeatmap (say, confusion matrices) have all their labels at the same four places.
#  - A chart with a second y axis loses it: both lines get the same axis, and what was set for the second is gone.
# AnnotatedHeatmap alone: with X and Y as numbers, labels stay at 0, 1, ... instead; with Transpose they are not transposed.
#
# Seen:
#     coupled: accuracy is on y2, which is: loss, log; its own is on yaxis3, where there are 0 lines
#     one column, coupled: accuracy is on y2, which is: accuracy, linear
#     default pattern: accuracy is on y3, which is: accuracy, linear
#     two annotated heatmaps: 8 labels at 4 places, 0 of them with an axis; the second one's cells are on x2 and y2
#     a shape of the second chart: axis given: false
#     second y axis: y and y2 before, y and y in a grid, where "time" is named in the layout: false
#     labels of columns at 0.1 and 0.2: at 0 and 1; transposed: cells 3 high and 2 wide, labels 2 high and 3 wide
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
open Newtonsoft.Json.Linq
open Plotly.NET
open Plotly.NET.LayoutObjects
open Plotly.NET.StyleParam

/// Traces and layout of a chart, without its template.
let json (chart: GenericChart) =
    let whole = JObject.Parse(GenericChart.toJson chart)
    let layout = whole["layout"] :?> JObject
    layout.Remove "template" |> ignore
    whole["data"] |> Seq.toList, layout

let text (token: JToken) = if isNull token then "" else token.ToString()

let at (token: JToken) (path: string) = text (token.SelectToken path)

let line (name: string) = Chart.Line(x = [ 1; 2 ], y = [ 0.5; 0.9 ], Name = name)

let loss name =
    line name |> Chart.withYAxisStyle ("loss", AxisType = AxisType.Log)

let accuracy name =
    line name |> Chart.withYAxisStyle ("accuracy", AxisType = AxisType.Linear)

let axis (traces: JToken list, layout: JObject) name =
    let trace = traces |> List.find (fun trace -> at trace "name" = name)
    let id = at trace "yaxis"
    let key = if id = "y" then "yaxis" else "yaxis" + id.Substring 1
    id, at layout (key + ".title.text") + ", " + at layout (key + ".type")

let four () = [ loss "loss a"; loss "loss b"; accuracy "accuracy a"; accuracy "accuracy b" ]

let coupled = four () |> Chart.Grid(2, 2, Pattern = LayoutGridPattern.Coupled) |> json
let column = [ loss "loss a"; accuracy "accuracy a" ] |> Chart.Grid(2, 1, Pattern = LayoutGridPattern.Coupled) |> json
let single = four () |> Chart.Grid(2, 2) |> json

let own =
    (snd coupled).Properties()
    |> Seq.filter (fun property -> property.Name.StartsWith "yaxis" && at property.Value "title.text" = "accuracy")
    |> Seq.map (fun property -> property.Name)
    |> Seq.min

let users = fst coupled |> List.filter (fun trace -> "yaxis" + (at trace "yaxis").Substring 1 = own) |> List.length
let ofCoupled, ofColumn, ofSingle = axis coupled "accuracy a", axis column "accuracy a", axis single "accuracy a"
printfn "coupled: accuracy is on %s, which is: %s; its own is on %s, where there are %d lines" (fst ofCoupled) (snd ofCoupled) own users
printfn "one column, coupled: accuracy is on %s, which is: %s" (fst ofColumn) (snd ofColumn)
printfn "default pattern: accuracy is on %s, which is: %s" (fst ofSingle) (snd ofSingle)

let heatmap () =
    Chart.AnnotatedHeatmap(zData = [ [ 5; 1 ]; [ 2; 7 ] ], annotationText = [ [ "5"; "1" ]; [ "2"; "7" ] ])

let cells, heatmaps = [ heatmap (); heatmap () ] |> Chart.Grid(1, 2) |> json
let labels = heatmaps["annotations"] |> Seq.toList
let places = labels |> List.map (fun label -> at label "x", at label "y") |> List.distinct |> List.length
let placed = labels |> List.filter (fun label -> at label "xref" <> "" || at label "yref" <> "") |> List.length
let second = at cells[1] "xaxis", at cells[1] "yaxis"

printfn
    "two annotated heatmaps: %d labels at %d places, %d of them with an axis; the second one's cells are on %s and %s"
    labels.Length
    places
    placed
    (fst second)
    (snd second)

let _, shaped =
    let limit = Shape.init (ShapeType = ShapeType.Line, X0 = 1, X1 = 2, Y0 = 0.7, Y1 = 0.7)
    [ line "a"; line "b" |> Chart.withShape limit ] |> Chart.Grid(1, 2) |> json

let hasAxis = at shaped "shapes[0].xref" <> "" || at shaped "shapes[0].yref" <> ""
printfn "a shape of the second chart: axis given: %b" hasAxis

let twoAxes () =
    Chart.combine [ line "loss"; line "time" |> Chart.withAxisAnchor (Y = 2) ]
    |> Chart.withYAxisStyle ("time", Id = SubPlotId.YAxis 2, Side = Side.Right, Overlaying = LinearAxisId.Y 1)

let axes traces =
    traces |> List.map (fun trace -> if at trace "yaxis" = "" then "y" else at trace "yaxis") |> List.truncate 2

let before = axes (fst (json (twoAxes ())))
let inGrid, gridLayout = [ twoAxes (); line "other" ] |> Chart.Grid(1, 2) |> json
let named = gridLayout.ToString().Contains "\"time\""

printfn
    "second y axis: %s before, %s in a grid, where \"time\" is named in the layout: %b"
    (String.concat " and " before)
    (String.concat " and " (axes inGrid))
    named

let wide = [ [ "1"; "2"; "3" ]; [ "4"; "5"; "6" ] ]
let z = [ [ 1; 2; 3 ]; [ 4; 5; 6 ] ]

let xs (_, layout: JObject) =
    layout["annotations"] |> Seq.map (fun label -> at label "x") |> Seq.distinct |> Seq.toList

let numbered =
    Chart.AnnotatedHeatmap(zData = [ [ 1; 2 ] ], annotationText = [ [ "1"; "2" ] ], X = [ 0.1; 0.2 ]) |> json |> xs

let transposed = Chart.AnnotatedHeatmap(zData = z, annotationText = wide, Transpose = true) |> json
let flag = at (List.head (fst transposed)) "transpose"
let ys = (snd transposed)["annotations"] |> Seq.map (fun label -> at label "y") |> Seq.distinct |> Seq.length

printfn
    "labels of columns at 0.1 and 0.2: at %s; transposed: cells 3 high and 2 wide, labels %d high and %d wide"
    (String.concat " and " numbered)
    ys
    (xs transposed).Length

exit (
    if
        ofCoupled = ("y2", "loss, log")
        && own = "yaxis3"
        && users = 0
        && ofColumn = ("y2", "accuracy, linear")
        && ofSingle = ("y3", "accuracy, linear")
        && (labels.Length, places, placed, second) = (8, 4, 0, ("x2", "y2"))
        && not hasAxis
        && before = [ "y"; "y2" ]
        && axes inGrid = [ "y"; "y" ]
        && not named
        && numbered = [ "0"; "1" ]
        && flag = "True"
        && (ys, (xs transposed).Length) = (2, 3)
    then
        0
    else
        1
)
PROGRAM

dotnet run -c Release
