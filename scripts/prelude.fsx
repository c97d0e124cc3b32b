// What every script loads, and loads first: the list that the last Release build wrote, of its assemblies, and its choice of an engine.
// Without a build, fsi finds the list in unbuilt/, which says so and ends (there is no artifacts folder then: not worth a warning).
// Compiled into the tests, a script has its assemblies already.
#nowarn "211"
#if INTERACTIVE
#I "../artifacts"
#I "unbuilt"
#load "refs.fsx"
#endif

open System
open System.IO

// Named data sets lie in the repository's data folder, from wherever a script is run.
if String.IsNullOrEmpty(Environment.GetEnvironmentVariable "WORKBENCH_DATA") then
    Environment.SetEnvironmentVariable(
        "WORKBENCH_DATA",
        Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "..", "data"))
    )
