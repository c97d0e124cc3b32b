/// Decoders for the page: what is in them. `ExplorerBrowserTests` runs them.
module Workbench.Tests.ExplorerTests

open System
open System.IO
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ModelSupport
open Workbench.Tests.RunSupport

let private data = tinyData 20 60 40

let private sections data (can: Pass -> Can) (nets: Net list) =
    let pass = Pass.evaluation (init 1 nets)
    Explorer.sections false data (can pass) pass

/// The one explorer among sections: its words and decoder.
let private single (all: Section list) =
    match all with
    | [ Section.Explorer(_, words, decoder) ] -> words, Map.ofList (Json.fields decoder)
    | others -> failtest $"{others.Length} sections"

let private ofVae latent hidden =
    let vae = Models.denseVae 20 [ hidden ] latent 0.1
    sections data (Can.vae vae) vae.Nets

let private wholes (json: Json) =
    Json.items json |> List.map (Json.toFloat >> int)

[<Tests>]
let tests =
    testList
        "explorer"
        [ testCase "of a code in a plane has the places of test images" (fun () ->
              let words, decoder = single (ofVae 2 8)
              Expect.equal (Json.items decoder["places"]).Length 40 "one for each test image"

              Expect.equal
                  (Json.toFloat decoder["bits"], wholes decoder["shape"])
                  (32.0, [ 1; 1; 20 ])
                  "whole"

              Expect.isFalse (words.Contains "float16") "nothing is rounded")

          testCase "of a wider code has sliders for the dimensions that vary most" (fun () ->
              let vae = Models.denseVae 20 [ 8 ] 12 0.0
              let pass = Pass.evaluation (init 1 vae.Nets)
              let _, decoder = single (Explorer.sections false data (Can.vae vae pass) pass)
              Expect.isEmpty (Json.items decoder["places"]) "no plane"

              let byVariance =
                  Metrics.meanCodes (vae.Encode pass) data.Test.Images
                  |> Codes.moments
                  |> List.map snd
                  |> List.indexed
                  |> List.sortByDescending snd
                  |> List.map fst

              Expect.equal
                  (wholes decoder["dimensions"])
                  (List.truncate 10 byVariance)
                  "ten of twelve")

          testCase "of a GAN has its first numbers, and no places" (fun () ->
              let gan = Models.denseGan 20 3

              let _, decoder =
                  single (sections data (Can.gan gan.Noise gan.Generator) [ gan.Generator ])

              Expect.equal (wholes decoder["dimensions"]) [ 0; 1; 2 ] "all three"
              Expect.isEmpty (Json.items decoder["places"]) "none")

          testCase "of many weights rounds them and says so, of more there is none" (fun () ->
              let wide hidden =
                  Models.gan
                      8
                      (Stacks.perceptron Stacks.relu [ 8; hidden; 20 ] @ [ Activation Sigmoid ])
                      [ Linear(20, 1) ]

              let of' hidden =
                  let gan = wide hidden
                  sections data (Can.gan 8 gan.Generator) [ gan.Generator ]

              let words, decoder = single (of' 40_000)
              Expect.stringContains words "float16" "said"
              Expect.equal (Json.toFloat decoder["bits"]) 16.0 "halves"
              Expect.isEmpty (of' 80_000) "too many for a page")

          testCase "of convolutions there is none, nor of a model without a prior" (fun () ->
              let net = Net.create "generator" [ Linear(3, 20); Unflatten(1, 4, 5) ]
              Expect.isEmpty (sections data (Can.gan 3 net) [ net ]) "images within"
              let plain = Models.autoencoder 2 [ Linear(20, 2) ] [ Linear(2, 20) ]
              Expect.isEmpty (sections data (Can.autoencoder "plain" plain) plain.Nets) "no prior")

          testCase "lies beside the page, or within" (fun () ->
              let experiment =
                  experimentOf (fun run ->
                      let vae = Models.denseVae run.Data.Size [ 8 ] 3 0.0
                      run.Fit(run.Data, Objectives.vae vae run.Data, Can.vae vae) |> ignore

                      run.Report(fun () ->
                          { Line = "done"
                            Figures = []
                            Pictures = []
                            Sections = [] }))

              withGlyphs 60 (fun folder data ->
                  for options, isBeside in [ [], true; [ "--one-file" ], false ] do
                      let out = Path.Combine(folder, "runs", $"run{isBeside}")

                      [ "--data"; data; "--epochs"; "1"; "--out"; out; "--quiet" ] @ options
                      |> fun arguments -> Experiment.Run(experiment, arguments)
                      |> fun ending -> Expect.equal ending Ending.Finished "a run"

                      let page = File.ReadAllText(Path.Combine(out, RunFolder.pageName))
                      let path = Path.Combine(out, Report.decoderName)
                      Expect.equal (File.Exists path) isBeside "a file"

                      Expect.equal
                          (page.Contains $"src=\"{Report.decoderName}\"")
                          isBeside
                          "named"

                      Expect.equal (page.Contains "window.decoders = [{") (not isBeside) "within")) ]
