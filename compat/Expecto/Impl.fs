namespace Expecto

open System
open System.Diagnostics
open System.Reflection
open System.Threading
open Expecto.Logging

/// The full name of the test that runs in this flow of control.
module internal CurrentTest =
    let name = AsyncLocal<string>()

/// Results, settings, printers, and the evaluation of tests.
module Impl =

    /// What stands between the labels of a full name.
    type JoinWith =
        | Dot
        | Slash

        member join.asString =
            match join with
            | Dot -> "."
            | Slash -> "/"

        member join.format(parts: string list) = String.Join(join.asString, parts)

    /// The outcome of one test.
    type TestResult =
        | Passed
        | Ignored of string
        | Failed of string
        | Error of exn

        member result.isPassed = result.IsPassed
        member result.isIgnored = result.IsIgnored
        member result.isFailed = result.IsFailed
        member result.isException = result.IsError

    /// The outcome of one test with its time in milliseconds.
    type TestSummary =
        { result: TestResult
          count: int
          meanDuration: float
          maxDuration: float }

        member summary.duration = TimeSpan.FromMilliseconds summary.meanDuration

    /// The outcome of a run.
    type TestRunSummary =
        { results: (FlatTest * TestSummary) list
          duration: TimeSpan }

        member run.passed = run.results |> List.filter (fun (_, s) -> s.result.isPassed)
        member run.ignored = run.results |> List.filter (fun (_, s) -> s.result.isIgnored)
        member run.failed = run.results |> List.filter (fun (_, s) -> s.result.isFailed)
        member run.errored = run.results |> List.filter (fun (_, s) -> s.result.isException)

        /// The sum of 1 when some test failed and 2 when some test errored.
        member run.errorCode =
            (if run.failed.IsEmpty then 0 else 1) + (if run.errored.IsEmpty then 0 else 2)

        member run.successful = run.errorCode = 0

    /// What is called as a run goes on.
    [<ReferenceEquality>]
    type TestPrinters =
        {
            beforeRun: Test -> Async<unit>
            /// Full name, and whether the test will be skipped.
            beforeEach: string -> bool -> Async<unit>
            info: string -> Async<unit>
            passed: string -> TimeSpan -> Async<unit>
            /// Full name and reason.
            ignored: string -> string -> Async<unit>
            /// Full name, message and time taken.
            failed: string -> string -> TimeSpan -> Async<unit>
            exn: string -> exn -> TimeSpan -> Async<unit>
            summary: ExpectoConfig -> TestRunSummary -> Async<unit>
        }

        /// Prints nothing.
        static member silent =
            { beforeRun = fun _ -> async.Zero()
              beforeEach = fun _ _ -> async.Zero()
              info = fun _ -> async.Zero()
              passed = fun _ _ -> async.Zero()
              ignored = fun _ _ -> async.Zero()
              failed = fun _ _ _ -> async.Zero()
              exn = fun _ _ _ -> async.Zero()
              summary = fun _ _ -> async.Zero() }

        /// Prints the first line, each failure and error, and the last line.
        static member defaultPrinter =
            let log level text = async { Output.log level text }

            let time (span: TimeSpan) =
                Output.value (span.ToString @"hh\:mm\:ss\.fff")

            { beforeRun = fun _ -> log Info "EXPECTO? Running tests..."
              beforeEach = fun name _ -> log Debug $"{Output.value name} starting..."
              info = log Info
              passed = fun name span -> log Debug $"{Output.value name} passed in {time span}."
              ignored = fun name reason -> log Debug $"{Output.value name} was ignored. {reason}"
              failed =
                fun name message span ->
                    log LogLevel.Error $"{Output.value name} failed in {time span}. {message}\n"
              exn =
                fun name error span ->
                    log LogLevel.Error $"{Output.value name} errored in {time span}\n{error}\n"
              summary = fun config run -> log Info (TestPrinters.lastLine config run) }

        static member private lastLine config run =
            let count tests = Output.value (Output.count tests)
            let executed = run.results |> List.filter (fun (_, s) -> not s.result.isIgnored)
            let join = config.joinWith.asString

            let name =
                run.results
                |> List.map (fun (flat, _) -> flat.fullName join |> _.Split(join) |> List.ofArray)
                |> Paths.shared
                |> config.joinWith.format

            String.concat
                " "
                [ $"EXPECTO! {count executed} tests run in {Output.value run.duration}"
                  $"for {Output.value name} –"
                  $"{count run.passed} passed,"
                  $"{count run.ignored} ignored,"
                  $"{count run.failed} failed,"
                  $"{count run.errored} errored."
                  if run.successful then
                      Output.paint Output.Good "Success!" ]

    /// The settings of a run.
    and [<ReferenceEquality>] ExpectoConfig =
        {
            runInParallel: bool
            /// Negative: times the number of processors; 0: no limit.
            parallelWorkers: int
            failOnFocusedTests: bool
            filter: Test -> Test
            /// The states that a listing is restricted to; empty for all.
            listStates: FocusState list
            printer: TestPrinters
            verbosity: LogLevel
            /// Where a test's code stands; nowhere unless the caller can tell.
            locate: TestCode -> SourceLocation
            fsCheckMaxTests: int
            fsCheckStartSize: int
            /// None stands for 100.
            fsCheckEndSize: int option
            allowDuplicateNames: bool
            /// Accepted for the sake of command lines: this runner draws no spinner.
            noSpinner: bool
            colour: ColourLevel
            joinWith: JoinWith
        }

    let internal standardConfig =
        { runInParallel = true
          parallelWorkers = Environment.ProcessorCount
          failOnFocusedTests = false
          filter = id
          listStates = []
          printer = TestPrinters.defaultPrinter
          verbosity = Info
          locate = fun _ -> { sourcePath = ""; lineNumber = 0 }
          fsCheckMaxTests = 100
          fsCheckStartSize = 1
          fsCheckEndSize = None
          allowDuplicateNames = false
          noSpinner = false
          colour = Colour8
          joinWith = Dot }

    let private propertyConfig config =
        { FsCheckConfig.defaultConfig with
            maxTest = config.fsCheckMaxTests
            startSize = config.fsCheckStartSize
            endSize = defaultArg config.fsCheckEndSize 100 }

    let private execute (cancel: CancellationToken) config code =
        async {
            match code with
            | Sync run -> run ()
            | SyncWithCancel run -> run cancel
            | Async work -> do! work
            | AsyncFsCheck(own, _, check) ->
                do! own |> Option.defaultWith (fun () -> propertyConfig config) |> check
        }

    let rec private resultOf (error: exn) =
        match error with
        | :? AssertException -> Failed $"\n{error.Message}\n{Trace.frames error}"
        | :? FailedException -> Failed $"\n{error.Message}"
        | :? IgnoreException -> Ignored error.Message
        | :? AggregateException as many when many.InnerExceptions.Count = 1 ->
            resultOf many.InnerException
        | :? TargetInvocationException when not (isNull error.InnerException) ->
            resultOf error.InnerException
        | _ -> Error error

    let private summaryOf result milliseconds =
        { result = result
          count = 1
          meanDuration = milliseconds
          maxDuration = milliseconds }

    let private runOne cancel config (flat: FlatTest) =
        match flat.shouldSkipEvaluation with
        | Some reason -> async { return summaryOf (Ignored reason) 0.0 }
        | None ->
            async {
                let outer = CurrentTest.name.Value
                CurrentTest.name.Value <- config.joinWith.format flat.name
                let clock = Stopwatch.StartNew()
                let! outcome = execute cancel config flat.test |> Async.Catch
                let time = clock.Elapsed.TotalMilliseconds
                CurrentTest.name.Value <- outer

                match outcome with
                | Choice1Of2() -> return summaryOf Passed time
                | Choice2Of2 error -> return summaryOf (resultOf error) time
            }

    let private printResult config (flat: FlatTest) (summary: TestSummary) =
        let name = config.joinWith.format flat.name

        match summary.result with
        | Passed -> config.printer.passed name summary.duration
        | Ignored reason -> config.printer.ignored name reason
        | Failed message -> config.printer.failed name message summary.duration
        | Error error -> config.printer.exn name error summary.duration

    let private evaluate cancel config (index: int, flat: FlatTest) =
        async {
            let skipped = flat.shouldSkipEvaluation.IsSome
            do! config.printer.beforeEach (config.joinWith.format flat.name) skipped
            let! summary = runOne cancel config flat
            do! printResult config flat summary
            return index, (flat, summary)
        }

    let private workersOf config =
        match config.parallelWorkers with
        | 0 -> Int32.MaxValue
        | n when n < 0 -> -n * Environment.ProcessorCount
        | n -> n

    /// The pieces that may run beside each other: single tests, and whole sequenced groups.
    let private piecesOf cancel config tests =
        tests
        |> List.groupBy (fun (index, flat: FlatTest) ->
            match flat.sequenced with
            | SynchronousGroup name -> Choice1Of2 name
            | _ -> Choice2Of2 index)
        |> List.map (fun (_, group) -> List.map (evaluate cancel config) group)
        |> List.sortByDescending List.length
        |> List.map (Schedule.sequentially cancel)

    let internal evalTestsWithCancel cancel config test =
        async {
            let tests = Test.toTestCodeList test |> List.indexed

            let alone, together =
                if config.runInParallel && config.parallelWorkers <> 1 then
                    tests |> List.partition (fun (_, flat) -> flat.sequenced = Synchronous)
                else
                    tests, []

            let! first =
                piecesOf cancel config together |> Schedule.parallelBy (workersOf config) cancel

            if not alone.IsEmpty && not together.IsEmpty then
                do! config.printer.info "Starting sequenced tests..."

            let! second =
                alone |> List.map (evaluate cancel config) |> Schedule.sequentially cancel

            return List.concat first @ second |> List.sortBy fst |> List.map snd
        }

    /// Runs the tests and returns their outcomes in the tree's order.
    let evalTests config test =
        evalTestsWithCancel CancellationToken.None config test

    /// Runs the tests one by one and prints nothing.
    let evalTestsSilent test =
        evalTests
            { standardConfig with
                runInParallel = false
                printer = TestPrinters.silent }
            test

    let internal runEvalWithCancel cancel config test =
        async {
            do! config.printer.beforeRun test
            let clock = Stopwatch.StartNew()
            let! results = evalTestsWithCancel cancel config test

            let run =
                { results = results
                  duration = clock.Elapsed }

            do! config.printer.summary config run
            return run.errorCode
        }

    /// Runs the tests with first and last line, and returns the exit code.
    let runEval config test =
        runEvalWithCancel CancellationToken.None config test

    /// The tests that an assembly marks, or None.
    let testFromAssembly: Assembly -> Test option = Discovery.testFromAssembly

    /// The tests that the program's own assembly marks, or None.
    let testFromThisAssembly () =
        testFromAssembly (Assembly.GetEntryAssembly())
