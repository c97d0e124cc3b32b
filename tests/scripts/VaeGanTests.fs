/// vae-gan.fsx: whose loss is whose.
module Workbench.Tests.VaeGanTests

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

/// Which parameters get a gradient that is not 0 from a loss.
let private reached (parameters: Parameters) (loss: torch.Tensor) =
    loss.backward (retain_graph = true)

    [ for KeyValue(name, tensor) in parameters do
          if not (isNull tensor.grad) && number (tensor.grad.abs().sum()) > 0.0 then
              name ]

/// The losses of an update's first step, and the parameters that they are of.
let private lossesIn (name: string) (options: string list) =
    let fit, data = planned "vae-gan" options
    let parameters = recording (fit.Objective.Init 1)

    let update = fit.Objective.Updates |> List.find (fun update -> update.Name = name)

    parameters, lossesOf update parameters (wholeBatch data)

let private losses = lossesIn "vae-gan"

let private lossOf (network: string) (losses: StepLosses) =
    losses.Losses
    |> List.find (fun (nets, _) -> nets |> List.exists (fun net -> net.Name = network))
    |> snd

let private figure name (losses: StepLosses) =
    losses.Figures |> List.find (fst >> (=) name) |> snd |> number

[<Tests>]
let tests =
    [ testCase
          "without convolutions, the weights beside the pixels begin at a tenth of what is drawn"
      <| fun () ->
          for options, small in
              [ [], [ "decoder.6.weight"; "discriminator.0.weight" ]
                [ "--conv"; "--channels"; "4"; "6" ], [] ] do
              let parameters = (fst (planned "vae-gan" options)).Objective.Init 1

              // Drawn within 1 / sqrt(inputs).
              let begun =
                  [ for KeyValue(name, values) in parameters do
                        if name.EndsWith ".weight" && values.dim () > 1L then
                            let inputs = float (values.numel () / values.shape[0])

                            if number (values.abs().max()) * sqrt inputs < 0.2 then
                                name ]

              Expect.equal begun small "by name"

      testCase "similarity: the encoder's loss does not depend on the verdict"
      <| fun () ->
          let parameters, losses = losses []
          let names = reached parameters (lossOf "encoder" losses)
          Expect.isFalse (names |> List.exists (belongsTo "verdict")) "no gradient of L_GAN"
          Expect.contains names "encoder.0.weight" "but one of L_prior and L_like"

      testCase "similarity: the decoder follows gamma times the similarity"
      <| fun () ->
          let loss gamma =
              number (lossOf "decoder" (snd (losses [ "--gamma"; gamma ])))

          let similarity = figure "similarity" (snd (losses []))
          close (1e-4 * similarity) (loss "2" - loss "1") similarity "one gamma more"

      testCase "the encoder minimises the similarity and so much of the KL"
      <| fun () ->
          for weight in [ 0.0; 1.0; 2.5 ] do
              let losses = snd (losses [ "--kl-weight"; string weight ])
              let expected = figure "similarity" losses + weight * figure "train_kl" losses
              close (1e-5 * expected) (number (lossOf "encoder" losses)) expected $"{weight}"

      testCase
          "the discriminator minimises its loss and so much of its steepness at both kinds of images"
      <| fun () ->
          for weight in [ 0.0; 0.5; 20.0 ] do
              let losses = snd (lossesIn "discriminator" [ "--gradient-penalty"; string weight ])
              let steep = figure "gradient_penalty" losses
              Expect.isGreaterThan steep 0.0 "steep somewhere"
              let expected = figure "discriminator_loss" losses + weight * steep
              close (1e-5 * expected) (number (lossOf "discriminator" losses)) expected $"{weight}"

      testCase "basic: encoder and decoder share one loss, the prior's and the generator's"
      <| fun () ->
          let parameters, losses = losses [ "--loss"; "basic"; "--kl-weight"; "1" ]
          let loss = lossOf "encoder" losses
          let expected = figure "train_kl" losses + figure "generator_loss" losses
          close (1e-5 * expected) (number loss) expected "no reconstruction term"
          Expect.isTrue (obj.ReferenceEquals(loss, lossOf "decoder" losses)) "the same loss"

          Expect.contains
              (reached parameters loss)
              "verdict.0.weight"
              "the encoder hears the verdict"

      testCase "a step gives every network the gradient of its own loss alone"
      <| fun () ->
          let after gamma =
              let fit, data = planned "vae-gan" [ "--gamma"; gamma ]

              let objective =
                  { fit.Objective with
                      Measure = fun _ _ -> [] }

              let settings =
                  { Train.defaults with
                      Epochs = 1
                      Batch = 60 }

              match Train.run settings objective Train.unwatched data (Train.start objective 1) with
              | Finished state -> state.Parameters
              | _ -> failtest "the run should have finished"

          let names = changed (after "0") (after "10")
          Expect.isNonEmpty names "the weight matters"

          Expect.all
              names
              (belongsTo "decoder")
              "after one step gamma has changed the decoder alone"

      testCase "fully connected, with a learned similarity: evaluated as it was measured"
      <| fun () ->
          withRun "vae-gan" [ "--gamma"; "0.5"; "--latent"; "4" ] (fun out figures config ->
              Expect.equal config["gamma"] (Json.Real 0.5) "the weight"
              let page = File.ReadAllText(Path.Combine(out, RunFolder.pageName))

              for chart in [ "KL of the code, VAE-GAN"; "Reconstructions, VAE-GAN" ] do
                  Expect.stringContains page chart "the model is named"

              evaluate (Scripts.find "vae-gan") out quick |> ignore
              let found = measured out

              for model, folder in [ "vae_gan", "vae-gan"; "vae", "vae" ] do
                  let measured = found[folder]

                  for name, told in [ "kl", "test_kl"; "test_error", "test_error" ] do
                      let expected = figures[$"{model}_{told}"]
                      Expect.floatClose Accuracy.medium measured[name].Value expected name)

      testCase "convolutional, without a reconstruction term; its epochs are its own"
      <| fun () ->
          withConvolutions (fun () ->
              let options = [ "--conv"; "--channels"; "16"; "16"; "--loss"; "basic" ]

              withRun "vae-gan" options (fun _ figures config ->
                  Expect.equal config["conv"] (Json.Flag true) "the setting"
                  Expect.isTrue (figures.ContainsKey "vae_gan_test_error") "the figure")

              let fit, _ = planned "vae-gan" [ "--conv" ]
              Expect.equal fit.Settings.Epochs 5 "by default")

      testCase "the rates: --lr is the VAE-GAN's, lower without convolutions, --vae-lr the VAE's"
      <| fun () ->
          for options, rates in
              [ [], [ 3e-4; 1e-3 ]
                [ "--conv" ], [ 1e-3; 1e-3 ]
                [ "--lr"; "0.5" ], [ 0.5; 1e-3 ]
                [ "--vae-lr"; "0.25" ], [ 3e-4; 0.25 ] ] do
              let fits = allPlanned "vae-gan" options
              Expect.equal [ for fit, _ in fits -> fit.Settings.LearningRate 1 ] rates "in turn"
              Expect.equal [ for fit, _ in fits -> fit.Rate ] [ "--lr"; "--vae-lr" ] "their names"

      testCase "options that contradict each other are refused"
      <| fun () ->
          let run options () = planned "vae-gan" options
          expectBad [ "--channels"; "--conv" ] (run [ "--channels"; "4" ])
          expectBad [ "--gamma"; "--loss basic" ] (run [ "--loss"; "basic"; "--gamma"; "1" ]) ]
    |> testList "vae-gan"
