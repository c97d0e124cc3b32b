/// Runs that are stopped, resumed, contradicted, short of room: a small experiment's, in this process. `.ci/resumes.fsx` has every
/// script.
module Workbench.Tests.ResumeTests

open System
open System.IO
open System.Text.RegularExpressions
open System.Threading
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.RunSupport

/// What the test has to do with a run's training: its rates, and what happens at the end of an epoch, before its checkpoint.
type private Meddling =
    { Rate: Run<Tiny> -> float -> int -> float
      AtEpoch: int -> unit }

let private none =
    { Rate = fun _ -> Schedule.constant
      AtEpoch = ignore }

/// A small VAE on whatever data there are. `saw` is told of the run.
let private experiment (meddling: Meddling) (saw: Run<Tiny> -> unit) =
    experimentOf (fun run ->
        saw run
        let data = run.Data

        let vae =
            Models.denseVae
                data.Size
                (run.Get Tiny.Hidden)
                (run.Get Tiny.Latent)
                (run.Get Tiny.Dropout)

        let epoch = ref 0

        let draw _ =
            epoch.Value <- epoch.Value + 1
            meddling.AtEpoch epoch.Value
            Png.encodeGrey 1 1 [| 0uy |]

        let trained =
            run.Fit(
                data,
                Objectives.vae vae data,
                Can.vae vae,
                rate = meddling.Rate run,
                best = "test_nelbo",
                picture = draw
            )

        run.Report(fun () ->
            { Line = "done"
              Figures = [ "epochs", float trained.State.Epoch ]
              Pictures = []
              Sections = [] }))

let private runWith meddling (stop: CancellationToken) (arguments: string list) =
    Experiment.Run(experiment meddling ignore, "--quiet" :: arguments, stop)

let private run (arguments: string list) =
    runWith none CancellationToken.None arguments

let private expectFinished (arguments: string list) (what: string) =
    Expect.equal (run arguments) Ending.Finished what

/// Stops the run at the end of an epoch that it trains, the first being 1.
let private stopAt (epoch: int) (arguments: string list) =
    use stop = new CancellationTokenSource()

    let meddling =
        { none with
            AtEpoch =
                fun reached ->
                    if reached = epoch then
                        stop.Cancel() }

    Expect.equal (runWith meddling stop.Token arguments) Ending.Interrupted $"stopped at {epoch}"

/// A rate that leaves no numbers: libtorch's Adam refuses those beyond float32.
let private tooFast = if Engine.isManaged then 1e39 else 3e37

let private settings data out =
    [ "--data"
      data
      "--epochs"
      "4"
      "--batch"
      "20"
      "--clip-norm"
      "5"
      "--out"
      out ]

let private withEpochs (epochs: int) (arguments: string list) =
    arguments |> List.map (fun word -> if word = "4" then string epochs else word)

let private resume out more = [ "--resume"; out ] @ more

let private bytes (folder: string) name =
    File.ReadAllBytes(Path.Combine(folder, name))

let private same (a: string) (b: string) =
    for name in [ Checkpoint.name; Checkpoint.bestName; "metrics.csv" ] do
        Expect.equal (bytes a name) (bytes b name) name

let private epochOf (folder: string) =
    (Checkpoint.load (Path.Combine(folder, Checkpoint.name))).Epoch

/// The words of a run's page.
let private pageOf (folder: string) =
    let html = File.ReadAllText(Path.Combine(folder, RunFolder.pageName))
    Regex.Replace(html, "<[^>]+>", "").Replace("&amp;", "&")

let private folders (test: string -> string -> string -> unit) () =
    withGlyphs 120 (fun folder data ->
        test data (Path.Combine(folder, "whole")) (Path.Combine(folder, "run")))

/// From the third epoch on nothing is learned: the second is the best.
let private still =
    { none with
        Rate = fun _ rate epoch -> if epoch > 2 then 0.0 else rate }

let private early =
    testList
        "ending early"
        [ testCase
              "--patience ends a run that gets no better, also one that was stopped, and says so"
          <| folders (fun data whole out ->
              let train = runWith still CancellationToken.None

              let patient out =
                  withEpochs 9 (settings data out) @ [ "--patience"; "2" ]

              Expect.equal (train (patient whole)) Ending.Finished "ended"
              Expect.equal (epochOf whole) 4 "two epochs after the best"
              let told = String.concat " " (RunFiles.times whole).Notices
              Expect.stringContains told "Ended early, after epoch 4 of 9" "where"
              Expect.stringContains told "since epoch 2" "the best"
              Expect.isFalse (File.Exists(Path.Combine(whole, Checkpoint.previousName))) "no spare"

              let stopping =
                  use stop = new CancellationTokenSource()

                  let meddling =
                      { still with
                          AtEpoch =
                              fun epoch ->
                                  if epoch = 3 then
                                      stop.Cancel() }

                  runWith meddling stop.Token (patient out @ [ "--checkpoint-every"; "5" ])

              Expect.equal stopping Ending.Interrupted "stopped"
              Expect.equal (train (resume out [])) Ending.Finished "resumed"
              same whole out
              Expect.equal (train (resume out [])) Ending.Finished "there is nothing to do"
              same whole out)

          testCase "--from-best goes on after the best epoch, and the page tells both commands"
          <| folders (fun data _ out ->
              Expect.equal
                  (runWith still CancellationToken.None (settings data out))
                  Ending.Finished
                  "four epochs"

              let rows () = (RunFiles.metrics out).Value
              let before = rows ()
              expectFinished (resume out [ "--from-best"; "--epochs"; "5" ]) "a fifth"
              Expect.equal (rows ()).Length 5 "epochs"
              Expect.equal (List.take 2 (rows ())) (List.take 2 before) "up to the best"
              Expect.notEqual (List.item 2 (rows ())) before[2] "learned since"
              let page = pageOf out
              Expect.stringContains page "--epochs 4" "planned first"
              Expect.stringContains page "--resume again --from-best --epochs 5" "then"
              expectBad [ "--from-best"; "--resume" ] (fun () -> run [ "--from-best" ]))

          testCase
              "a run that was stopped, and went on from its best epoch, is made again by its commands"
          <| folders (fun data whole out ->
              stopAt 3 (withEpochs 9 (settings data out))

              let foot () =
                  Regex.Match(pageOf out, "To (go on|make).*").Value

              Expect.stringContains (foot ()) $"--resume {out}" "stopped: how to go on"
              expectFinished (resume out [ "--from-best"; "--epochs"; "5" ]) "to a fifth"
              expectFinished (resume out [ "--from-best"; "--epochs"; "6" ]) "to a sixth"
              Expect.stringStarts (foot ()) "To make this page again" "done"
              Expect.stringContains (foot ()) "--epochs 3" "where it was stopped"

              for command in (foot ()).Split "&&" do
                  command.Split("RunSupport.fs")[1]
                  |> _.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                  |> Array.map (fun word -> if word = "again" then whole else word)
                  |> Array.takeWhile (fun word -> not (word.Contains "Data"))
                  |> List.ofArray
                  |> fun arguments -> expectFinished arguments command

              same whole out)

          testCase
              "a schedule holds to its first plan: the commands are as they were, and say where to stop"
          <| folders (fun data _ out ->
              let planning =
                  { none with
                      Rate =
                          fun run ->
                              let planned = run.Planned
                              fun rate epoch -> Schedule.fades 0.0 planned rate (min epoch planned) }

              use stop = new CancellationTokenSource()

              let stopping =
                  { planning with
                      AtEpoch =
                          fun reached ->
                              if reached = 2 then
                                  stop.Cancel() }

              Expect.equal
                  (runWith stopping stop.Token (withEpochs 9 (settings data out)))
                  Ending.Interrupted
                  "stopped"

              let train = runWith planning CancellationToken.None
              Expect.equal (train (resume out [ "--epochs"; "4" ])) Ending.Finished "to a fourth"
              Expect.equal (train (resume out [ "--epochs"; "5" ])) Ending.Finished "to a fifth"
              let page = pageOf out
              Expect.stringContains page "--epochs 9" "planned first"

              Expect.stringContains
                  page
                  "# stop it in epoch 3 (Ctrl-C), then: "
                  "where it was stopped"

              Expect.stringContains page "--resume again --epochs 4 && " "then"
              Expect.stringContains page "--resume again --epochs 5" "at last")

          testCase "a model without a best epoch takes no --patience, and leaves nothing behind"
          <| folders (fun data _ out ->
              let experiment =
                  experimentOf (fun run ->
                      let vae = Models.denseVae run.Data.Size [ 8 ] 2 0.0

                      run.Fit(run.Data, Objectives.vae vae run.Data, Can.vae vae) |> ignore
                      Ending.Finished)

              expectBad [ "--patience"; "leave the option out" ] (fun () ->
                  Experiment.Run(experiment, settings data out @ [ "--patience"; "2" ]))

              Expect.isFalse (Directory.Exists out) "no folder") ]

/// Turns one bit of the last tensor.
let private damage (path: string) =
    let bytes = File.ReadAllBytes path
    bytes[bytes.Length - 2] <- bytes[bytes.Length - 2] ^^^ 1uy
    File.WriteAllBytes(path, bytes)

let private damaged =
    testList
        "damaged checkpoints"
        [ testCase "one bit is found, and the best epoch's file named"
          <| folders (fun data _ out ->
              expectFinished (settings data out) "four epochs"
              damage (Path.Combine(out, Checkpoint.name))

              expectBad
                  [ "SHA-256"; Checkpoint.name; Checkpoint.bestName; "--from-best" ]
                  (fun () -> run (resume out [ "--epochs"; "5" ]))

              expectFinished (resume out [ "--epochs"; "5"; "--from-best" ]) "as was said")

          testCase "of a run that was stopped, the one before, which is whole"
          <| folders (fun data _ out ->
              stopAt 2 (settings data out)
              let path name = Path.Combine(out, name)
              File.WriteAllBytes(path Checkpoint.name, [||])

              expectBad [ Checkpoint.previousName; "of epoch 1"; "rename" ] (fun () ->
                  run (resume out []))

              File.Move(path Checkpoint.previousName, path Checkpoint.name, true)
              expectFinished (resume out []) "as was said")

          testCase "without either, a copy or a new run"
          <| folders (fun data _ out ->
              expectFinished (withEpochs 1 (settings data out)) "an epoch"

              for name in [ Checkpoint.name; Checkpoint.bestName ] do
                  damage (Path.Combine(out, name))

              expectBad [ "SHA-256"; "start the run anew" ] (fun () ->
                  run (resume out [ "--epochs"; "2" ])))

          testCase "one of another model is refused, though its shapes would stretch, and stays"
          <| folders (fun data whole out ->
              expectFinished (withEpochs 1 (settings data out)) "an epoch"

              for name, shape in
                  [ "mean.0.weight", [| 1L; 24L |]; "mean.0.bias", [| 1L |]; "mean.0.bias", [||] ] do
                  let path = Path.Combine(out, Checkpoint.name)
                  let state = Checkpoint.load path

                  let fewer =
                      if shape.Length = 0 then
                          state.Parameters.Remove name
                      else
                          state.Parameters.Add(name, TorchSharp.torch.zeros shape)

                  let other = Path.Combine(Path.GetDirectoryName whole, Checkpoint.name)
                  File.Copy(path, other, true)
                  Checkpoint.save path { state with Parameters = fewer }
                  let before = bytes out Checkpoint.name, bytes out "metrics.csv"

                  expectBad [ Checkpoint.name; "another model" ] (fun () ->
                      run (resume out [ "--epochs"; "2" ]))

                  Expect.equal
                      (bytes out Checkpoint.name, bytes out "metrics.csv")
                      before
                      "nothing is overwritten"

                  File.Move(other, path, true)

              expectFinished (resume out [ "--epochs"; "2" ]) "the right one goes on")

          testCase "a checkpoint of an earlier version, without a hash, is read"
          <| folders (fun data _ out ->
              expectFinished (withEpochs 1 (settings data out)) "an epoch"
              let path = Path.Combine(out, Checkpoint.name)
              let saved = Safetensors.read path

              Safetensors.write
                  path
                  { saved with
                      Metadata = saved.Metadata.Remove "sha256" }

              expectFinished (resume out [ "--epochs"; "2" ]) "a second") ]

let private resuming =
    testList
        "resuming"
        [ testCase
              "a run stopped after an epoch ends as one never stopped, where the engine allows on other threads"
          <| folders (fun data whole out ->
              let one = [ "--threads"; "1" ]
              let threads = if Engine.isManaged then [] else one
              expectFinished (settings data whole @ threads) "never stopped"
              stopAt 2 (settings data out @ one)
              Expect.equal (epochOf out) 2 "two epochs"
              let others = [ "--threads"; "4" ]

              if not Engine.isManaged then
                  expectBad [ "--threads: 4 contradicts the 1" ] (fun () ->
                      run (resume out others))

              let more = if Engine.isManaged then others else []
              expectFinished (resume out more) "resumed"
              same whole out)

          testCase "checkpoints that are seldom lose nothing of a run that is stopped"
          <| folders (fun data whole out ->
              expectFinished (settings data whole) "never stopped"
              stopAt 2 (settings data out @ [ "--checkpoint-every"; "3" ])
              Expect.equal (epochOf out) 2 "the last"
              expectFinished (resume out [ "--checkpoint-every"; "1" ]) "resumed"
              same whole out)

          testCase "a finished run goes on to more epochs"
          <| folders (fun data whole out ->
              expectFinished (settings data whole) "four epochs"
              expectFinished (withEpochs 3 (settings data out)) "three"
              expectFinished (resume out [ "--epochs"; "4" ]) "a fourth"
              same whole out)

          testCase "fewer epochs than the run has are refused, and nothing is touched"
          <| folders (fun data _ out ->
              expectFinished (withEpochs 3 (settings data out)) "three"

              let files () =
                  [ for path in Directory.GetFiles(out, "*", SearchOption.AllDirectories) do
                        path, File.GetLastWriteTimeUtc path ]

              let before = files ()

              expectBad [ "--epochs"; "has 3 epochs already" ] (fun () ->
                  run (resume out [ "--epochs"; "2" ]))

              Expect.equal (files ()) before "the files")

          testCase "an interrupted run says how to go on"
          <| folders (fun data _ out ->
              use stop = new CancellationTokenSource()

              let meddling =
                  { none with
                      AtEpoch = fun _ -> stop.Cancel() }

              let tiny = experiment meddling ignore

              let said =
                  captured (fun () ->
                      let ending = Experiment.Run(tiny, settings data out, stop.Token)
                      Expect.equal ending Ending.Interrupted "stopped"
                      0)

              Expect.stringContains
                  said.Output
                  $"stopped in epoch 2; what was reached is saved\nto go on: dotnet fsi {tiny.File.Path} --resume {out}\n"
                  "where, and the command"

              Expect.equal (RunFiles.times out).Ended (Some "interrupted") "for the index")

          testCase "a run tells when it was started first"
          <| folders (fun data _ out ->
              expectFinished (withEpochs 1 (settings data out)) "one"
              let first = (RunFiles.times out).Started
              Expect.isSome first "a time"
              expectFinished (resume out [ "--epochs"; "2" ]) "a second"
              Expect.equal (RunFiles.times out).Started first "the same time")

          testCase "a run that has its epochs says so, and what would go on"
          <| folders (fun data _ out ->
              expectFinished (withEpochs 2 (settings data out)) "two"
              let before = (RunFiles.times out).Seconds
              let again = exitOf (experiment none ignore) [ "--resume"; out ]
              Expect.equal again.Code 0 "its page is made again"
              Expect.equal (RunFiles.times out).Seconds before "it took no longer for that"

              Expect.stringContains
                  again.Output
                  "2 epochs are trained; a larger --epochs goes on from there"
                  "why nothing is trained")

          testCase "the rate is that of training, without what comes after it"
          <| folders (fun data _ out ->
              let slow =
                  experimentOf (fun run ->
                      let vae = Models.denseVae run.Data.Size [ 8 ] 2 0.0
                      run.Fit(run.Data, Objectives.vae vae run.Data, Can.vae vae) |> ignore

                      run.Report(fun () ->
                          Thread.Sleep 1000

                          { Line = ""
                            Figures = []
                            Pictures = []
                            Sections = [] }))

              finishes slow (withEpochs 2 (settings data out) @ [ "--quiet" ])
              let timing = Map.ofList (RunFiles.timing out).Value
              let config = Map.ofList (RunFiles.config out).Value
              let figure name = timing |> Map.find name |> Json.toFloat
              let examples = 2.0 * (config |> Map.find "train-examples" |> Json.toFloat)
              let training = examples / figure "examples-per-second"
              Expect.isGreaterThan training 0.0 "some time"
              Less.than training (figure "seconds" - 1.0) "none of the pause")

          testCase "schedules count on the epochs that were planned first"
          <| folders (fun data _ out ->
              let rates = ref []

              let meddling =
                  { none with
                      Rate =
                          fun run rate epoch ->
                              let faded =
                                  Schedule.fades 0.0 run.Planned rate (min epoch run.Planned)

                              rates.Value <- (epoch, faded) :: rates.Value
                              faded }

              let train = runWith meddling CancellationToken.None

              let config name =
                  (Map.ofList (RunFiles.config out).Value)[name]

              Expect.equal (train (withEpochs 2 (settings data out))) Ending.Finished "two epochs"
              Expect.equal (config "planned-epochs") (Json.Whole 2) "two are planned"
              Expect.equal (train (resume out [ "--epochs"; "3" ])) Ending.Finished "a third"
              Expect.equal (train (resume out [ "--epochs"; "4" ])) Ending.Finished "a fourth"

              Expect.equal
                  (List.rev rates.Value |> List.distinct)
                  [ 1, 1e-3; 2, 5e-4; 3, 5e-4; 4, 5e-4 ]
                  "the rates of two epochs"

              Expect.equal
                  (config "planned-epochs", config "epochs")
                  (Json.Whole 2, Json.Whole 4)
                  "both are told")

          testCase "settings of every kind are taken over"
          <| folders (fun data _ out ->
              let seen = ref []

              let train (arguments: string list) =
                  let watched =
                      experiment none (fun run ->
                          seen.Value <- (run.Own, run.Request.Common) :: seen.Value)

                  Expect.equal
                      (Experiment.Run(watched, "--quiet" :: arguments))
                      Ending.Finished
                      "a run"

              [ "--latent 2 --hidden 24 12 --dropout 0.25 --variance square --drop-at 2 3 --reversed"
                "--clip-norm 0.1 --pixels static --limit 100 --seed 7 --lr 1e-4 --batch 25 --epochs 1" ]
              |> List.collect (fun line -> List.ofArray (line.Split ' '))
              |> fun words -> train (words @ [ "--data"; data; "--note"; "my own"; "--out"; out ])

              train (resume out [ "--epochs"; "2" ])

              match seen.Value with
              | [ own, common; ownBefore, commonBefore ] ->
                  Expect.equal own ownBefore "the script's own options"
                  Expect.equal ownBefore.Length 7 "all of them"

                  let lasting (settings: Common list) =
                      settings
                      |> List.filter (function
                          | Common.Epochs _
                          | Common.Out _
                          | Common.Resume _ -> false
                          | _ -> true)

                  Expect.equal (lasting common) (lasting commonBefore) "the common ones"
              | other -> failtest $"two runs, not {other.Length}"

              expectBad [ "--reversed: yes contradicts" ] (fun () ->
                  let plain = out + "-plain"
                  expectFinished (withEpochs 1 (settings data plain)) "without the flag"
                  run (resume plain [ "--reversed" ])))

          testCase "settings that contradict the saved ones are refused, and so are other data"
          <| folders (fun data _ out ->
              stopAt 1 (settings data out)
              let before = bytes out Checkpoint.name

              for option, value in
                  [ "--lr", "0.5"
                    "--clip-norm", "6"
                    "--seed", "9"
                    "--latent", "4"
                    "--limit", "10"
                    "--pixels", "static" ] do
                  expectBad [ option; "contradicts" ] (fun () ->
                      run (resume out [ option; value ]))

              expectBad [ "--data"; "SHA-256" ] (fun () -> run (resume out [ "--data"; "glyphs" ]))
              Expect.equal (bytes out Checkpoint.name) before "nothing has changed")

          testCase "a script that has changed goes on only where that is known"
          <| folders (fun data _ out ->
              stopAt 1 (settings data out)
              let config = (RunFiles.config out).Value
              let hash = (Map.ofList config)["script-sha256"]

              Expect.equal
                  hash
                  (Json.Text(Request.hash (Request.sources (experiment none ignore).File.Path)))
                  "the script's"

              let changed = "script-sha256", Json.Text(String.replicate 64 "0")

              RunFolder.writeConfig
                  { Path = out }
                  (config
                   |> List.map (fun field -> if fst field = fst changed then changed else field))

              expectBad [ "RunSupport.fs"; "--script-changed" ] (fun () -> run (resume out []))
              expectFinished (resume out [ "--script-changed" ]) "all the same"
              let told = Map.ofList (RunFiles.config out).Value
              Expect.equal told["script-sha256"] hash "as it is now")

          testCase
              "a folder that another has is refused, a lock that was left behind is not in the way"
          <| folders (fun data _ out ->
              stopAt 1 (settings data out)

              using (RunFolder.alone "--resume" out) (fun _ ->
                  expectBad [ "--resume"; "another process" ] (fun () -> run (resume out [])))

              File.WriteAllText(Path.Combine(out, ".lock"), "999999\n")
              expectFinished (resume out []) "a stale lock")

          testCase "the lock of another machine counts as long as it is touched" (fun () ->
              inFolder (fun folder ->
                  let path = Path.Combine(folder, ".lock")

                  let leave (host: string) (age: float) =
                      File.WriteAllText(path, $"host {host}\n")
                      File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds -age)

                  leave "elsewhere" 30.0
                  Expect.isTrue (Files.isHeld folder) "it is held"

                  expectBad [ "--resume"; "another process on elsewhere is at work" ] (fun () ->
                      RunFolder.alone "--resume" folder)

                  Expect.equal
                      (File.ReadAllText path)
                      "host elsewhere\n"
                      "and its own to take away"

                  for host, age in [ "elsewhere", 70.0; Environment.MachineName, 0.0 ] do
                      leave host age
                      Expect.isFalse (Files.isHeld folder) "left by one that was killed"

                      using (RunFolder.alone "--resume" folder) (fun _ ->
                          Expect.isTrue (Files.isHeld folder) "held here")

                      Expect.isFalse (File.Exists path) "let go of")) ]

let private failing =
    testList
        "failing"
        [ testCase "a run that diverges keeps its last good checkpoint, and its page says where"
          <| folders (fun data whole out ->
              stopAt 2 (settings data whole)

              let diverging =
                  { none with
                      Rate = fun _ rate epoch -> if epoch = 3 then tooFast else rate }

              match runWith diverging CancellationToken.None (settings data out) with
              | Ending.Failed reason ->
                  Expect.stringContains reason "the run diverged" "why"
                  Expect.stringContains reason "try a smaller --lr. " "what to do"
                  Expect.stringContains reason "The figures are those of epoch 2" "what there is"
              | other -> failtest $"failed, not {other}"

              same whole out
              let page = File.ReadAllText(Path.Combine(out, "report.html"))
              Expect.stringContains page "is not finite at epoch 3, step" "epoch, step"
              Expect.isTrue (page.Contains "decoder." || page.Contains "train_loss") "and tensor")

          testCase "a run of which only the last step explodes has diverged, too"
          <| folders (fun data _ out ->
              // One step an epoch: what it leaves is finite, what is measured of that is not.
              let whole =
                  settings data out |> List.map (fun word -> if word = "20" then "200" else word)

              let exploding =
                  { none with
                      Rate = fun _ rate epoch -> if epoch = 4 then 1e20 else rate }

              let result = exitOf (experiment exploding ignore) ("--quiet" :: whole)
              Expect.equal (result.Code, result.Output) (1, "") "failed"
              Expect.stringContains result.Errors "the run diverged" "why"
              Expect.stringContains result.Errors "is not finite at epoch 4, step 1" "where"

              Expect.stringContains
                  result.Errors
                  "The figures are those of epoch 3"
                  "what there is"

              Expect.equal (epochOf out) 3 "the last good checkpoint"
              Expect.equal (RunFiles.metrics out).Value.Length 3 "and its row")

          testCase "figures that are no numbers at the end are a failure, too"
          <| folders (fun data _ out ->
              let nowhere =
                  experimentOf (fun run ->
                      run.Data |> ignore

                      run.Report(fun () ->
                          { Line = "done"
                            Figures = [ "epochs", 1.0; "distance", nan ]
                            Pictures = []
                            Sections = [] }))

              let result = exitOf nowhere ("--quiet" :: settings data out)
              Expect.equal result.Code 1 "failed"
              Expect.stringContains result.Errors "distance is not finite" "why"
              let page = File.ReadAllText(Path.Combine(out, "report.html"))
              Expect.stringContains page "distance is not finite" "the page says so, too")

          testCase "what cannot be written leaves the checkpoints that are there"
          <| fun () ->
              inFolder (fun folder ->
                  let path = Path.Combine(folder, Checkpoint.name)
                  let former = Path.Combine(folder, Checkpoint.previousName)
                  File.WriteAllText(path, "second")
                  File.WriteAllText(former, "first")

                  expectBad [ path; "disk full"; "make room" ] (fun () ->
                      Files.replaceKeeping former path (fun file ->
                          file.WriteByte 1uy
                          raise (IOException "disk full")))

                  Expect.equal (File.ReadAllText path) "second" "the newest"
                  Expect.equal (File.ReadAllText former) "first" "the one before"
                  Expect.equal (Directory.GetFiles folder).Length 2 "nothing half-written"
                  Files.replaceKeeping former path _.WriteByte(51uy)
                  Expect.equal (File.ReadAllText path) "3" "a new one"
                  Expect.equal (File.ReadAllText former) "second" "and what it took the place of")

          testCase "a folder that vanishes ends the run with bad input, and is not made again"
          <| folders (fun data _ out ->
              let moved = out + "-moved"

              let vanishing =
                  { none with
                      AtEpoch =
                          fun epoch ->
                              if epoch = 2 then
                                  Directory.Move(out, moved) }

              expectBad [ out; "is gone" ] (fun () ->
                  runWith vanishing CancellationToken.None (settings data out))

              Expect.isFalse (File.Exists(Path.Combine(out, Checkpoint.name))) "no half run"
              Expect.equal (epochOf moved) 1 "the checkpoint is where it was") ]

[<Tests>]
let tests =
    ModelSupport.bitwise (testList "resume" [ resuming; failing; early; damaged ])
