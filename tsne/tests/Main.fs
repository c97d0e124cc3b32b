module Workbench.TSne.Tests.Main

open Expecto

[<EntryPoint>]
let main args = runTestsInAssemblyWithCLIArgs [] args
