/// gan.fsx and conditional-gan.fsx.
module Workbench.Tests.GanTests

open System.IO
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.EvaluateSupport
open Workbench.Tests.FileSupport
open Workbench.Tests.ModelSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.ScriptSupport
open Workbench.Tests.TensorSupport

/// Which parameters one epoch changes when only one of the updates takes place.
let private changedBy (update: string) (fit: Fit, data: Dataset) =
    let objective =
        { fit.Objective with
            Updates = fit.Objective.Updates |> List.filter (fun other -> other.Name = update)
            Measure = fun _ _ -> [] }

    changed (objective.Init 1) (trainTo 1 objective data).Parameters

let private small = [ "--generator"; "12"; "--discriminator"; "12"; "--noise"; "5" ]

[<Tests>]
let tests =
    [ for script in [ "gan"; "conditional-gan" ] do
          for step in [ "generator"; "discriminator" ] do
              testCase
                  $"{script}: the {step}'s step moves its own network alone, its statistics too"
              <| fun () ->
                  let names = changedBy step (planned script [])
                  Expect.isEmpty (names |> List.filter (belongsTo step >> not)) "nothing else"
                  let weights = names |> List.filter (fun name -> name.EndsWith ".weight")
                  Expect.isGreaterThan weights.Length 1 "but that"
                  let isNormalised = (script, step) <> ("conditional-gan", "discriminator")

                  Expect.equal
                      (names |> List.exists Net.isStatistic)
                      isNormalised
                      "statistics, if it has any"

      testCase "gan: Adam's beta1 is 0.5, the rate stays, averages are what is shown"
      <| fun () ->
          let fit, _ = planned "gan" [ "--epochs"; "40" ]
          Expect.equal fit.Settings.Beta1 0.5 "beta1"
          Expect.equal fit.Settings.Average (Some 0.999) "averages"
          Expect.all [ 1..40 ] (fit.Settings.LearningRate >> (=) 1e-3) "one rate"

      testCase "gan: more discriminator steps than batches are bad input"
      <| fun () ->
          expectBad [ "--discriminator-steps"; "3" ] (fun () ->
              planned "gan" [ "--discriminator-steps"; "4" ])

      testCase "gan: a picture of the same noise for each epoch, and what it can do"
      <| fun () ->
          withRun "gan" small (fun out figures config ->
              Expect.equal config["noise"] (Json.Whole 5) "the setting"
              Expect.isTrue (figures.ContainsKey "epochs") "a figure"
              let pictures = RunFiles.epochSamples out
              Expect.equal (List.map fst pictures) [ 1; 2 ] "both epochs"
              Expect.notEqual (snd pictures[0]) (snd pictures[1]) "the generator has moved"
              let page = File.ReadAllText(Path.Combine(out, "report.html"))

              Expect.stringContains
                  page
                  "left out"
                  "what has no classifier is left out with a word"

              Expect.equal (evaluate (Scripts.find "gan") out quick) Ending.Finished "evaluated"
              let found = measured out
              Expect.isTrue (found[""].ContainsKey "parzen") "new images")

      testCase "gan: figures of judged images agree with the evaluation's"
      <| fun () ->
          withRun "gan" (small @ [ "--data"; "glyphs"; "--limit"; "200" ]) (fun out figures _ ->
              evaluate (Scripts.find "gan") out (quick @ [ "--samples"; "10000" ]) |> ignore
              let all = measured out
              let found = all[""]

              for name in [ "fid_lenet"; "fid_lenet_floor"; "recall"; "nearest_training" ] do
                  Expect.floatClose Accuracy.high found[name].Value figures[name] name)

      testCase "gan: a last batch of one image is bad input, not a fault"
      <| fun () ->
          inFolder (fun folder ->
              expectBad [ "--batch"; "alone" ] (fun () ->
                  runIn folder "run" (Scripts.find "gan") [ "--limit"; "21" ])

              Expect.isFalse (Directory.Exists(Path.Combine(folder, "run"))) "nothing is left")

      testCase "conditional-gan: a training step sees the batch's labels in both networks"
      <| fun () ->
          let fit, data = planned "conditional-gan" []
          let parameters = fit.Objective.Init 1
          let batch () = wholeBatch data

          let loss (update: Update) labels =
              number (
                  snd
                      (lossesOf update parameters { batch () with Labels = Some labels })
                          .Losses.Head
              )

          let labels = data.Train.Labels.Value

          for update in fit.Objective.Updates do
              Expect.notEqual
                  (loss update labels)
                  (loss update (torch.zeros_like labels))
                  update.Name

      testCase "conditional-gan: the discriminator minimises its loss and so much of its steepness"
      <| fun () ->
          for weight in [ 0.0; 0.5; 20.0 ] do
              let fit, data = planned "conditional-gan" [ "--gradient-penalty"; string weight ]
              let update, parameters = fit.Objective.Updates.Head, fit.Objective.Init 1
              let losses = lossesOf update parameters (wholeBatch data)
              let figures = Map.ofList losses.Figures
              let figure name = number (Map.find name figures)
              Expect.isGreaterThan (figure "gradient_penalty") 0.0 "steep somewhere"
              let expected = figure "discriminator_loss" + weight * figure "gradient_penalty"
              close (1e-5 * expected) (number (snd losses.Losses.Head)) expected $"{weight}"

      testCase "conditional-gan: agreement of each label"
      <| fun () ->
          withRun "conditional-gan" [ "--data"; "glyphs"; "--limit"; "200" ] (fun out figures _ ->
              evaluate (Scripts.find "conditional-gan") out quick |> ignore
              let all = measured out
              let found = all[""]

              for label in 0..9 do
                  Expect.isTrue (figures.ContainsKey $"agreement_{label}") "the figure"
                  Expect.equal found[$"agreement_{label}"].Count 10 "a tenth of the images")

      testCase "conditional-gan --wide-noise: no label, ten times the noise"
      <| fun () ->
          withRun "conditional-gan" [ "--wide-noise" ] (fun _ figures config ->
              Expect.equal config["wide-noise"] (Json.Flag true) "the setting"
              Expect.isFalse (figures.ContainsKey "agreement") "nothing was asked for")

      testCase "conditional-gan: data without labels are bad input"
      <| fun () ->
          withFile "rows.npy" [||] (fun path ->
              Npy.writeBytes path (Glyphs.grey 7UL 60).Images

              expectBad [ "labels"; "--labels" ] (fun () ->
                  (Scripts.find "conditional-gan").Run [ "--data"; path; "--quiet" ])) ]
    |> testList "gans"
