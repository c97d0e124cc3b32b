/// Same seed, same bits: on the managed engine for any number of threads, on libtorch for the same number; in this process and in
/// `dotnet fsi`.
module Workbench.Tests.DeterminismTests

open System.IO
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport

let private settings data =
    [ "--data"; data; "--epochs"; "2"; "--batch"; "32"; "--quiet" ]

let private vae (arguments: string list) =
    Cli.exitCode ("vae.fsx" :: arguments) vaeScript VaeExperiment.train

let private gan (arguments: string list) =
    Cli.exitCode
        ("gan.fsx" :: arguments)
        { Name = "gan"
          Question = "?"
          Common = GanOptions.common
          Own = GanOptions.own }
        (fun run -> GanReport.train run run.Own)

/// 150 glyphs: the last batch is smaller than the others.
let private withData (test: string -> string -> unit) () = withGlyphs 150 test

/// Files that depend on settings and seed alone.
let private files (folder: string) =
    [ for path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories) do
          match Path.GetExtension path with
          | ".safetensors"
          | ".csv"
          | ".png" -> Path.GetRelativePath(folder, path), File.ReadAllBytes path
          | _ -> () ]
    |> List.sortBy fst

let private ran (train: string list -> int) folder name arguments =
    let out = Path.Combine(folder, name)
    Expect.equal (train (arguments @ [ "--out"; out ])) 0 name
    files out

let private same expected (name: string) actual =
    Expect.equal (List.map fst actual) (List.map fst expected) $"{name}: the same files"

    for (file, bytes), (_, others) in List.zip expected actual do
        Expect.isTrue (bytes = others) $"{name}: {file}"

/// Threads of runs that give the same bits.
let private equalThreads = if Engine.isManaged then [ 1; 2; 4 ] else [ 2; 2 ]

let private forEqualThreads train =
    withData (fun folder data ->
        let on run threads =
            ran train folder $"run-{run}" (settings data @ [ "--threads"; string threads ])

        let runs = List.mapi on equalThreads

        Expect.isTrue
            (runs.Head |> List.exists (fun (name, _) -> name.EndsWith ".png"))
            "with pictures"

        for threads, run in List.zip equalThreads runs do
            same runs.Head $"{threads} threads" run)

[<Tests>]
let tests =
    testSequenced
    <| testList
        "determinism"
        [ testList
              "parameters, metrics.csv and pictures are the same on threads that may differ"
              [ testCase "vae" (forEqualThreads vae); testCase "gan" (forEqualThreads gan) ]

          testCase "dotnet fsi gives the bits of this process"
          <| withData (fun folder data ->
              let here, elsewhere = if Engine.isManaged then "1", "3" else "2", "2"
              let here = ran vae folder "here" (settings data @ [ "--threads"; here ])

              let there arguments =
                  (run (scriptPath "vae.fsx") arguments folder).Code

              same
                  here
                  "fsi"
                  (ran there folder "there" (settings data @ [ "--threads"; elsewhere ])))

          testCase "another seed gives other parameters, figures and pictures"
          <| withData (fun folder data ->
              let of' seed =
                  ran vae folder $"seed-{seed}" (settings data @ [ "--seed"; string seed ])

              for (name, bytes), (_, others) in List.zip (of' 1) (of' 2) do
                  Expect.isFalse (bytes = others) name) ]
