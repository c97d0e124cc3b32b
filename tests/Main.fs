module Workbench.Tests.Main

[<EntryPoint>]
let main _ = 0
