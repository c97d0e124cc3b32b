module Workbench.Tests.Main

open System.Threading
open Expecto

[<EntryPoint>]
let main args =
    // Tests that wait for a server or a process hold a thread of the pool, which by itself grows by one or two a second.
    ThreadPool.SetMinThreads(32, 32) |> ignore
    runTestsInAssemblyWithCLIArgs [] args
