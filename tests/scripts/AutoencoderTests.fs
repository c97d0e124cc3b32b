/// autoencoder.fsx, conv-autoencoder.fsx and naive-generation.fsx.
module Workbench.Tests.AutoencoderTests

open System.IO
open Expecto
open Workbench
open Workbench.Tests.EvaluateSupport
open Workbench.Tests.FileSupport
open Workbench.Tests.ModelSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.ScriptSupport

/// The model measures as the script measured it, so it is the model that was trained.
let private agrees (name: string) (expected: float) (found: Measured) =
    Expect.floatClose Accuracy.medium found[name].Value expected name

let private evaluated (script: string) (out: string) =
    Expect.equal (evaluate (Scripts.find script) out quick) Ending.Finished "it can be evaluated"
    measured out

let private widths (net: Net) =
    net.Layers
    |> List.choose (function
        | Linear(_, outputs) -> Some outputs
        | _ -> None)

[<Tests>]
let tests =
    [ testCase "autoencoder: its code has as many numbers as asked for"
      <| fun () ->
          withRun "autoencoder" [ "--latent"; "5" ] (fun out figures config ->
              Expect.equal config["latent"] (Json.Whole 5) "the setting"
              Expect.isTrue (figures.ContainsKey "test_mse") "the figure"
              let all = evaluated "autoencoder" out
              let found = all[""]
              agrees "test_error" figures["test_error"] found
              agrees "train_error" figures["train_error"] found
              Expect.isFalse (found.ContainsKey "parzen") "it makes no new images")

      testCase "autoencoder: one bottleneck, narrower than every other layer"
      <| fun () ->
          let fit, data = planned "autoencoder" []
          let nets = fit.Objective.Updates.Head.Nets
          let all = data.Size :: List.collect widths nets
          Expect.equal (all |> List.filter (fun width -> width <= 2)) [ 2 ] "once"

      testCase
          "naive-generation: a last batch of one image is bad input before any model is trained"
      <| fun () ->
          inFolder (fun folder ->
              expectBad [ "--batch"; "alone" ] (fun () ->
                  runIn folder "run" (Scripts.find "naive-generation") [ "--limit"; "21" ])

              Expect.isFalse (Directory.Exists(Path.Combine(folder, "run"))) "nothing is left")

      testCase "naive-generation: three models, each in its folder"
      <| fun () ->
          withRun "naive-generation" [] (fun out figures _ ->
              for name in [ "plain"; "normalised"; "vae" ] do
                  Expect.isTrue (figures.ContainsKey $"{name}_code_distance") name
                  Expect.isTrue (File.Exists(Path.Combine(out, name, Checkpoint.name))) "kept"

              // After some batches no model does better than the mean image.
              for title in [ "A: plain autoencoder"; "B: normalised bottleneck"; "C: VAE" ] do
                  Expect.exists
                      (RunFiles.times(out).Notices)
                      (fun notice -> notice.StartsWith title && notice.Contains "worse than")
                      $"{title} ended badly"

              let page = File.ReadAllText(Path.Combine(out, RunFolder.pageName))
              Expect.stringContains page "\"squared error per image\"" "the axis of A and B"
              Expect.stringContains page "\"nats per image\"" "the axis of C"

              let found = evaluated "naive-generation" out

              for name in [ "plain"; "normalised"; "vae" ] do
                  Expect.isTrue (found[name].ContainsKey "parzen") name
                  Expect.equal (found[name].ContainsKey "nll") (name = "vae") "a likelihood"

              Directory.Delete(Path.Combine(out, "normalised"), true)
              let left = (evaluated "naive-generation" out).Keys |> List.ofSeq
              Expect.equal left [ "plain"; "vae" ] "one that is not there is left out")

      testCase "naive-generation: the new images of all three are judged alike"
      <| fun () ->
          withRun "naive-generation" [ "--data"; "glyphs"; "--limit"; "200" ] (fun out _ _ ->
              for title in [ "A: plain autoencoder"; "B: normalised bottleneck"; "C: VAE" ] do
                  Expect.exists
                      (RunFiles.times(out).Notices)
                      _.StartsWith($"{title}: generated images are")
                      title)

      testCase "naive-generation: a last batch of one is refused where its second model normalises"
      <| fun () ->
          inFolder (fun folder ->
              expectBad [ "--batch"; "alone" ] (fun () ->
                  runIn folder "run" (Scripts.find "naive-generation") [ "--limit"; "21" ]))

      testCase "conv-autoencoder: in colour, with a validation split"
      <| fun () ->
          withConvolutions (fun () ->
              let options = [ "--data"; "glyphs-m"; "--limit"; "100"; "--channels"; "16"; "32" ]

              withRun "conv-autoencoder" options (fun out figures _ ->
                  let all = evaluated "conv-autoencoder" out
                  let found = all[""]

                  for name in [ "train_error"; "validation_error"; "test_error" ] do
                      agrees name figures[name] found)) ]
    |> testList "autoencoders"
