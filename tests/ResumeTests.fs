/// Runs that are stopped, resumed, contradicted, short of room: a VAE's, in this process. `.ci/resumes.fsx` has every script.
module Workbench.Tests.ResumeTests

open System.IO
open System.Threading
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.RunSupport

let private summary (reached: Reached list) : Summary =
    { Figures = [ "epochs", float reached.Head.State.Epoch ]
      Pictures = []
      Sections = []
      Line = "done" }

/// A run of the vae script whose stage `change` may alter, with what stops it.
let private run change (arguments: string list) : int =
    Cli.exitCode ("vae.fsx" :: "--quiet" :: arguments) vaeScript (fun run ->
        use stop = new CancellationTokenSource()
        let run = { run with Stop = stop.Token }
        let data = Runner.data run
        let stage = VaeExperiment.stage run.Common "" run.Own data
        Runner.train run data [ change stop stage ] summary)

let private plain _ stage = stage

/// Calls `act` at the end of an epoch, before its checkpoint is written.
let private atEpoch epoch (act: CancellationTokenSource -> unit) stop (stage: Stage) =
    { stage with
        Picture =
            Some(fun state ->
                if state.Epoch = epoch then
                    act stop

                [| 0uy |]) }

let private stopped epoch = atEpoch epoch _.Cancel()

/// A rate that leaves no numbers: libtorch's Adam refuses those beyond float32.
let private tooFast = if Engine.isManaged then 1e39 else 3e37

/// The stage diverges at an epoch.
let private divergingAt epoch _ (stage: Stage) =
    { stage with
        Settings =
            { stage.Settings with
                LearningRate =
                    fun asked ->
                        if asked = epoch then tooFast else stage.Settings.LearningRate asked } }

let private settings data out =
    [ "--data"
      data
      "--epochs"
      "4"
      "--batch"
      "20"
      "--latent"
      "3"
      "--clip-norm"
      "5"
      "--out"
      out ]

let private resume out more = [ "--resume"; out ] @ more

let private bytes (folder: string) name =
    File.ReadAllBytes(Path.Combine(folder, name))

let private same (a: string) (b: string) =
    for name in [ Checkpoint.name; Checkpoint.previousName; Checkpoint.bestName; "metrics.csv" ] do
        Expect.equal (bytes a name) (bytes b name) name

let private folders (test: string -> string -> string -> unit) () =
    withGlyphs 120 (fun folder data ->
        test data (Path.Combine(folder, "whole")) (Path.Combine(folder, "run")))

let private resuming =
    testList
        "resuming"
        [ testCase
              "a run stopped after an epoch ends as one never stopped, where the engine allows on other threads"
          <| folders (fun data whole out ->
              let one = [ "--threads"; "1" ]
              let threads = if Engine.isManaged then [] else one
              Expect.equal (run plain (settings data whole @ threads)) 0 "never stopped"
              Expect.equal (run (stopped 2) (settings data out @ one)) 130 "stopped"

              Expect.equal
                  (Checkpoint.load (Path.Combine(out, Checkpoint.name))).Epoch
                  2
                  "two epochs"

              let others = [ "--threads"; "4" ]

              if not Engine.isManaged then
                  Expect.equal (run plain (resume out others)) 2 "other threads, other digits"

              let more = if Engine.isManaged then others else []
              Expect.equal (run plain (resume out more)) 0 "resumed"
              same whole out)

          testCase "checkpoints that are seldom lose nothing of a run that is stopped"
          <| folders (fun data whole out ->
              Expect.equal (run plain (settings data whole)) 0 "never stopped"
              let seldom = [ "--checkpoint-every"; "3" ]
              Expect.equal (run (stopped 2) (settings data out @ seldom)) 130 "stopped"

              Expect.equal
                  (Checkpoint.load (Path.Combine(out, Checkpoint.name))).Epoch
                  2
                  "the last"

              Expect.equal (run plain (resume out [ "--checkpoint-every"; "1" ])) 0 "resumed"
              same whole out)

          testCase "a finished run goes on to more epochs"
          <| folders (fun data whole out ->
              Expect.equal (run plain (settings data whole)) 0 "four epochs"

              let three =
                  settings data out |> List.map (fun word -> if word = "4" then "3" else word)

              Expect.equal (run plain three) 0 "three"
              Expect.equal (run plain (resume out [ "--epochs"; "4" ])) 0 "a fourth"
              same whole out)

          testCase "settings that contradict the saved ones are refused, and so are other data"
          <| folders (fun data _ out ->
              Expect.equal (run (stopped 1) (settings data out)) 130 "stopped"
              let before = bytes out Checkpoint.name

              for setting in
                  [ [ "--lr"; "0.5" ]
                    [ "--clip-norm"; "6" ]
                    [ "--seed"; "9" ]
                    [ "--latent"; "4" ]
                    [ "--limit"; "10" ]
                    [ "--pixels"; "static" ]
                    [ "--data"; "glyphs" ] ] do
                  Expect.equal (run plain (resume out setting)) 2 $"{setting}"

              Expect.equal (bytes out Checkpoint.name) before "nothing has changed")

          testCase
              "a folder that another has is refused, a lock that was left behind is not in the way"
          <| folders (fun data _ out ->
              Expect.equal (run (stopped 1) (settings data out)) 130 "stopped"

              using (RunFolder.alone "--resume" out) (fun _ ->
                  Expect.equal (run plain (resume out [])) 2 "another is at work")

              File.WriteAllText(Path.Combine(out, ".lock"), "999999\n")
              Expect.equal (run plain (resume out [])) 0 "a stale lock") ]

let private failing =
    testList
        "failing"
        [ testCase "a run that diverges keeps its last good checkpoint, and its page says where"
          <| folders (fun data whole out ->
              Expect.equal (run (stopped 2) (settings data whole)) 130 "two epochs"
              Expect.equal (run (divergingAt 3) (settings data out)) 1 "exit code"
              same whole out
              let page = File.ReadAllText(Path.Combine(out, "report.html"))
              Expect.stringContains page "is not finite at epoch 3, step" "epoch, step"
              Expect.isTrue (page.Contains "decoder." || page.Contains "train_loss") "and tensor")

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
              let vanish _ = Directory.Move(out, out + "-moved")
              Expect.equal (run (atEpoch 2 vanish) (settings data out)) 2 "exit code"
              Expect.isFalse (File.Exists(Path.Combine(out, Checkpoint.name))) "no half run"

              Expect.equal
                  (Checkpoint.load (Path.Combine(out + "-moved", Checkpoint.name))).Epoch
                  1
                  "the checkpoint is where it was") ]

[<Tests>]
let tests = ModelSupport.bitwise (testList "resume" [ resuming; failing ])
