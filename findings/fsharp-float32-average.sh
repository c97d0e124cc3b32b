#!/usr/bin/env bash
# FSharp.Core 10.1.404: Array.average, Seq.average and Array.sum add up float32 numbers in float32, and a sum that has grown no longer takes
# in small numbers. MNIST's training images are 47,040,000 pixels: if each of them is 0.1307, their average is 0.0892. By
# Array.Parallel.average it is 0.1614 on two cores, more than any of them. Of as many numbers drawn evenly from 0 to 1 the average is
# 0.357: their sum stops at 16,777,216. Of 7,840,000 pixels, as many as the test images have, the average is 0.1258, 4 parts in a hundred
# too low. Array.averageBy float is right.
#
# Ranges of floats: [0.0 .. 0.1 .. 0.3] ends with 0.2, [0.1 .. 0.1 .. 0.3] too, as do the ranges to 1.4 and 1.9; those to 0.2, 0.4 to 1.3
# have their last number. So a grid of settings may lack its largest one. [ for i in 0..3 -> float i / 10.0 ] does not.
#
# Conversions: int of 1e10 is the largest int, but byte of 260.0 is 4 and of -1.0 is 255: a pixel just above white turns black.
#
# Seen:
#     47,040,000 pixels of 0.1307: Array.average 0.0892, Seq.average 0.0892, averageBy float 0.1307; Array.Parallel.average 0.1614
#     47,040,000 drawn from 0 to 1: average 0.357, sum 16777216, averageBy float 0.500
#     7,840,000 pixels of 0.1307: average 0.1258
#     ranges by 0.1 from 0 without their last number, up to 2.0: 0.3 1.4 1.9
#     [0.1 .. 0.1 .. 0.3] is [0.1; 0.2]
#     int 1e10 is 2147483647, byte 260.0 is 4, byte -1.0 is 255
#
# Exit code 0: so it is. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_PROCESSOR_COUNT=2

cat > probe.fsproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <OutputType>Exe</OutputType>
    <InvariantGlobalization>true</InvariantGlobalization>
  </PropertyGroup>
  <ItemGroup>
    <Compile Include="Program.fs" />
    <PackageReference Update="FSharp.Core" Version="10.1.404" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.fs <<'PROGRAM'
open System

let pixels count = Array.create count 0.1307f

let near (wanted: float) tolerance (value: float) = abs (value - wanted) <= tolerance

let training = pixels 47_040_000
let average, ofSequence = float (Array.average training), float (Seq.average training)
let right = Array.averageBy float training
let inParallel = float (Array.Parallel.average training)

printfn
    "47,040,000 pixels of 0.1307: Array.average %.4f, Seq.average %.4f, averageBy float %.4f; Array.Parallel.average %.4f"
    average
    ofSequence
    right
    inParallel

let random = Random 1
let drawn = Array.init 47_040_000 (fun _ -> random.NextSingle())
let ofDrawn, sum, rightOfDrawn = float (Array.average drawn), float (Array.sum drawn), Array.averageBy float drawn
printfn "47,040,000 drawn from 0 to 1: average %.3f, sum %.0f, averageBy float %.3f" ofDrawn sum rightOfDrawn

let test = float (Array.average (pixels 7_840_000))
printfn "7,840,000 pixels of 0.1307: average %.4f" test

/// Whether 0, 0.1, ... to an end has its last number: there is one more than steps.
let misses = [ for steps in 1..20 do if [ 0.0 .. 0.1 .. float steps / 10.0 ].Length <> steps + 1 then steps ]
let shown = misses |> List.map (fun steps -> sprintf "%.1f" (float steps / 10.0)) |> String.concat " "
printfn "ranges by 0.1 from 0 without their last number, up to 2.0: %s" shown

let short = [ 0.1 .. 0.1 .. 0.3 ]
printfn "[0.1 .. 0.1 .. 0.3] is %A" short

let written = [ for i in 0..3 -> float i / 10.0 ]
let white, black, below = int 1e10, byte 260.0, byte -1.0
printfn "int 1e10 is %d, byte 260.0 is %d, byte -1.0 is %d" white black below

exit (
    if
        near 0.0892 0.0001 average
        && average = ofSequence
        && near 0.1307 0.00001 right
        && near 0.1614 0.0005 inParallel
        && near 0.357 0.001 ofDrawn
        && sum = 16_777_216.0
        && near 0.5 0.001 rightOfDrawn
        && near 0.1258 0.0001 test
        && misses = [ 3; 14; 19 ]
        && short = [ 0.1; 0.2 ]
        && written = [ 0.0; 0.1; 0.2; 0.3 ]
        && (white, black, below) = (Int32.MaxValue, 4uy, 255uy)
    then
        0
    else
        1
)
PROGRAM

dotnet run -c Release
