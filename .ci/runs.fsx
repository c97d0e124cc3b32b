// What the checks of whole runs share: scripts as processes of their own, and their folders compared.

open System
open System.Diagnostics
open System.IO
open System.Threading

let root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))

/// A folder for everything that is made on the way.
let scratch = Directory.CreateTempSubdirectory("workbench-runs-").FullName

/// Starts a program in a process group of its own.
let startProgram (program: string) (arguments: string list) =
    let info =
        ProcessStartInfo("setsid", program :: arguments, WorkingDirectory = scratch)

    info.RedirectStandardError <- true
    info.RedirectStandardOutput <- true
    // Runs share the cores: libtorch's threads must not wait for each other by spinning.
    info.Environment["OMP_WAIT_POLICY"] <- "passive"
    Process.Start info

let start (arguments: string list) =
    startProgram "dotnet" ("fsi" :: arguments)

/// Waits for the end: the exit code and what was written to standard error.
let ending (running: Process) =
    let errors = running.StandardError.ReadToEndAsync()
    running.StandardOutput.ReadToEnd() |> ignore
    running.WaitForExit()
    running.ExitCode, errors.Result

/// A run that ends well complains of nothing.
let finish (running: Process) =
    let code, errors = ending running

    if code <> 0 || errors <> "" then
        failwith $"exit code {code}: {errors}"

let script name =
    Path.Combine(root, "scripts", name + ".fsx")

/// Starts a script on embedded data, to train into `folder`.
let train name options folder =
    let data = if name = "conv-autoencoder" then "glyphs-m" else "glyphs"
    start ([ script name; "--data"; data; "--quiet"; "--out"; folder ] @ options)

/// Another number of threads than the run had, where the results do not depend on it.
let private otherThreads =
    if Environment.GetEnvironmentVariable "WORKBENCH_ENGINE" = "managed" then
        [ "--threads"; "1" ]
    else
        []

/// Resumes a run.
let goOn name folder =
    start ([ script name; "--resume"; folder; "--quiet" ] @ otherThreads)

/// Resumes a run to its end.
let resume name folder = using (goOn name folder) finish

let files (folder: string) pattern =
    if Directory.Exists folder then
        Directory.GetFiles(folder, pattern, SearchOption.AllDirectories)
    else
        [||]

let waitFor (running: Process) (condition: unit -> bool) =
    while not (running.HasExited || condition ()) do
        Thread.Sleep 1

/// Sends a signal to the whole group.
let signal (name: string) (running: Process) =
    use kill = Process.Start("kill", [ $"-{name}"; "--"; $"-{running.Id}" ])
    kill.WaitForExit()

/// Whether all checkpoints and metrics.csv of `expected` are in `folder`, byte for byte.
let same (expected: string) (folder: string) =
    [ "checkpoint.safetensors"; "metrics.csv" ]
    |> List.collect (fun name -> List.ofArray (files expected name))
    |> List.forall (fun path ->
        let other = Path.Combine(folder, Path.GetRelativePath(expected, path))

        File.Exists other
        && File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes other))

/// What each item gives, in their order. Two are at work at a time: for much of a script's time fsi compiles it, on one core.
let inPairs (work: 'a -> 'b) (items: 'a list) : 'b list =
    Async.Parallel([ for item in items -> async { return work item } ], maxDegreeOfParallelism = 2)
    |> Async.RunSynchronously
    |> List.ofArray

/// Tells how a comparison went.
let tell (what: string) (isSame: bool) =
    let word = if isSame then "the same bytes" else "OTHER BYTES"
    printfn $"{what}: {word}"

/// The summary line of a test run, and the end of the process.
let conclude (results: bool list) =
    Directory.Delete(scratch, true)
    let passed = results |> List.filter id |> List.length
    printfn $"{passed} passed, 0 ignored, {results.Length - passed} failed, 0 errored"
    exit (if passed = results.Length then 0 else 1)
