// What every script loads, and loads first: the assemblies of the last Release build, by the list that build wrote, and one of two
// engines. Without a build, fsi finds the list in unbuilt/, which says so and ends (there is no artifacts folder then: not worth a
// warning).
#nowarn "211"
#I "../artifacts"
#I "unbuilt"
#load "refs.fsx"
#load "engine.fsx"

open System
open System.IO

// Named data sets lie in the repository's data folder, from wherever a script is run.
if String.IsNullOrEmpty(Environment.GetEnvironmentVariable "WORKBENCH_DATA") then
    Environment.SetEnvironmentVariable(
        "WORKBENCH_DATA",
        Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "..", "data"))
    )

// An interactive session; a script, which is named on the command line, pays nothing for that.
if Environment.GetCommandLineArgs() |> Seq.skip 1 |> Seq.forall _.StartsWith('-') then
    Workbench.Session.start fsi
