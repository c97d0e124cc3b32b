#!/usr/bin/env bash
# Expecto and Expecto.FsCheck 11.1.1: tests that are green and test nothing, each with exit code 0.
# testTheory throws away what its function returns: false passes, and an async's or a second argument's body is never run. [<Tests>] on a
# list of tests, on a Lazy, or in an internal module is passed over in silence, the rest is run. skiptest in a property, for one of its
# cases, ends all of it as ignored, the rest untried. An empty ftestList has all others skipped. Test.timeout does not hold for a property.
# Expect.distribution passes numbers that its map lacks, and those that are to be there 0 times.
#
# Options take each other's place: of --filter-test-list and --filter-test-case, and of two --run, only the last counts; --filter
# with a slash, as the help says, finds nothing, unless --join-with / stands before it; --list-tests lists all, whatever the filter;
# --stress after --junit-summary leaves it out; --fscheck-max-tests does nothing for testPropertyWithConfig.
#
# Seen:
#     testTheory of false, of an async, of two arguments: passed
#     found by [<Tests>]: one of 4 tests; it passed, and the three that fail were not run
#     skiptest in a property's third case: 0 passed, 1 ignored, fewer than 20 cases tried; beside an empty ftestList: 0 passed, 1 ignored
#     a property of 100 x 5 ms with a timeout of 50 ms: 1 passed; a test of 500 ms with it: 1 failed
#     distribution passes: 1, 9, 9 for one 1; 7 for no 7. It fails: 7, 7 for one 7
#     --filter-test-list vae --filter-test-case adam: outer.gan.adam outer.vae.adam
#     --run outer.vae.adam --run outer.gan.adam: outer.gan.adam
#     --filter outer/vae: nothing; --filter outer/vae --join-with /: nothing; --join-with / --filter outer/vae: 2
#     --list-tests --filter outer.vae: 4 names
#     summary written: --junit-summary, --stress: no; --stress, --junit-summary: yes
#     --fscheck-max-tests 7: testProperty 7 cases, testPropertyWithConfig of the default 200
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
    <PackageReference Include="Expecto" Version="11.1.1" />
    <PackageReference Include="Expecto.FsCheck" Version="11.1.1" />
    <PackageReference Include="FsCheck" Version="3.6.0" />
    <PackageReference Update="FSharp.Core" Version="10.1.404" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.fs <<'PROGRAM'
module Probe

open System
open System.IO
open System.Threading
open Expecto

[<Tests>]
let found = testCase "found" ignore

[<Tests>]
let listed = [ testCase "in a list" (fun () -> failtest "it was run") ]

[<Tests>]
let later = lazy (testCase "in a Lazy" (fun () -> failtest "it was run"))

module internal Inner =
    [<Tests>]
    let hidden = testCase "in an internal module" (fun () -> failtest "it was run")

/// Passed, ignored, failed, the exit code, and the names of what was run.
let run (options: string list) tests =
    let mutable told = None
    let handler = SummaryHandler(fun summary -> told <- Some summary)
    let given = [ No_Spinner; Colours 0; Verbosity Logging.LogLevel.Fatal; Append_Summary_Handler handler ]
    let code = runTestsWithCLIArgs given (List.toArray options) tests

    match told with
    | Some summary ->
        let names = [ for test, _ in summary.results -> String.concat "." test.name ] |> List.sort
        (summary.passed.Length, summary.ignored.Length, summary.failed.Length, code), names
    | None -> failwith "there is no summary"

let counts options tests = fst (run options tests)
let names options tests = snd (run options tests)
let passed = (1, 0, 0, 0)
let ignored = (0, 1, 0, 0)

let passes check =
    try
        check ()
        true
    with :? AssertException ->
        false

let bigger = testTheory "theory" [ 3 ] (fun n -> n > 5)
let awaited = testTheory "theory" [ 3 ] (fun n -> async { Expect.isTrue (n > 5) "above 5" })
let two = testTheory "theory" [ 3 ] (fun n m -> Expect.isTrue (n > 5 + m) "above 5 and m")

/// One that skips its third case, and how many it has tried.
let skipping () =
    let mutable tried = 0

    let test =
        testProperty "skipping" (fun (_: int) ->
            tried <- tried + 1

            if tried = 3 then
                skiptest "not this one")

    let result = counts [] test
    result, tried

let beside = testList "all" [ testCase "failing" (fun () -> failtest "it was run"); ftestList "none yet" [] ]

let limited test =
    test
    |> Test.replaceTestCode (fun name code -> TestLabel(name, TestCase(Test.timeout 50 code, Normal), Normal))

let slowProperty = limited (testProperty "slow" (fun (_: int) -> Thread.Sleep 5))
let slow = limited (testCase "slow" (fun () -> Thread.Sleep 500))

let tree =
    testList
        "outer"
        [ testList "vae" [ testCase "adam" ignore; testCase "sgd" ignore ]
          testList "gan" [ testCase "adam" ignore; testCase "sgd" ignore ] ]

let written options =
    let path = Path.Combine(Environment.CurrentDirectory, Guid.NewGuid().ToString "N" + ".xml")
    let options = options |> List.map (fun word -> if word = "PATH" then path else word)
    let given = [ No_Spinner; Colours 0; Verbosity Logging.LogLevel.Fatal ]
    runTestsWithCLIArgs given (List.toArray options) (testCase "short" ignore) |> ignore
    File.Exists path

let cases (property: (int -> bool) -> Test) =
    let mutable count = 0

    property (fun _ ->
        count <- count + 1
        true)
    |> run [ "--fscheck-max-tests"; "7" ]
    |> ignore

    count

let check () =
    let mutable same = true

    let hold (text: string) held =
        Console.Out.WriteLine(text + (if held then "" else " (CHANGED)"))
        same <- same && held

    let theories = [ counts [] bigger; counts [] awaited; counts [] two ]
    hold (sprintf "testTheory of false, of an async, of two arguments: %A" theories) (theories = [ passed; passed; passed ])

    let all = Impl.testFromThisAssembly () |> Option.get
    let discovered = run [] all
    hold (sprintf "found by [<Tests>]: %A" discovered) (discovered = (passed, [ "found" ]))

    let (inProperty, tried), besideEmpty = skipping (), counts [] beside
    hold (sprintf "skiptest in a property: %A, fewer than 20 cases: %b; beside an empty ftestList: %A" inProperty (tried < 20) besideEmpty)
        (inProperty = ignored && tried < 20 && besideEmpty = ignored)

    let property, plain = counts [] slowProperty, counts [] slow
    hold (sprintf "a timeout of 50 ms, of a property: %A; of a test: %A" property plain)
        (property = passed && plain = (0, 0, 1, 1))

    let distributions =
        [ passes (fun () -> Expect.distribution [ 1; 9; 9 ] (Map [ 1, 1u ]) "")
          passes (fun () -> Expect.distribution [ 7 ] (Map [ 7, 0u ]) "")
          passes (fun () -> Expect.distribution [ 7; 7 ] (Map [ 7, 1u ]) "") ]

    hold (sprintf "distribution passes 1, 9, 9 for one 1; 7 for no 7; 7, 7 for one 7: %A" distributions)
        (distributions = [ true; true; false ])

    let both = names [ "--filter-test-list"; "vae"; "--filter-test-case"; "adam" ] tree
    hold (sprintf "--filter-test-list vae --filter-test-case adam: %A" both) (both = [ "outer.gan.adam"; "outer.vae.adam" ])

    let runs = names [ "--run"; "outer.vae.adam"; "--run"; "outer.gan.adam" ] tree
    hold (sprintf "--run outer.vae.adam --run outer.gan.adam: %A" runs) (runs = [ "outer.gan.adam" ])

    let slashes =
        [ counts [ "--filter"; "outer/vae" ] tree
          counts [ "--filter"; "outer/vae"; "--join-with"; "/" ] tree
          counts [ "--join-with"; "/"; "--filter"; "outer/vae" ] tree ]

    hold (sprintf "--filter outer/vae: alone, before --join-with /, after it: %A" slashes)
        (slashes = [ (0, 0, 0, 0); (0, 0, 0, 0); (2, 0, 0, 0) ])

    let summaries =
        [ written [ "--junit-summary"; "PATH"; "--stress"; "0.002" ]
          written [ "--stress"; "0.002"; "--junit-summary"; "PATH" ] ]

    hold (sprintf "summary written: before --stress, behind it: %A" summaries) (summaries = [ false; true ])

    let tried = [ cases (testProperty "p"); cases (testPropertyWithConfig FsCheckConfig.defaultConfig "p") ]
    hold (sprintf "cases by --fscheck-max-tests 7, without and with a config: %A" tried) (tried = [ 7; 200 ])
    if same then 0 else 1

[<EntryPoint>]
let main options =
    if Array.isEmpty options then
        check ()
    else
        runTestsWithCLIArgs [ No_Spinner; Colours 0 ] options tree
PROGRAM

dotnet run -c Release
lines=$(dotnet bin/Release/net10.0/probe.dll --list-tests --filter outer.vae | grep -c "^outer\.")
echo "--list-tests --filter outer.vae: $lines names"
[[ $lines = 4 ]]
