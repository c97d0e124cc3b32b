/// Sweeps over any options of any script. A swept script that is asked for its options is a process; here most are of the tests' own.
module Workbench.Tests.GridTests

open System
open System.IO
open System.Threading
open System.Threading.Tasks
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport

let private vae = Vae.experiment.File

let private words (line: string) = List.ofArray (line.Split ' ')

/// A sweep of a script, which `saw` is told the points of.
let private sweepOf (script: ScriptFile) (saw: Point list -> unit) : GridExperiment =
    Experiment.Grid(
        "?",
        "",
        (fun sweep ->
            let points = sweep.Train()
            saw points

            sweep.Report(fun () ->
                { Line = "done"
                  Figures = []
                  Pictures = []
                  Sections = [] })),
        common = [ Common.Threads 1 ],
        find =
            (fun _ ->
                script,
                { new IDisposable with
                    member _.Dispose() = () }),
        file = scriptPath "sweep.fsx"
    )

let private runWith script saw stop (arguments: string list) =
    Experiment.Run((sweepOf script saw).Choose arguments, arguments, stop)

/// The points that a line asks for, by their folders, with what is in force for them.
let private planned (line: string) : (string * PlannedPoint) list =
    let given = Settings.split (words ("--script vae " + line))
    let axes = Grid.axes vae given []
    let experiment = (sweepOf vae ignore).Choose(Settings.commandLine given)

    [ for point, _ in Grid.points vae axes (Request.read experiment.File given) ->
          Grid.folderName point.Settings, point ]

let private inForce name (point: PlannedPoint) =
    point.InForce |> List.find (fst >> (=) name) |> snd

let private refused: (string * string list) list =
    [ "", [ "--script: needed" ]
      "--script va --vary latent 2", [ "--script: there is no va in"; "did you mean vae?" ]
      "--script no-such.fsx --vary latent 2", [ "--script: no-such.fsx does not exist" ]
      "--script vae --vary latnet 2", [ "unknown option --latnet; did you mean --latent?" ]
      "--script vae --vary latent 2 --hiden 4", [ "unknown option --hiden; did you mean --hidden?" ]
      "--script vae --vary latent 2 0", [ "--latent: must be at least 1, not 0" ]
      "--script vae --vary latent 2,8", [ "--latent: must be a whole number" ]
      "--script vae --vary activation relu reluu",
      [ "--activation: must be one of tanh, relu"; "reluu" ]
      "--script vae --vary hidden 20, 30", [ "--hidden: must be a whole number" ]
      "--script vae --vary batch 10 0", [ "--batch: must be at least 1" ]
      "--script vae --vary kl-weight 0.5 1 0.50", [ "--vary: kl-weight 0.5 is given twice" ]
      "--script vae --vary latent 2 --vary latent 3", [ "--vary: latent is varied twice" ]
      "--script vae --vary latent 2 8 --latent 3", [ "--latent: is varied, too" ]
      "--script vae --vary latent", [ "--vary: latent needs values" ]
      "--script vae --vary", [ "--vary: needs at least one value" ]
      "--script vae --vary seed 1 2", [ "--vary"; "--seeds" ]
      for name in [ "out"; "resume"; "jobs"; "name"; "quiet"; "script" ] do
          $"--script vae --vary {name} 1", [ $"--vary: {name} is the sweep's own" ]
      "--script vae --vary one-file yes", [ "--vary: one-file takes no value" ]
      "--script vae", [ "--vary: nothing is varied"; "--seeds" ]
      "--script vae --seeds 0", [ "--seeds: must be at least 1" ]
      "--script vae --seeds 10001", [ "--vary: more than 10000 points" ]
      "--script vae --vary latent 1 2 --seeds 2147483647", [ "--vary: more than 10000 points" ]
      "--script vae --seed 2147483647 --seeds 2", [ "--seed: must be at most 2147483647" ]
      "--script vae --vary data a/b a:b", [ "--vary: two points would have the folder data-a-b" ]
      $"--script vae --vary data {String('a', 300)}", [ "--vary: so many options" ]
      "--script vae --vary data glyphs mnsit", [ "--data"; "did you mean mnist?" ]
      "--script vae --vary latent 2 --from-best", [ "unknown option --from-best" ]
      for given in [ "partition a"; "time 5"; "mem 2G"; "max-running 2"; "detach" ] do
          $"--script vae --vary latent 2 --{given}",
          [ $"--{given.Split(' ')[0]}: needs --on slurm" ]
      "--script vae --vary latent 2 -- --mem=2G", [ "--: needs --on slurm" ]
      "--script vae --vary latent 2 --on slurm --jobs 2",
      [ "--jobs: is of this machine"; "--max-running" ]
      "--script vae --vary latent 2 --on moon", [ "--on: must be one of local, slurm" ]
      "--script vae --vary latent 2 --on slurm --max-running 0",
      [ "--max-running: must be at least 1" ]
      "--script vae --vary time 2", [ "--vary: time is the sweep's own" ]
      "--resume nowhere", [ "--resume: nowhere holds no run" ] ]

let private planning =
    testList
        "planning"
        [ testCase "the grid's order: seeds run fastest, then the last option; folders" (fun () ->
              let points = planned "--vary kl-weight 0.5 1 --vary latent 2 8 --seed 3 --seeds 2"

              Expect.equal
                  (List.map fst points)
                  [ for weight in [ "0.5"; "1" ] do
                        for latent in [ 2; 8 ] do
                            for seed in [ 3; 4 ] ->
                                $"kl-weight-{weight}_latent-{latent}_seed-{seed}" ]
                  "in this order"

              Expect.equal
                  (snd (List.last points)).Settings
                  [ "kl-weight", Json.Real 1.0; "latent", Json.Whole 8; "seed", Json.Whole 4 ]
                  "what varies, and nothing else")

          testCase "what varies is told as on a command line, options apart by commas" (fun () ->
              let line = "--script vae --vary kl-weight 0.5 1 --vary hidden 40 40,20"
              let given = Settings.split (words line)
              let request = Request.read ((sweepOf vae ignore).Choose(words line)).File given
              let told = Request.changed request

              Expect.equal
                  (Settings.commandLine (Settings.options told))
                  (words line)
                  "its options"

              Expect.equal
                  (told |> List.find (fst >> (=) "vary") |> snd |> Json.plain)
                  "kl-weight 0.5 1, hidden 40 40,20"
                  "in one cell")

          testCase
              "where points are trained is no option of theirs; words for sbatch stay as they are"
              (fun () ->
                  let line =
                      "--script vae --vary latent 2 --on slurm --partition p --time 5 --max-running 2 -- --mem=2G --on x -A y"

                  let given = Settings.split (words line)
                  let file = ((sweepOf vae ignore).Choose(words line)).File
                  let request = Request.read file given
                  let own = request.Own.Head :?> GridSetting list

                  Expect.equal
                      (Grid.cluster own 3)
                      (Some
                          { Partition = Some "p"
                            Time = Some "5"
                            Memory = None
                            Threads = 3
                            MaxRunning = Some 2
                            Options = [ "--mem=2G"; "--on"; "x"; "-A"; "y" ]
                            IsDetached = false })
                      "what a cluster is asked"

                  Expect.equal
                      (Settings.commandLine (Settings.options (Request.changed request)))
                      (words line)
                      "the command that asks for the same"

                  let names =
                      List.map
                          fst
                          (snd (List.exactlyOne (planned (line.Replace("--script vae ", "")))))
                              .InForce

                  Expect.isEmpty
                      (set names |> Set.intersect (set Settings.names<GridSetting>))
                      "its points")

          testCase "a sweep that goes on may be trained elsewhere" (fun () ->
              withGlyphs 60 (fun folder data ->
                  let out = Path.Combine(folder, "sweep")

                  let stopped arguments =
                      runWith vae ignore (CancellationToken true) (arguments @ [ "--quiet" ])
                      |> fun ending -> Expect.equal ending Ending.Interrupted "stopped"

                      let saved = Map.ofList (RunFiles.config out).Value
                      Json.plain saved["on"], Json.plain saved["partition"]

                  let first = words "--script vae --vary latent 2 --data" @ [ data; "--out"; out ]

                  Expect.equal (stopped first) ("local", "") "here"

                  Expect.equal
                      (stopped (words "--on slurm --partition p --resume" @ [ out ]))
                      ("slurm", "p")
                      "there"

                  Expect.equal (stopped [ "--resume"; out ]) ("slurm", "p") "and it stays there"

                  Expect.equal
                      (fst (stopped [ "--resume"; out; "--on"; "local" ]))
                      "local"
                      "here again"))

          testCase "a seed alone is not among what varies" (fun () ->
              Expect.equal
                  [ for folder, point in planned "--vary latent 2 8 --seed 3" ->
                        folder, inForce "seed" point ]
                  [ "latent-2", Json.Whole 3; "latent-8", Json.Whole 3 ]
                  "the one of all")

          testCase "lists, words and common options vary" (fun () ->
              let points =
                  planned "--vary hidden 40 40,20 --vary activation tanh --vary epochs 1 3"

              Expect.equal
                  (List.map fst points)
                  [ "hidden-40_activation-tanh_epochs-1"
                    "hidden-40_activation-tanh_epochs-3"
                    "hidden-40-20_activation-tanh_epochs-1"
                    "hidden-40-20_activation-tanh_epochs-3" ]
                  "folders"

              Expect.equal
                  [ for _, point in points -> inForce "hidden" point, point.Epochs ]
                  [ let whole = List.map Json.Whole >> Json.List

                    for hidden in [ whole [ 40 ]; whole [ 40; 20 ] ] do
                        for epochs in [ 1; 3 ] -> hidden, epochs ]
                  "in force")

          testCase "each option that is given is in force for every point" (fun () ->
              let own = "--hidden 40 20 --activation tanh --dropout 0.2 --kl-warmup 3"

              let more =
                  "--variance square --lr-drop-at 1 2 --lr-drop 0.3 --data glyphs --batch 9"

              let common = "--lr 0.01 --epochs 3 --clip-norm 2.5 --limit 50 --pixels static"

              let line =
                  $"{own} {more} {common} --patience 7 --checkpoint-every 3 --threads 2 --one-file"

              for _, point in planned $"{line} --vary latent 3 --seeds 2" do
                  let alone = Json.plain (inForce "seed" point)

                  let request =
                      Request.read vae (Settings.split (words $"{line} --latent 3 --seed {alone}"))

                  Expect.equal
                      point.InForce
                      (request.Settings |> List.filter (fst >> Grid.ownToSweep.Contains >> not))
                      "as for a run alone")

          testCase "defaults may depend on a varied option" (fun () ->
              let usual (own: obj list) =
                  match Settings.tryGet (own.Head :?> Vae.Setting list) <@ Vae.Latent @> with
                  | Some 2 -> [ Common.Epochs 7 ]
                  | _ -> []

              let script = { vae with Common = usual }
              let given = Settings.split (words "--script vae --vary latent 2 3")
              let experiment = (sweepOf script ignore).Choose(Settings.commandLine given)

              Expect.equal
                  [ for point, _ in
                        Grid.points
                            script
                            (Grid.axes script given [])
                            (Request.read experiment.File given) -> point.Epochs ]
                  [ 7; 20 ]
                  "as of a run alone")

          testList
              "is refused in one line, and nothing is written"
              [ for line, expected in refused do
                    testCase $"'{line[.. min 60 (line.Length - 1)]}'" (fun () ->
                        withGlyphs 60 (fun folder data ->
                            let out = Path.Combine(folder, "sweep")
                            let isOther = line.Contains "data" || line.StartsWith "--resume"
                            let beside = if isOther then [] else [ "--data"; data; "--out"; out ]

                            let arguments =
                                Settings.commandLine (
                                    Settings.split (List.filter ((<>) "") (words line))
                                )
                                @ beside

                            expectBad expected (fun () ->
                                runWith vae ignore CancellationToken.None arguments)

                            Expect.isFalse (Directory.Exists out) "nothing is left")) ]

          testCase "what is no training of a model is refused" (fun () ->
              for script, why in
                  [ ``Kl-sweep``.experiment.File, "kl-sweep is a sweep itself"
                    ``Variational-bound``.experiment.File, "variational-bound trains no model" ] do
                  expectBad [ "--script: " + why ] (fun () ->
                      runWith
                          script
                          ignore
                          CancellationToken.None
                          (words "--script vae --seeds 2"))) ]

let private asking =
    testCase "a script that is asked says what it is, and answers each line of options" (fun () ->
        let questions =
            [ [ [ "latent"; "3" ]; [ "hidden"; "40"; "20" ] ]; [ [ "latent"; "0" ] ]; [] ]

        let line question =
            Json.line (
                Json.List [ for option in question -> Json.List(List.map Json.Text option) ]
            )

        use output = new StringWriter()
        use input = new StringReader(questions |> List.map line |> String.concat "\n")
        AskedScript.answer vae input output

        let part name fields =
            fields |> List.find (fst >> (=) name) |> snd |> Json.fields

        match
            [ for line in output.ToString().TrimEnd().Split '\n' -> Json.fields (Json.parse line) ]
        with
        | [ greeting; set; bad; usual ] ->
            Expect.contains greeting ("name", Json.Text "vae") "its name"

            Expect.equal
                [ for name in [ "latent"; "hidden"; "dropout" ] ->
                      List.find (fst >> (=) name) (part "own" set) |> snd |> Json.plain ]
                [ "3"; "40 20"; "0.1" ]
                "what is set, and defaults"

            Expect.equal
                bad
                [ "complaint", Json.Text "--latent: must be at least 1, not 0" ]
                "bad input"

            Expect.contains
                (part "common" usual)
                ("threads", Json.Whole(if Engine.isManaged then Environment.ProcessorCount else 1))
                "its defaults of common options"
        | other -> failtest $"a greeting and three answers, not {other.Length} lines")

let private trained =
    testCase
        "interrupted and resumed, each point has the bytes of a run alone; one that diverges leaves the others alone"
        (fun () ->
            withGlyphs 60 (fun folder data ->
                let out = Path.Combine(folder, "runs", "sweep")

                let common =
                    [ "--data"; data; "--batch"; "20"; "--epochs"; "40"; "--latent"; "3" ]

                let seen = ref []

                let sweep stop arguments =
                    runWith
                        { vae with Path = scriptPath "vae.fsx" }
                        (fun points -> seen.Value <- points)
                        stop
                        arguments

                use stop = new CancellationTokenSource()
                let first = Path.Combine(out, "lr-0.001_seed-1")

                // The first point is stopped in the middle.
                let watching =
                    Task.Run(fun () ->
                        let until = DateTime.UtcNow.AddMinutes 1.0

                        while not (File.Exists(Path.Combine(first, "metrics.csv")))
                              && DateTime.UtcNow < until do
                            Thread.Sleep 5

                        stop.Cancel())

                let ending =
                    [ "--script"
                      "vae"
                      "--vary"
                      "lr"
                      "0.001"
                      "1e30"
                      "--seed"
                      "1"
                      "--seeds"
                      "2"
                      "--jobs"
                      "1"
                      "--quiet" ]
                    @ [ "--out"; out ]
                    @ common
                    |> sweep stop.Token

                watching.Wait()
                Expect.equal ending Ending.Interrupted "stopped"
                Less.than (RunFiles.metrics first).Value.Length 40 "before its end"

                let resumed =
                    captured (fun () ->
                        (if
                             sweep CancellationToken.None [ "--resume"; out; "--quiet" ] =
                                 Ending.Finished
                         then
                             0
                         else
                             1))

                Expect.equal resumed.Code 0 resumed.Errors

                Expect.stringStarts
                    resumed.Errors
                    "warning: not every point finished: lr 1E+30, seed 1: the run diverged"
                    "one line"

                for seed in [ 1; 2 ] do
                    let point, alone =
                        Path.Combine(out, $"lr-0.001_seed-{seed}"),
                        Path.Combine(folder, $"alone-{seed}")

                    finishes
                        Vae.experiment
                        (common
                         @ [ "--seed"; string seed; "--threads"; "1"; "--quiet"; "--out"; alone ])

                    for name in [ "metrics.csv"; "metrics.json"; Checkpoint.name ] do
                        Expect.isTrue
                            (File.ReadAllBytes(Path.Combine(point, name)) =
                                File.ReadAllBytes(Path.Combine(alone, name)))
                            $"{name} of seed {seed}"

                let figures = RunFiles.figures first |> Option.get

                match RunFiles.metrics out with
                | Some [ row; other ] ->
                    Expect.equal
                        row
                        ([ "lr", 0.001; "seed", 1.0 ] @ figures)
                        "its settings, and all its figures"

                    Expect.equal
                        (List.truncate 2 other)
                        [ "lr", 0.001; "seed", 2.0 ]
                        "the other that finished"
                | other -> failtest $"two rows, not {other}"

                Expect.equal
                    [ for point in seen.Value -> point.Label, point.IsFinished ]
                    [ for rate in [ "0.001"; "1E+30" ] do
                          for seed in [ 1; 2 ] -> $"lr {rate}, seed {seed}", rate = "0.001" ]
                    "in the grid's order"

                match fst (Runs.scan (Path.Combine(folder, "runs"))) with
                | [ run ] -> Expect.equal run.Points.Length 4 "the index of runs has its points"
                | runs -> failtest $"one run, not {runs.Length}"

                expectBad [ "--script: gan contradicts the vae" ] (fun () ->
                    sweep CancellationToken.None [ "--resume"; out; "--script"; "gan" ])

                expectBad [ "--vary: lr 0.1 contradicts the lr 0.001 1e30" ] (fun () ->
                    sweep CancellationToken.None [ "--resume"; out; "--vary"; "lr"; "0.1" ])

                expectBad [ "--latent: 4 contradicts the 3" ] (fun () ->
                    sweep CancellationToken.None [ "--resume"; out; "--latent"; "4" ])))

let private several =
    testCase "points of several data sets, which have one page" (fun () ->
        withGlyphs 60 (fun folder data ->
            let out = Path.Combine(folder, "sweep")

            let line =
                [ "--script"
                  "vae"
                  "--vary"
                  "data"
                  data
                  "glyphs"
                  "--limit"
                  "60"
                  "--out"
                  out
                  "--quiet" ]

            let ending = runWith vae ignore (CancellationToken true) line
            Expect.equal ending Ending.Interrupted "stopped before the first"
            let saved = (RunFiles.config out).Value

            Expect.isFalse
                (List.exists (fst >> (=) "data-sha256") saved)
                "no data are those of all"

            Expect.contains saved ("swept", Json.Text "vae") "the script"

            Expect.stringContains
                (File.ReadAllText(Path.Combine(out, "report.html")))
                "2 runs of vae, 20 epochs each, seed 0."
                "the page"

            Expect.equal
                (runWith vae ignore (CancellationToken true) [ "--resume"; out; "--quiet" ])
                Ending.Interrupted
                "goes on"))

let private warned =
    testCase "of more than ten warnings of points the rest is counted" (fun () ->
        withGlyphs 60 (fun folder data ->
            let out = Path.Combine(folder, "sweep")

            for seed in 0..11 do
                let point = Directory.CreateDirectory(Path.Combine(out, $"seed-{seed}")).FullName
                let notices = Json.List [ Json.Text $"beware of {seed}" ]
                RunFolder.writeTiming { Path = point } [ "notices", notices ]

            [ "--script"; "vae"; "--seeds"; "12"; "--data"; data; "--out"; out; "--quiet" ]
            |> runWith vae ignore (CancellationToken true)
            |> fun ending -> Expect.equal ending Ending.Interrupted "stopped"

            Expect.equal
                (List.tail (RunFiles.times out).Notices)
                [ for seed in 0..9 do
                      $"seed {seed}: beware of {seed}"
                  "2 more stand on the points' own pages." ]
                "after that of the sweep"))

let private endedEarly =
    testCase
        "a point that --patience ended is finished, unless more epochs are asked for"
        (fun () ->
            withGlyphs 60 (fun folder data ->
                let out = Path.Combine(folder, "sweep")

                [ "--script"
                  "vae"
                  "--vary"
                  "latent"
                  "2"
                  "--data"
                  data
                  "--out"
                  out
                  "--quiet" ]
                |> runWith vae ignore (CancellationToken true)
                |> ignore

                let point = Directory.CreateDirectory(Path.Combine(out, "latent-2")).FullName
                RunFolder.writeConfig { Path = point } [ "epochs", Json.Whole 20 ]
                RunFolder.writeTiming { Path = point } [ "ended", Json.Text "finished" ]
                RunFolder.writeFigures { Path = point } [ "epochs", 3.0 ]

                for asked, expected in
                    [ 20, (true, "3 of 20 epochs"); 30, (false, "not trained: interrupted") ] do
                    let seen = ref []

                    [ "--resume"; out; "--epochs"; string asked; "--quiet" ]
                    |> runWith vae (fun points -> seen.Value <- points) (CancellationToken true)
                    |> ignore

                    Expect.equal
                        [ for point in seen.Value -> point.IsFinished, Point.state asked point ]
                        [ expected ]
                        $"of {asked} epochs"))

let private changed =
    testCase
        "a swept script whose text has changed is told so, and --script-changed goes on"
        (fun () ->
            withGlyphs 60 (fun folder data ->
                let out, path = Path.Combine(folder, "sweep"), Path.Combine(folder, "mine.fsx")
                let script = { vae with Path = path }

                let write why =
                    [ "let told = String.concat \"|\" fsi.CommandLineArgs"
                      $"eprintfn \"error: {why} %%s\" told; exit 1" ]
                    |> fun lines -> File.WriteAllLines(path, lines)

                let sweep stop line =
                    runWith script ignore stop (line @ [ "--quiet" ])

                write "one"

                [ "--script"; path; "--vary"; "latent"; "2"; "--data"; data; "--out"; out ]
                |> sweep (CancellationToken true)
                |> fun ending -> Expect.equal ending Ending.Interrupted "stopped"

                RunFolder.create "vae" (Some(Path.Combine(out, "latent-2"))) [] |> ignore
                write "other"

                expectBad [ "--resume: sweep.fsx or mine.fsx is no longer"; out ] (fun () ->
                    sweep CancellationToken.None [ "--resume"; out ])

                match sweep CancellationToken.None [ "--resume"; out; "--script-changed" ] with
                | Ending.Failed reason ->
                    Expect.stringContains reason "latent 2: other" "the point was started"

                    Expect.stringContains reason "--script-changed|--resume|" "and may go on"
                | other -> failtest $"failed, not {other}"))

let private script =
    testCase "sweep.fsx asks the script itself, and trains its points" (fun () ->
        expectBad [ "--script"; "prelude.fsx is no experiment" ] (fun () ->
            AskedScript.start (scriptPath "prelude.fsx"))

        let asked, isDone = AskedScript.start (scriptPath "vae.fsx")
        use _ = isDone
        let line = Settings.split (words "--hidden 40 20 --seed 3")

        let told script =
            [ for name, value in (Request.read script line).Settings -> name, Json.plain value ]

        Expect.equal (told asked) (told vae) "the settings of the script itself"

        expectBad [ "--latent: must be at least 1, not 0" ] (fun () ->
            Request.read asked [ "latent", [ "0" ] ])

        inFolder (fun folder ->
            let options = "--data glyphs --limit 100 --epochs 1 --out run"
            let line = words $"--script vae --vary hidden 20,10 {options}"
            let result = run (scriptPath "sweep.fsx") line folder
            Expect.equal (result.Code, result.Errors) (0, "") result.Output
            Expect.stringContains result.Output "1 of 1 runs finished" "its last line"
            let page = Path.Combine(folder, "run", "hidden-20-10", "report.html")
            Expect.isTrue (File.Exists page) "a page of the point"))

let private runtime =
    testCase
        "a point's process has what suits a short run, and what the environment wishes"
        (fun () ->
            let named isSet =
                PointProcess.ofRuntime isSet |> List.map fst

            Expect.equal
                (named (fun _ -> false))
                [ "DOTNET_TieredPGO"; "DOTNET_gcServer" ]
                "where nothing is said"

            Expect.equal (named ((=) "DOTNET_TieredPGO")) [ "DOTNET_gcServer" ] "the other"

            use started = PointProcess.start SweepPoint.variable "no-script.fsx" []
            started.WaitForExit()

            for name in named (fun _ -> false) do
                let expected =
                    match Environment.GetEnvironmentVariable name with
                    | null -> "0"
                    | own -> own

                Expect.equal started.StartInfo.Environment[name] expected name)

[<Tests>]
let tests =
    testList
        "Grid"
        [ runtime
          planning
          asking
          several
          warned
          endedEarly
          testList "processes" (trained :: onceForBoth [ changed; script ]) ]
    |> ModelSupport.bitwise
