// What every script loads: the assemblies of the last Release build, by the list that build wrote. Without one, fsi finds the
// list in unbuilt/, which says so and ends (before a build there is no artifacts folder: not worth a warning).
#nowarn "211"
#I "../artifacts"
#I "unbuilt"
#load "refs.fsx"

open System
open System.IO

// Named data sets lie in the repository's data folder, from wherever a script is run.
if String.IsNullOrEmpty(Environment.GetEnvironmentVariable "WORKBENCH_DATA") then
    Environment.SetEnvironmentVariable(
        "WORKBENCH_DATA",
        Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "..", "data"))
    )
