/// runs/index.html: what it finds, what it says, and that it is fast and whole.
module Workbench.Tests.RunIndexTests

open System
open System.Diagnostics
open System.IO
open System.Threading.Tasks
open Expecto
open Workbench
open Workbench.Tests.FileSupport

/// A run below `folder`/runs with a time of its own.
let private addRun (folder: string) (name: string) (minutes: float) settings figures =
    let path = Path.Combine(folder, "runs", "vae", name)

    let run =
        RunFolder.create
            "vae"
            (Some path)
            ([ "script", Json.Text "vae"
               "data", Json.Text "glyphs"
               "epochs", Json.Whole 20 ]
             @ settings)

    RunFolder.writeFigures run figures
    RunFolder.writeTiming run []
    RunFolder.writeFile run "report.html" [||]

    File.SetLastWriteTime(
        Path.Combine(path, "config.json"),
        DateTime(2026, 3, 1).AddMinutes minutes
    )

    run

let private plain =
    [ "epochs", 20.0
      "train_nelbo", 1.0
      "test_nelbo", 104.567
      "test_pixel_entropy", 3.0 ]

let private indexOf (folder: string) =
    File.ReadAllText(Path.Combine(folder, "runs", "index.html"))

let private holds (page: string) (words: string list) =
    for word in words do
        Expect.stringContains page word word

[<Tests>]
let tests =
    testList
        "RunIndex"
        [ testCase
              "runs are listed newest first with what differs, their figures and links"
              (fun () ->
                  inFolder (fun folder ->
                      addRun folder "old" 1.0 [] plain |> ignore

                      let newer =
                          addRun
                              folder
                              "new & <b>"
                              2.0
                              [ "latent", Json.Whole 2
                                "lr", Json.Real 0.1
                                "changed", Json.List [ Json.Text "latent"; Json.Text "data" ] ]
                              plain

                      RunFolder.writeSample newer "samples" ReportSamples.samples
                      RunIndex.update newer.Path
                      let page = indexOf folder

                      holds
                          page
                          [ "2 runs"
                            "vae/new%20%26%20%3Cb%3E/report.html"
                            "vae/new%20%26%20%3Cb%3E/samples/samples.png"
                            "loading=\"lazy\""
                            "<span>vae/</span><span>new &amp; &lt;b&gt;</span>"
                            "style=\"width: 233px\""
                            "width=\"465\" height=\"88\""
                            "<span>latent</span> <b>2</b>"
                            "<span>test nelbo</span> <b>104.57</b>"
                            "2026-03-01 00:02" ]

                      Expect.isFalse (page.Contains "<span>lr</span>") "a default is not told"
                      Expect.isFalse (page.Contains "vae/old/samples") "no picture, no link"

                      Expect.isLessThan
                          (page.IndexOf "new%20")
                          (page.IndexOf "vae/old")
                          "the newest first"))

          testCase "unfinished runs are marked, broken folders left out with a word" (fun () ->
              inFolder (fun folder ->
                  let short = addRun folder "short" 1.0 [] [ "epochs", 3.0; "test_nelbo", 1.0 ]
                  let bare = addRun folder "bare" 2.0 [] []
                  File.Delete(Path.Combine(bare.Path, "metrics.json"))
                  let halfDeleted = addRun folder "half" 3.0 [] plain
                  File.Delete(Path.Combine(halfDeleted.Path, "config.json"))
                  let damaged = addRun folder "damaged" 4.0 [] plain
                  RunFolder.writeFile damaged "config.json" (latin "{ \"data\": ")
                  let odd = addRun folder "odd" 5.0 [] plain
                  RunFolder.writeFile odd "metrics.json" (latin "[1, 2]")
                  Directory.CreateDirectory(Path.Combine(folder, "runs", "empty")) |> ignore
                  RunIndex.update short.Path

                  holds
                      (indexOf folder)
                      [ "3 runs"
                        "stopped after 3 of 20 epochs"
                        "ended before its first epoch did"
                        "vae/half: it has no config.json"
                        "vae/damaged: its config.json cannot be read" ]))

          testCase "only runs below a folder called runs have an index" (fun () ->
              inFolder (fun folder ->
                  let run =
                      RunFolder.create "vae" (Some(Path.Combine(folder, "elsewhere", "a"))) []

                  RunIndex.update run.Path

                  Expect.equal
                      (Directory.GetFiles(folder, "index.html", SearchOption.AllDirectories))
                      [||]
                      "none"

                  Expect.isNone (Runs.home run.Path) "no home"
                  let named = Path.Combine(folder, "runs")
                  Expect.isNone (Runs.home named) "a run called runs is no home of itself"

                  Expect.equal
                      (Runs.home (Path.Combine(named, "a", "b")))
                      (Some named)
                      "the nearest above"))

          testCase "many runs at once leave a whole index with all of them" (fun () ->
              inFolder (fun folder ->
                  Parallel.For(
                      0,
                      20,
                      fun i -> RunIndex.update (addRun folder $"run-{i}" (float i) [] plain).Path
                  )
                  |> ignore

                  let page = indexOf folder

                  holds
                      page
                      ("20 runs" :: "</html>" :: [ for i in 0..19 -> $"vae/run-{i}/report.html" ])

                  Expect.equal
                      (Directory.GetFiles(Path.Combine(folder, "runs"), "*.tmp"))
                      [||]
                      "no leftovers"

                  let clock = Stopwatch.StartNew()
                  RunIndex.update (Path.Combine(folder, "runs", "vae", "run-0"))
                  Expect.isLessThan clock.Elapsed.TotalSeconds 1.0 "20 runs in under a second")) ]
