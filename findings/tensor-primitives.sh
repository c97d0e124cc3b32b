#!/usr/bin/env bash
# System.Numerics.Tensors 10.0.15 (on .NET 10), TensorPrimitives: results that are not what their names say, without an error.
#  - MaxNumber, MinNumber, MaxMagnitudeNumber and MinMagnitudeNumber of a span with NaN are NaN. They are said to follow the
#    maximumNumber of IEEE 754, and its kin, which pass over NaN; MaxNumber of two spans, number by number, does.
#  - SoftMax does not take the largest away first (its documentation has the plain formula): in single precision a score of 89 becomes
#    NaN and the others 0, and scores of -104 and -105 are both NaN; in double precision a score of 710 becomes NaN.
#  - LogP1 and ExpM1 are log(x + 1) and exp(x) - 1 with nothing gained: 0 of 1e-17, as LogP1 and ExpM1 of the type itself are.
#  - CosineSimilarity squares first: two equal vectors of 1e-23 or of 1e20, in single precision, are NaN. Norm and Distance likewise:
#    those of 1e30 are infinite, though Hypot is right.
#  - Sums, averages and dot products of bytes are taken in bytes: the average of 200 and 100 is 22.
#  - StdDev divides by n.
#
# Seen:
#     of 1, NaN, 3: MaxNumber NaN, MinNumber NaN, MaxMagnitudeNumber NaN, MinMagnitudeNumber NaN; with 2, 2, NaN, by two: 2 2 3
#     softmax of 88 0: 1 6.05e-39, of 89 0: NaN 0, of -104 -105: NaN NaN; double of 710 0: NaN 0
#     of 1e-17: LogP1 0, ExpM1 0; of the type: 0 0
#     cosine of 1e-23: NaN, of 1e20: NaN, of 1: 1; norm of 1e30: Infinity, distance from 0: Infinity, Hypot with 0: 1e+30
#     of the bytes 200, 100: sum 44, average 22; 20 by 20: dot 144
#     standard deviation of 1, 2, 3, 4: 1.118
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
    <InvariantGlobalization>true</InvariantGlobalization>
  </PropertyGroup>
  <ItemGroup>
    <Compile Include="Program.fs" />
    <PackageReference Include="System.Numerics.Tensors" Version="10.0.15" />
    <PackageReference Update="FSharp.Core" Version="10.1.404" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.fs <<'PROGRAM'
open System
open System.Numerics.Tensors

let inline span (numbers: 'a[]) = ReadOnlySpan<'a> numbers
let text (numbers: float32[]) = numbers |> Array.map (fun x -> x.ToString "g3") |> String.concat " "

let numbers = [| 1.0f; nanf; 3.0f |]

let most =
    [| TensorPrimitives.MaxNumber<float32>(span numbers)
       TensorPrimitives.MinNumber<float32>(span numbers)
       TensorPrimitives.MaxMagnitudeNumber<float32>(span numbers)
       TensorPrimitives.MinMagnitudeNumber<float32>(span numbers) |]

let pairs = Array.zeroCreate<float32> 3
TensorPrimitives.MaxNumber<float32>(span numbers, span [| 2.0f; 2.0f; nanf |], Span<float32> pairs)

printfn
    "of 1, NaN, 3: MaxNumber %g, MinNumber %g, MaxMagnitudeNumber %g, MinMagnitudeNumber %g; with 2, 2, NaN, by two: %s"
    most[0]
    most[1]
    most[2]
    most[3]
    (text pairs)

let softmax (scores: float32[]) =
    let result = Array.zeroCreate scores.Length
    TensorPrimitives.SoftMax<float32>(span scores, Span<float32> result)
    result

let softmaxDouble (scores: float[]) =
    let result = Array.zeroCreate scores.Length
    TensorPrimitives.SoftMax<float>(span scores, Span<float> result)
    result

let fine, high, low = softmax [| 88.0f; 0.0f |], softmax [| 89.0f; 0.0f |], softmax [| -104.0f; -105.0f |]
let double = softmaxDouble [| 710.0; 0.0 |]
printfn "softmax of 88 0: %s, of 89 0: %s, of -104 -105: %s; double of 710 0: %g %g" (text fine) (text high) (text low) double[0] double[1]

let one (x: float) =
    let result = [| 9.0; 9.0 |]
    TensorPrimitives.LogP1<float>(span [| x |], Span<float>(result, 0, 1))
    TensorPrimitives.ExpM1<float>(span [| x |], Span<float>(result, 1, 1))
    result[0], result[1]

let logP1, expM1 = one 1e-17
let ofType = Double.LogP1 1e-17, Double.ExpM1 1e-17
printfn "of 1e-17: LogP1 %g, ExpM1 %g; of the type: %g %g" logP1 expM1 (fst ofType) (snd ofType)

let cosine (x: float32) = TensorPrimitives.CosineSimilarity<float32>(span [| x; x |], span [| x; x |])
let norm = TensorPrimitives.Norm<float32>(span [| 1e30f |])
let distance = TensorPrimitives.Distance<float32>(span [| 1e30f |], span [| 0.0f |])
let hypot = Array.zeroCreate<float32> 1
TensorPrimitives.Hypot<float32>(span [| 1e30f |], span [| 0.0f |], Span<float32> hypot)

printfn
    "cosine of 1e-23: %g, of 1e20: %g, of 1: %g; norm of 1e30: %g, distance from 0: %g, Hypot with 0: %s"
    (cosine 1e-23f)
    (cosine 1e20f)
    (cosine 1.0f)
    norm
    distance
    (text hypot)

let bytes = [| 200uy; 100uy |]
let sum, average = TensorPrimitives.Sum<byte>(span bytes), TensorPrimitives.Average<byte>(span bytes)
let dot = TensorPrimitives.Dot<byte>(span [| 20uy |], span [| 20uy |])
printfn "of the bytes 200, 100: sum %d, average %d; 20 by 20: dot %d" sum average dot

let deviation = TensorPrimitives.StdDev<float>(span [| 1.0; 2.0; 3.0; 4.0 |])
printfn "standard deviation of 1, 2, 3, 4: %.3f" deviation

exit (
    if
        Array.forall Single.IsNaN most
        && pairs = [| 2.0f; 2.0f; 3.0f |]
        && fine[0] = 1.0f
        && Single.IsNaN high[0]
        && high[1] = 0.0f
        && Array.forall Single.IsNaN low
        && Double.IsNaN double[0]
        && (logP1, expM1) = (0.0, 0.0)
        && ofType = (0.0, 0.0)
        && Single.IsNaN(cosine 1e-23f)
        && Single.IsNaN(cosine 1e20f)
        && abs (cosine 1.0f - 1.0f) < 1e-6f
        && Single.IsPositiveInfinity norm
        && Single.IsPositiveInfinity distance
        && hypot = [| 1e30f |]
        && (sum, average, dot) = (44uy, 22uy, 144uy)
        && abs (deviation - sqrt 1.25) < 1e-12
    then
        0
    else
        1
)
PROGRAM

dotnet run -c Release
