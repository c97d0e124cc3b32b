// Chooses the engine before anything touches TorchSharp: --engine, else the engine of the run that --resume, --evaluate or --run names, else
// WORKBENCH_ENGINE, else torch. The managed engine is an assembly of the package's name: once it is loaded, it serves everybody.
// What is misspelt is left to the script, which says so. A file loaded together with this one must not name TorchSharp's types:
// fsi loads what the types of a whole interaction need before it runs the first of its files.
open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions

let private valueOf (option: string) =
    fsi.CommandLineArgs
    |> Array.pairwise
    |> Array.tryPick (fun (name, value) -> if name = option then Some value else None)
    |> Option.orElse (
        fsi.CommandLineArgs
        |> Array.tryFind _.StartsWith(option + "=", StringComparison.Ordinal)
        |> Option.map _.Substring(option.Length + 1)
    )

let private ofRun (folder: string) =
    let config = Path.Combine(folder, "config.json")

    if File.Exists config then
        let found = Regex.Match(File.ReadAllText config, "\"engine\": *\"([^\"]*)\"")
        if found.Success then Some found.Groups[1].Value else None
    else
        None

let private asked =
    valueOf "--engine"
    |> Option.orElse (valueOf "--resume" |> Option.bind ofRun)
    |> Option.orElse (valueOf "--evaluate" |> Option.bind ofRun)
    |> Option.orElse (valueOf "--run" |> Option.bind ofRun)
    |> Option.orElse (Option.ofObj (Environment.GetEnvironmentVariable "WORKBENCH_ENGINE"))

let private managed =
    Path.Combine(__SOURCE_DIRECTORY__, "../artifacts/bin/Workbench.Engine/release/TorchSharp.dll")

if asked = Some "managed" then
    Assembly.LoadFrom(Path.GetFullPath managed) |> ignore
