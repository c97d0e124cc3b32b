// One process that trains, is interrupted, goes on and evaluates, over and over: what it holds after each minute, once garbage is
// collected. Nothing may grow. The managed engine counts its native bytes; of libtorch the resident size tells.
//
//     [WORKBENCH_ENGINE=managed] dotnet fsi bench/soak.fsx [MINUTES, 20]
#load "../scripts/prelude.fsx"
#load "../scripts/vae.fsx"

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Threading
open TorchSharp
open Workbench

let minutes =
    if fsi.CommandLineArgs.Length > 1 then float fsi.CommandLineArgs[1] else 20.0

let scratch = (Directory.CreateTempSubdirectory "workbench-soak-").FullName
let random = Random 1

let vae options =
    Experiment.ExitCode(Vae.experiment, "vae.fsx", "--quiet" :: options)

let expect code found what =
    if found <> code then
        failwith $"{what}: exit code {found}, not {code}"

/// A signal to stop, some time after the run's first checkpoint.
let interrupt (folder: string) =
    let wait () =
        while not (File.Exists(Path.Combine(folder, "checkpoint.safetensors"))) do
            Thread.Sleep 5

        Thread.Sleep(random.Next 300)
        use signal = Process.Start("kill", [ "-TERM"; string Environment.ProcessId ])
        signal.WaitForExit()

    let thread = Thread(wait, IsBackground = true)
    thread.Start()
    thread

let round index =
    let folder = Path.Combine(scratch, string index)

    let stopping = interrupt folder

    vae [ "--data"; "glyphs"; "--limit"; "1000"; "--epochs"; "1000"; "--out"; folder ]
    |> fun code -> expect 130 code "an interrupted run"

    stopping.Join()

    let reached =
        (Checkpoint.load (Path.Combine(folder, "checkpoint.safetensors"))).Epoch

    let resumed = vae [ "--resume"; folder; "--epochs"; string (reached + 1) ]
    expect 0 resumed "a resumed run"

    vae [ "--evaluate"; folder; "--samples"; "200"; "--importance"; "10"; "--limit"; "50" ]
    |> fun code -> expect 0 code "an evaluation"

    Directory.Delete(folder, true)

/// A figure of the managed engine's pool; none on libtorch.
let ofPool (property: string) =
    match typeof<torch>.Assembly.GetType "Workbench.Engine.NativePool" with
    | null -> "none"
    | pool ->
        string (
            pool.GetProperty(property, BindingFlags.Static ||| BindingFlags.Public).GetValue null
        )

let held rounds (clock: Stopwatch) =
    for _ in 1..3 do
        GC.Collect()
        GC.WaitForPendingFinalizers()

    [ Engine.name
      clock.Elapsed.TotalMinutes.ToString "F1"
      string rounds
      ofPool "BytesInUse"
      ofPool "BytesReserved"
      string (Directory.GetFileSystemEntries("/proc/self/fd").Length)
      string (Environment.WorkingSet >>> 20)
      string (GC.GetTotalMemory true >>> 20) ]
    |> String.concat " | "
    |> printfn "| %s |"

printfn
    "| engine | minute | rounds | native bytes in use | native bytes reserved | open handles | resident MiB | managed MiB |"

printfn "|---|---|---|---|---|---|---|---|"

let clock = Stopwatch.StartNew()
let mutable rounds, told = 0, 0.0

while clock.Elapsed.TotalMinutes < minutes do
    round rounds
    rounds <- rounds + 1

    if clock.Elapsed.TotalMinutes >= told + 1.0 then
        told <- Math.Floor clock.Elapsed.TotalMinutes
        held rounds clock

held rounds clock
Directory.Delete(scratch, true)
