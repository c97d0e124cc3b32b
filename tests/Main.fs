/// `dotnet run -c Release --project tests` runs all tests on both engines, each in a process of its own; with WORKBENCH_ENGINE
/// set, those of that engine in this process.
module Workbench.Tests.Main

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Threading
open Expecto

let private engineVariable = "WORKBENCH_ENGINE"

let private inThisProcess (args: string[]) =
    // Tests that wait for a server or a process hold a thread of the pool, which by itself grows by one or two a second.
    ThreadPool.SetMinThreads(32, 32) |> ignore

    [ Assembly.GetExecutingAssembly(); Assembly.Load "Workbench.Engine.Tests" ]
    |> List.choose Impl.testFromAssembly
    |> testList ""
    |> runTestsWithCLIArgs [] args

let private inAProcess (args: string[]) (engine: string, path: string) =
    printfn $"{Path.GetFileNameWithoutExtension path}, engine {engine}"
    let info = ProcessStartInfo("dotnet", path :: List.ofArray args)
    info.Environment[engineVariable] <- engine
    // Tests run side by side, and libtorch's threads, unless told so, wait for each other by spinning.
    info.Environment["OMP_WAIT_POLICY"] <- "passive"
    // TorchSharp 0.107.0 does not keep a Scalar alive through the native call that reads it: a collection that another test's thread
    // asks for may let go of it ("INTERNAL ASSERT FAILED at Scalar.h"). With 256 MB of youngest generation there are few.
    info.Environment["DOTNET_GCgen0size"] <- "10000000"
    // Pages do not depend on the engine.
    if engine = "managed" then
        info.Environment.Remove "WORKBENCH_BROWSER" |> ignore

    use running = Process.Start info
    running.WaitForExit()
    running.ExitCode

/// A test program of its own, built beside this one.
let private program (name: string) =
    let folder =
        DirectoryInfo(AppContext.BaseDirectory.TrimEnd Path.DirectorySeparatorChar)

    Path.Combine(folder.Parent.Parent.FullName, name, folder.Name, name + ".dll")

[<EntryPoint>]
let main args =
    if String.IsNullOrEmpty(Environment.GetEnvironmentVariable engineVariable) then
        let own = Assembly.GetExecutingAssembly().Location

        let managed =
            Path.Combine(AppContext.BaseDirectory, "managed", Path.GetFileName own)

        [ "torch", own
          "managed", managed
          "managed", program "Workbench.Engine.Kernels.Tests"
          "managed", program "Workbench.TSne.Tests" ]
        |> List.map (inAProcess args)
        |> List.max
    else
        inThisProcess args
