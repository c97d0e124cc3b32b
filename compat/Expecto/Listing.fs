namespace Expecto

open System
open System.Text
open Expecto.Logging
open Expecto.Impl

/// Lists of tests by name, as the runner prints them.
module internal Listing =

    let private letter state =
        match state with
        | Normal -> "N"
        | Pending -> "P"
        | Focused -> "F"

    let private nameOf config (flat: FlatTest) = config.joinWith.format flat.name

    /// One full name a line, after a letter for its state when any is not Normal.
    let logTests config test =
        let wanted (flat: FlatTest) =
            config.listStates.IsEmpty || List.contains flat.state config.listStates

        let tests = Test.toTestCodeList test |> List.filter wanted
        let allNormal = tests |> List.forall (fun flat -> flat.state = Normal)
        let text = StringBuilder "\n"

        for flat in tests do
            let name = nameOf config flat
            let line = if allNormal then name else $"{letter flat.state} {name}"
            text.Append(line).Append('\n') |> ignore

        Output.log Info (string text)

    /// The paths whose full name more than one test bears.
    let duplicates (join: JoinWith) test =
        Test.toTestCodeList test
        |> List.groupBy (fun flat -> join.format flat.name)
        |> List.choose (fun (_, same) ->
            match same with
            | first :: _ :: _ -> Some first.name
            | _ -> None)

    /// The full names of the focused tests.
    let focusedNames config test =
        Test.toTestCodeList test
        |> List.filter (fun flat -> flat.state = Focused)
        |> List.map (nameOf config)

    let logFocused (names: string list) =
        let all = String.Join("\n", names)

        Output.log
            LogLevel.Error
            $"It was requested that no focused tests exist, but {names.Length} focused tests were found:\n{all}"

    let private logOutcomes describe (run: TestRunSummary) =
        let outcomes =
            [ "Passed: ", run.passed
              "Ignored:", run.ignored
              "Failed: ", run.failed
              "Errored:", run.errored ]

        let width =
            outcomes |> List.map (fun (_, tests) -> (Output.count tests).Length) |> List.max

        let block (title: string, tests: (FlatTest * TestSummary) list) =
            let names = [ for flat, _ in tests -> "\n\t" + describe flat ]
            let count = Output.count tests
            $"{title} {Output.value (count.PadLeft width)}{String.Concat names}"

        let text = outcomes |> List.map block |> String.concat "\n"
        Output.log Info $"EXPECTO?! Summary...\n{text}"

    /// The counts of all outcomes, each followed by the full names, tab-indented.
    let logSummary config run = logOutcomes (nameOf config) run

    /// As logSummary, with `[file:line]` after each name.
    let logSummaryWithLocations config run =
        let describe flat =
            let place = config.locate flat.test
            $"{nameOf config flat} [{place.sourcePath}:{place.lineNumber}]"

        logOutcomes describe run
