module Workbench.Tests.ExpectoFsCheckTests

open System
open System.Collections.Concurrent
open System.Text.RegularExpressions
open System.Threading.Tasks
open FsCheck
open FsCheck.FSharp
open Expecto
open Expecto.Impl

/// Generates even numbers only.
type Evens =
    static member Int() =
        ArbMap.defaults
        |> ArbMap.generate<int>
        |> Gen.map (fun n -> 2 * n)
        |> Arb.fromGen

let private resultOf test =
    let _, summary = evalTestsSilent test |> Async.RunSynchronously |> List.exactlyOne
    summary.result

let private reportOf test =
    match resultOf test with
    | Failed report -> report
    | other -> failtestf "not failed: %A" other

/// The settings, and the queue that gets the arguments of every case.
let private recording config =
    let seen = ConcurrentQueue<obj list>()

    { config with
        receivedArgs = fun _ _ _ arguments -> async { seen.Enqueue arguments } },
    seen

let private defaults = FsCheckConfig.defaultConfig

/// Settings under which the first failing case is not yet the smallest one.
let private fixedSeed =
    { defaults with
        replay = Some(1UL, 3UL, None) }

let private isSmall n = n < 20

let private casesUnder (args: string) toProperty =
    let seen = ConcurrentQueue<int>()
    let test: Test = toProperty (fun (n: int) -> seen.Enqueue n)
    let silent = [ Printer TestPrinters.silent ]
    Expect.equal (runTestsWithCLIArgs silent (args.Split ' ') test) 0 "passes"
    seen.Count

let private kinds =
    let passes test =
        Expect.isTrue (resultOf test).isPassed "passes"

    let fails test =
        Expect.isTrue (resultOf test).isFailed "fails"

    testList
        "kinds"
        [ testProperty "curried arguments" (fun (a: int) (b: int) -> a + b = b + a)

          testCase "bool" (fun () ->
              passes (testProperty "t" (fun (n: int) -> n = n))
              fails (testProperty "t" (fun (n: int) -> n <> n)))

          testCase "unit, with expectations inside" (fun () ->
              passes (testProperty "t" (fun (n: int) -> Expect.equal n n "same"))

              let report =
                  reportOf (testProperty "t" (fun (n: int) -> Expect.isLessThan n 0 "negative"))

              Expect.stringContains report "negative. Expected a (0) to be less than b (0)." "why")

          testCase "Property" (fun () ->
              passes (testProperty "t" (fun (n: int) -> n > 0 ==> (n * n > 0 || n > 40000)))
              let report = reportOf (testProperty "t" (fun (n: int) -> Prop.label "sign" (n < 0)))
              Expect.stringContains report "Label of failing property: sign" "labelled")

          testCase "Async" (fun () ->
              passes (testProperty "t" (fun (n: int) -> async { return n = n }))
              fails (testProperty "t" (fun (n: int) -> async { Expect.notEqual n n "other" })))

          testCase "Task" (fun () ->
              passes (testProperty "t" (fun (n: int) -> Task.FromResult((n = n))))
              fails (testProperty "t" (fun (n: int) -> task { Expect.notEqual n n "other" })))

          testCase "skipping" (fun () ->
              match resultOf (testProperty "t" (fun (_: int) -> skiptest "not here")) with
              | Ignored reason -> Expect.equal reason "not here" "the reason"
              | other -> failtestf "%A" other)

          testCase "a delegate" (fun () ->
              passes (FsCheck.Property("t", Func<int, int, bool>(fun a b -> a * b = b * a)))) ]

let private reports =
    let large = testPropertyWithConfig fixedSeed "small" isSmall

    testList
        "reports"
        [ testCase "a failure shrinks and tells" (fun () ->
              let report = reportOf large
              Expect.isMatch report @"Failed after \d+ tests?\. Parameters:\n\t\d+\n" "the case"
              Expect.isMatch report @"Shrunk \d+ times to:\n\t20\nResult:\n\t" "the smallest case"
              Expect.isMatch report @"Original seed: \(\d+UL, \d+UL\)\n" "the run's seed"

              let focus =
                  @"Focus on error:\n\tetestPropertyWithConfig \(\d+UL, \d+UL, Some \d+\) ""small"""

              Expect.isMatch report focus "the case's seed")

          testCase "the reported seed leads to the same failure at once" (fun () ->
              let parameters report =
                  Regex.Match(report, @"Parameters:\n\t(-?\d+)").Groups[1].Value

              let report = reportOf large

              let seed =
                  Regex.Match(report, @"WithConfig \((\d+)UL, (\d+)UL, Some (\d+)\)").Groups

              let stdGen =
                  UInt64.Parse seed[1].Value, UInt64.Parse seed[2].Value, Some(int seed[3].Value)

              let again = etestProperty stdGen "small" isSmall
              Expect.isTrue (Test.isFocused again) "focused"
              Expect.stringContains (reportOf again) "Failed after 1 test. " "at the first case"
              Expect.equal (parameters (reportOf again)) (parameters report) "the same")

          testCase "too many rejected cases fail" (fun () ->
              let report = reportOf (testProperty "t" (fun (_: int) -> false ==> true))
              Expect.isMatch report @"Exhausted after \d+ tests" "told") ]

let private settings =
    testList
        "settings"
        [ testCase "a replayed property sees the same cases" (fun () ->
              let cases replay =
                  let config, seen = recording { defaults with replay = replay }

                  Expect.isTrue
                      (resultOf (testPropertyWithConfig config "t" (fun (_: int) -> true)))
                          .isPassed
                      ""

                  List.ofSeq seen

              Expect.equal (cases (Some(7UL, 9UL, None))) (cases (Some(7UL, 9UL, None))) "one seed"

              Expect.notEqual
                  (cases (Some(7UL, 9UL, None)))
                  (cases (Some(8UL, 9UL, None)))
                  "another"

              Expect.hasLength (cases None) 200 "as many as the settings say")

          testCase "the number of cases" (fun () ->
              Expect.equal (casesUnder "--no-spinner" (testProperty "t")) 100 "by default"
              Expect.equal (casesUnder "--fscheck-max-tests 7" (testProperty "t")) 7 "by a switch"
              let own = testPropertyWithConfig { defaults with maxTest = 11 } "t"
              Expect.equal (casesUnder "--fscheck-max-tests 7" own) 11 "by settings of its own")

          testCase "the sizes" (fun () ->
              let sizes = ConcurrentQueue<int>()
              let probe = Gen.sized Gen.constant |> Arb.fromGen
              let body = Prop.forAll probe sizes.Enqueue
              let args = [| "--fscheck-start-size"; "5"; "--fscheck-end-size"; "8" |]

              runTestsWithCLIArgs [ Printer TestPrinters.silent ] args (testProperty "t" body)
              |> ignore

              Expect.equal (Seq.min sizes, Seq.max sizes) (5, 8) "from start to end")

          testPropertyWithConfig
              { defaults with
                  arbitrary = [ typeof<Evens> ] }
              "own generators"
              (fun (n: int) -> n % 2 = 0)

          testPropertyWithConfigStdGen (1UL, 3UL, None) defaults "a fixed seed" (fun (a: string) ->
              a = a)

          testCase "shrinks and ends are told" (fun () ->
              let shrinks = ConcurrentQueue<obj list>()
              let ends = ConcurrentQueue<FsCheckTestData>()

              let config =
                  { fixedSeed with
                      successfulShrink = fun _ _ values -> async { shrinks.Enqueue values }
                      finishedTest = fun _ _ data -> async { ends.Enqueue data } }

              reportOf (testPropertyWithConfig config "t" isSmall) |> ignore
              let data = List.exactlyOne (List.ofSeq ends)
              Expect.equal shrinks.Count data.NumberOfShrinks "each shrink"
              Expect.equal (Seq.last shrinks) [ box 20 ] "the smallest last") ]

[<Tests>]
let tests = testList "Expecto properties" [ kinds; reports; settings ]
