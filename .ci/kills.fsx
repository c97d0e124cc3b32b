// Kills runs at random moments, with SIGKILL to their whole process group, resumes them, and compares every checkpoint and
// metrics.csv with those of a run that was never stopped:
//
//     dotnet fsi .ci/kills.fsx [KILLS A SCRIPT, 3] [SEED, 1]
//
// One kill in three falls into the writing of a checkpoint. Ends with the summary line of a test run.

#load "runs.fsx"

open System
open System.Diagnostics
open System.IO
open Runs

let arguments = fsi.CommandLineArgs |> Array.skip 1
let kills = if arguments.Length > 0 then int arguments[0] else 3
let seed = if arguments.Length > 1 then int arguments[1] else 1

let scripts =
    [ "vae", [ "--limit"; "2000"; "--epochs"; "12" ]
      "gan", [ "--limit"; "1000"; "--epochs"; "8" ]
      "vae-gan", [ "--limit"; "500"; "--epochs"; "5" ]
      "adversarial-autoencoder", [ "--limit"; "300"; "--epochs"; "6" ] ]

let hasCheckpoint folder =
    files folder "checkpoint.safetensors" <> [||]

/// Runs to the end; the seconds from the first checkpoint on.
let reference name options folder =
    use running = train name options folder
    waitFor running (fun () -> hasCheckpoint folder)
    let clock = Stopwatch.StartNew()
    finish running
    clock.Elapsed.TotalSeconds

/// Whether the run was still at work when it was killed.
let runAndKill name options folder (moment: string -> Process -> unit) =
    use running = train name options folder
    waitFor running (fun () -> hasCheckpoint folder)
    moment folder running
    let alive = not running.HasExited
    signal "KILL" running
    running.WaitForExit()
    alive

let after (seconds: float) (_: string) (running: Process) =
    running.WaitForExit(TimeSpan.FromSeconds seconds) |> ignore

let whileWriting (folder: string) (running: Process) =
    waitFor running (fun () -> files folder "checkpoint.safetensors.*.tmp" <> [||])

/// One kill, on to the end, and the comparison.
let rec attempt (random: Random) name options expected span index tries =
    let folder = Path.Combine(scratch, $"{name}-{index}-{tries}")

    let moment =
        if index % 3 = 0 then whileWriting else after (random.NextDouble() * span)

    if runAndKill name options folder moment then
        resume name folder
        let isSame = same expected folder
        tell $"{name} {index}" isSame
        Directory.Delete(folder, true)
        isSame
    elif tries < 5 then
        attempt random name options expected (span * 0.7) index (tries + 1)
    else
        failwith $"{name} ended before it could be killed"

let killed (script: int, (name: string, options: string list)) =
    let expected = Path.Combine(scratch, name)
    let span = reference name options expected
    let random = Random(seed + script)

    [ for index in 1..kills do
          attempt random name options expected span index 1 ]

conclude (List.indexed scripts |> inPairs killed |> List.concat)
