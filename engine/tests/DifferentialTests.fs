/// The engine against libtorch: on libtorch the outcomes of all cases are written, on the managed engine compared.
module Workbench.Tests.DifferentialTests

open System
open Expecto
open TorchSharp
open Workbench.Tests.DifferentialCompare
open Workbench.Tests.DifferentialOutcome
open Workbench.Tests.TensorSupport

let private operations = DifferentialCases.operations
let private cases = lazy (operations |> List.collect casesOf)

/// On one thread: libtorch's sums depend on their number, and so many small operations wait for each other.
let private write () =
    withThreads 1 (fun () ->
        cases.Value
        |> List.map (fun case -> case.Name, outcome case)
        |> DifferentialFile.write)

let private reference = lazy (DifferentialFile.read ())

/// Without a file there is nothing to compare with; one that was asked for has to be there.
let private referenceOrSkip () =
    match reference.Value with
    | Some outcomes -> outcomes
    | None ->
        let message =
            $"no outcomes of this build at {DifferentialFile.path}: run these tests on libtorch first"

        if String.IsNullOrEmpty(Environment.GetEnvironmentVariable "WORKBENCH_REFERENCE") then
            skiptest message
        else
            failtest message

let private differenceOf (reference: Map<string, Outcome>) (case: Case) =
    difference case (outcome case) reference[case.Name]
    |> Option.map (fun text -> $"{case.Name}: {text}")

/// An operation's cases but for the listed differences.
let private compare (operation: Operation) =
    let reference = referenceOrSkip ()

    let differences =
        casesOf operation
        |> List.filter (fun case -> (DifferentialListed.reason case).IsNone)
        |> List.choose (differenceOf reference)

    if not differences.IsEmpty then
        let first = differences |> List.truncate 5 |> String.concat "\n"
        failtest $"{differences.Length} differences\n{first}"

let private stillDiffers (listed: DifferentialListed.Listed) =
    let reference = referenceOrSkip ()

    cases.Value
    |> List.filter listed.Applies
    |> List.exists (fun case -> (differenceOf reference case).IsSome)
    |> fun differs -> Expect.isTrue differs "some case differs still"

let private comparisons =
    [ for operation in operations do
          testCase operation.Name (fun () -> compare operation)
      for listed in DifferentialListed.differences do
          testCase $"listed: {listed.Reason}" (fun () -> stillDiffers listed) ]

let private uniqueNames () =
    let twice =
        cases.Value |> List.countBy _.Name |> List.filter (fun (_, count) -> count > 1)

    Expect.isEmpty twice "names that two cases have"
    Expect.isGreaterThanOrEqual cases.Value.Length 5000 "cases"

let private onNumbers (numbers: float32 list) =
    let bytes = numbers |> List.map BitConverter.GetBytes |> Array.concat

    Gave(
        [ { Type = torch.float32
            Shape = [ int64 numbers.Length ]
            Bytes = bytes } ],
        Given [ None ]
    )

/// A comparison that lets everything pass would pass every test above.
let private noticed () =
    let case =
        casesOf (operations |> List.find (fun operation -> operation.Name = "exp"))
        |> List.head

    let differs got want =
        (difference case (onNumbers got) (onNumbers want)).IsSome

    Expect.isFalse (differs [ 1.0f; nanf ] [ 1.0000001f; nanf ]) "one unit"
    Expect.isTrue (differs [ 1.0f ] [ 1.000001f ]) "eight units"
    Expect.isTrue (differs [ nanf ] [ 1.0f ]) "not a number"
    Expect.isTrue (differs [ infinityf ] [ Single.MaxValue ]) "not finite"
    Expect.isTrue (differs [ 1.0f; 1.0f ] [ 1.0f ]) "another shape"

[<Tests>]
let tests =
    testList
        "As libtorch"
        [ testCase "every case has a name of its own" uniqueNames
          testCase "a wrong number is noticed" noticed
          if isManaged then
              testList "operations" comparisons
          else
              testCase "outcomes are written" write ]
