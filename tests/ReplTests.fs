/// The README's interactive session, run for real.
module Workbench.Tests.ReplTests

open System
open System.IO
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport

let private command = "$ dotnet fsi --load:scripts/prelude.fsx"

/// The session as the README prints it: what follows the command in its block.
let private printed =
    lazy
        (File.ReadAllLines(Path.Combine(root.Value, "README.md"))
         |> Seq.skipWhile (fun line -> line <> command)
         |> Seq.skip 1
         |> Seq.takeWhile (fun line -> line <> "```")
         |> List.ofSeq)

let private typed =
    lazy
        (printed.Value
         |> List.filter _.StartsWith("> ", StringComparison.Ordinal)
         |> List.map _.Substring(2))

/// What a session prints of these lines.
let private session (lines: string list) =
    inFolder (fun folder ->
        // A pseudo-terminal that does not answer would hold up fsi's own line editor.
        let arguments =
            [ "fsi"; "--nologo"; "--readline-"; "--load:" + scriptPath "prelude.fsx" ]

        use running =
            startWith (fun info -> info.RedirectStandardInput <- true) "dotnet" arguments folder

        for line in lines @ [ "#quit;;" ] do
            running.StandardInput.WriteLine line

        running.StandardInput.Close()
        finish running "")

/// Lines of a session on tiny data, and what it printed.
let private tiny (lines: string list) =
    session ("let data = Data.load \"glyphs\" None |> Data.limit (Some 100);;" :: lines)

let private options = "--data glyphs --limit 60 --epochs 1 --batch 20"

let private others =
    [ testCase "any script's model trains and shows itself" (fun () ->
          let scripts =
              [ "gan", "GAN", [ "new samples:" ]
                "conditional-gan", "conditional GAN", [ "new samples:" ]
                "autoencoder", "autoencoder", [ "test images:"; "their reconstructions:" ]
                "vae-gan", "VAE-GAN", [ "their reconstructions:"; "new samples:" ]
                "adversarial-autoencoder",
                "adversarial autoencoder",
                [ "their reconstructions:"; "new samples:" ]
                "conv-autoencoder", "convolutional autoencoder", [ "their reconstructions:" ] ]

          let result =
              session
                  [ for script, _, _ in scripts do
                        let name = string (Char.ToUpperInvariant script[0]) + script[1..]
                        let path = scriptPath $"{script}.fsx"
                        $"#load @\"{path}\";;"
                        $"let model = Repl.run ``{name}``.experiment \"{options}\";;"
                        "Repl.show model;;" ]

          Expect.equal (result.Code, result.Errors.Trim()) (0, "") "no error"

          for script, title, captions in scripts do
              let from = result.Output.IndexOf($"  {title} of glyphs: ", StringComparison.Ordinal)

              Expect.isGreaterThan from 0 $"{script} is told"
              let until = result.Output.IndexOf("[Loading", from, StringComparison.Ordinal)

              let shown =
                  if until > 0 then result.Output[from..until] else result.Output.Substring from

              for caption in [ "test images:"; "their reconstructions:"; "new samples:" ] do
                  Expect.equal
                      (shown.Contains caption)
                      (List.contains caption captions
                       || caption = "test images:" && shown.Contains "reconstructions")
                      $"{script}: {caption}")

      testCase "an objective of one's own, its curves and a chart as pages" (fun () ->
          inFolder (fun folder ->
              let file name = Path.Combine(folder, name)
              let curves, chart = file "curves.html", file "chart.html"

              let result =
                  tiny
                      [ "let gan = Models.denseGan data.Size 8;;"
                        "let it = Repl.fit (Objectives.gan gan) (Can.gan gan.Noise gan.Generator) 1 data;;"
                        "let on = Repl.more 1 it;;"
                        $"Repl.curves @\"{curves}\" on;;"
                        $"Repl.chart @\"{chart}\" (Plots.columns \"x\" \"y\" [ (\"a\", 1.0) ]);;" ]

              Expect.equal (result.Code, result.Errors.Trim()) (0, "") "no error"
              Expect.stringContains result.Output "epoch 2, 2 steps" "trained on"
              Expect.stringContains result.Output $"saved {curves}" "where"
              let page = File.ReadAllText curves

              for title in
                  [ "Adversarial losses"; "The discriminator&#39;s probability of being real" ] do
                  Expect.stringContains page $"<figcaption>{title}</figcaption>" "a chart"

              for html in [ page; File.ReadAllText chart ] do
                  Expect.stringContains html "Plotly" "plotly.js is in it"
                  Expect.isFalse (html.Contains "src=\"http") "it needs nothing else"))

      testCase "an error is one line, of the session, without a stack" (fun () ->
          let path = scriptPath "gan.fsx"

          let result =
              tiny
                  [ "let bad = Data.load \"no-such\" None;;"
                    $"#load \"{path}\";;"
                    "let worse = Repl.run Gan.experiment \"--noise 0\";;"
                    "let folder = Repl.run Gan.experiment \"--name mine\";;"
                    "let wide = Repl.train 0 2 1 data;;"
                    "let code = Repl.train 2 0 1 data;;"
                    "let fresh = Repl.train 2 2 0 data;;"
                    "let back = Repl.more -1 fresh;;"
                    "Repl.curves \"none/curves.html\" fresh;;"
                    "let good = 40 + 2;;" ]

          for expected in
              [ "error: no-such is neither glyphs, glyphs-m"
                "error: --noise: must be at least 1, not 0"
                "error: --name: a session trains without a folder"
                "error: the hidden layer needs at least one unit"
                "error: the code needs at least one dimension"
                "error: epochs must not be negative"
                "error: this model has no epoch yet" ] do
              Expect.stringContains (result.Errors + result.Output) expected "the line"

          Expect.isFalse ((result.Errors + result.Output).Contains "   at ") "no stack"
          Expect.stringContains result.Output "val good: int = 42" "the session goes on") ]

/// In this process.
let private asVae =
    testCase "a session's VAE is the one of vae.fsx" (fun () ->
        withGlyphs 120 (fun folder file ->
            let out = Path.Combine(folder, "run")
            finishes Vae.experiment [ "--data"; file; "--epochs"; "2"; "--out"; out; "--quiet" ]
            let learned = ref None

            captured (fun () ->
                learned.Value <- Some(Repl.train 200 32 2 (Data.load file None))
                0)
            |> ignore

            let told = (List.last learned.Value.Value.State.History).Figures |> Map.ofList
            let expected = List.last (RunFiles.metrics out).Value |> Map.ofList

            for name in [ "test_nelbo"; "test_kl"; "train_nelbo" ] do
                Expect.floatClose Accuracy.medium told[name] expected[name] name))

/// vae.fsx with the lines of README's own experiment where it says that they belong.
let private freeBits () =
    let code =
        File.ReadAllLines(Path.Combine(root.Value, "README.md"))
        |> Seq.skipWhile (fun line -> not (line.Contains "Free_Bits of x"))
        |> Seq.takeWhile (fun line -> line <> "```")
        |> Seq.filter ((<>) "")
        |> List.ofSeq

    let case, lets = code.Head.Split("//")[0], code.Tail

    [ for line in File.ReadAllLines(scriptPath "vae.fsx") do
          if line.StartsWith "#load" then
              $"""#load "{scriptPath "prelude.fsx"}" """
          elif line.Trim() = "open Argu" then
              line
              "open TorchSharp"
          elif line.TrimStart().StartsWith "interface" then
              case
              line
          elif line.Trim() = "[ Latent 32" then
              line
              "      Free_Bits 0.0"
          elif line.TrimStart().StartsWith "reconstruction + " then
              yield! [ for line in lets -> "    " + line ]
          else
              line ]

let private ownExperiment =
    testCase "the README's own experiment compiles, and its setting is one like all" (fun () ->
        inFolder (fun folder ->
            let script, out = Path.Combine(folder, "my-vae.fsx"), Path.Combine(folder, "run")
            File.WriteAllLines(script, freeBits ())

            let options =
                [ "--data"; "glyphs"; "--limit"; "60"; "--epochs"; "1"; "--free-bits"; "0.5" ]

            let result = run script (options @ [ "--quiet"; "--out"; out ]) folder
            Expect.equal (result.Code, result.Output, result.Errors) (0, "", "") "it trains"
            let config = File.ReadAllText(Path.Combine(out, "config.json"))
            Expect.stringContains config "\"free-bits\": 0.5" "told"))

[<Tests>]
let tests =
    testList
        "interactive session"
        [ asVae
          testList "beside the README's" (onceForBoth (ownExperiment :: others))

          testCase "the README's three lines load, train and show" (fun () ->
              Expect.equal typed.Value.Length 3 "three lines"
              let result = session typed.Value
              Expect.equal (result.Code, result.Errors.Trim()) (0, "") "no error"

              for text in
                  [ "val data: Dataset = glyphs: 10000 train, 2000 test, 1x28x28, grey"
                    "epoch 2/2  train "
                    "epoch 2, 200 steps, seed 0, 334,048 parameters"
                    "epoch    loss  weight  reconstruction"
                    "their reconstructions:"
                    "new samples:" ] do
                  Expect.stringContains result.Output text "printed"

              let images =
                  printed.Value |> List.skipWhile (fun line -> line <> "> " + typed.Value[2])

              for line in
                  images
                  |> List.skip 1
                  |> List.takeWhile (fun line -> line <> "their reconstructions:") do
                  Expect.stringContains result.Output line "the same test images") ]
