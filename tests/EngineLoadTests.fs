/// Scripts choose their engine as they start; where libtorch cannot be loaded, they say why and what to do.
module Workbench.Tests.EngineLoadTests

open System
open System.IO
open Expecto
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport

let private linkAll (source: string) (pattern: string) (target: string) =
    Directory.CreateDirectory target |> ignore

    for file in Directory.GetFiles(source, pattern) do
        File.CreateSymbolicLink(Path.Combine(target, Path.GetFileName file), file)
        |> ignore

/// A workbench whose libtorch is `library`: the build's assemblies and scripts, without its natives.
let private withLibtorch (library: byte[] option) (test: string -> unit) =
    inFolder (fun folder ->
        let artifacts = Path.Combine(root.Value, "artifacts")
        let built = Path.Combine("bin", "Workbench", "release")
        let engine = Path.Combine("bin", "Workbench.Engine", "release")
        let own part = Path.Combine(folder, "artifacts", part)
        linkAll (Path.Combine(root.Value, "scripts")) "*.fsx" (Path.Combine(folder, "scripts"))
        linkAll (Path.Combine(artifacts, built)) "*.dll" (own built)
        linkAll (Path.Combine(artifacts, engine)) "*.dll" (own engine)
        File.Copy(Path.Combine(artifacts, "refs.fsx"), own "refs.fsx")

        library
        |> Option.iter (fun bytes ->
            File.WriteAllBytes(Path.Combine(own built, "libLibTorchSharp.so"), bytes))

        test folder)

let private vae (folder: string) (arguments: string list) =
    let data = writeGlyphs folder 60
    let usual = [ "--data"; data; "--epochs"; "1"; "--batch"; "20"; "--latent"; "2" ]
    run (Path.Combine(folder, "scripts", "vae.fsx")) (usual @ arguments) folder

let private refuses (reason: string) (folder: string) =
    let result = vae folder [ "--engine"; "torch" ]
    Expect.equal result.Code 2 result.Errors
    Expect.equal (result.Errors.Trim().Split('\n').Length) 1 result.Errors
    Expect.stringContains result.Errors "error: libtorch cannot be loaded: " "what"
    Expect.stringContains result.Errors reason "why"
    Expect.stringContains result.Errors "--engine managed" "what to do"
    Expect.isFalse (Directory.Exists(Path.Combine(folder, "runs"))) "nothing is written"

let private config (folder: string) =
    Directory.GetFiles(folder, "config.json", SearchOption.AllDirectories)
    |> Array.exactlyOne
    |> File.ReadAllText

[<Tests>]
let tests =
    testList
        "the choice of an engine"
        (if not (OperatingSystem.IsLinux()) then
             []
         else
             onceForBoth
                 [ testCase "a library that is no library: the loader's own words" (fun () ->
                       withLibtorch (Some [| 1uy |]) (refuses "file too short"))
                   testCase
                       "none: what is missing, and the managed engine runs all the same"
                       (fun () ->
                           withLibtorch None (fun folder ->
                               refuses "libLibTorchSharp.so is not beside TorchSharp.dll" folder
                               let result = vae folder [ "--engine"; "managed"; "--quiet" ]
                               Expect.equal (result.Code, result.Errors) (0, "") "managed"

                               Expect.stringContains
                                   (config folder)
                                   "\"engine\": \"managed\""
                                   "it says so"))
                   testCase "a script that loads another one before the prelude is told" (fun () ->
                       inFolder (fun folder ->
                           let script = Path.Combine(folder, "mine.fsx")
                           let vae = scriptPath "vae.fsx"
                           File.WriteAllText(script, $"#load @\"{vae}\"\nprintfn \"mine\"")
                           let result = run script [ "--engine"; "managed" ] folder
                           Expect.equal (result.Code, result.Output) (2, "") result.Errors
                           Expect.equal (result.Errors.Trim().Split('\n').Length) 1 "one line"

                           Expect.stringContains
                               result.Errors
                               "#load \"prelude.fsx\""
                               "what to do"))
                   testCase "an engine that there is not is bad input" (fun () ->
                       inFolder (fun folder ->
                           let result = run (scriptPath "vae.fsx") [ "--engine"; "cuda" ] folder

                           Expect.equal result.Code 2 result.Errors
                           Expect.stringContains result.Errors "torch, managed" "which there are"
                           Expect.equal (Directory.GetFileSystemEntries folder) [||] "nothing")) ])
