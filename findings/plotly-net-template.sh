#!/usr/bin/env bash
# Plotly.NET 6.0.0 (DynamicObj 7.0.1, Newtonsoft.Json 13.0.3): to turn a small chart into JSON takes a quarter of a second, each time
# anew, and all of it goes into the default template that every chart carries: 8,471 characters of 8,800. Layouts and templates are
# System.Dynamic objects, which Newtonsoft.Json asks member by member; the first conversion also throws and swallows hundreds of
# RuntimeBinderExceptions. The same chart with an empty template is done in less than a millisecond. A page of five charts waits
# more than a second for a template that it may not even use.
#
# Seen (the median of five conversions, after one that was not counted):
#     first conversion: 420 exceptions thrown and swallowed
#     with the template: 243 ms, without: 0 ms
#
# Exit code 0: with the template it takes at least 20 times as long, and the first conversion throws at least 100. 1: it has changed.
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
AppDomain.CurrentDomain.FirstChanceException.Add(fun _ -> thrown <- thrown + 1)

let chart () =
    Chart.Line(xy = [ for i in 1..3 -> float i, float (i * i) ])

let plain () =
    chart () |> Chart.withTemplate (Template.init (Layout()))

GenericChart.toJson (chart ()) |> ignore
printfn "first conversion: %d exceptions thrown and swallowed" thrown

let milliseconds (make: unit -> GenericChart) =
    [ for _ in 1..5 ->
          let chart = make ()
          let clock = Stopwatch.StartNew()
          GenericChart.toJson chart |> ignore
          clock.Elapsed.TotalMilliseconds ]
    |> List.sort
    |> List.item 2

let slow, fast = milliseconds chart, milliseconds plain
printfn "with the template: %.0f ms, without: %.0f ms" slow fast
exit (if slow > 20.0 * fast && thrown >= 100 then 0 else 1)
PROGRAM

dotnet run -c Release
