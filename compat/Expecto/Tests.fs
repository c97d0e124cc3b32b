namespace Expecto

open System
open System.Threading
open System.Threading.Tasks
open Expecto.Logging

/// Builders of tests, and the functions that run them.
[<AutoOpen>]
module Tests =
    open Args
    open Impl

    /// Has a function called when all tests have run.
    let afterRunTests f = Runner.afterwards.Enqueue f

    /// Prints a whole line at once, so that tests in parallel do not mix theirs.
    let printfn format =
        Printf.ksprintf (Output.line Console.Out) format

    /// As printfn, to the error stream.
    let eprintfn format =
        Printf.ksprintf (Output.line Console.Error) format

    /// The full name of the running test.
    let testName<'unused> = CurrentTest.name.Value

    /// Fails the test with a stack trace.
    let failtest (msg: string) = raise (AssertException msg)

    /// Fails the test with a formatted message and a stack trace.
    let failtestf fmt = Printf.ksprintf failtest fmt

    /// Fails the test without a stack trace.
    let failtestNoStack (msg: string) = raise (FailedException msg)

    /// Fails the test with a formatted message, without a stack trace.
    let failtestNoStackf fmt = Printf.ksprintf failtestNoStack fmt

    /// Has the test counted as ignored.
    let skiptest (msg: string) = raise (IgnoreException msg)

    /// Has the test counted as ignored, with a formatted reason.
    let skiptestf fmt = Printf.ksprintf skiptest fmt

    /// Groups tests under a name. In every family `f...` focuses and `p...` makes pending.
    let testList name tests = Family.listOf Normal name tests
    let ftestList name tests = Family.listOf Focused name tests
    let ptestList name tests = Family.listOf Pending name tests

    /// Puts a name before a test's own.
    let testLabel name test = TestLabel(name, test, Normal)

    /// A test of synchronous code.
    let testCase name test = Leaf.named name Normal (Sync test)
    let ftestCase name test = Leaf.named name Focused (Sync test)
    let ptestCase name test = Leaf.named name Pending (Sync test)

    /// A test of synchronous code that sees when the run is cancelled.
    let testCaseWithCancel name test =
        Leaf.named name Normal (SyncWithCancel test)

    let ftestCaseWithCancel name test =
        Leaf.named name Focused (SyncWithCancel test)

    let ptestCaseWithCancel name test =
        Leaf.named name Pending (SyncWithCancel test)

    /// A test of an async computation.
    let testCaseAsync name test = Leaf.named name Normal (Async test)
    let ftestCaseAsync name test = Leaf.named name Focused (Async test)
    let ptestCaseAsync name test = Leaf.named name Pending (Async test)

    /// A test of a task, started when the test runs.
    let testCaseTask name test =
        Leaf.named name Normal (Leaf.deferred test)

    let ftestCaseTask name test =
        Leaf.named name Focused (Leaf.deferred test)

    let ptestCaseTask name test =
        Leaf.named name Pending (Leaf.deferred test)

    /// Runs alone, after all parallel tests.
    let testSequenced test = Test.Sequenced(Synchronous, test)

    /// Never runs beside another test of the same group.
    let testSequencedGroup name test =
        Test.Sequenced(SynchronousGroup name, test)

    /// `test "name" { .. }`: synchronous code.
    let test name = TestCaseBuilder(name, Normal)
    let ftest name = TestCaseBuilder(name, Focused)
    let ptest name = TestCaseBuilder(name, Pending)

    /// `testAsync "name" { .. }`: an async block.
    let testAsync name = TestAsyncBuilder(name, Normal)
    let ftestAsync name = TestAsyncBuilder(name, Focused)
    let ptestAsync name = TestAsyncBuilder(name, Pending)

    /// `testTask "name" { .. }`: a task block, started when the test runs.
    let testTask name = TestTaskBuilder(name, Normal)
    let ftestTask name = TestTaskBuilder(name, Focused)
    let ptestTask name = TestTaskBuilder(name, Pending)

    /// Tests that share a setup: it gets each partial test and returns the code to run.
    let testFixture (setup: 'a -> unit -> unit) = Family.parts (setup >> Sync)

    let testFixtureAsync (setupAsync: 'a -> Async<unit>) =
        Family.parts (fun part -> Async(async.Delay(fun () -> setupAsync part)))

    let testFixtureTask (setupTask: 'a -> #Task<unit>) =
        Family.parts (fun part -> Family.awaited (fun () -> setupTask part))

    /// Tests that share a parameter.
    let testParam (param: 'a) =
        Family.parts (fun (part: 'a -> unit -> unit) -> Sync(part param))

    let testParamAsync (param: 'a) =
        Family.parts (fun (part: 'a -> Async<unit>) -> Async(part param))

    let testParamTask (param: 'a) =
        Family.parts (fun (part: 'a -> unit -> Task<unit>) -> Leaf.deferred (part param))

    /// One test per case, named after the case.
    let testTheory name cases test =
        Family.theorySync Normal name cases test

    let ftestTheory name cases test =
        Family.theorySync Focused name cases test

    let ptestTheory name cases test =
        Family.theorySync Pending name cases test

    let testTheoryAsync name cases test =
        Family.theoryAsync Normal name cases test

    let ftestTheoryAsync name cases test =
        Family.theoryAsync Focused name cases test

    let ptestTheoryAsync name cases test =
        Family.theoryAsync Pending name cases test

    let testTheoryTask name cases test =
        Family.theoryTask Normal name cases test

    let ftestTheoryTask name cases test =
        Family.theoryTask Focused name cases test

    let ptestTheoryTask name cases test =
        Family.theoryTask Pending name cases test

    /// The settings of a run without switches.
    let defaultConfig = standardConfig

    /// What to do with a run's outcome.
    [<ReferenceEquality>]
    type SummaryHandler = SummaryHandler of (TestRunSummary -> unit)

    /// The settings that code or command line may change; each has a switch but the last three.
    type CLIArguments =
        | Sequenced
        | Parallel
        | Parallel_Workers of int
        | FsCheck_Max_Tests of int
        | FsCheck_Start_Size of int
        | FsCheck_End_Size of int
        | Fail_On_Focused_Tests
        | Debug
        | Filter of hiera: string
        | Filter_Test_List of substring: string
        | Filter_Test_Case of substring: string
        | Run of tests: string list
        | List_Tests of listStates: FocusState list
        | Summary
        | Summary_Location
        | Version
        | Allow_Duplicate_Names
        | No_Spinner
        | Colours of int
        | JoinWith of split: string
        | Printer of TestPrinters
        | Verbosity of LogLevel
        | Append_Summary_Handler of SummaryHandler

    let private stateOf (text: string) =
        match text.ToLowerInvariant() with
        | "normal" -> Some Normal
        | "pending" -> Some Pending
        | "focused" -> Some Focused
        | _ -> None

    let private switches =
        [ flag "--sequenced" Sequenced "Run the tests one after the other."
          flag "--parallel" Parallel "Run the tests in parallel (default)."
          number "--parallel-workers" Parallel_Workers "Tests at a time (default: processors)."
          flag "--fail-on-focused-tests" Fail_On_Focused_Tests "Fail if some test is focused."
          flag "--debug" Debug "Print every test's start and end."
          text "--filter" Filter "Run the tests whose full name begins with this."
          text "--filter-test-list" Filter_Test_List "Run the lists whose name contains this."
          text "--filter-test-case" Filter_Test_Case "Run the tests whose name contains this."
          many "--run" Some Run "Run the tests of these full names."
          many "--list-tests" stateOf List_Tests "List the tests (of these states), run none."
          flag "--summary" Summary "List all tests by outcome at the end."
          flag "--summary-location" Summary_Location "As --summary, with the places of the tests."
          flag "--version" Version "Print the version, then run."
          number "--fscheck-max-tests" FsCheck_Max_Tests "Cases of a property (default: 100)."
          number "--fscheck-start-size" FsCheck_Start_Size "Size of the first case (default: 1)."
          number "--fscheck-end-size" FsCheck_End_Size "Size of the last case (default: 100)."
          flag "--allow-duplicate-names" Allow_Duplicate_Names "Let tests share a full name."
          number "--colours" Colours "Colours: 0, 8 (default) or 256."
          flag "--no-spinner" No_Spinner "Draw no spinner (none is ever drawn)."
          text "--join-with" JoinWith "What joins full names: \".\" (default) or \"/\"." ]

    let private filterBy (pred: JoinWith -> string list -> bool) config =
        { config with
            filter = Test.filter config.joinWith.asString (pred config.joinWith) }

    let private withSummary (handle: ExpectoConfig -> TestRunSummary -> unit) config =
        let summary current run =
            async {
                do! config.printer.summary current run
                handle current run
            }

        { config with
            printer =
                { config.printer with
                    summary = summary } }

    let private enclosing (path: string list) = List.truncate (path.Length - 1) path

    let private apply config argument =
        match argument with
        | Sequenced -> { config with runInParallel = false }
        | Parallel -> { config with runInParallel = true }
        | Parallel_Workers n -> { config with parallelWorkers = n }
        | FsCheck_Max_Tests n -> { config with fsCheckMaxTests = n }
        | FsCheck_Start_Size n -> { config with fsCheckStartSize = n }
        | FsCheck_End_Size n -> { config with fsCheckEndSize = Some n }
        | Fail_On_Focused_Tests ->
            { config with
                failOnFocusedTests = true }
        | Debug ->
            { config with
                verbosity = LogLevel.Debug }
        | Filter prefix ->
            config
            |> filterBy (fun join path ->
                (join.format path).StartsWith(prefix, StringComparison.Ordinal))
        | Filter_Test_List part ->
            config
            |> filterBy (fun _ path -> enclosing path |> List.exists _.Contains(part))
        | Filter_Test_Case part ->
            config
            |> filterBy (fun _ path -> List.tryLast path |> Option.exists _.Contains(part))
        | Run names -> config |> filterBy (fun join path -> List.contains (join.format path) names)
        | List_Tests states -> { config with listStates = states }
        | Summary -> withSummary Listing.logSummary config
        | Summary_Location -> withSummary Listing.logSummaryWithLocations config
        | Version -> config
        | Allow_Duplicate_Names ->
            { config with
                allowDuplicateNames = true }
        | No_Spinner -> { config with noSpinner = true }
        | Colours n when n >= 256 -> { config with colour = Colour256 }
        | Colours n when n >= 8 -> { config with colour = Colour8 }
        | Colours _ -> { config with colour = Colour0 }
        | JoinWith "/" -> { config with joinWith = Slash }
        | JoinWith _ -> { config with joinWith = Dot }
        | Printer printer -> { config with printer = printer }
        | Verbosity level -> { config with verbosity = level }
        | Append_Summary_Handler(SummaryHandler handle) ->
            withSummary (fun _ run -> handle run) config

    /// What a command line asks for.
    type FillFromArgsResult =
        | ArgsRun of ExpectoConfig
        | ArgsList of ExpectoConfig
        | ArgsVersion of ExpectoConfig
        | ArgsUsage of usage: string * errors: string list

    /// Settings from command lines.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module ExpectoConfig =

        /// The settings changed by a command line's switches, or how it is to be written.
        let fillFromArgs baseConfig args =
            match parse switches args with
            | Result.Error errors -> ArgsUsage(usage switches, errors)
            | Ok arguments ->
                let config = List.fold apply baseConfig arguments

                if arguments |> List.exists _.IsList_Tests then ArgsList config
                elif arguments |> List.exists _.IsVersion then ArgsVersion config
                else ArgsRun config

    /// Prints the full names of the tests, a line each.
    let listTests (config: ExpectoConfig) test = Listing.logTests config test

    /// The names that more than one test bears.
    let duplicatedNames (join: JoinWith) test = Listing.duplicates join test

    /// Runs the tests under the arguments and the command line's switches; returns the exit code.
    let runTestsWithCLIArgsAndCancel (ct: CancellationToken) cliArgs (args: string array) tests =
        let version = "11.1.0"

        match ExpectoConfig.fillFromArgs (Seq.fold apply defaultConfig cliArgs) args with
        | ArgsRun config -> Runner.run ct config tests
        | ArgsVersion config ->
            printfn "EXPECTO! v%s\n" version
            Runner.run ct config tests
        | ArgsList config ->
            use _ = Output.configure config.colour config.verbosity
            listTests config tests
            0
        | ArgsUsage(usage, errors) ->
            if not errors.IsEmpty then
                printfn "ERROR: %s\n" (String.Join(" ", errors))

            printfn "EXPECTO! v%s\n\n%s" version usage
            if errors.IsEmpty then 0 else 1

    /// As runTestsWithCLIArgsAndCancel, never cancelled.
    let runTestsWithCLIArgs cliArgs args tests =
        runTestsWithCLIArgsAndCancel CancellationToken.None cliArgs args tests

    /// Runs the tests that the program's assembly marks; returns the exit code.
    let runTestsInAssemblyWithCLIArgsAndCancel ct cliArgs args =
        testFromThisAssembly ()
        |> Option.defaultValue (TestList([], Normal))
        |> runTestsWithCLIArgsAndCancel ct cliArgs args

    /// As runTestsInAssemblyWithCLIArgsAndCancel, never cancelled.
    let runTestsInAssemblyWithCLIArgs cliArgs args =
        runTestsInAssemblyWithCLIArgsAndCancel CancellationToken.None cliArgs args
