/// adversarial-autoencoder.fsx: three updates, each with its own networks, rate and noise.
module Workbench.Tests.AdversarialAutoencoderTests

open Expecto
open Workbench
open Workbench.Tests.EvaluateSupport
open Workbench.Tests.ModelSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.ScriptSupport
open Workbench.Tests.TensorSupport

let private small = [ "--latent"; "6"; "--hidden"; "24"; "--discriminator"; "12" ]

let private update name (fit: Fit) =
    fit.Objective.Updates |> List.find (fun update -> update.Name = name)

[<Tests>]
let tests =
    [ testCase "each phase trains its own networks"
      <| fun () ->
          let fit, _ = planned "adversarial-autoencoder" small

          Expect.equal
              [ for update in fit.Objective.Updates ->
                    update.Name, [ for net in update.Nets -> net.Name ] ]
              [ "reconstruction", [ "encoder"; "decoder" ]
                "discriminator", [ "discriminator" ]
                "generator", [ "encoder" ] ]
              "three phases"

      testCase "the encoder's rate is a tenth, the discriminator's fades faster than the training's"
      <| fun () ->
          let fit, _ = planned "adversarial-autoencoder" (small @ [ "--epochs"; "20" ])
          close 1e-12 ((update "generator" fit).Rate 7) 0.1 "a tenth"
          let rate = (update "discriminator" fit).Rate
          close 1e-12 (rate 1) 0.2 "a fifth at first"
          let fading = fit.Settings.LearningRate 15 / fit.Settings.LearningRate 1
          close 1e-9 (rate 15) (0.2 * fading ** 0.4) "the fading to its power"

      testCase "less noise changes what the discriminator sees at the last epoch, not at the first"
      <| fun () ->
          let loss epoch last =
              let options = small @ [ "--epochs"; "4"; "--noise-last"; last ]
              let fit, data = planned "adversarial-autoencoder" options
              let batch = { wholeBatch data with Epoch = epoch }
              let parameters = fit.Objective.Init 1
              number (snd (lossesOf (update "discriminator" fit) parameters batch).Losses.Head)

          Expect.equal (loss 1 "0.1") (loss 1 "0.6") "the first epoch"
          Expect.notEqual (loss 4 "0.1") (loss 4 "0.6") "the last one"

      testCase "any N x 784 array: errors and new images are measured as the script did"
      <| fun () ->
          let options = small @ [ "--reconstruction"; "norm" ]

          withRun "adversarial-autoencoder" options (fun out figures config ->
              Expect.equal config["reconstruction"] (Json.Text "norm") "the setting"
              evaluate (Scripts.find "adversarial-autoencoder") out quick |> ignore
              let all = measured out
              let found = all[""]

              Expect.floatClose
                  Accuracy.medium
                  found["test_error"].Value
                  figures["test_error"]
                  "error"

              Expect.isTrue (found.ContainsKey "parzen") "new images"
              Expect.isFalse (found.ContainsKey "fid_lenet") "these data have no classifier")

      testCase "new images are judged where the data have a classifier"
      <| fun () ->
          let options = small @ [ "--data"; "glyphs"; "--limit"; "200" ]

          withRun "adversarial-autoencoder" options (fun out figures _ ->
              Expect.isTrue (figures.ContainsKey "fid_lenet") "the figures"

              Expect.exists
                  (RunFiles.times(out).Notices)
                  _.StartsWith("Generated images are too much alike")
                  "after some batches") ]
    |> testList "adversarial autoencoder"
