/// The page of runs that were made before, and the script that makes it.
module Workbench.Tests.RunComparisonTests

open System.IO
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport

/// A run's folder as a script leaves it.
let private runWith (settings: (string * Json) list) home name (figures: (string * float) list) =
    let path = Path.Combine(home, name)

    let usual =
        [ "script", Json.Text "vae"
          "data", Json.Text "glyphs"
          "epochs", Json.Whole 1
          "seed", Json.Whole 0
          "latent", Json.Whole 2
          "script-sha256", Json.Text "0123456789" ]

    let others =
        usual
        |> List.filter (fun (name, _) -> not (List.exists (fst >> (=) name) settings))

    let folder = RunFolder.create "vae" (Some path) (others @ settings)
    RunFolder.writeFigures folder (("epochs", 1.0) :: figures)
    RunFolder.writeMetrics folder [ ("epoch", 1.0) :: figures ]
    RunFolder.writeFile folder "report.html" [||]
    RunFolder.writeSample folder "samples" ReportSamples.samples

    RunFolder.writeTiming
        folder
        [ "started", Json.Text "2026-11-29T22:00:00+00:00"
          "seconds", Json.Real 3.0
          "ended", Json.Text "finished" ]

    path

let private fourRuns (home: string) =
    [ for latent in [ 2; 8 ] do
          for seed in 0..1 ->
              runWith
                  [ "latent", Json.Whole latent; "seed", Json.Whole seed ]
                  home
                  $"l{latent} s{seed}"
                  [ "test_nelbo", float (100 * latent + seed) ] ]

let private write (runs: string list) out =
    RunComparison.write runs out false "scripts/compare.fsx" runs

let private ofRuns =
    testList
        "in this process"
        [ testCase "a page with links, what differs, and each setting's images" (fun () ->
              inFolder (fun folder ->
                  let home = Path.Combine(folder, "runs")
                  let path = write (fourRuns home) None
                  Expect.equal path (Path.Combine(home, "compare.html")) "where the runs are"
                  let html = File.ReadAllText path

                  for text in
                      [ "<a href=\"l2%20s0/report.html\">l2 s0</a>"
                        "4 runs of vae on glyphs, which differ in latent, seed."
                        "★&#160;200.50 &#177; 0.71"
                        "<script src=\"plotly.min.js\"></script>"
                        "<div class=\"label\">latent 8</div>" ] do
                      Expect.stringContains html text "on the page"

                  Expect.isTrue (File.Exists(Path.Combine(home, "plotly.min.js"))) "beside it"

                  Expect.equal
                      (write (fourRuns (Path.Combine(folder, "runs", "more"))) (Some path))
                      path
                      "anew"))

          testCase "a sweep's points are its runs, each once" (fun () ->
              inFolder (fun folder ->
                  let sweep =
                      runWith [ "script", Json.Text "kl-sweep" ] folder "sweep" [ "points", 4.0 ]

                  let points = fourRuns sweep
                  let path = write [ sweep; points[1]; sweep + "/" ] None
                  Expect.equal path (Path.Combine(sweep, "compare.html")) "where the points are"
                  let html = File.ReadAllText path
                  Expect.stringContains html "4 runs of vae on glyphs" "its points"
                  Expect.stringContains html "<a href=\"l8%20s1/report.html\">" "links"
                  Expect.stringContains html "plotly.js v" "elsewhere the page has plotly.js"))

          testCase "runs of different scripts, and of different texts of one" (fun () ->
              inFolder (fun folder ->
                  let run name settings figures = runWith settings folder name figures
                  let gan = [ "script", Json.Text "gan"; "script-sha256", Json.Text "9876543210" ]
                  let vae = run "vae" [] [ "test_nelbo", 1.0; "fid_lenet", 7.0 ]
                  let other = run "gan" gan [ "fid_lenet", 5.0 ]
                  let html = File.ReadAllText(write [ vae; other ] None)
                  Expect.stringContains html "2 runs of vae, gan on glyphs" "both"
                  Expect.stringContains html "fid lenet ↓" "what they share"

                  Expect.isFalse
                      (html.Contains "<th scope=\"col\" class=\"number\">test nelbo")
                      "not"

                  Expect.isFalse (html.Contains "script-sha256") "texts of two scripts differ"
                  let changed = run "new" [ "script-sha256", Json.Text "abcdef0123" ] []
                  let html = File.ReadAllText(write [ vae; changed ] None)
                  Expect.stringContains html "which differ in script-sha256." "an edited script"
                  Expect.stringContains html "<td>abcdef0</td>" "which text"))

          testCase "what is no run, or no page, is refused, and nothing is written" (fun () ->
              inFolder (fun folder ->
                  let run = runWith [] folder "run" [ "test_nelbo", 1.0 ]
                  expectBad [ "folders of the runs" ] (fun () -> write [] None)

                  expectBad [ "no-such"; "holds no run" ] (fun () ->
                      write [ run; "no-such" ] None)

                  File.WriteAllText(Path.Combine(folder, "config.json"), "{")
                  expectBad [ folder; "holds no run" ] (fun () -> write [ folder ] None)
                  let out = Path.Combine(run, "metrics.csv")
                  expectBad [ "--out"; ".html" ] (fun () -> write [ run ] (Some out))
                  let below = Path.Combine(out, "a.html")
                  expectBad [ "--out"; "choose another" ] (fun () -> write [ run ] (Some below))
                  Expect.isEmpty (Directory.GetFiles(folder, "compare.html*")) "no page")) ]

let private asScript =
    testCase "compare.fsx compares, and refuses in one line" (fun () ->
        inFolder (fun folder ->
            let names = fourRuns folder |> List.map Path.GetFileName
            let script = scriptPath "compare.fsx"
            let result = run script (names @ [ "--out"; "page/all.html"; "--one-file" ]) folder
            Expect.equal (result.Code, result.Errors) (0, "") "it ends well"
            Expect.equal (result.Output.Trim()) "the page is page/all.html" "the last line"
            let html = File.ReadAllText(Path.Combine(folder, "page", "all.html"))
            Expect.stringContains html "<a href=\"../l2%20s0/report.html\">" "links from there"
            let result = run script [ names.Head; "nowhere"; "--out"; "none.html" ] folder
            Expect.equal (result.Code, result.Output) (2, "") "bad input"
            Expect.stringStarts result.Errors "error: " "the line"
            Expect.stringContains result.Errors "nowhere holds no run" "which"
            Expect.equal (result.Errors.TrimEnd().Split('\n').Length) 1 "one line"
            Expect.isFalse (File.Exists(Path.Combine(folder, "none.html"))) "no page"))

[<Tests>]
let tests = testList "runs compared" (ofRuns :: onceForBoth [ asScript ])
