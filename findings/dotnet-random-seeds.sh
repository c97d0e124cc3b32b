#!/usr/bin/env bash
# .NET 10.0.12: neighbouring seeds of System.Random give streams that are tied to each other. At each place of the streams the number of
# seed s + 1 is that of seed s plus a constant of the place, modulo 1, whatever s is. So the stream of seed 2 is told by those of 0 and 1:
# twice the one less the other. A coin thrown once with each of the seeds 0 to 39 falls on the other side nearly each time. Of the
# 100 x 100 cells of a square the first numbers of s and s + 1 meet 200, where pairs of one stream meet some 6,300. And what is averaged
# over ten neighbouring seeds does not spread as it would over independent ones: by a third of that for the first normal number that is
# made of two (Box and Muller), by 0.4 of it for the fifth number, by 2.3 times for the nineteenth. So an error bar over runs of seeds 0
# to 9, or noise by Random(seed + epoch), is wrong without a word. Seeds that are hashes have none of this. Random(-s) is Random(s).
#
# Seen:
#     the first 1,000 numbers of seeds 2, 1,000,002 and 2,147,000,002 are twice those of the seed before less those of the one before
#         that, modulo 1, to 2E-16; with hashes for seeds they are off by up to 0.5
#     coins of seeds 0 to 39: THTHTHTHTHTHTTHTHTHTHTHTHTHTHTHTHTHHTHTH, 37 changes of 39; with hashes 17
#     cells met: by seeds s and s + 1: 200; by one stream: 6285; by hashes of s and s + 1: 6309
#     spread of means over ten seeds, of what independent ones have: first normal 0.30, fifth number 0.42, nineteenth 2.32; with hashes
#         0.98, 0.99, 0.99
#     Random(-5) is Random(5): true
#
# Exit code 0: so it is (to 1E-12; above 34 changes; below 300 cells; below 0.5, below 0.5, above 2, and with hashes none of it).
# 1: it has changed.
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

let stream length (seed: int) =
    let random = Random seed
    [| for _ in 1..length -> random.NextDouble() |]

let modulo1 x = x - floor x

/// How far two numbers are from each other on a circle of length 1.
let apart x y = min (modulo1 (x - y)) (modulo1 (y - x))

/// A seed that is far from its neighbours': some rounds of multiplying and shifting.
let hashed (number: int) =
    let mutable z = (uint64 number + 1UL) * 0x9E3779B97F4A7C15UL
    z <- (z ^^^ (z >>> 30)) * 0xBF58476D1CE4E5B9UL
    z <- (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
    int ((z ^^^ (z >>> 31)) >>> 33)

let foretold seedOf =
    let streams = [| for number in 0..2 -> stream 1_000 (seedOf number) |]
    Seq.max [ for i in 0..999 -> apart (streams[2][i]) (2.0 * streams[1][i] - streams[0][i]) ]

let coins seedOf =
    [ for number in 0..39 -> if (stream 1 (seedOf number))[0] < 0.5 then 'H' else 'T' ]

let changes coins = coins |> List.pairwise |> List.filter (fun (a, b) -> a <> b) |> List.length

let cells pairs = set [ for x, y in pairs -> int (100.0 * x), int (100.0 * y) ] |> Set.count

let neighbours seedOf =
    [ for number in 0..9_999 -> (stream 1 (seedOf number))[0], (stream 1 (seedOf (number + 1)))[0] ]

let firstNormal (numbers: float[]) = sqrt (-2.0 * log (1.0 - numbers[0])) * cos (2.0 * Math.PI * numbers[1])

/// The standard deviation of 2,000 means, of ten seeds each, divided by what it is of independent numbers.
let spread seedOf deviation value =
    let means =
        [ for block in 0..1_999 -> List.average [ for i in 0..9 -> value (stream 20 (seedOf (10 * block + i))) ] ]

    let mean = List.average means
    sqrt (List.averageBy (fun x -> (x - mean) * (x - mean)) means) / (deviation / sqrt 10.0)

let spreads seedOf =
    [ spread seedOf 1.0 firstNormal
      spread seedOf (sqrt (1.0 / 12.0)) (Array.item 4)
      spread seedOf (sqrt (1.0 / 12.0)) (Array.item 18) ]

let near = List.max [ for start in [ 0; 1_000_000; 2_147_000_000 ] -> foretold ((+) start) ]
let far = foretold hashed
printfn "seeds 2, 1,000,002 and 2,147,000,002 from the two before: off by up to %.0e; with hashes by %.2f" near far

let thrown = coins id
let alternating, usual = changes thrown, changes (coins hashed)
printfn "coins of seeds 0 to 39: %s, %d changes of 39; with hashes %d" (String(List.toArray thrown)) alternating usual

let lined, scattered = cells (neighbours id), cells (neighbours hashed)
let alone = cells (stream 20_000 1 |> Array.chunkBySize 2 |> Array.map (fun pair -> pair[0], pair[1]))
printfn "cells met: by seeds s and s + 1: %d; by one stream: %d; by hashes of s and s + 1: %d" lined alone scattered

let ofSeeds, ofHashes = spreads id, spreads hashed
let shown numbers = numbers |> List.map (sprintf "%.2f") |> String.concat ", "
printfn "spread of means over ten seeds (first normal, fifth, nineteenth): %s; with hashes %s" (shown ofSeeds) (shown ofHashes)

let mirrored = stream 100 -5 = stream 100 5
printfn "Random(-5) is Random(5): %b" mirrored

exit (
    if
        near < 1e-12
        && far > 0.1
        && alternating > 34
        && usual < 30
        && lined < 300
        && alone > 5_000
        && scattered > 5_000
        && ofSeeds[0] < 0.5
        && ofSeeds[1] < 0.5
        && ofSeeds[2] > 2.0
        && ofHashes |> List.forall (fun ratio -> abs (ratio - 1.0) < 0.1)
        && mirrored
    then
        0
    else
        1
)
PROGRAM

dotnet run -c Release
