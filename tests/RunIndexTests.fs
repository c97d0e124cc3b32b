/// runs/index.html and runs.csv: what they find, what they say, and that they are whole.
module Workbench.Tests.RunIndexTests

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open System.Threading
open System.Threading.Tasks
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.RunSupport

let private minute (minutes: float) =
    DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours 1.0).AddMinutes(minutes)

/// What a run that ended has in its timing.json.
let private ended (word: string) (minutes: float) =
    [ "started", Json.Text((minute minutes).ToString "o")
      "seconds", Json.Real 12.5
      "ended", Json.Text word ]

/// A run below `folder`/runs.
let private addRun (folder: string) (name: string) settings figures timing =
    let run =
        RunFolder.create
            "vae"
            (Some(Path.Combine(folder, "runs", "vae", name)))
            ([ "script", Json.Text "vae"
               "data", Json.Text "glyphs"
               "epochs", Json.Whole 20 ]
             @ settings)

    RunFolder.writeFigures run figures
    RunFolder.writeTiming run timing
    RunFolder.writeFile run "report.html" [||]
    run

let private figures =
    [ "epochs", 20.0
      "train_nelbo", 1.0
      "test_nelbo", 104.567
      "test_pixel_entropy", 3.0 ]

let private finished folder name minutes settings =
    addRun folder name settings figures (ended "finished" minutes)

let private indexOf (folder: string) =
    File.ReadAllText(Path.Combine(folder, "runs", "index.html"))

let private holds (page: string) (words: string list) =
    for word in words do
        Expect.stringContains page word word

/// The JSON that a page holds under a name.
let private embedded (page: string) (name: string) =
    Regex.Match(page, $"<script [^>]*id=\"{name}\">(.*?)</script>").Groups[1].Value
    |> Json.parse

let private scanned (folder: string) =
    fst (Runs.scan (Path.Combine(folder, "runs")))

let private found (folder: string) (name: string) =
    scanned folder |> List.find (fun run -> run.Path = $"vae/{name}")

/// The state and the word of a run whose files tell this.
let private stateOf settings figures timing =
    inFolder (fun folder ->
        let run = addRun folder "a" settings (Option.defaultValue [] figures) timing

        if figures.IsNone then
            File.Delete(Path.Combine(run.Path, "metrics.json"))

        let found = found folder "a"
        found.State, found.Word)

let private states =
    let short = Some [ "epochs", 3.0; "test_nelbo", 1.0 ]

    testList
        "states"
        [ testCase "as the run says" (fun () ->
              let state word figures = stateOf [] figures (ended word 1.0)
              Expect.equal (state "finished" (Some figures)) ("finished", "finished") "finished"

              Expect.equal
                  (state "interrupted" short)
                  ("stopped", "stopped after 3 of 20")
                  "stopped"

              Expect.equal (state "failed" short) ("diverged", "diverged after 3 of 20") "diverged"

              Expect.equal
                  (state "failed" None)
                  ("diverged", "diverged after 0 of 20")
                  "before its first epoch ended")

          testCase "of runs that do not say it, as earlier versions left them" (fun () ->
              let state figures =
                  stateOf [] figures [ "seconds", Json.Real 3.0 ] |> snd

              Expect.equal (state (Some figures)) "finished" "all epochs"
              Expect.equal (state short) "stopped after 3 of 20" "some"
              Expect.equal (state None) "stopped after 0 of 20" "none"
              Expect.equal (stateOf [] (Some figures) [] |> snd) "finished" "without a time"
              Expect.equal (stateOf [] None [] |> fst) "cut off" "without anything")

          testCase
              "a run is running as long as its folder is held, cut off when it is let go of"
              (fun () ->
                  inFolder (fun folder ->
                      let run = finished folder "a" 1.0 []
                      let hold = RunFolder.alone "--resume" run.Path
                      RunFiles.underWay run
                      File.Delete(Path.Combine(run.Path, "metrics.json"))

                      let row epoch =
                          [ "epoch", float epoch; "test_nelbo", 9.0 ]

                      RunFolder.writeMetrics run [ for epoch in 1..4 -> row epoch ]
                      Expect.equal (found folder "a").Word "running, 4 of 20" "held"
                      hold.Dispose()
                      let left = found folder "a"
                      Expect.equal left.Word "stopped after 4 of 20" "as it was before it went on"
                      Expect.equal left.Started (minute 1.0) "its start is kept"

                      Expect.isFalse
                          (File.Exists(Path.Combine(run.Path, ".lock")))
                          "no lock is made"))

          testCase "a lock that a kill left is no run, and stays" (fun () ->
              inFolder (fun folder ->
                  let run = finished folder "a" 1.0 []
                  RunFiles.underWay run
                  let path = Path.Combine(run.Path, ".lock")
                  File.WriteAllText(path, "")
                  Expect.equal (found folder "a").State "finished" "by its figures"
                  Expect.isTrue (File.Exists path) "it is the next run's to take away"))

          testCase "who looks is in no run's way" (fun () ->
              inFolder (fun folder ->
                  use stop = new CancellationTokenSource()

                  let look () =
                      while not stop.IsCancellationRequested do
                          Files.isHeld folder |> ignore
                          Thread.Sleep 1

                  let looking = Task.Run look

                  for _ in 1..100 do
                      using (RunFolder.alone "--out" folder) (fun _ ->
                          Expect.isTrue (Files.isHeld folder) "held")

                  stop.Cancel()
                  looking.Wait()))

          testCase "a run that ended says how, and one that goes on no longer" (fun () ->
              withGlyphs 200 (fun folder data ->
                  let out = Path.Combine(folder, "runs", "a")
                  let under () = (RunFiles.times out).Ended
                  let seen = ref None

                  let experiment =
                      experimentOf (fun run ->
                          seen.Value <- under ()

                          run.Report(fun () ->
                              { Figures =
                                  [ "share", (if run.Has <@ Tiny.Reversed @> then nan else 1.0) ]
                                Pictures = []
                                Sections = []
                                Line = "" }))

                  finishes experiment [ "--data"; data; "--out"; out; "--quiet" ]
                  Expect.equal (under ()) (Some "finished") "finished"
                  let other = Path.Combine(folder, "runs", "b")

                  Experiment.Run(
                      experiment,
                      [ "--data"; data; "--out"; other; "--quiet"; "--reversed" ]
                  )
                  |> ignore

                  Expect.equal (RunFiles.times other).Ended (Some "failed") "diverged")) ]

/// A sweep of two weights of which one diverged, and its points.
let private addSweep (folder: string) =
    let sweep =
        addRun
            folder
            "sweep"
            [ "kl-weight", Json.List [ Json.Whole 1; Json.Real 0.5 ] ]
            [ "points", 2.0; "finished", 1.0 ]
            (ended "finished" 5.0)

    let point weight word nelbo =
        addRun
            folder
            $"sweep/kl-weight-{weight}"
            [ "kl-weight", Json.Real weight ]
            [ "epochs", 20.0; "test_nelbo", nelbo ]
            (ended word 5.0)
        |> ignore

    point 1.0 "failed" 300.0
    point 0.5 "finished" 110.25
    sweep

/// RFC 4180, read by its book: rows of cells.
let private parsedCsv (text: string) =
    let cell = Regex "\\G(?:\"((?:[^\"]|\"\")*)\"|([^,\"\r\n]*))(,|\r\n)"

    let rows, row =
        ((([], []): string list list * string list), cell.Matches text)
        ||> Seq.fold (fun (rows, row) found ->
            let value =
                if found.Groups[1].Success then
                    found.Groups[1].Value.Replace("\"\"", "\"")
                else
                    found.Groups[2].Value

            let row = row @ [ value ]
            if found.Groups[3].Value = "," then rows, row else rows @ [ row ], [])

    Expect.isEmpty row "the last row has its end"

    Expect.equal
        (Seq.sumBy (fun (found: Match) -> found.Length) (cell.Matches text))
        text.Length
        "nothing else"

    rows

[<Tests>]
let tests =
    testList
        "RunIndex"
        [ states

          testCase "runs are listed newest first, with their settings, figures and links" (fun () ->
              inFolder (fun folder ->
                  finished folder "old" 1.0 [] |> ignore

                  let newer =
                      finished
                          folder
                          "new & <b>"
                          2.0
                          [ "latent", Json.Whole 2
                            "lr", Json.Real 0.1
                            "name", Json.Text "</script>"
                            "out", Json.Text "elsewhere"
                            "script-text", Json.List [ Json.Text "let x = 1" ] ]

                  RunFolder.writeSample newer "samples" ReportSamples.samples

                  File.SetLastWriteTime(
                      Path.Combine(newer.Path, "config.json"),
                      DateTime(2020, 1, 1)
                  )

                  RunIndex.update newer.Path
                  let page = indexOf folder

                  holds
                      page
                      [ "<a href=\"vae/new%20%26%20%3Cb%3E/report.html\">vae/new &amp; &lt;b&gt;</a>"
                        "vae on glyphs, finished, 2026-03-01 12:02 +01:00"
                        "<a href=\"runs.csv\">" ]

                  Less.than
                      (page.IndexOf "new%20")
                      (page.IndexOf "vae/old/")
                      "the newest first, by what the runs say"

                  let first =
                      Map.ofList (Json.fields (List.head (Json.items (embedded page "runs"))))

                  Expect.equal first["name"] (Json.Text "</script>") "its name"

                  Expect.equal
                      first["started"]
                      (Json.Text "2026-03-01T12:02:00+01:00")
                      "its start"

                  Expect.equal
                      first["settings"]
                      (Json.Object
                          [ "latent", Json.Whole 2; "epochs", Json.Whole 20; "lr", Json.Real 0.1 ])
                      "its settings, the script's own first"

                  Expect.equal
                      first["figures"]
                      (Json.Object
                          [ for name, value in figures ->
                                name,
                                (if value = round value then
                                     Json.Whole(int value)
                                 else
                                     Json.Real value) ])
                      "all figures, in all digits"

                  Expect.equal
                      first["picture"]
                      (Json.List [ Json.Whole 930; Json.Whole 176 ])
                      "its picture"

                  Expect.isTrue
                      (File.Exists(Path.Combine(folder, "runs", "plotly.min.js")))
                      "charts"))

          testCase
              "a run that does not say when it was started has its file's time, and that is told"
              (fun () ->
                  inFolder (fun folder ->
                      let run = addRun folder "a" [] figures []
                      let time = DateTime(2026, 3, 1, 7, 0, 0)
                      File.SetLastWriteTime(Path.Combine(run.Path, "config.json"), time)
                      let found = found folder "a"
                      Expect.equal found.Started.LocalDateTime time "of config.json"
                      Expect.isFalse found.IsDated "a guess"))

          testCase "broken folders are left out with a word" (fun () ->
              inFolder (fun folder ->
                  let whole = finished folder "whole" 1.0 []
                  let halfDeleted = finished folder "half" 3.0 []
                  File.Delete(Path.Combine(halfDeleted.Path, "config.json"))
                  let damaged = finished folder "damaged" 4.0 []
                  RunFolder.writeFile damaged "config.json" (latin "{ \"data\": ")
                  let odd = finished folder "odd" 5.0 []
                  RunFolder.writeFile odd "metrics.json" (latin "[1, 2]")
                  RunFolder.writeFile odd "metrics.csv" (latin "epoch,loss\n1\n")
                  RunFolder.writeFile odd "evaluation.json" (latin "{ \"models\": [] }")
                  let point = finished folder "whole/point" 5.0 []
                  RunFolder.writeFile point "config.json" (latin "[")
                  Directory.CreateDirectory(Path.Combine(folder, "runs", "empty")) |> ignore
                  RunIndex.update whole.Path

                  holds
                      (indexOf folder)
                      [ "vae/half: it has no config.json"
                        "vae/damaged: its config.json cannot be read"
                        "vae/whole/point: its config.json cannot be read" ]

                  Expect.equal
                      [ for run in scanned folder -> run.Path ]
                      [ "vae/odd"; "vae/whole" ]
                      "the others"))

          testCase "a sweep has its points" (fun () ->
              inFolder (fun folder ->
                  RunIndex.update (addSweep folder).Path

                  match scanned folder with
                  | [ sweep ] ->
                      Expect.equal sweep.Word "finished, 1 of 2 points" "how many finished"

                      Expect.equal
                          [ for point in sweep.Points -> point.Path, point.State ]
                          [ "vae/sweep/kl-weight-0.5", "finished"
                            "vae/sweep/kl-weight-1", "diverged" ]
                          "each a run"
                  | _ -> failtest "one run"

                  holds (indexOf folder) [ "vae/sweep/kl-weight-0.5/report.html" ]))

          testCase "a run of several models is one, with the curves of each" (fun () ->
              inFolder (fun folder ->
                  let run = finished folder "both" 1.0 []

                  let rows =
                      [ for epoch in 1..3 ->
                            [ "epoch", float epoch; "loss", 1.23456789 / float epoch ] ]

                  for model in [ "gan"; "vae" ] do
                      RunFolder.writeMetrics (RunFolder.sub run model) rows

                  RunIndex.update run.Path
                  let curves = embedded (indexOf folder) "curves" |> Json.fields |> Map.ofList

                  let curve model =
                      Json.Object
                          [ "model", Json.Text model
                            "epoch", Json.List [ Json.Whole 1; Json.Whole 2; Json.Whole 3 ]
                            "loss",
                            Json.List [ Json.Real 1.2346; Json.Real 0.61728; Json.Real 0.41152 ] ]

                  Expect.equal
                      curves["vae/both"]
                      (Json.List [ curve "gan"; curve "vae" ])
                      "five digits"))

          testCase "long curves are thinned, and keep their ends" (fun () ->
              inFolder (fun folder ->
                  let run = finished folder "long" 1.0 []

                  RunFolder.writeMetrics
                      run
                      [ for epoch in 1..1234 ->
                            [ "epoch", float epoch; "loss", (if epoch = 1234 then nan else 1.0) ] ]

                  let _, rows = (found folder "long").Courses.Head
                  let epochs = [ for row in rows -> snd row.Head ]

                  Expect.equal
                      (epochs.Length, epochs.Head, List.last epochs)
                      (100, 1.0, 1234.0)
                      "ends"

                  Expect.equal (List.sort (List.distinct epochs)) epochs "in order"
                  RunIndex.update run.Path

                  match embedded (indexOf folder) "curves" with
                  | Json.Object [ _, Json.List [ Json.Object [ _; _; "loss", Json.List values ] ] ] ->
                      Expect.equal
                          (values.Head, List.last values)
                          (Json.Whole 1, Json.Null)
                          "a gap where there is no number"
                  | other -> failtest $"{other}"))

          testCase "an evaluation is linked, with its epoch and its figures" (fun () ->
              inFolder (fun folder ->
                  let run = finished folder "a" 1.0 []

                  RunFolder.writeFile
                      run
                      "evaluation.json"
                      (latin
                          """{"models": [{"folder": "", "epoch": 3, "figures": [{"name": "nll", "value": 98.5}, {"name": "parzen", "value": null}]},
                              {"folder": "gan", "epoch": 5, "figures": [{"name": "recall", "value": 0}]}]}""")

                  let found = found folder "a"
                  Expect.equal found.Evaluated (Some 3) "the least epoch"

                  Expect.equal
                      (List.skip figures.Length found.Figures)
                      [ "evaluated_epoch", 3.0
                        "evaluated_nll", 98.5
                        "evaluated_gan_recall", 0.0 ]
                      "after its own"))

          testCase "runs.csv gives every value back" (fun () ->
              inFolder (fun folder ->
                  let odd = "two, \"quoted\"\r\nlines"

                  addRun
                      folder
                      "a"
                      [ "name", Json.Text odd
                        "saturating", Json.Flag true
                        "hidden", Json.List [ Json.Whole 400; Json.Whole 200 ]
                        "labels", Json.Null ]
                      [ "epochs", 20.0; "test_nelbo", 0.1 + 0.2; "share", nan ]
                      (ended "finished" 9.0)
                  |> ignore

                  RunIndex.update (addSweep folder).Path
                  let text = File.ReadAllText(Path.Combine(folder, "runs", "runs.csv"))

                  match parsedCsv text with
                  | header :: rows ->
                      let rows = [ for row in rows -> Map.ofList (List.zip header row) ]
                      Expect.equal (List.distinct header) header "no name twice"

                      Expect.equal
                          [ for row in rows -> row["path"], row["sweep"], row["state"] ]
                          [ "vae/a", "", "finished"
                            "vae/sweep", "", "finished"
                            "vae/sweep/kl-weight-0.5", "vae/sweep", "finished"
                            "vae/sweep/kl-weight-1", "vae/sweep", "diverged" ]
                          "a row a run"

                      let first = rows.Head
                      Expect.equal first["name"] odd "quoted"
                      Expect.equal (float first["test_nelbo"]) (0.1 + 0.2) "to the last bit"

                      Expect.equal
                          [ for name in
                                [ "started"
                                  "seconds"
                                  "epochs"
                                  "epochs-asked"
                                  "saturating"
                                  "hidden"
                                  "share" ] -> first[name] ]
                          [ "2026-03-01T12:09:00+01:00"
                            "12.5"
                            "20"
                            "20"
                            "true"
                            "400 200"
                            "NaN" ]
                          "cells"

                      Expect.equal
                          [ for row in rows -> row["kl-weight"] ]
                          [ ""; ""; "0.5"; "1" ]
                          "numbers alone, so that the column is one of numbers"
                  | [] -> failtest "a header"))

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

          testCase "an index that cannot be written is a warning" (fun () ->
              inFolder (fun folder ->
                  let run = finished folder "a" 1.0 []
                  Directory.CreateDirectory(Path.Combine(folder, "runs", "index.html")) |> ignore

                  let result =
                      captured (fun () ->
                          RunIndex.update run.Path
                          0)

                  Expect.stringStarts
                      result.Errors
                      "warning: the index of the runs is not"
                      "one line"))

          testCase "many runs at once leave a whole index with all of them" (fun () ->
              inFolder (fun folder ->
                  Parallel.For(
                      0,
                      20,
                      fun i -> RunIndex.update (finished folder $"run-{i}" (float i) []).Path
                  )
                  |> ignore

                  let page = indexOf folder
                  holds page ("</html>" :: [ for i in 0..19 -> $"vae/run-{i}/report.html" ])

                  Expect.equal
                      (Directory.GetFiles(Path.Combine(folder, "runs"), "*.tmp"))
                      [||]
                      "no leftovers"

                  let clock = Stopwatch.StartNew()
                  RunIndex.update (Path.Combine(folder, "runs", "vae", "run-0"))
                  Less.than clock.Elapsed.TotalSeconds 1.0 "20 runs in under a second")) ]
