module Workbench.Tests.ExpectoTests

open System
open System.Collections.Concurrent
open System.IO
open System.Reflection
open System.Reflection.Emit
open System.Text.RegularExpressions
open System.Threading
open System.Threading.Tasks
open Expecto
open Expecto.Impl

let private evaluate test =
    evalTestsSilent test |> Async.RunSynchronously

let private results test =
    evaluate test
    |> List.map (fun (flat, summary) -> flat.fullName ".", summary.result)

let private passedNames (run: TestRunSummary) =
    run.passed |> List.map (fun (flat, _) -> flat.fullName ".")

/// The exit code of a silent run under the switches, and the names of the tests that passed.
let private silently (args: string) test =
    let runs = ResizeArray<TestRunSummary>()

    let code =
        runTestsWithCLIArgs
            [ Printer TestPrinters.silent
              Verbosity Logging.LogLevel.Fatal
              Append_Summary_Handler(SummaryHandler runs.Add) ]
            (args.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            test

    code, runs |> Seq.collect passedNames |> List.ofSeq

/// The exit code of a run under the switches, and all it prints.
let private printed (args: string) test =
    let console = Console.Out
    use writer = new StringWriter()

    try
        Console.SetOut writer
        let code = runTestsWithCLIArgs [] (args.Split ' ') test
        code, string writer
    finally
        Console.SetOut console

let private good = testCase "good" ignore
let private bad = testCase "bad" (fun () -> failtest "no")
let private boom = testCase "boom" (fun () -> failwith "bang")
let private skipped = testCase "skipped" (fun () -> skiptest "later")
let private top tests = testList "top" tests

let private outcomes =
    testList
        "outcomes"
        [ testCase "a test passes, fails, errs or is ignored" (fun () ->
              match results (top [ good; bad; boom; skipped ]) with
              | [ "top.good", Passed
                  "top.bad", Failed no
                  "top.boom", Error bang
                  _, Ignored later ] ->
                  Expect.stringStarts no "\nno\n" "the message of a failure"
                  Expect.stringContains no "ExpectoTests" "and where it was"
                  Expect.equal bang.Message "bang" "the exception of an error"
                  Expect.equal later "later" "the reason"
              | other -> failtestf "%A" other)

          testCase "failtestNoStack leaves the trace out" (fun () ->
              let test = testCase "t" (fun () -> failtestNoStackf "%d is odd" 3)
              Expect.equal (results test) [ "t", Failed "\n3 is odd" ] "the message alone")

          testCase "the exit code adds failed and errored" (fun () ->
              let code tests = fst (silently "" (top tests))

              let codes =
                  List.map code [ []; [ good; skipped ]; [ bad ]; [ boom; good ]; [ bad; boom ] ]

              Expect.equal codes [ 0; 0; 1; 2; 3 ] "exit codes")

          testCase "a test knows its name" (fun () ->
              Expect.stringEnds testName "outcomes.a test knows its name" "full name")

          testCase "a timeout fails" (fun () ->
              let slow = TestCase(Test.timeout 20 (Async(Async.Sleep 20_000)), Normal)

              match results (testLabel "slow" slow) with
              | [ "slow", Failed message ] -> Expect.stringContains message "Timeout" "says so"
              | other -> failtestf "%A" other) ]

let private shapes =
    testList
        "shapes"
        [ testCase "the test block is a whole language" (fun () ->
              let log = ResizeArray<string>()

              let block =
                  test "t" {
                      use _ =
                          { new IDisposable with
                              member _.Dispose() = log.Add "disposed" }

                      for i in 1..2 do
                          log.Add $"for {i}"

                      let mutable n = 0

                      while n < 1 do
                          log.Add "while"
                          n <- n + 1

                      try
                          failwith "x"
                      with _ ->
                          log.Add "caught"
                  }

              Expect.isEmpty log "nothing runs before the test does"
              Expect.equal (results block) [ "t", Passed ] "it passes"

              Expect.equal
                  (List.ofSeq log)
                  [ "for 1"; "for 2"; "while"; "caught"; "disposed" ]
                  "order")

          testAsync "an async block awaits" {
              let! n = async { return 3 }
              Expect.equal n 3 "bound"
          }

          testTask "a task block awaits tasks of all kinds" {
              do! Task.Delay 1
              let! a = Task.FromResult 1
              let! b = ValueTask<int> 2
              do! ValueTask()
              let! c = async { return 3 }
              Expect.equal (a + b + c) 6 "bound"
          }

          testCase "a task starts when its test runs, every time" (fun () ->
              let mutable started = 0
              let start = fun () -> Interlocked.Increment &started

              let block =
                  testTask "t" {
                      start () |> ignore
                      do! Task.Yield() |> fun _ -> Task.CompletedTask
                      failtest "late"
                  }

              Expect.equal started 0 "not yet"

              for _ in 1..2 do
                  Expect.isTrue
                      (snd (List.exactlyOne (results block))).isFailed
                      "the failure is seen"

              Expect.equal started 2 "once a run")

          testCase "async and task cases report failures" (fun () ->
              let tests =
                  [ testCaseAsync "a" (async { failtest "no" })
                    testCaseTask "b" (fun () -> task { failtest "no" })
                    testCaseWithCancel "c" (fun token ->
                        Expect.isTrue token.IsCancellationRequested "") ]

              Expect.all (results (top tests)) (fun (_, result) -> result.isFailed) "all fail")

          testCase "a cancelled task is an error" (fun () ->
              let cancelled () =
                  Task.FromCanceled<unit>(CancellationToken true)

              match results (testCaseTask "t" cancelled) with
              | [ "t", Error error ] -> Expect.isTrue (error :? TaskCanceledException) "which one"
              | other -> failtestf "%A" other)

          testCase "theories, fixtures and parameters make tests" (fun () ->
              let tests =
                  [ testTheory "odd" [ 1; 3; 4 ] (fun n -> Expect.equal (n % 2) 1 "odd")
                    testTheoryAsync "words" [ "x" ] (fun word -> async { failtest word })
                    testTheoryTask "pairs" [ 1, 2 ] (fun (a, b) ->
                        task { Expect.isLessThan a b "" })
                    testList
                        "fixture"
                        (List.ofSeq (
                            testFixture (fun f () -> f 2) [ "two", Expect.equal 2 >> ignore ]
                        ))
                    testList
                        "param"
                        (List.ofSeq (testParam 2 [ "two", (fun n () -> Expect.equal n 2 "") ])) ]

              Expect.equal
                  (results (top tests) |> List.map (fun (name, result) -> name, result.isPassed))
                  [ "top.odd.1", true
                    "top.odd.3", true
                    "top.odd.4", false
                    "top.words.\"x\"", false
                    "top.pairs.(1, 2)", true
                    "top.fixture.two", true
                    "top.param.two", true ]
                  "names and outcomes")

          testCase "shuffling keeps the tests" (fun () ->
              let names test =
                  results test |> List.map fst |> List.sort

              let tests = top [ for i in 1..9 -> testCase $"{i}" ignore ]
              Expect.equal (names (Test.shuffle "." tests)) (names tests) "the same names")

          testCase "code can be replaced" (fun () ->
              let swap label _ =
                  testCase label (fun () -> failtest "swapped")

              let replaced = Test.replaceTestCode swap (top [ good; ptestCase "p" ignore ])
              let outcome = results replaced |> List.map (fun (_, r) -> r.isFailed, r.isIgnored)
              Expect.equal outcome [ true, false; false, true ] "new code, old state") ]

let private states =
    let ignoredNames test =
        results test |> List.filter (fun (_, r) -> r.isIgnored) |> List.map fst

    testList
        "states"
        [ testCase "a pending list is ignored, whatever it holds" (fun () ->
              let tests = ptestList "p" [ bad; ftestCase "f" ignore; boom ]
              Expect.equal (silently "" (top [ good; tests ])) (0, [ "top.good" ]) "one runs")

          testCase "a focused test has the others ignored" (fun () ->
              let tests =
                  top [ bad; ftestCase "f" ignore; ftestList "l" [ good; ptestCase "p" ignore ] ]

              Expect.equal (ignoredNames tests) [ "top.bad"; "top.l.p" ] "unfocused and pending"
              Expect.equal (silently "" tests) (0, [ "top.f"; "top.l.good" ]) "exit code 0")

          testCase "focus can be refused" (fun () ->
              let args = "--fail-on-focused-tests"
              Expect.equal (silently args (top [ good; ftestCase "f" ignore ])) (1, []) "refused"
              Expect.equal (silently args (top [ good ])) (0, [ "top.good" ]) "nothing to refuse")

          testCase "all families have focused and pending forms" (fun () ->
              let none = fun (_: int) -> ignore
              let property (n: int) = n = n

              let focused =
                  [ ftest "1" { () }
                    ftestAsync "2" { () }
                    ftestTask "3" { () }
                    ftestCaseAsync "4" (async.Zero())
                    ftestCaseTask "5" (fun () -> task { () })
                    ftestTheory "6" [ 1 ] none
                    ftestProperty "7" property ]

              let pending =
                  [ ptest "1" { () }
                    ptestAsync "2" { () }
                    ptestTask "3" { () }
                    ptestCaseAsync "4" (async.Zero())
                    ptestCaseTask "5" (fun () -> task { () })
                    ptestTheory "6" [ 1 ] none
                    ptestProperty "7" property ]

              Expect.all focused Test.isFocused "focused"
              Expect.hasLength (ignoredNames (top pending)) 7 "pending") ]

let private order =
    testList
        "order"
        [ testCase "tests run beside each other" (fun () ->
              use barrier = new Barrier 2

              let meet name =
                  testCase name (fun () ->
                      Expect.isTrue (barrier.SignalAndWait(TimeSpan.FromSeconds 20.0)) "met")

              let code, _ = silently "--parallel-workers 2" (top [ meet "a"; meet "b" ])
              Expect.equal code 0 "both came")

          testCase "sequenced tests come last, one at a time" (fun () ->
              let log = ConcurrentQueue<string>()

              let slow name =
                  testCaseAsync
                      name
                      (async {
                          log.Enqueue $"{name} begins"
                          do! Async.Sleep 5
                          log.Enqueue $"{name} ends"
                      })

              let alone = testSequenced (testList "alone" [ slow "a"; slow "b" ])

              let code, names =
                  silently "--parallel-workers 4" (top [ alone; slow "c"; slow "d" ])

              Expect.equal code 0 "all pass"
              Expect.equal names.Head "top.alone.a" "outcomes keep the tree's order"
              let last = log |> List.ofSeq |> List.skip 4
              Expect.equal last [ "a begins"; "a ends"; "b begins"; "b ends" ] "after the others")

          testCase "a group never overlaps itself" (fun () ->
              let mutable inside = 0

              let enter name =
                  testCase name (fun () ->
                      Expect.equal (Interlocked.Increment &inside) 1 "alone in the group"
                      Thread.Sleep 2
                      Interlocked.Decrement &inside |> ignore)

              let group = testSequencedGroup "g" (testList "l" [ for i in 1..5 -> enter $"{i}" ])

              Expect.equal
                  (fst (silently "--parallel-workers 5" (top [ group; good ])))
                  0
                  "no overlap")

          testCase "a cancelled run starts nothing" (fun () ->
              let mutable ran = false
              let test = top [ testCase "t" (fun () -> ran <- true) ]
              let printers = [ Printer TestPrinters.silent ]

              runTestsWithCLIArgsAndCancel (CancellationToken true) printers [||] test
              |> ignore

              Expect.isFalse ran "not run") ]

let private switches =
    let tree =
        top
            [ testList "g1" [ testCase "alpha" ignore; testCase "beta" ignore ]
              testList "g2" [ testCase "alpha" ignore ] ]

    let all = [ "top.g1.alpha"; "top.g1.beta"; "top.g2.alpha" ]

    testList
        "switches"
        [ testTheory
              "a filter chooses"
              [ "", all
                "--filter top.g1", all[..1]
                "--filter nothing", []
                "--filter-test-list g2", all[2..]
                "--filter-test-case alph", [ all[0]; all[2] ]
                "--run top.g1.beta top.g2.alpha", all[1..]
                "--join-with / --filter top/g2", [ "top/g2/alpha" ]
                "--run top.g1.beta --sequenced --parallel --no-spinner", [ all[1] ] ]
              (fun (args, names) ->
                  Expect.equal (silently args tree) (0, names) "chosen, exit code 0")

          testCase "duplicate names are refused unless allowed" (fun () ->
              let twice = top [ good; good ]
              Expect.equal (duplicatedNames Dot twice) [ [ "top"; "good" ] ] "named"
              Expect.equal (silently "" twice) (1, []) "refused"
              Expect.equal (fst (silently "--allow-duplicate-names" twice)) 0 "allowed")

          testTheory
              "bad switches are told"
              [ "--nonsense"; "--filter"; "--colours many"; "--summary x" ]
              (fun args ->
                  match ExpectoConfig.fillFromArgs defaultConfig (args.Split ' ') with
                  | ArgsUsage(usage, [ error ]) ->
                      Expect.stringContains
                          usage
                          "--filter-test-list"
                          "the usage lists the switches"

                      Expect.isMatch
                          error
                          "unknown options|requires a parameter|Cannot parse"
                          "why"
                  | other -> failtestf "%A" other)

          testCase "switches become settings" (fun () ->
              let args =
                  "--parallel-workers 3 --fscheck-end-size 7 --colours 256 --debug --join-with /"

              match ExpectoConfig.fillFromArgs defaultConfig (args.Split ' ') with
              | ArgsRun config ->
                  Expect.equal
                      (config.parallelWorkers, config.fsCheckEndSize)
                      (3, Some 7)
                      "numbers"

                  Expect.equal config.colour Logging.Colour256 "colours"
                  Expect.equal config.verbosity Logging.Debug "verbosity"
                  Expect.equal config.joinWith Slash "slashes"
              | other -> failtestf "%A" other)

          testCase "listing and version are told apart" (fun () ->
              match
                  ExpectoConfig.fillFromArgs
                      defaultConfig
                      [| "--list-tests"; "focused"; "pending" |],
                  ExpectoConfig.fillFromArgs defaultConfig [| "--version" |]
              with
              | ArgsList config, ArgsVersion _ ->
                  Expect.equal config.listStates [ Focused; Pending ] "states"
              | other -> failtestf "%A" other) ]

let private output =
    let tests = top [ good; bad; boom; ptestCase "p" ignore ]

    testSequenced (
        testList
            "output"
            [ testCase "a run tells its start, its failures and its end" (fun () ->
                  let code, text = printed "--colours 0" tests
                  Expect.equal code 3 "failed and errored"

                  Expect.isMatch
                      text
                      @"^\[\d\d:\d\d:\d\d INF\] EXPECTO\? Running tests\.\.\. <Expecto>\n"
                      "first"

                  Expect.isMatch
                      text
                      @"ERR\] top\.bad failed in 00:00:\S+ \nno\n   at .*ExpectoTests"
                      "failure"

                  Expect.isMatch
                      text
                      @"ERR\] top\.boom errored in 00:00:\S+\s+System\.Exception: bang"
                      "error"

                  let counts = "1 passed, 1 ignored, 1 failed, 1 errored"

                  Expect.isMatch
                      text
                      $@"EXPECTO! 3 tests run in 00:\S+ for top – {counts}\. +<Expecto>\s+$"
                      "last")

              testCase "success is told, and colours are codes" (fun () ->
                  let _, plain = printed "--colours 0" good
                  let _, coloured = printed "--colours 8" good

                  Expect.isMatch
                      plain
                      "1 tests run in .* for good – .* 0 errored. Success! <Expecto>"
                      "last"

                  Expect.stringContains coloured "\027[" "codes by default"
                  Expect.isFalse (plain.Contains '\027') "none without colours")

              testCase "sequenced tests are announced" (fun () ->
                  let args = "--colours 0 --parallel-workers 2"
                  let _, text = printed args (top [ good; testSequenced skipped ])
                  Expect.stringContains text "Starting sequenced tests..." "a line"
                  Expect.stringContains text " for top " "the common name")

              testCase "the summary names all tests" (fun () ->
                  let _, text = printed "--colours 0 --summary" tests
                  let words = "EXPECTO?! Summary...\nPassed:  1\n\ttop.good\nIgnored: 1\n\ttop.p\n"
                  Expect.stringContains text words "passed and ignored"

                  Expect.stringContains
                      text
                      "Failed:  1\n\ttop.bad\nErrored: 1\n\ttop.boom"
                      "the others")

              testCase "tests are listed, not run" (fun () ->
                  let code, text = printed "--colours 0 --list-tests" (top [ bad; boom ])
                  Expect.equal code 0 "nothing fails"
                  Expect.stringContains text "\ntop.bad\ntop.boom\n" "a name a line"
                  let _, marked = printed "--colours 0 --list-tests" tests
                  Expect.stringContains marked "\nN top.boom\nP top.p\n" "with states"
                  let _, some = printed "--colours 0 --list-tests pending" tests
                  Expect.stringContains some "\nP top.p\n" "of one state"
                  Expect.isFalse (some.Contains "top.bad") "and no other")

              testCase "help, version and errors" (fun () ->
                  let helpCode, help = printed "--help" bad
                  Expect.equal helpCode 0 "help is no failure"
                  Expect.stringContains help "Usage:" "usage"
                  let wrongCode, wrong = printed "--nonsense" good
                  Expect.equal wrongCode 1 "an unknown switch is one"
                  Expect.stringContains wrong "ERROR: unknown options: --nonsense" "named"
                  let _, version = printed "--version --colours 0" good
                  Expect.isMatch version @"EXPECTO! v\d+\.\d+[\s\S]* 1 passed" "and then the run") ]
    )

/// What an assembly holds that marks this test with an attribute.
let marked () = testCase "marked" ignore

let private assemblyMarking (attribute: Type) =
    let holder = PersistedAssemblyBuilder(AssemblyName "Marking", typeof<obj>.Assembly)

    let home =
        holder.DefineDynamicModule("Marking").DefineType("Home", TypeAttributes.Public)

    let flags = MethodAttributes.Public ||| MethodAttributes.Static
    let tests = home.DefineMethod("tests", flags, typeof<Test>, [||])
    tests.SetCustomAttribute(CustomAttributeBuilder(attribute.GetConstructor [||], [||]))
    let code = tests.GetILGenerator()
    let source = Assembly.GetExecutingAssembly().GetType("Workbench.Tests.ExpectoTests")
    code.Emit(OpCodes.Call, source.GetMethod(nameof marked))
    code.Emit OpCodes.Ret
    home.CreateType() |> ignore
    use stream = new MemoryStream()
    holder.Save stream
    Assembly.Load(stream.ToArray())

let private discovery =
    testList
        "discovery"
        [ testTheory
              "attributes mark tests and give them a state"
              [ typeof<TestsAttribute>, Normal
                typeof<PTestsAttribute>, Pending
                typeof<FTestsAttribute>, Focused ]
              (fun (attribute, state) ->
                  let found = testFromAssembly (assemblyMarking attribute)

                  let flat =
                      Expect.wantSome found "found" |> Test.toTestCodeList |> List.exactlyOne

                  Expect.equal (flat.name, flat.state) ([ "marked" ], state) "name and state")

          testCase "the program's own tests are found" (fun () ->
              let found = testFromThisAssembly () |> Option.map Test.toTestCodeList

              let names =
                  Expect.wantSome found "found" |> List.map (fun flat -> flat.fullName ".")

              Expect.contains names testName "this one among them") ]

[<Tests>]
let tests =
    testList "Expecto" [ outcomes; shapes; states; order; switches; output; discovery ]
