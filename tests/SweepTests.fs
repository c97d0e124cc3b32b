/// The sweep's settings: what it reads, what it hands to its points, how many it trains at once.
module Workbench.Tests.SweepTests

open System
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.RunSupport

let private script =
    { Name = "kl-sweep"
      Question = "?"
      Common = Options.defaults
      Own = KlSweepOptions.own }

let private read (line: string) =
    match CommandLine.read script (List.ofArray (line.Split ' ')) with
    | Request.Run(_, own) -> own
    | Request.Help _ -> failtest "help was not asked for"

let private refused (line: string) (words: string list) =
    testCase $"{line} is refused" (fun () -> expectBad words (fun () -> read line))

[<Tests>]
let tests =
    testList
        "Sweep"
        [ testCase "a sweep takes every option of vae" (fun () ->
              let namesOf (help: string) =
                  help.Split([| ' '; '\n' |])
                  |> Array.filter _.StartsWith("--", StringComparison.Ordinal)
                  |> Set.ofArray

              Expect.isEmpty
                  (namesOf (Help.text vaeScript) - namesOf (Help.text script))
                  "options of vae that it lacks")

          testCase "weights, jobs and what the points share are read" (fun () ->
              let own = read "--kl-weight 0.5 0 --jobs 3 --hidden 40 20 --activation relu"
              Expect.equal own.Weights [ 0.5; 0.0 ] "weights"
              Expect.equal own.Jobs (Some 3) "jobs"
              Expect.equal own.Vae.Hidden [ 40; 20 ] "hidden"

              Expect.equal
                  (KlSweepOptions.arguments own)
                  [ "--hidden"; "40"; "20"; "--activation"; "relu" ]
                  "what is not vae's default")

          refused "--kl-weight 1 -1" [ "--kl-weight"; "at least 0" ]
          refused "--kl-weight 0.5 1 0.50" [ "--kl-weight"; "0.5 is given twice" ]
          refused "--kl-weight 0 -0" [ "--kl-weight"; "twice" ]
          refused "--kl-weight nan" [ "--kl-weight" ]
          refused "--jobs 0" [ "--jobs"; "at least 1" ]
          refused "--lr-drop 0.1" [ "--lr-drop-at" ]

          testCase "so many points at once as cores allow" (fun () ->
              Expect.equal (Sweep.jobs 8 2 6 None) 4 "cores / threads"
              Expect.equal (Sweep.jobs 2 4 6 None) 1 "at least one"
              Expect.equal (Sweep.jobs 64 1 6 None) 6 "no more than points"
              Expect.equal (Sweep.jobs 4 1 6 (Some 2)) 2 "as asked"
              Expect.equal (Sweep.jobs 4 1 6 (Some 9)) 4 "within the cores")

          testCase "settings become arguments" (fun () ->
              [ "a", Json.Null
                "b", Json.Flag true
                "c", Json.Flag false
                "d", Json.List []
                "e", Json.List [ Json.Whole 1; Json.Whole 2 ]
                "f", Json.Text "x y"
                "g", Json.Real 1e-5 ]
              |> Sweep.arguments
              |> fun given ->
                  Expect.equal
                      given
                      [ "--b"; "--e"; "1"; "2"; "--f"; "x y"; "--g"; "1E-05" ]
                      "in order")

          testCase "a picture's rows are read back" (fun () ->
              let image row column : float32[] =
                  Array.init 6 (fun i -> float32 (row * 90 + column * 9 + i) / 255f)

              let rowOf row : FloatArray =
                  { Shape = [| 3; 1; 2; 3 |]
                    Values = Array.concat [ for column in 0..2 -> image row column ] }

              let png = Pictures.rows [ rowOf 0; rowOf 1 ]

              for row in 0..1 do
                  Expect.equal
                      (PngReader.row Png.defaults [ 1; 2; 3 ] row png)
                      (Some(rowOf row))
                      $"row {row}"

              Expect.isNone (PngReader.row Png.defaults [ 1; 2; 3 ] 2 png) "no such row"
              Expect.isNone (PngReader.row Png.defaults [ 1; 2; 3 ] 0 png[..60]) "cut short") ]
