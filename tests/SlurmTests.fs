/// Sweeps on a cluster, without one: the texts that its programs get, what they tell, and what becomes of points by that. Programs of a
/// Slurm stand in for the real ones where they are called; tests/slurm/ has a real one.
module Workbench.Tests.SlurmTests

open System.IO
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport

let private ask: SlurmAsk =
    { Partition = None
      Time = None
      Memory = None
      Threads = 1
      MaxRunning = None
      Options = []
      IsDetached = false }

let private task number : SlurmTask = { Job = "7"; Number = number }

/// Words that a shell would take apart, or for its own.
let private awkward =
    [ "it's"
      "a b"
      "$HOME"
      "`x`"
      "\\"
      "\"q\""
      "new\nline"
      "*"
      "-n"
      ""
      "é"
      "a;b&c|d" ]

/// What a task of the script leaves in its log, where others may have been before: the words of its program, and the proof's path that it is given.
let private runTask (job: SlurmScript) (number: int) : Result =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "job.sh")
        File.WriteAllText(path, Slurm.script job)

        use running =
            startWith
                (fun info ->
                    info.Environment["SLURM_ARRAY_JOB_ID"] <- "7"
                    info.Environment["SLURM_ARRAY_TASK_ID"] <- string number)
                "sh"
                [ path ]
                folder

        let result = finish running ""
        let log = Path.Combine(job.Logs, $"7_{number}.log")

        { result with
            Output = File.ReadAllText log })

let private jobIn (folder: string) : SlurmScript =
    // Says its words, each ended by a character that none of them has.
    let say = Path.Combine(folder, "say it's.sh")
    File.WriteAllText(say, "printf '%s\\1' \"$WORKBENCH_SWEEP\" \"$PWD\" \"$@\"\n")

    let made (name: string) =
        Directory.CreateDirectory(Path.Combine(folder, name)).FullName

    { Home = folder
      Sweep = Path.Combine(folder, "it's a $weep")
      Logs = made "%A it's logs"
      Ends = made "en ds"
      Command = [ "sh"; say ]
      Resume = [ "--script-changed"; "--resume" ]
      Points =
        [ "a", [ "note", awkward; "seed", [ "0" ] ]
          "b", [ "note", awkward; "seed", [ "1" ]; "quiet", [] ] ] }

/// The words that the program of a task was given, after the line that the script says itself.
let private wordsOf (result: Result) =
    let last = result.Output.LastIndexOf "task 7_"
    let said = result.Output.Substring(result.Output.IndexOf('\n', last) + 1)
    List.ofArray (said.Split '\001') |> List.filter ((<>) "\n")

let private script =
    testList
        "the job script"
        [ testCase "a task gets its point's options word for word, and starts it" (fun () ->
              inFolder (fun folder ->
                  let job = jobIn folder

                  for number, name, own in
                      [ 0, "a", [ "--seed"; "0" ]; 1, "b", [ "--seed"; "1"; "--quiet" ] ] do
                      let result = runTask job number
                      Expect.equal result.Code 0 result.Errors

                      Expect.equal
                          (wordsOf result)
                          ([ Path.Combine(job.Ends, name); folder; "--note" ]
                           @ awkward
                           @ own
                           @ [ "--out"; Path.Combine(job.Sweep, name); "" ])
                          "shared options, its own, its folder"))

          testCase "a task goes on where a run is, and is done where a proof says so" (fun () ->
              inFolder (fun folder ->
                  let job = jobIn folder
                  let point = Directory.CreateDirectory(Path.Combine(job.Sweep, "a")).FullName
                  File.WriteAllText(Path.Combine(point, "config.json"), "{}")
                  let proof = Path.Combine(job.Ends, "a")

                  for code in [ ""; "130 0\n"; "1 2\n" ] do
                      if code <> "" then
                          File.WriteAllText(proof, code)

                      Expect.equal
                          (runTask job 0 |> wordsOf |> List.rev |> List.truncate 4)
                          [ ""; point; "--resume"; "--script-changed" ]
                          "it goes on"

                      Expect.isFalse (File.Exists proof) "the proof is none of this start"

                  File.WriteAllText(proof, "0 1\n")
                  let result = runTask job 0
                  Expect.equal (result.Code, wordsOf result) (0, [ "" ]) "nothing is started"
                  Expect.isTrue (File.Exists proof) "and the proof stays"))

          testCase "a number without a point, and a folder that is gone, are bad input" (fun () ->
              inFolder (fun folder ->
                  let job = jobIn folder
                  Expect.equal (runTask job 2).Code 2 "no such point"

                  let gone =
                      { job with
                          Home = Path.Combine(folder, "gone") }

                  Expect.equal (runTask gone 0).Code 2 "no such folder")) ]

let private texts =
    testList
        "texts"
        [ testCase "what sbatch is told" (fun () ->
              Expect.equal
                  (Slurm.submission ask "vae" 27 [])
                  [ "--requeue"
                    "--signal=B:TERM@120"
                    "--cpus-per-task=1"
                    "--parsable"
                    "--job-name=vae"
                    "--array=0-26"
                    "--output=/dev/null" ]
                  "of a plain sweep"

              let asked =
                  { ask with
                      Partition = Some "all"
                      Time = Some "5"
                      Memory = Some "2G"
                      Threads = 3
                      MaxRunning = Some 2
                      Options = [ "--gres=gpu:1"; "-A"; "mine" ] }

              Expect.equal
                  (Slurm.options asked)
                  [ "--requeue"
                    "--signal=B:TERM@120"
                    "--cpus-per-task=3"
                    "--partition=all"
                    "--time=5"
                    "--mem=2G"
                    "--gres=gpu:1"
                    "-A"
                    "mine" ]
                  "of one that asks for all"

              let told = Slurm.submission asked "vae" 1 [ "4"; "6" ]
              Expect.contains told "--array=0-0%2" "at most two at once"
              Expect.contains told "--dependency=afterany:4:6" "and none beside those of others"

              Expect.isFalse
                  (Slurm.submission ask "vae" 1 [ "4" ] |> List.exists _.StartsWith("--dependency"))
                  "without a limit, nobody waits")

          testCase "what sbatch and the configuration tell" (fun () ->
              Expect.equal (Slurm.submitted "12\n") "12" "a job"
              Expect.equal (Slurm.submitted "12;north\n") "12" "of a cluster by name"

              for config, size in
                  [ "MailProg = x\nMaxArraySize            = 3\nMaxDBDMsgs = 9", 3
                    "MaxArraySize            = 1001", 1000
                    "MaxArraySize            = 4000001", 1000
                    "", 1000 ] do
                  Expect.equal (Slurm.arraySize config) size config)

          testCase "what squeue tells" (fun () ->
              Expect.equal
                  (Slurm.look 0 "7 0 COMPLETED\n7 11 PENDING\n8 N/A RUNNING\n\n" "")
                  (Some(Map.ofList [ task 0, "COMPLETED"; task 11, "PENDING" ]))
                  "tasks of arrays"

              Expect.equal
                  (Slurm.look 1 "" "slurm_load_jobs error: Invalid job id specified\n")
                  (Some Map.empty)
                  "none is left"

              Expect.equal
                  (Slurm.look 1 "" "slurm_load_jobs error: Unable to contact slurm controller\n")
                  None
                  "it does not answer")

          testCase "a proof is an exit code and the restarts" (fun () ->
              for text, code in [ "0 0\n", Some 0; "130 2\n", Some 130; "", None; "x 1", None ] do
                  Expect.equal (Slurm.proof text) code text) ]

/// What becomes of a task by its states in looks, none where it is not listed, and the proof that is there at the end.
let private becomes (looks: string list) (proof: int option) : TaskVerdict =
    let see known (state: string) =
        let listed = if state = "" then Map.empty else Map.ofList [ task 0, state ]
        Slurm.see listed (task 0) known

    looks |> List.fold see KnownTask.Submitted |> Slurm.verdict proof

let private verdicts =
    testList
        "verdicts"
        [ for looks, proof, expected in
              [ [], None, TaskVerdict.Queued
                [ "PENDING" ], None, TaskVerdict.Queued
                [ "PENDING"; "RUNNING" ], None, TaskVerdict.Running
                [ "RUNNING"; "COMPLETING" ], Some 130, TaskVerdict.Running
                [ "RUNNING"; "COMPLETING" ], Some 0, TaskVerdict.Finished
                [ "RUNNING"; "SOMETHING_NEW" ], None, TaskVerdict.Running
                [ "RUNNING"; "COMPLETED" ], Some 0, TaskVerdict.Finished
                [ "" ], Some 0, TaskVerdict.Finished
                // Slurm's own word is not enough: a proof may be seen late, and never was there of what did not end by itself.
                [ "RUNNING"; "COMPLETED" ], None, TaskVerdict.Running
                [ "RUNNING"; "COMPLETED"; ""; "" ], None, TaskVerdict.Lost "COMPLETED"
                [ "RUNNING"; ""; ""; "" ], None, TaskVerdict.Lost ""
                [ "RUNNING"; "NODE_FAIL"; "NODE_FAIL"; "NODE_FAIL" ],
                None,
                TaskVerdict.Lost "NODE_FAIL"
                [ "RUNNING"; "NODE_FAIL"; "PENDING" ], None, TaskVerdict.Queued
                [ "RUNNING"; "TIMEOUT" ], Some 130, TaskVerdict.Saved
                [ "RUNNING"; "FAILED" ], Some 130, TaskVerdict.Saved
                [ "RUNNING"; "PENDING" ], Some 130, TaskVerdict.Queued
                [ "RUNNING"; "CANCELLED" ], Some 130, TaskVerdict.Cancelled
                [ "PENDING"; "CANCELLED" ], None, TaskVerdict.Cancelled
                [ "RUNNING"; "FAILED" ], Some 1, TaskVerdict.Failed 1
                [ "RUNNING"; "RUNNING" ], Some 1, TaskVerdict.Running ] ->
              let seen = looks |> List.map (fun state -> if state = "" then "gone" else state)
              let seen = String.concat ", " seen

              testCase $"{seen}, and the proof {proof}" (fun () ->
                  Expect.equal (becomes looks proof) expected "what becomes of it") ]

let private stuck =
    testCase
        "a point whose task ends three times without an epoch is given up, and the reason told"
        (fun () ->
            inFolder (fun folder ->
                let programs = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName

                let program (name: string) (text: string) =
                    let path = Path.Combine(programs, name)
                    File.WriteAllText(path, $"#!/bin/sh\n{text}\n")
                    File.SetUnixFileMode(path, UnixFileMode.UserRead ||| UnixFileMode.UserExecute)

                program
                    "sbatch"
                    $"case $* in *--test-only*) ;; *) echo submitted >>{folder}/calls; echo 7 ;; esac"

                program "squeue" "echo 7 0 OUT_OF_MEMORY"
                program "scontrol" "echo 'MaxArraySize = 1001'"

                let withPrograms (info: System.Diagnostics.ProcessStartInfo) =
                    info.Environment["PATH"] <- programs + ":" + info.Environment["PATH"]

                let line =
                    "--script vae --vary latent 2 --data glyphs --limit 100 --on slurm --out run"

                use running =
                    startWith
                        withPrograms
                        "dotnet"
                        ([ "fsi"; "--"; scriptPath "sweep.fsx" ] @ List.ofArray (line.Split ' '))
                        folder

                let result = finish running ""
                Expect.equal result.Code 1 result.Errors

                Expect.stringContains
                    result.Errors
                    "latent 2: its task ended three times (OUT_OF_MEMORY) without another epoch"
                    "the point, and why"

                let calls = File.ReadAllLines(Path.Combine(folder, "calls"))
                Expect.equal calls.Length 3 "each time it was submitted anew"))

[<Tests>]
let tests =
    testList "Slurm" [ script; texts; verdicts; testList "processes" (onceForBoth [ stuck ]) ]
