#!/usr/bin/env bash
# Argu 6.1.1: an option that it does not know is taken for one whose name begins it, if that one takes "=" (EqualsAssignment and its kin):
# "--lr=0.1 --lr-decay=0.9" is a learning rate of 0.1 and then one of 0.9, which wins; --model-path=x is --model x; with "-e" as another
# name of --epochs, -embedding=8 is 8 epochs. There is no error and no sign of it. Without EqualsAssignment, such a name is refused.
#
# An optional value, or an element of a list, that cannot be read is left for the main command: "--limit 1e3 data.csv" is no limit and two
# files, "--layers 64 32 16.0 data.csv" two layers and two files; of what is not an option at all, as "--lerning 0.5", come two files too.
# What PrintCommandLineArguments writes of a list and a file is read as a longer list.
#
# Configurations are read by names with blanks: of a dictionary "learning rate", not "learning-rate", "learning_rate" or "Learning_Rate",
# which are passed over, as is the environment variable LEARNING_RATE. Of "1,2,3" for a pair the 3 is dropped.
#
# Seen:
#     --lr=0.1 --lr-decay=0.9 is: learning rate 0.9
#     --model-path=x -embedding=8 --epochs-warm=2 is: [Model "x"; Epochs 8; Epochs 2]
#     --limit 1e3 data.csv is: [Limit None; Files ["1e3"; "data.csv"]]
#     --layers 64 32 16.0 data.csv is: [Layers [64; 32]; Files ["16.0"; "data.csv"]]
#     --lerning 0.5 is: [Files ["--lerning"; "0.5"]]
#     [Layers [1]; Files ["3"]] is written --layers 1 3 and read [Layers [1; 3]]
#     a dictionary of learning-rate: []; learning_rate: []; Learning_Rate: []; learning rate: [Learning_Rate 0.1]
#     the environment variable LEARNING_RATE: []
#     a dictionary of pair 1,2,3: [Pair (1, 2)]
#     --rate-decay=0.9 where --rate has no EqualsAssignment: refused
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
    <PackageReference Include="Argu" Version="6.1.1" />
    <PackageReference Update="FSharp.Core" Version="10.1.404" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.fs <<'PROGRAM'
open System
open Argu

type Option =
    | [<EqualsAssignment>] Lr of float
    | [<EqualsAssignment>] Model of string
    | [<EqualsAssignmentOrSpaced; AltCommandLine("-e")>] Epochs of int
    | Learning_Rate of float
    | Limit of int option
    | Layers of int list
    | Pair of int * int
    | [<MainCommand>] Files of string list

    interface IArgParserTemplate with
        member _.Usage = "an option"

type Plain =
    | Rate of float

    interface IArgParserTemplate with
        member _.Usage = "an option"

let parser = ArgumentParser.Create<Option>(programName = "probe")
let words (line: string) = line.Split ' '
let results (line: string) = parser.Parse(words line)
let read line = (results line).GetAllResults()

let told line =
    let options = read line
    printfn "%s is: %A" line options
    options

let rate = (results "--lr=0.1 --lr-decay=0.9").GetResult Lr
printfn "--lr=0.1 --lr-decay=0.9 is: learning rate %g" rate

let names = told "--model-path=x -embedding=8 --epochs-warm=2"
let limited = told "--limit 1e3 data.csv"
let layered = told "--layers 64 32 16.0 data.csv"
let mistyped = told "--lerning 0.5"

let given = [ Layers [ 1 ]; Files [ "3" ] ]
let line = parser.PrintCommandLineArgumentsFlat given
let back = parser.Parse(parser.PrintCommandLineArguments given).GetAllResults()
printfn "%A is written %s and read %A" given line back

let configured name value =
    parser.ParseConfiguration(ConfigurationReader.FromDictionary(dict [ name, value ])).GetAllResults()

let keys =
    [ for name in [ "learning-rate"; "learning_rate"; "Learning_Rate"; "learning rate" ] -> name, configured name "0.1" ]

let shown = [ for name, options in keys -> sprintf "%s: %A" name options ]
printfn "a dictionary of %s" (String.concat "; " shown)

Environment.SetEnvironmentVariable("LEARNING_RATE", "0.1")
let environment = parser.ParseConfiguration(ConfigurationReader.FromEnvironmentVariables()).GetAllResults()
printfn "the environment variable LEARNING_RATE: %A" environment

let pair = configured "pair" "1,2,3"
printfn "a dictionary of pair 1,2,3: %A" pair

let refused =
    try
        ArgumentParser.Create<Plain>(programName = "probe").Parse [| "--rate-decay=0.9" |] |> ignore
        false
    with :? ArguParseException ->
        true

printfn "--rate-decay=0.9 where --rate has no EqualsAssignment: %s" (if refused then "refused" else "taken")

exit (
    if
        rate = 0.9
        && names = [ Model "x"; Epochs 8; Epochs 2 ]
        && limited = [ Limit None; Files [ "1e3"; "data.csv" ] ]
        && layered = [ Layers [ 64; 32 ]; Files [ "16.0"; "data.csv" ] ]
        && mistyped = [ Files [ "--lerning"; "0.5" ] ]
        && line = "--layers 1 3"
        && back = [ Layers [ 1; 3 ] ]
        && List.map snd keys = [ []; []; []; [ Learning_Rate 0.1 ] ]
        && environment = []
        && pair = [ Pair(1, 2) ]
        && refused
    then
        0
    else
        1
)
PROGRAM

dotnet run -c Release
