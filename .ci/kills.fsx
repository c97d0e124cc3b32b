// Kills runs at random moments, with SIGKILL to their whole process group, resumes them, and compares every checkpoint and
// metrics.csv with those of a run that was never stopped:
//
//     dotnet fsi .ci/kills.fsx [KILLS A SCRIPT, 5] [SEED, 1]
//
// One kill in five falls into the writing of a checkpoint. Ends with the summary line of a test run.

open System
open System.Diagnostics
open System.IO
open System.Threading

let root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))
let arguments = fsi.CommandLineArgs |> Array.skip 1
let kills = if arguments.Length > 0 then int arguments[0] else 5
let random = Random(if arguments.Length > 1 then int arguments[1] else 1)
let scratch = Directory.CreateTempSubdirectory("workbench-kills-").FullName

let scripts =
    [ "vae", [ "--limit"; "2000"; "--epochs"; "12" ]
      "gan", [ "--limit"; "1000"; "--epochs"; "8" ]
      "vae-gan", [ "--limit"; "500"; "--epochs"; "5" ]
      "adversarial-autoencoder", [ "--limit"; "300"; "--epochs"; "6" ] ]

let start (arguments: string list) =
    let info =
        ProcessStartInfo("setsid", [ "dotnet"; "fsi" ] @ arguments, WorkingDirectory = scratch)

    info.RedirectStandardError <- true
    info.RedirectStandardOutput <- true
    Process.Start info

let finish (running: Process) =
    let errors = running.StandardError.ReadToEndAsync()
    running.StandardOutput.ReadToEnd() |> ignore
    running.WaitForExit()

    if running.ExitCode <> 0 then
        failwith $"exit code {running.ExitCode}: {errors.Result}"

let script name =
    Path.Combine(root, "scripts", name + ".fsx")

let train name options folder =
    start ([ script name; "--data"; "glyphs"; "--quiet"; "--out"; folder ] @ options)

let files (folder: string) pattern =
    if Directory.Exists folder then
        Directory.GetFiles(folder, pattern, SearchOption.AllDirectories)
    else
        [||]

let hasCheckpoint folder =
    files folder "checkpoint.safetensors" <> [||]

let waitFor (running: Process) (condition: unit -> bool) =
    while not (running.HasExited || condition ()) do
        Thread.Sleep 1

/// Runs to the end; the seconds from the first checkpoint on.
let reference name options folder =
    use running = train name options folder
    waitFor running (fun () -> hasCheckpoint folder)
    let clock = Stopwatch.StartNew()
    finish running
    clock.Elapsed.TotalSeconds

let killGroup (running: Process) =
    use kill = Process.Start("kill", [ "-KILL"; "--"; $"-{running.Id}" ])
    kill.WaitForExit()
    running.WaitForExit()

/// Whether the run was still at work when it was killed.
let runAndKill name options folder (moment: string -> Process -> unit) =
    use running = train name options folder
    waitFor running (fun () -> hasCheckpoint folder)
    moment folder running
    let alive = not running.HasExited
    killGroup running
    alive

let after (seconds: float) (_: string) (running: Process) =
    running.WaitForExit(TimeSpan.FromSeconds seconds) |> ignore

let whileWriting (folder: string) (running: Process) =
    waitFor running (fun () -> files folder "checkpoint.safetensors.*.tmp" <> [||])

let same (expected: string) (folder: string) =
    [ "checkpoint.safetensors"; "metrics.csv" ]
    |> List.collect (fun name -> List.ofArray (files expected name))
    |> List.forall (fun path ->
        let other = Path.Combine(folder, Path.GetRelativePath(expected, path))

        File.Exists other
        && File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes other))

/// One kill, on to the end with another number of threads, and the comparison.
let rec attempt name options expected span index tries =
    let folder = Path.Combine(scratch, $"{name}-{index}-{tries}")

    let moment =
        if index % 5 = 0 then whileWriting else after (random.NextDouble() * span)

    if runAndKill name options folder moment then
        use resumed = start [ script name; "--resume"; folder; "--quiet"; "--threads"; "1" ]
        finish resumed
        let isSame = same expected folder
        let word = if isSame then "the same bytes" else "OTHER BYTES"
        printfn $"{name} {index}: {word}"
        Directory.Delete(folder, true)
        isSame
    elif tries < 5 then
        attempt name options expected (span * 0.7) index (tries + 1)
    else
        failwith $"{name} ended before it could be killed"

let results =
    [ for name, options in scripts do
          let expected = Path.Combine(scratch, name)
          let span = reference name options expected

          for index in 1..kills do
              attempt name options expected span index 1 ]

Directory.Delete(scratch, true)
let passed = results |> List.filter id |> List.length
printfn $"{passed} passed, 0 ignored, {results.Length - passed} failed, 0 errored"
exit (if passed = results.Length then 0 else 1)
