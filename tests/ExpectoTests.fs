module Workbench.Tests.ExpectoTests

open System
open System.IO
open System.Reflection
open System.Reflection.Emit
open System.Threading
open System.Threading.Tasks
open Expecto
open Expecto.Impl

let private results test =
    evalTestsSilent test
    |> Async.RunSynchronously
    |> List.map (fun (flat, summary) -> flat.fullName ".", summary.result)

let private passedNames (run: TestRunSummary) =
    run.passed |> List.map (fun (flat, _) -> flat.fullName ".")

/// The exit code of a silent run under the switches, and the names of the tests that passed.
let silently (args: string) test =
    let runs = ResizeArray<TestRunSummary>()

    let code =
        runTestsWithCLIArgs
            [ Printer TestPrinters.silent
              Verbosity Logging.LogLevel.Fatal
              Append_Summary_Handler(SummaryHandler runs.Add) ]
            (args.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            test

    code, runs |> Seq.collect passedNames |> List.ofSeq

/// One test of each outcome, and a list to put them in.
let good = testCase "good" ignore
let bad = testCase "bad" (fun () -> failtest "no")
let boom = testCase "boom" (fun () -> failwith "bang")
let skipped = testCase "skipped" (fun () -> skiptest "later")
let top tests = testList "top" tests

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
let tests = testList "Expecto" [ outcomes; shapes; states; discovery ]
