/// Sweeps as processes: their points, page and folder.
module Workbench.Tests.SweepRunTests

open System
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport

let private script =
    { Name = "kl-sweep"
      Question = "?"
      Common = Options.defaults
      Own = KlSweepOptions.own }

let private lines (path: string) = List.ofArray (File.ReadAllLines path)

let private figures (folder: string) =
    using (JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "metrics.json")))) (fun json ->
        Map.ofList
            [ for field in json.RootElement.EnumerateObject() ->
                  field.Name, field.Value.GetDouble() ])

/// A vae run in this process with the settings of the point with weight 1 of `small`.
/// On one thread, as a sweep's points are.
let private vaeAlone (folder: string) (data: string) =
    let out = Path.Combine(folder, "alone")

    let options =
        [ "--data"
          data
          "--threads"
          "1"
          "--epochs"
          "2"
          "--batch"
          "20"
          "--latent"
          "3"
          "--quiet"
          "--out"
          out ]

    let result = run (scriptPath "vae.fsx") options folder
    Expect.equal result.Code 0 result.Errors
    out

let private small (folder: string) (data: string) =
    run
        (scriptPath "kl-sweep.fsx")
        [ "--data"
          data
          "--epochs"
          "2"
          "--batch"
          "20"
          "--latent"
          "3"
          "--kl-weight"
          "1"
          "1e300"
          "0.5"
          "--jobs"
          "3"
          "--out"
          "runs/sweep" ]
        folder

/// Processes whose command line names `text`.
let private processesOf (text: string) =
    Directory.GetDirectories "/proc"
    |> Array.filter (fun path ->
        try
            File.ReadAllText(Path.Combine(path, "cmdline")).Contains text
        with
        | :? IOException
        | :? UnauthorizedAccessException -> false)
    |> List.ofArray

let private waitFor (what: string) (holds: unit -> bool) =
    let until = DateTime.UtcNow.AddMinutes 2.0

    while not (holds ()) do
        if DateTime.UtcNow > until then
            failtest $"never came: {what}"

        Thread.Sleep 50

[<Tests>]
let tests =
    testList
        "Sweep runs"
        [ testCase
              "a small sweep leaves a page, its points' folders and figures; one that diverges is named"
              (fun () ->
                  withGlyphs 60 (fun folder data ->
                      let result = small folder data
                      Expect.equal result.Code 0 result.Errors

                      let complaints =
                          result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)

                      Expect.equal complaints.Length 1 $"one line: {result.Errors}"

                      Expect.stringContains
                          complaints[0]
                          "kl-weight 1E+300: the run diverged"
                          "who and why"

                      let sweep = Path.Combine(folder, "runs", "sweep")
                      let rows = lines (Path.Combine(sweep, "metrics.csv"))

                      Expect.equal
                          rows.Head
                          "kl_weight,test_reconstruction,test_kl,test_elbo"
                          "names"

                      Expect.equal
                          [ for row in rows.Tail -> row.Split(',').[0] ]
                          [ "1"; "0.5" ]
                          "weights in order"

                      Expect.equal
                          (figures sweep)
                          (Map [ "points", 3.0; "finished", 2.0 ])
                          "metrics.json"

                      for row in rows.Tail do
                          let cells = row.Split(',') |> Array.map float

                          Expect.floatClose
                              Accuracy.high
                              cells[3]
                              (cells[1] + cells[2])
                              "the ELBO has weight 1"

                      for name in [ "config.json"; "timing.json"; "samples/samples.png" ] do
                          Expect.isTrue (File.Exists(Path.Combine(sweep, name))) name

                      for point in [ "kl-1"; "kl-0.5"; "kl-1E+300" ] do
                          Expect.isTrue
                              (File.Exists(Path.Combine(sweep, point, "config.json")))
                              point

                          Expect.isFalse
                              (File.Exists(Path.Combine(sweep, point, "report.html")))
                              "the sweep has the page"

                      let alone = vaeAlone folder data

                      for name in [ "metrics.csv"; "metrics.json"; "samples/samples.png" ] do
                          Expect.equal
                              (File.ReadAllBytes(Path.Combine(sweep, "kl-1", name)))
                              (File.ReadAllBytes(Path.Combine(alone, name)))
                              $"{name} is that of vae alone"

                      let page = File.ReadAllText(Path.Combine(sweep, "report.html"))

                      Expect.stringContains
                          page
                          "kl-weight 1E+300: the run diverged"
                          "the page names it, too"

                      Expect.stringContains page "failed after 0 of 2 epochs" "in the table"
                      let index = File.ReadAllText(Path.Combine(folder, "runs", "index.html"))
                      Expect.stringContains index "sweep/report.html" "the index knows the sweep"
                      Expect.isFalse (index.Contains "kl-0.5") "its points are its own"))

          testCase
              "an interrupted sweep ends its points, saves what is there and leaves no process"
              (fun () ->
                  withGlyphs 60 (fun folder data ->
                      let arguments =
                          [ "--data"
                            data
                            "--epochs"
                            "1000000"
                            "--kl-weight"
                            "0"
                            "1"
                            "--jobs"
                            "1"
                            "--out"
                            "sweep" ]

                      use running =
                          start
                              "setsid"
                              ([ "dotnet"; "fsi"; "--"; scriptPath "kl-sweep.fsx" ] @ arguments)
                              folder

                      let sweep = Path.Combine(folder, "sweep")
                      let metrics = Path.Combine(sweep, "kl-0", "metrics.csv")
                      waitFor "a first epoch" (fun () -> File.Exists metrics)
                      use kill = start "kill" [ "-TERM"; string running.Id ] folder
                      let result = finish running ""
                      Expect.equal result.Code 130 result.Errors

                      Expect.isTrue
                          (File.Exists(Path.Combine(sweep, "kl-0", "metrics.json")))
                          "the point saved its figures"

                      Expect.isFalse
                          (Directory.Exists(Path.Combine(sweep, "kl-1")))
                          "no other was started"

                      let page = File.ReadAllText(Path.Combine(sweep, "report.html"))
                      Expect.stringContains page "The sweep was interrupted" "the page says so"
                      Expect.isEmpty (processesOf data) "no point lives on"))

          testCase "a sweep none of whose points finishes fails with one reason" (fun () ->
              withGlyphs 60 (fun folder data ->
                  let out = Path.Combine(folder, "sweep")

                  let body (run: ScriptRun<KlSweepOptions>) =
                      let ending =
                          Sweep.run
                              run
                              { Script = Path.Combine(folder, "no-such.fsx")
                                Setting = "kl-weight"
                                Prefix = "kl"
                                Values = [ 1.0 ]
                                Arguments = []
                                Jobs = None
                                Figures = [] }
                              (fun _ _ -> [])

                      match ending with
                      | Ending.Failed reason ->
                          Expect.stringContains reason "no point finished" "why"
                      | other -> failtest $"failed, not {other}"

                      ending

                  let options = [ "--data"; data; "--quiet"; "--out"; out ]

                  Expect.equal
                      (Cli.exitCode ("kl-sweep.fsx" :: options) script body)
                      1
                      "exit code"

                  Expect.isTrue (File.Exists(Path.Combine(out, "report.html"))) "there is a page"))

          testCase
              "a resumed sweep leaves finished points alone and goes on with the others"
              (fun () ->
                  withGlyphs 60 (fun folder data ->
                      let out = Path.Combine(folder, "sweep")

                      let sweep (point: string) weights (arguments: string list) =
                          let given = "--kl-weight" :: weights @ [ "--latent"; "3"; "--quiet" ]

                          Cli.exitCode ("kl-sweep.fsx" :: given @ arguments) script (fun run ->
                              Sweep.run
                                  run
                                  { Script = point
                                    Setting = "kl-weight"
                                    Prefix = "kl"
                                    Values = run.Own.Weights
                                    Arguments = KlSweepOptions.arguments run.Own
                                    Jobs = None
                                    Figures = [ "test_elbo" ] }
                                  (fun _ _ -> []))

                      let real = scriptPath "vae.fsx"
                      let weights = [ "1"; "0.5" ]
                      let first = [ "--data"; data; "--epochs"; "1"; "--out"; out ]

                      let checkpoint point =
                          Path.Combine(out, point, Checkpoint.name)

                      let rows point =
                          (lines (Path.Combine(out, point, "metrics.csv"))).Length - 1

                      Expect.equal (sweep real weights first) 0 "one epoch each"
                      File.Delete(Path.Combine(out, "kl-0.5", "metrics.json"))
                      let written = File.GetLastWriteTimeUtc(checkpoint "kl-1")
                      let again = [ "--resume"; out ]

                      Expect.equal
                          (sweep real weights again)
                          0
                          "the second point is told of again"

                      Expect.equal
                          (File.GetLastWriteTimeUtc(checkpoint "kl-1"))
                          written
                          "untouched"

                      Expect.equal (sweep "no-such.fsx" weights again) 0 "nothing is left to do"

                      Expect.equal
                          (figures out)
                          (Map [ "points", 2.0; "finished", 2.0 ])
                          "figures"

                      Expect.equal (sweep real [ "1"; "2" ] again) 2 "other weights contradict"

                      Expect.equal
                          (sweep real weights (again @ [ "--epochs"; "2" ]))
                          0
                          "a second epoch"

                      Expect.equal (rows "kl-1", rows "kl-0.5") (2, 2) "of both"))

          testCase
              "a point's folder that holds a run is left alone, and nothing is started"
              (fun () ->
                  withGlyphs 60 (fun folder data ->
                      let out = Path.Combine(folder, "sweep")
                      RunFolder.create "vae" (Some(Path.Combine(out, "kl-1"))) [] |> ignore

                      let body (run: ScriptRun<KlSweepOptions>) =
                          Sweep.run
                              run
                              { Script = "unused"
                                Setting = "kl-weight"
                                Prefix = "kl"
                                Values = [ 0.0; 1.0 ]
                                Arguments = []
                                Jobs = None
                                Figures = [] }
                              (fun _ _ -> [])

                      let options = [ "--data"; data; "--quiet"; "--out"; out ]

                      Expect.equal
                          (Cli.exitCode ("kl-sweep.fsx" :: options) script body)
                          2
                          "bad input"

                      Expect.equal
                          (Directory.GetFileSystemEntries(out).Length)
                          1
                          "nothing else was made")) ]
