/// Sweeps: what they read, hand to their points and tell of them. A point is a process of `dotnet fsi`; most tests have points that
/// were trained before, or a script in their place that says what it was given.
module Workbench.Tests.SweepTests

open System
open System.IO
open System.Threading
open Argu
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport

[<RequireQualifiedAccess; Unique>]
type Note =
    | Note of name: string

    interface IArgParserTemplate with
        member _.Usage = "?"

/// The VAE's experiment, for a sweep that starts this file.
let private vaeAt (path: string) : Experiment<Vae.Setting> =
    { Vae.experiment with
        File = { Vae.experiment.File with Path = path } }

/// A sweep of the VAE over a grid; `saw` is told its points.
let private sweepOf (path: string) (grid: Vae.Setting list list) (saw: Point list -> unit) =
    Experiment.Sweep(
        vaeAt path,
        "?",
        ([]: Note list),
        (fun (sweep: Sweep<Note, Vae.Setting>) ->
            let points = sweep.Train(grid, [ "test_nelbo" ])
            saw points

            sweep.Report(fun () ->
                { Line = "done"
                  Figures = []
                  Pictures = []
                  Sections =
                    [ Point.table
                          "points"
                          "settings"
                          sweep.Epochs
                          [ "test_nelbo", "negative ELBO" ]
                          points ] })),
        common = [ Common.Epochs 2; Common.Threads 1 ]
    )

let private nowhere = "no-such.fsx"

let private small data out =
    [ "--data"; data; "--batch"; "20"; "--latent"; "3"; "--quiet"; "--out"; out ]

let private cancelled =
    lazy
        (let stop = new CancellationTokenSource()
         stop.Cancel()
         stop.Token)

/// A run of the VAE in the folder of a point that was not trained yet.
let private trainPoint data (folder: string) (options: string list) =
    let usual =
        [ "--data"
          data
          "--batch"
          "20"
          "--epochs"
          "2"
          "--threads"
          "1"
          "--quiet" ]

    finishes Vae.experiment (usual @ [ "--out"; folder ] @ options)

let private lines (path: string) = List.ofArray (File.ReadAllLines path)

let private page (folder: string) =
    File.ReadAllText(Path.Combine(folder, "report.html"))

let private timing (folder: string) (name: string) =
    (Map.ofList (RunFiles.timing folder).Value)[name]

let private read (line: string) : Request =
    Request.read ``Kl-sweep``.experiment.File (Settings.split (List.ofArray (line.Split ' ')))

let private reading =
    testList
        "reading"
        [ testCase
              "points that were interrupted have their figures in charts, those that failed do not"
              (fun () ->
                  let point weight ending : Point =
                      { Settings = [ "kl-weight", Json.Real weight ]
                        Folder = ""
                        Ending = ending
                        Seconds = 0.0
                        Epochs = []
                        Figures = [ "a", weight; "b", 2.0 * weight ] }

                  Expect.equal
                      (Point.pairs
                          "a"
                          "b"
                          [ point 1.0 Ending.Finished
                            point 2.0 Ending.Interrupted
                            point 3.0 (Ending.Failed "diverged") ])
                      [ "1", 1.0, 2.0; "2", 2.0, 4.0 ]
                      "label, x, y")

          testCase "a sweep takes every option of what it sweeps, and --jobs" (fun () ->
              let names (script: ScriptFile) =
                  set (script.Takes @ (script.Own |> List.collect _.Names))

              let sweep, vae = names ``Kl-sweep``.experiment.File, names Vae.experiment.File
              Expect.equal (sweep - vae) (set [ "jobs" ]) "what it adds"
              let vae = vae.Remove "from-best" // its points have each their own
              Expect.isEmpty (vae - sweep) "what it lacks")

          testCase "its own options, its points' options and the common ones" (fun () ->
              let request = read "--kl-weight 0.5 0 --jobs 3 --hidden 40 20 --activation tanh"
              let own = request.Own[0] :?> ``Kl-sweep``.Setting list
              let points = request.Own[1] :?> Vae.Setting list
              Expect.equal own [ ``Kl-sweep``.Kl_Weight [ 0.5; 0.0 ] ] "weights, not a weight"

              Expect.equal
                  (Settings.tryGet points <@ Vae.Hidden @>)
                  (Some [ 40; 20 ])
                  "of the points"

              Expect.equal (Settings.tryGet request.Common <@ Common.Jobs @>) (Some 3) "common"

              Expect.equal
                  request.Changed
                  [ "jobs"; "kl-weight"; "hidden"; "activation" ]
                  "what is no default")

          testCase "weights that are bad, or given twice, are refused" (fun () ->
              inFolder (fun folder ->
                  let out = Path.Combine(folder, "sweep")
                  let data = [ "--data"; writeGlyphs folder 60; "--out"; out ]

                  for line, words in
                      [ "--kl-weight 1 -1", [ "--kl-weight"; "at least 0" ]
                        "--kl-weight nan", [ "--kl-weight" ]
                        "--kl-weight 0.5 1 0.50", [ "--kl-weight"; "twice" ]
                        "--kl-weight 0 -0", [ "--kl-weight"; "twice" ]
                        "--jobs 0", [ "--jobs"; "at least 1" ] ] do
                      expectBad words (fun () ->
                          Experiment.Run(
                              ``Kl-sweep``.experiment,
                              data @ List.ofArray (line.Split ' ')
                          ))

                  Expect.isFalse (Directory.Exists out) "nothing is left"))

          testCase
              "a point's folder that holds a run is left alone, and nothing is started"
              (fun () ->
                  withGlyphs 60 (fun folder data ->
                      let out = Path.Combine(folder, "sweep")
                      RunFolder.create "vae" (Some(Path.Combine(out, "kl-weight-1"))) [] |> ignore

                      expectBad [ "--out"; "kl-weight-1"; "already holds a run" ] (fun () ->
                          Experiment.Run(
                              ``Kl-sweep``.experiment,
                              small data out @ [ "--kl-weight"; "0"; "1" ]
                          ))

                      Expect.equal
                          (Directory.GetFileSystemEntries(out).Length)
                          1
                          "nothing else was made")) ]

let private none =
    testCase
        "a sweep that is stopped before its first point has a page, and goes on from there"
        (fun () ->
            withGlyphs 60 (fun folder data ->
                let out = Path.Combine(folder, "sweep")
                let weights = [ "--kl-weight"; "0"; "1" ]

                let sweep arguments =
                    Experiment.Run(``Kl-sweep``.experiment, arguments, cancelled.Value)

                Expect.equal (sweep (small data out @ weights)) Ending.Interrupted "stopped"
                Expect.stringContains (page out) "not trained: interrupted" "the page"
                Expect.isEmpty (Directory.GetDirectories out) "no point"

                Expect.equal
                    (sweep [ "--resume"; out; "--quiet" ])
                    Ending.Interrupted
                    "resumed, and stopped again"

                expectBad [ "--kl-weight: 1 2 contradicts the 0 1" ] (fun () ->
                    sweep [ "--resume"; out; "--kl-weight"; "1"; "2" ])))

/// A point of a grid: its settings, its label and folder, its options, and what tells it apart in metrics.csv.
type private Expected =
    { Settings: Vae.Setting list
      Label: string
      Folder: string
      Options: string
      Cell: string }

let private grids: (string * string * Expected list) list =
    [ "of a list option",
      "point",
      [ { Settings = [ Vae.Hidden [ 24 ] ]
          Label = "24"
          Folder = "hidden-24"
          Options = "--hidden 24"
          Cell = "1" }
        { Settings = [ Vae.Hidden [ 24; 12 ] ]
          Label = "24 12"
          Folder = "hidden-24-12"
          Options = "--hidden 24 12"
          Cell = "2" } ]

      "of two options",
      "latent,kl_weight",
      [ for latent in [ 2; 4 ] ->
            { Settings = [ Vae.Kl_Weight 0.5; Vae.Latent latent ]
              Label = $"latent {latent}, kl-weight 0.5"
              Folder = $"latent-{latent}_kl-weight-0.5"
              Options = $"--latent {latent} --kl-weight 0.5"
              Cell = $"{latent},0.5" } ]

      "of words",
      "point",
      [ { Settings = [ Vae.Variance Square ]
          Label = "square"
          Folder = "variance-square"
          Options = "--variance square"
          Cell = "1" }
        { Settings = [ Vae.Variance Exponential ]
          Label = "exp"
          Folder = "variance-exp"
          Options = "--variance exp"
          Cell = "2" } ] ]

/// A sweep that is stopped before its first point, whose points then come to be, and that is resumed.
let private grid (name: string, columns: string, expected: Expected list) =
    testCase $"a grid {name}" (fun () ->
        withGlyphs 60 (fun folder data ->
            let out = Path.Combine(folder, "runs", "sweep")
            let seen = ref []
            let settings = [ for point in expected -> point.Settings ]
            let sweep = sweepOf nowhere settings (fun points -> seen.Value <- points)
            let ending = Experiment.Run(sweep, small data out, cancelled.Value)
            Expect.equal ending Ending.Interrupted "stopped"
            Expect.isEmpty (Directory.GetDirectories out) "no point"
            Expect.stringContains (page out) "The sweep was interrupted" "the page says so"
            Expect.stringContains (page out) "not trained: interrupted" "of each point"

            for point in expected do
                trainPoint
                    data
                    (Path.Combine(out, point.Folder))
                    (List.ofArray (point.Options.Split ' '))

            let checkpoints =
                [ for point in expected -> Path.Combine(out, point.Folder, Checkpoint.name) ]

            let written = checkpoints |> List.map File.GetLastWriteTimeUtc
            finishes sweep [ "--resume"; out; "--quiet" ]
            Expect.equal (checkpoints |> List.map File.GetLastWriteTimeUtc) written "left alone"

            Expect.equal
                [ for point in seen.Value -> point.Label, point.Folder ]
                [ for point in expected -> point.Label, Path.Combine(out, point.Folder) ]
                "labels and folders, in the grid's order"

            let elbo =
                [ for point in seen.Value -> Json.number (point.TryFigure "test_nelbo").Value ]

            Expect.equal
                (lines (Path.Combine(out, "metrics.csv")))
                (columns + ",test_nelbo"
                 :: [ for point, elbo in List.zip expected elbo -> $"{point.Cell},{elbo}" ])
                "a row for each point"

            Expect.equal
                (RunFiles.figures out)
                (Some [ "points", 2.0; "finished", 2.0 ])
                "metrics.json"

            Expect.stringContains (page out) "2 of 2 epochs" "the page's table"
            Expect.isFalse ((page out).Contains "interrupted") "nothing is missing"
            let index = File.ReadAllText(Path.Combine(folder, "runs", "index.html"))
            Expect.stringContains index "sweep/report.html" "the index knows the sweep"

            for point in expected do
                Expect.stringContains index $"sweep/{point.Folder}/" "and its points"

            for asked, jobs in
                [ [], Environment.ProcessorCount
                  [ "--jobs"; "1" ], 1
                  [ "--jobs"; "999" ], 999 ] do
                finishes sweep ([ "--resume"; out; "--quiet" ] @ asked)

                Expect.equal
                    (timing out "jobs")
                    (Json.Whole(jobs |> min Environment.ProcessorCount |> min 2))
                    "as many at once as are asked for, as there are cores, and points"))

/// A script that fails, giving what it was asked as its reason.
let private echo (folder: string) =
    let path = Path.Combine(folder, "what was asked.fsx")

    File.WriteAllText(
        path,
        "eprintfn \"error: %s\" (String.concat \"|\" (Array.skip 1 fsi.CommandLineArgs)); exit 1"
    )

    path

/// What each point of a sweep was asked, by its label.
let private asked (points: Point list) =
    [ for point in points do
          match point.Ending with
          | Ending.Failed reason -> point.Label, List.ofArray (reason.Split '|')
          | other -> failtest $"{point.Label} failed, not {other}" ]

let private handing =
    testCase "each point is asked what it shares with the others, and its own" (fun () ->
        withGlyphs 60 (fun folder data ->
            let out = Path.Combine(folder, "my sweep")
            let seen = ref []
            let grid = [ [ Vae.Hidden [ 24 ] ]; [ Vae.Hidden [ 24; 12 ] ] ]
            let sweep = sweepOf (echo folder) grid (fun points -> seen.Value <- points)

            let fails (arguments: string list) =
                match Experiment.Run(sweep, arguments) with
                | Ending.Failed reason ->
                    Expect.stringStarts
                        reason
                        "no point finished: hidden 24: --data|"
                        "the first's reason"

                    Expect.stringContains reason "; hidden 24 12: --data|" "and the other's"
                    asked seen.Value
                | other -> failtest $"failed, not {other}"

            let first =
                fails (small data out @ [ "--hidden"; "7"; "--kl-weight"; "0.5"; "--jobs"; "2" ])

            Expect.stringContains (page out) "Not every point finished" "the page says so"

            for (label, words), point in List.zip first seen.Value do
                let given = Settings.split words
                let has name values = List.contains (name, values) given
                Expect.isTrue (has "data" [ data ]) "the data"
                Expect.isTrue (has "epochs" [ "2" ]) "the sweep's defaults"
                Expect.isTrue (has "engine" [ Engine.name ]) "this process's engine"
                Expect.isTrue (has "kl-weight" [ "0.5" ]) "what all share"

                Expect.isTrue
                    (has "hidden" (List.ofArray (label.Split ' ')))
                    "its own, not the shared"

                Expect.isTrue (has "out" [ point.Folder ]) "its folder"
                Expect.isFalse (List.exists (fst >> (=) "quiet") given) "it tells the sweep"
                Expect.equal (List.map fst given) (List.distinct (List.map fst given)) "each once"

                Expect.isFalse
                    (List.exists (fst >> (=) "jobs") given)
                    "nothing of the sweep's own"

            // Points that do what they were asked: the first an epoch of two, the second all.
            let train words instead =
                Settings.split words
                |> List.map (fun (name, values) ->
                    name, (if name = "epochs" then [ instead ] else values))
                |> Settings.commandLine
                |> fun line -> finishes Vae.experiment ("--quiet" :: line)

            train (snd first[0]) "1"
            train (snd first[1]) "2"

            let again =
                captured (fun () ->
                    finishes sweep [ "--resume"; out; "--quiet" ]
                    0)

            Expect.stringStarts
                again.Errors
                "warning: not every point finished: hidden 24: --data|"
                "a warning"

            Expect.equal (again.Errors.TrimEnd().Split('\n').Length) 1 "of one line"
            Expect.stringContains (page out) "failed after 1 of 2 epochs" "in the table"

            Expect.equal
                (RunFiles.figures out)
                (Some [ "points", 2.0; "finished", 1.0 ])
                "metrics.json"

            Expect.equal
                (lines (Path.Combine(out, "metrics.csv"))).Length
                2
                "a row for the finished one"

            match asked (List.truncate 1 seen.Value) with
            | [ _, words ] ->
                let given = Settings.split words

                Expect.contains
                    given
                    ("resume", [ seen.Value[0].Folder ])
                    "it goes on where it is"

                Expect.isFalse (List.exists (fst >> (=) "out") given) "in no new folder"
                finishes Vae.experiment ("--quiet" :: words)
            | _ -> failtest "the first alone"

            Expect.equal
                (RunFiles.metrics seen.Value[0].Folder).Value.Length
                2
                "to its second epoch"

            finishes sweep [ "--resume"; out; "--quiet" ]

            Expect.equal
                (RunFiles.figures out)
                (Some [ "points", 2.0; "finished", 2.0 ])
                "nothing is left"

            expectBad [ "--kl-weight: 1 contradicts the 0.5" ] (fun () ->
                Experiment.Run(sweep, [ "--resume"; out; "--kl-weight"; "1" ]))))

let private real =
    testCase "a point has the bits of a run in this process" (fun () ->
        withGlyphs 60 (fun folder data ->
            let out = Path.Combine(folder, "sweep")
            let options = [ "--epochs"; "1"; "--kl-weight"; "0.5" ]
            let result = exitOf ``Kl-sweep``.experiment (small data out @ options)
            Expect.equal (result.Code, result.Output, result.Errors) (0, "", "") "no word"

            match (RunFiles.metrics out).Value with
            | [ [ "kl_weight", weight
                  "test_reconstruction", reconstruction
                  "test_kl", kl
                  "test_nelbo", elbo ] ] ->
                Expect.equal weight 0.5 "the weight"
                Expect.floatClose Accuracy.high elbo (reconstruction + kl) "the ELBO has weight 1"
            | other -> failtest $"one row, not {other}"

            let point, alone = Path.Combine(out, "kl-weight-0.5"), Path.Combine(folder, "alone")

            Expect.stringContains
                (page point)
                "<script src=\"../plotly.min.js\"></script>"
                "a page of its own, which shares plotly.js"

            Expect.stringContains
                (page out)
                "<a href=\"kl-weight-0.5/report.html\">0.5</a>"
                "the sweep's page leads to it"

            let threads = if Engine.isManaged then "3" else "1"
            finishes Vae.experiment (small data alone @ options @ [ "--threads"; threads ])

            for name in
                [ Checkpoint.name
                  "metrics.csv"
                  "metrics.json"
                  "samples/samples.png"
                  "samples/new.png" ] do
                Expect.equal
                    (File.ReadAllBytes(Path.Combine(point, name)))
                    (File.ReadAllBytes(Path.Combine(alone, name)))
                    $"{name} is that of vae alone"))

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

let private interrupted =
    testCase
        "SIGTERM to a sweep ends its points, which save what is there, and leaves no process"
        (fun () ->
            withGlyphs 60 (fun folder data ->
                let options = [ "--epochs"; "1000000"; "--kl-weight"; "0"; "1"; "--jobs"; "1" ]

                let sweep = Path.Combine(folder, "sweep")

                use running =
                    start
                        "setsid"
                        ([ "dotnet"; "fsi"; "--"; scriptPath "kl-sweep.fsx" ]
                         @ small data "sweep"
                         @ options)
                        folder

                let metrics = Path.Combine(sweep, "kl-weight-0", "metrics.csv")
                waitFor "a first epoch" (fun () -> File.Exists metrics)
                use kill = start "kill" [ "-TERM"; string running.Id ] folder
                let result = finish running ""
                Expect.equal (result.Code, result.Output) (130, "") result.Errors

                Expect.isTrue
                    (File.Exists(Path.Combine(sweep, "kl-weight-0", "metrics.json")))
                    "the point saved its figures"

                Expect.isFalse
                    (Directory.Exists(Path.Combine(sweep, "kl-weight-1")))
                    "no other was started"

                Expect.stringContains (page sweep) "The sweep was interrupted" "the page says so"
                Expect.isEmpty (processesOf data) "no point lives on"))

[<Tests>]
let tests =
    testList
        "Sweep"
        [ reading
          testList "points that were trained before" (none :: List.map grid grids)
          testList "processes" (handing :: real :: onceForBoth [ interrupted ]) ]
    |> ModelSupport.bitwise
