namespace Workbench

open System
open System.IO
open System.Reflection
open System.Runtime.InteropServices

/// What a run's files say of the program and the machine that made them.
[<RequireQualifiedAccess>]
module Machine =
    /// The workbench's version, with the commit it was built from where that is known.
    let workbenchVersion: string =
        let informational =
            Assembly
                .GetExecutingAssembly()
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()

        match informational with
        | null -> "unknown"
        | attribute -> attribute.InformationalVersion

    /// The processor's name where /proc/cpuinfo tells it, its architecture elsewhere.
    let processor: string =
        let architecture = string RuntimeInformation.ProcessArchitecture

        try
            File.ReadLines "/proc/cpuinfo"
            |> Seq.tryFind _.StartsWith("model name", StringComparison.Ordinal)
            |> Option.map (fun line -> line.Substring(line.IndexOf ':' + 1).Trim())
            |> Option.defaultValue architecture
        with
        | :? IOException
        | :? UnauthorizedAccessException -> architecture

    /// `1 thread`, `2 threads`.
    let threads (count: int) : string =
        if count = 1 then "1 thread" else $"{count} threads"

    /// For `config.json`: the versions that the numbers may depend on.
    let versions: (string * Json) list =
        [ "workbench", Json.Text workbenchVersion
          "dotnet", Json.Text(string Environment.Version) ]

    /// For `timing.json`: where the time was measured.
    let facts (threads: int) : (string * Json) list =
        [ "processor", Json.Text processor
          "processors", Json.Whole Environment.ProcessorCount
          "threads", Json.Whole threads
          "system", Json.Text RuntimeInformation.OSDescription ]
        @ versions
