#!/usr/bin/env bash
# Plotly.NET 6.0.0 (DynamicObj 7.0.1, Newtonsoft.Json 13.0.3): a chart's JSON takes hundreds of milliseconds, again and again, and nearly
# all of it goes into the default template that each chart carries. Newtonsoft.Json asks the template's members whether they are null or
# of a loop, DynamicObj answers by exceptions, which are thrown and swallowed, some 160 a chart; .NET needs milliseconds for each. A chart
# without the template throws none and is done at once. A page of five charts waits a second for a template that it may not even use.
#
# Seen (milliseconds of the third of three conversions; exceptions thrown and swallowed in it):
#     with the template: 299 ms, 159 exceptions
#     without: 0 ms, 0 exceptions
#
# Exit code 0: the template throws at least 100 exceptions and takes most of the time, a chart without throws none. 1: it has changed.
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
open System
open System.Diagnostics
open Plotly.NET

let mutable thrown = 0
let mutable kinds = Set.empty

AppDomain.CurrentDomain.FirstChanceException.Add(fun event ->
    thrown <- thrown + 1
    kinds <- kinds.Add(event.Exception.GetType().Name))

let chart () =
    Chart.Line(xy = [ for i in 1..3 -> float i, float (i * i) ])

let plain () =
    chart () |> Chart.withTemplate (Template.init ())

let measure (make: unit -> GenericChart) =
    let last =
        [ for _ in 1..3 ->
              let chart = make ()
              thrown <- 0
              let clock = Stopwatch.StartNew()
              GenericChart.toJson chart |> ignore
              clock.ElapsedMilliseconds, thrown ]
        |> List.last

    last

let slow, many = measure chart
printfn "with the template: %d ms, %d exceptions (%s)" slow many (String.concat ", " kinds)
let fast, none = measure plain
printfn "without: %d ms, %d exceptions" fast none
exit (if many >= 100 && none = 0 && slow > 5L * (fast + 1L) then 0 else 1)
PROGRAM

dotnet run -c Release
