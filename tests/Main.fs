/// `dotnet run -c Release --project tests` runs all tests on both engines side by side, each in a process of its own; with
/// WORKBENCH_ENGINE set, those of that engine in this process.
module Workbench.Tests.Main

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Threading
open System.Threading.Tasks
open Expecto

let private engineVariable = "WORKBENCH_ENGINE"

let private inThisProcess (args: string[]) =
    // Tests that wait for a server or a process hold a thread of the pool, which by itself grows by one or two a second.
    ThreadPool.SetMinThreads(32, 32) |> ignore

    // The engine's first: what libtorch computes is waited for in the managed engine's process.
    [ "engine", Assembly.Load "Workbench.Engine.Tests"
      "workbench", Assembly.GetExecutingAssembly() ]
    |> List.choose (fun (name, assembly) ->
        Impl.testFromAssembly assembly
        |> Option.map (fun tests -> testList name [ tests ]))
    |> fun lists -> TestList(lists, Normal)
    |> runTestsWithCLIArgs [] args

let private start (args: string[]) reference isCollected (engine: string, path: string) =
    let info = ProcessStartInfo("dotnet", path :: List.ofArray args)
    info.RedirectStandardOutput <- isCollected
    info.RedirectStandardError <- isCollected
    info.Environment[engineVariable] <- engine
    info.Environment["WORKBENCH_REFERENCE"] <- reference
    // Tests run side by side, and libtorch's threads, unless told so, wait for each other by spinning.
    info.Environment["OMP_WAIT_POLICY"] <- "passive"
    // Most of the time goes into code that runs a few times: what it costs to watch for hot paths does not come back.
    info.Environment["DOTNET_TieredPGO"] <- "0"
    // fsi asks for the collector of servers, which costs a run of seconds an eighth of its processor time.
    info.Environment["DOTNET_gcServer"] <- "0"
    // Pages do not depend on the engine.
    if engine = "managed" then
        info.Environment.Remove "WORKBENCH_BROWSER" |> ignore

    Process.Start info

/// What a test program on the managed engine printed, and its exit code.
let private collected args reference path : string * int =
    use running = start args reference true ("managed", path)
    let output = running.StandardOutput.ReadToEndAsync()
    let errors = running.StandardError.ReadToEndAsync()
    running.WaitForExit()

    $"{Path.GetFileNameWithoutExtension path}, engine managed\n{output.Result}{errors.Result}",
    running.ExitCode

/// A test program of its own, built beside this one.
let private program (name: string) =
    let folder =
        DirectoryInfo(AppContext.BaseDirectory.TrimEnd Path.DirectorySeparatorChar)

    Path.Combine(folder.Parent.Parent.FullName, name, folder.Name, name + ".dll")

let private onBothEngines (args: string[]) =
    let own = Assembly.GetExecutingAssembly().Location

    let managed =
        Path.Combine(AppContext.BaseDirectory, "managed", Path.GetFileName own)

    // Empty, it is a promise of libtorch's outcomes to the managed engine's tests.
    let reference = Path.GetTempFileName()

    let onManaged =
        Task.Run(fun () ->
            [ program "Workbench.Engine.Kernels.Tests"
              program "Workbench.TSne.Tests"
              managed ]
            |> List.map (collected args reference))

    printfn
        $"{Path.GetFileNameWithoutExtension own}, engine torch, and the managed engine beside it"

    use onTorch = start args reference false ("torch", own)
    onTorch.WaitForExit()

    if FileInfo(reference).Length = 0L then
        File.Delete reference

    let texts, codes = List.unzip onManaged.Result
    texts |> List.iter (printf "%s")
    File.Delete reference
    List.max (onTorch.ExitCode :: codes)

[<EntryPoint>]
let main args =
    if String.IsNullOrEmpty(Environment.GetEnvironmentVariable engineVariable) then
        onBothEngines args
    else
        inThisProcess args
