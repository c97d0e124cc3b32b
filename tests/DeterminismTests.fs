/// Same seed, same bits: on the managed engine for any number of threads, on libtorch for the same number. SweepTests compares a
/// process of its own with this one.
module Workbench.Tests.DeterminismTests

open System.IO
open Expecto
open Workbench
open Workbench.Tests.RunSupport

let private settings data =
    [ "--data"; data; "--epochs"; "2"; "--batch"; "32"; "--quiet" ]

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

let private ran (script: Script) folder name arguments =
    let out = Path.Combine(folder, name)
    Expect.equal (script.Run(arguments @ [ "--out"; out ])) Ending.Finished name
    files out

let private same expected (name: string) actual =
    Expect.equal (List.map fst actual) (List.map fst expected) $"{name}: the same files"

    for (file, bytes), (_, others) in List.zip expected actual do
        Expect.isTrue (bytes = others) $"{name}: {file}"

/// Threads of runs that give the same bits.
let private equalThreads = if Engine.isManaged then [ 1; 2; 4 ] else [ 2; 2 ]

let private forEqualThreads script =
    withData (fun folder data ->
        let on run threads =
            ran script folder $"run-{run}" (settings data @ [ "--threads"; string threads ])

        let runs = List.mapi on equalThreads

        Expect.isTrue
            (runs.Head |> List.exists (fun (name, _) -> name.EndsWith ".png"))
            "with pictures"

        for threads, run in List.zip equalThreads runs do
            same runs.Head $"{threads} threads" run)

/// Of each kind of training, one script.
let private kinds =
    Scripts.all
    |> List.filter (fun script -> List.contains script.Name [ "vae"; "gan" ])

[<Tests>]
let tests =
    testSequenced
    <| testList
        "determinism"
        [ testList
              "parameters, metrics.csv and pictures are the same on threads that may differ"
              [ for script in kinds -> testCase script.Name (forEqualThreads script) ]

          testCase "another seed gives other parameters, figures and pictures"
          <| withData (fun folder data ->
              let of' seed =
                  ran
                      (Scripts.find "vae")
                      folder
                      $"seed-{seed}"
                      (settings data @ [ "--seed"; string seed ])

              for (name, bytes), (_, others) in List.zip (of' 1) (of' 2) do
                  if Path.GetFileName name <> "originals.png" then
                      Expect.isFalse (bytes = others) name) ]
