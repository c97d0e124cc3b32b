// Kills runs at random moments, with SIGKILL to their whole process group, and lets them go on: to be killed again, and in the end
// to be compared, every checkpoint and metrics.csv, with a run that was never stopped:
//
//     dotnet fsi .ci/kills.fsx [KILLS A SCRIPT, 3] [SEED, 1]
//
// At least one kill in three falls into the writing of a checkpoint. Ends with the summary line of a test run.

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

/// When the run's newest checkpoint was written.
let written folder =
    files folder "checkpoint.safetensors"
    |> Array.map File.GetLastWriteTimeUtc
    |> Array.fold max DateTime.MinValue

/// Until this process of the run writes its first checkpoint, or ends.
let waitForNext folder running =
    let before = written folder
    waitFor running (fun () -> written folder > before)

/// Runs to the end; the seconds from the first checkpoint on.
let reference name options folder =
    use running = train name options folder
    waitForNext folder running
    let clock = Stopwatch.StartNew()
    finish running
    clock.Elapsed.TotalSeconds

let after (seconds: float) (_: string) (running: Process) =
    running.WaitForExit(TimeSpan.FromSeconds seconds) |> ignore

let whileWriting (folder: string) (running: Process) =
    waitFor running (fun () -> files folder "checkpoint.safetensors.*.tmp" <> [||])

/// Whether the process was still at work when it was killed; one that ended by itself ended well.
let isKilled folder (moment: string -> Process -> unit) (running: Process) =
    waitForNext folder running
    moment folder running

    if running.HasExited then
        finish running
        false
    else
        signal "KILL" running
        running.WaitForExit()
        true

/// Kills a run until it has been killed often enough, or ends; it then goes on to its end. How often it was killed.
let rec killAgain (moment: int -> string -> Process -> unit) name folder starting wanted count =
    if count = wanted then
        using (starting ()) finish
        count
    elif using (starting ()) (isKilled folder (moment count)) then
        killAgain moment name folder (fun () -> goOn name folder) wanted (count + 1)
    else
        count

/// As many runs as it takes for all kills.
let rec attempt moment name options expected left =
    if left = 0 then
        []
    else
        let folder = Path.Combine(scratch, $"{name}-{left}")
        let start () = train name options folder
        let count = killAgain moment name folder start left 0

        if count = 0 then
            failwith $"{name} ended before it could be killed"

        let isSame = same expected folder
        tell $"{name}, killed {count} times" isSame
        Directory.Delete(folder, true)
        isSame :: attempt moment name options expected (left - count)

let killed (script: int, (name: string, options: string list)) =
    let expected = Path.Combine(scratch, name)
    let span = reference name options expected
    let random = Random(seed + script)

    let moment count =
        if count % 3 = 0 then whileWriting else after (random.NextDouble() * span / 4.0)

    attempt moment name options expected kills

conclude (List.indexed scripts |> inPairs killed |> List.concat)
