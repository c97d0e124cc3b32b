// What every script loads. The Release build writes artifacts/refs.fsx: dotnet build -c Release
#load "../artifacts/refs.fsx"

open System
open System.IO

// Named data sets lie in the repository's data folder, from wherever a script is run.
if String.IsNullOrEmpty(Environment.GetEnvironmentVariable "WORKBENCH_DATA") then
    Environment.SetEnvironmentVariable(
        "WORKBENCH_DATA",
        Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "..", "data"))
    )
