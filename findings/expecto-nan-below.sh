#!/usr/bin/env bash
# Expecto 11.1.1: NaN passes Expect.isLessThan and Expect.isLessThanOrEqual, whichever side it is on, and both Expect.floatLessThanOrClose
# and Expect.floatGreaterThanOrClose, though it is neither less nor close. These four fail where the opposite holds, and of NaN nothing
# holds. Expect.isGreaterThan, isGreaterThanOrEqual and floatClose refuse it. So the usual test of a tolerance,
#     Expect.isLessThan (abs (value - wanted)) 1e-6 "near"
# is green once the value is NaN, as is one that the last loss is below the first: a model that has diverged passes. What does fail:
# Expect.isTrue (x < y), Expect.isGreaterThan y x, Expect.floatClose.
#
# Seen:
#     NaN passes: isLessThan, isLessThan of 1 and NaN, isLessThanOrEqual, floatLessThanOrClose, floatGreaterThanOrClose
#     NaN fails: isGreaterThan, isGreaterThan of 1 and NaN, isGreaterThanOrEqual, floatClose, isTrue (x < y)
#     a model that has diverged: 2 passed, 0 ignored, 0 failed, 0 errored. Success! (exit code 0)
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
    <PackageReference Include="Expecto" Version="11.1.1" />
    <PackageReference Update="FSharp.Core" Version="10.1.404" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.fs <<'PROGRAM'
open System
open Expecto

let passes (check: float -> float -> string -> unit) (x: float) (y: float) =
    try
        check x y ""
        true
    with :? AssertException ->
        false

let less (x: float) (y: float) (text: string) = Expect.isTrue (x < y) text

/// Each check with a NaN, and whether it passed where nothing is NaN and what it asks for holds, and where it does not.
let seen =
    [ "isLessThan", Expect.isLessThan, (nan, 1.0), (0.0, 1.0), (1.0, 0.0)
      "isLessThan of 1 and NaN", Expect.isLessThan, (1.0, nan), (0.0, 1.0), (1.0, 0.0)
      "isLessThanOrEqual", Expect.isLessThanOrEqual, (nan, 1.0), (0.0, 1.0), (1.0, 0.0)
      "floatLessThanOrClose", Expect.floatLessThanOrClose Accuracy.high, (nan, 1.0), (0.0, 1.0), (1.0, 0.0)
      "floatGreaterThanOrClose", Expect.floatGreaterThanOrClose Accuracy.high, (nan, 1.0), (1.0, 0.0), (0.0, 1.0)
      "isGreaterThan", Expect.isGreaterThan, (nan, 1.0), (1.0, 0.0), (0.0, 1.0)
      "isGreaterThan of 1 and NaN", Expect.isGreaterThan, (1.0, nan), (1.0, 0.0), (0.0, 1.0)
      "isGreaterThanOrEqual", Expect.isGreaterThanOrEqual, (nan, 1.0), (1.0, 0.0), (0.0, 1.0)
      "floatClose", Expect.floatClose Accuracy.high, (nan, 1.0), (1.0, 1.0), (0.0, 1.0)
      "isTrue (x < y)", less, (nan, 1.0), (0.0, 1.0), (1.0, 0.0) ]
    |> List.map (fun (name, check, ofNaN, right, wrong) ->
        let passed (x, y) = passes check x y
        name, passed ofNaN, passed right && not (passed wrong))

let named (passed: bool) =
    seen
    |> List.filter (fun (_, ofNaN, _) -> ofNaN = passed)
    |> List.map (fun (name, _, _) -> name)
    |> String.concat ", "

printfn "NaN passes: %s" (named true)
printfn "NaN fails: %s" (named false)

let tests =
    testList
        "a model that has diverged"
        [ testCase "its error is below a tolerance" (fun () ->
              Expect.isLessThan (abs (nan - 1.0)) 1e-6 "the error")
          testCase "its loss fell" (fun () ->
              let losses = [ 2.3; 1.9; nan; nan ]
              Expect.isLessThan (List.last losses) (List.head losses) "last below first") ]

let code = runTestsWithCLIArgs [ No_Spinner; Colours 0 ] [||] tests
printfn "exit code of the tests: %d" code

let expected =
    "isLessThan, isLessThan of 1 and NaN, isLessThanOrEqual, floatLessThanOrClose, floatGreaterThanOrClose"

exit (
    if named true = expected && seen |> List.forall (fun (_, _, usual) -> usual) && code = 0 then
        0
    else
        1
)
PROGRAM

dotnet run -c Release
