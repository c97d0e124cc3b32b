/// The scripts for real, at a tiny size.
module Workbench.Tests.ScriptTests

open System
open System.IO
open Expecto
open Workbench
open Workbench.Tests.EvaluateSupport
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport

let private tiny data =
    [ "--data"; data; "--epochs"; "1"; "--limit"; "200"; "--quiet"; "--out"; "run" ]

let private ran (script: string) (arguments: string list) (folder: string) =
    let result = run (scriptPath (script + ".fsx")) arguments folder
    Expect.equal (result.Code, result.Errors) (0, "") $"{script} ends well"
    let out = Path.Combine(folder, "run")
    Expect.isTrue (File.Exists(Path.Combine(out, "report.html"))) "a page"

    match RunFiles.figures out, RunFiles.config out with
    | Some figures, Some config ->
        for name, value in figures do
            Expect.isTrue (Double.IsFinite value) $"{script}: {name} is finite"

        Map.ofList figures, Map.ofList config
    | _ -> failtest "figures and settings"

/// Evaluates the run that a script left, quickly: the figures of each of its models, by its folder.
let private evaluated (folder: string) (options: string list) =
    let out = Path.Combine(folder, "run")
    Expect.equal (evaluate out (quick @ options)) 0 "the run can be evaluated"
    measured out

/// The model measures as the script measured it, so it is the model that was trained.
let private agrees (name: string) (expected: float) (found: Measured) =
    Expect.floatClose Accuracy.high found[name].Value expected name

/// A script's run with options, its final figures and its settings.
let private runs (script: string) (data: string) (options: string list) =
    inFolder (ran script (tiny data @ options))

/// An .npy file of bytes, count x width.
let private rows (count: int) (width: int) : byte[] =
    let header =
        $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {width}), }}"

    let padded = header.PadRight(117) + "\n"

    Array.concat
        [ "\u0093NUMPY\u0001\u0000" |> Seq.map byte |> Array.ofSeq
          [| byte padded.Length; 0uy |]
          Text.Encoding.ASCII.GetBytes padded
          Array.init (count * width) (fun i -> byte (i % 251)) ]

let private refusesAll (script: string) (arguments: string list) (word: string) =
    inFolder (fun folder ->
        let result = run (scriptPath (script + ".fsx")) arguments folder

        Expect.equal result.Code 2 "exit code"
        Expect.stringContains result.Errors word "the line"
        Expect.isFalse (Directory.Exists(Path.Combine(folder, "run"))) "nothing is left")

let private refuses (script: string) (options: string list) =
    refusesAll script (tiny "glyphs" @ options)

let private refusesData (script: string) (path: string) = refusesAll script (tiny path)

[<Tests>]
let tests =
    [ testCase "autoencoder: its code has as many numbers as asked for"
      <| fun () ->
          inFolder (fun folder ->
              let figures, config = ran "autoencoder" (tiny "glyphs" @ [ "--latent"; "5" ]) folder

              Expect.equal config["latent"] (Json.Whole 5) "the setting"
              Expect.isTrue (figures.ContainsKey "test_mse") "the figure"
              let found = (evaluated folder [])[""]
              agrees "test_error" figures["test_error"] found
              agrees "train_error" figures["train_error"] found
              Expect.isFalse (found.ContainsKey "parzen") "it makes no new images")

      testCase "naive-generation: three models, each in its folder"
      <| fun () ->
          inFolder (fun folder ->
              let figures, _ = ran "naive-generation" (tiny "glyphs") folder

              for name in [ "plain"; "normalised"; "vae" ] do
                  Expect.isTrue (figures.ContainsKey $"{name}_code_distance") name

                  Expect.isTrue
                      (File.Exists(Path.Combine(folder, "run", name, Checkpoint.name)))
                      "its checkpoint"

              let found = evaluated folder []

              for name in [ "plain"; "normalised"; "vae" ] do
                  Expect.isTrue (found[name].ContainsKey "fid_lenet") name
                  Expect.equal (found[name].ContainsKey "nll") (name = "vae") "a likelihood"

              Directory.Delete(Path.Combine(folder, "run", "normalised"), true)
              let left = (evaluated folder []).Keys |> List.ofSeq
              Expect.equal left [ "plain"; "vae" ] "one that is not there is left out")

      testCase "vae-gan: fully connected, with a learned similarity"
      <| fun () ->
          inFolder (fun folder ->
              let options = [ "--gamma"; "0.5"; "--latent"; "4" ]
              let figures, config = ran "vae-gan" (tiny "glyphs" @ options) folder
              Expect.equal config["gamma"] (Json.Real 0.5) "the weight"
              let found = evaluated folder []
              agrees "kl" figures["vae_gan_test_kl"] found["vae-gan"]
              agrees "test_error" figures["vae_gan_test_error"] found["vae-gan"]
              agrees "kl" figures["vae_test_kl"] found["vae"])

      testCase "vae-gan: convolutional, without a reconstruction term"
      <| fun () ->
          inFolder (fun folder ->
              let options = [ "--conv"; "--channels"; "16"; "16"; "--loss"; "basic" ]
              let figures, config = ran "vae-gan" (tiny "glyphs" @ options) folder
              Expect.equal config["conv"] (Json.Flag true) "the setting"
              Expect.equal config["gamma"] Json.Null "no similarity, no weight"
              let found = (evaluated folder [])["vae-gan"]
              agrees "test_error" figures["vae_gan_test_error"] found)

      testCase "vae-gan: options that contradict each other are refused"
      <| fun () ->
          refuses "vae-gan" [ "--channels"; "4" ] "--conv"
          refuses "vae-gan" [ "--loss"; "basic"; "--gamma"; "1" ] "--gamma"

      testCase "conv-autoencoder: in colour, with a validation split"
      <| fun () ->
          inFolder (fun folder ->
              let options = [ "--channels"; "4"; "8" ]
              let figures, _ = ran "conv-autoencoder" (tiny "glyphs-m" @ options) folder
              let found = (evaluated folder [])[""]

              for name in [ "train_error"; "validation_error"; "test_error" ] do
                  agrees name figures[name] found)

      testCase "adversarial-autoencoder: any N x 784 array"
      <| fun () ->
          inFolder (fun folder ->
              let path = Path.Combine(folder, "rows.npy")
              File.WriteAllBytes(path, rows 60 784)

              let figures, config =
                  ran
                      "adversarial-autoencoder"
                      [ "--data"
                        path
                        "--epochs"
                        "1"
                        "--latent"
                        "6"
                        "--reconstruction"
                        "norm"
                        "--quiet"
                        "--out"
                        "run" ]
                      folder

              Expect.equal config["reconstruction"] (Json.Text "norm") "the setting"
              let found = (evaluated folder [])[""]
              agrees "test_error" figures["test_error"] found
              Expect.isTrue (found.ContainsKey "parzen") "new images"
              Expect.isFalse (found.ContainsKey "fid_lenet") "these data have no classifier")

      testCase "gan: samples after each epoch, figures of 10,000 images"
      <| fun () ->
          inFolder (fun folder ->
              let options = [ "--noise"; "7"; "--discriminator-steps"; "2"; "--saturating" ]
              let figures, config = ran "gan" (tiny "glyphs" @ options) folder
              Expect.equal config["beta1"] (Json.Real 0.5) "Adam's"
              Expect.equal config["noise"] (Json.Whole 7) "the setting"
              Expect.isTrue (figures.ContainsKey "smallest_class_share") "the figure"

              for file in [ "samples.png"; Path.Combine("epochs", "0001.png") ] do
                  Expect.isTrue (File.Exists(Path.Combine(folder, "run", "samples", file))) file

              let found = (evaluated folder [ "--samples"; "10000" ])[""]

              for name in [ "fid_lenet"; "fid_lenet_floor"; "recall"; "nearest_training" ] do
                  agrees name figures[name] found)

      testCase "conditional-gan: agreement of each label"
      <| fun () ->
          inFolder (fun folder ->
              let figures, config = ran "conditional-gan" (tiny "glyphs") folder
              Expect.equal config["noise"] (Json.Whole 100) "the noise"
              let found = (evaluated folder [])[""]

              for label in 0..9 do
                  Expect.isTrue (figures.ContainsKey $"agreement_{label}") "the figure"
                  Expect.equal found[$"agreement_{label}"].Count 10 "a tenth of the images")

      testCase "conditional-gan --wide-noise: no label, ten times the noise"
      <| fun () ->
          let figures, config = runs "conditional-gan" "glyphs" [ "--wide-noise" ]
          Expect.equal config["noise"] (Json.Whole 1000) "the noise"
          Expect.isFalse (figures.ContainsKey "agreement") "nothing was asked for"
          Expect.isTrue (figures.ContainsKey "clear_share") "what the gan page tells"

      testCase "conditional-gan, interpolation: data without labels are bad input"
      <| fun () ->
          withFile "rows.npy" (rows 60 784) (fun path ->
              refusesData "conditional-gan" path "--labels"
              refusesData "interpolation" path "--data")

      testCase "interpolation: a GAN and a VAE, each in its folder"
      <| fun () ->
          inFolder (fun folder ->
              let options = [ "--from"; "3"; "--to"; "5"; "--spherical" ]
              let figures, config = ran "interpolation" (tiny "glyphs" @ options) folder
              Expect.equal config["from"] (Json.Whole 3) "the label"
              Expect.equal config["spherical"] (Json.Flag true) "the way"

              for name in [ "gan"; "vae" ] do
                  Expect.isTrue (figures.ContainsKey $"{name}_path_length") name

                  Expect.isTrue
                      (File.Exists(Path.Combine(folder, "run", name, Checkpoint.name)))
                      "its checkpoint"

              let found = evaluated folder []
              Expect.isTrue (found["gan"].ContainsKey "fid_lenet") "the GAN"
              Expect.isTrue (found["vae"].ContainsKey "elbo") "the VAE") ]
    |> unlessReference
    |> testList "scripts"
