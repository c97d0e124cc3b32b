module Workbench.Tests.RunFolderTests

open System
open System.IO
open System.Text.Json
open Expecto
open Workbench
open Workbench.Tests.FileSupport

let private settings =
    [ "zeta", Json.Real 0.1
      "alpha", Json.Whole -3
      "name", Json.Text "größer \"x\" <y>"
      "none", Json.Null
      "on", Json.Flag true
      "hidden", Json.List [ Json.Whole 400; Json.Whole 200 ]
      "lost", Json.Real nan
      "far", Json.Real -infinity ]

let private inRun (test: RunFolder -> 'T) : 'T =
    inFolder (fun parent ->
        test (RunFolder.create "vae" (Some(Path.Combine(parent, "a", "run"))) settings))

let private read (folder: RunFolder) (name: string) =
    File.ReadAllText(Path.Combine(folder.Path, name))

let private files (folder: string) =
    Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
    |> Array.map (fun path -> Path.GetRelativePath(folder, path).Replace('\\', '/'))
    |> Array.sort
    |> List.ofArray

let private rows =
    [ [ "epoch", 1.0; "loss", 0.1; "kl", 1.0 / 3.0 ]
      [ "epoch", 2.0; "loss", -1e-7; "kl", 1e21 ]
      [ "epoch", 3.0; "loss", nan; "kl", infinity ] ]

let private expectedCsv =
    "epoch,loss,kl\n1,0.1,0.3333333333333333\n2,-1E-07,1E+21\n3,NaN,Infinity\n"

[<Tests>]
let tests =
    testList
        "RunFolder"
        [ testCase "config.json keeps the order, the types and the numbers" (fun () ->
              inRun (fun folder ->
                  let root = JsonDocument.Parse(read folder "config.json").RootElement

                  Expect.equal
                      [ for field in root.EnumerateObject() -> field.Name ]
                      (List.map fst settings)
                      "order"

                  let field (name: string) = root.GetProperty name
                  Expect.equal ((field "zeta").GetRawText()) "0.1" "a number"
                  Expect.equal ((field "alpha").GetInt32()) -3 "a whole number"
                  Expect.equal ((field "name").GetString()) "größer \"x\" <y>" "text"
                  Expect.equal (field "none").ValueKind JsonValueKind.Null "null"
                  Expect.isTrue ((field "on").GetBoolean()) "a flag"

                  Expect.equal
                      [ for item in (field "hidden").EnumerateArray() -> item.GetInt32() ]
                      [ 400; 200 ]
                      "a list"

                  Expect.equal ((field "lost").GetString()) "NaN" "NaN is text"
                  Expect.equal ((field "far").GetString()) "-Infinity" "infinity is text"))

          testCase "equal settings make equal bytes" (fun () ->
              Expect.equal
                  (inRun (fun folder -> read folder "config.json"))
                  (abroad (fun () -> inRun (fun folder -> read folder "config.json")))
                  "config.json")

          testCase "metrics.csv has a header, a line an epoch, and round-trip numbers" (fun () ->
              inRun (fun folder ->
                  for count in 1..3 do
                      RunFolder.writeMetrics folder (List.truncate count rows)
                      let lines = (read folder "metrics.csv").Split '\n'
                      Expect.equal lines.Length (count + 2) "a line a row"

                  Expect.equal (read folder "metrics.csv") expectedCsv "content"))

          testCase "the files do not depend on the culture" (fun () ->
              inRun (fun folder ->
                  abroad (fun () ->
                      RunFolder.writeMetrics folder rows
                      RunFolder.writeFigures folder [ "loss", 0.5 ])

                  Expect.equal (read folder "metrics.csv") expectedCsv "metrics.csv"

                  Expect.equal
                      (read folder "metrics.json")
                      "{\n  \"loss\": 0.5\n}\n"
                      "metrics.json"))

          testCase "a row with other names is refused and the file stays" (fun () ->
              inRun (fun folder ->
                  RunFolder.writeMetrics folder rows

                  Expect.throwsT<ArgumentException>
                      (fun () -> RunFolder.writeMetrics folder (rows @ [ [ "epoch", 4.0 ] ]))
                      "other names"

                  Expect.equal (read folder "metrics.csv") expectedCsv "unchanged"))

          testCase "writing leaves the final files and nothing else" (fun () ->
              inRun (fun folder ->
                  for _ in 1..2 do
                      RunFolder.writeConfig folder settings
                      RunFolder.writeMetrics folder rows
                      RunFolder.writeFigures folder [ "loss", 1.0 ]
                      RunFolder.writeTiming folder [ "seconds", Json.Real 1.5 ]
                      RunFolder.writeSample folder "originals" [| 1uy; 2uy |]
                      RunFolder.writeFile folder "report.html" [| 60uy |]

                  Expect.equal
                      (files folder.Path)
                      [ "config.json"
                        "metrics.csv"
                        "metrics.json"
                        "report.html"
                        "samples/originals.png"
                        "timing.json" ]
                      "files"))

          testCase "a folder that holds a run is refused, with a way out" (fun () ->
              inRun (fun folder ->
                  let again () =
                      RunFolder.create "vae" (Some folder.Path) settings

                  expectBad [ "--out"; folder.Path; "choose another folder or delete it" ] again
                  expectBad [ "--out"; folder.Path ] (fun () -> RunFolder.check folder.Path)
                  Expect.equal (files folder.Path) [ "config.json" ] "nothing is added"))

          testCase "a folder with other files in it is taken" (fun () ->
              inFolder (fun parent ->
                  File.WriteAllText(Path.Combine(parent, "notes.txt"), "mine")
                  let folder = RunFolder.create "vae" (Some parent) settings
                  Expect.equal (files folder.Path) [ "config.json"; "notes.txt" ] "files"))

          testCase "a path that is a file or lies below one is bad input" (fun () ->
              withFile "plain" [| 1uy |] (fun file ->
                  for path in [ file; Path.Combine(file, "x"); Path.Combine(file, "x", "y") ] do
                      expectBad [ "--out"; path; "is a file" ] (fun () -> RunFolder.check path)

                      expectBad [ "--out"; path ] (fun () ->
                          RunFolder.create "vae" (Some path) settings)))

          testCase "a folder that the system refuses is bad input" (fun () ->
              expectBad [ "--out"; "cannot be written" ] (fun () ->
                  RunFolder.create "vae" (Some(Path.Combine("/proc", "runs"))) settings))

          testCase "of many runs that ask for one folder at once, one gets it" (fun () ->
              inFolder (fun parent ->
                  let path = Path.Combine(parent, "run")

                  let attempt _ =
                      try
                          RunFolder.create "vae" (Some path) settings |> ignore
                          1
                      with BadInput _ ->
                          0

                  let winners = Array.Parallel.map attempt [| 1..16 |] |> Array.sum
                  Expect.equal winners 1 "one run"
                  Expect.equal (files path) [ "config.json" ] "no temporary file"))

          testCase "a run without --out gets a new folder of its own" (fun () ->
              inFolder (fun parent ->
                  let make _ =
                      RunFolder.createIn parent "vae" settings

                  let folders = Array.Parallel.map make [| 1..8 |]
                  let paths = folders |> Array.map _.Path
                  Expect.equal (Array.distinct paths).Length 8 "different folders"

                  for path in paths do
                      let name = Path.GetRelativePath(parent, path).Replace('\\', '/')
                      Expect.isMatch name @"^runs/vae/\d{8}-\d{6}(-\d+)?$" "named by the time"
                      Expect.equal (files path) [ "config.json" ] "holds the run")) ]
