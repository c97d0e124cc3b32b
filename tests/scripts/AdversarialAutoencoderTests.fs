/// adversarial-autoencoder.fsx: two updates, each with its own networks.
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

/// The losses of the autoencoder's first step on a batch of all images, changed.
let private lossesOn (change: Batch -> Batch) options =
    let fit, data = planned "adversarial-autoencoder" (small @ options)
    lossesOf (update "autoencoder" fit) (fit.Objective.Init 1) (change (wholeBatch data))

let private figure name (losses: StepLosses) =
    losses.Figures |> List.find (fst >> (=) name) |> snd |> number

let private total (losses: StepLosses) = number (snd losses.Losses.Head)

/// What an evaluation of a run measured.
let private evaluated (out: string) =
    evaluate (Scripts.find "adversarial-autoencoder") out quick |> ignore
    (measured out)[""]

let private networks options =
    let fit, _ = planned "adversarial-autoencoder" (small @ options)

    [ for update in fit.Objective.Updates -> update.Name, [ for net in update.Nets -> net.Name ] ]

[<Tests>]
let tests =
    [ testCase "each step trains its own networks; a mean needs no variance"
      <| fun () ->
          Expect.equal
              (networks [])
              [ "autoencoder", [ "encoder"; "mean"; "variance"; "decoder" ]
                "discriminator", [ "discriminator" ] ]
              "a Gaussian code"

          Expect.equal
              (networks [ "--deterministic" ] |> List.head |> snd)
              [ "encoder"; "mean"; "decoder" ]
              "a mean"

      testCase "the autoencoder minimises its error and so much of what the discriminator costs it"
      <| fun () ->
          for weight in [ 0.0; 1.5; 30.0 ] do
              let losses = lossesOn id [ "--weight"; string weight ]
              let error, fooling = figure "train_loss" losses, figure "generator_loss" losses
              close (1e-5 * error) (total losses) (error + weight * fooling) $"weight {weight}"

      testCase "a code is a draw of the encoder's Gaussian, or its mean"
      <| fun () ->
          let error change options =
              figure "train_loss" (lossesOn change options)

          let other (batch: Batch) =
              { batch with
                  Generator = new TorchSharp.torch.Generator(4UL) }

          Expect.notEqual (error id []) (error other []) "with noise"

          Expect.equal
              (error id [ "--deterministic" ])
              (error other [ "--deterministic" ])
              "without"

      testCase "the discriminator's rate is a multiple of the training's"
      <| fun () ->
          let rate options =
              let fit, _ = planned "adversarial-autoencoder" (small @ options)
              (update "discriminator" fit).Rate 7

          Expect.equal (rate []) 1.5 "half as much again"
          Expect.equal (rate [ "--discriminator-rate"; "0.25" ]) 0.25 "a quarter"

      testCase "any N x 784 array: errors and new images are measured as the script did"
      <| fun () ->
          let options = small @ [ "--reconstruction"; "norm" ]

          withRun "adversarial-autoencoder" options (fun out figures config ->
              Expect.equal config["reconstruction"] (Json.Text "norm") "the setting"
              let found = evaluated out

              Expect.floatClose
                  Accuracy.medium
                  found["test_error"].Value
                  figures["test_error"]
                  "error"

              Expect.isTrue (found.ContainsKey "parzen") "new images"
              Expect.isTrue (found.ContainsKey "active_units") "a Gaussian code"
              Expect.isFalse (found.ContainsKey "fid_lenet") "these data have no classifier")

      testCase "a mean has no Gaussian that could be measured"
      <| fun () ->
          withRun "adversarial-autoencoder" (small @ [ "--deterministic" ]) (fun out figures _ ->
              let found = evaluated out
              Expect.isFalse (found.ContainsKey "active_units") "no Gaussian"

              Expect.floatClose
                  Accuracy.medium
                  found["test_error"].Value
                  figures["test_error"]
                  "error")

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
