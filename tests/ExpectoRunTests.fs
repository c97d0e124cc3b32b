module Workbench.Tests.ExpectoRunTests

open System
open System.Collections.Concurrent
open System.IO
open System.Threading
open Expecto
open Expecto.Impl
open Workbench.Tests.ExpectoTests

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

[<Tests>]
let tests = testList "Expecto runs" [ order; switches; output ]
