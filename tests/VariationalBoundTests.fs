/// The variational-bound script: every option changes what it says, and the run's folder is whole.
module Workbench.Tests.VariationalBoundTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.RunSupport

let private script = Scripts.find "variational-bound"

let private runIn (folder: string) (name: string) (options: string list) =
    let out = Path.Combine(folder, "runs", name)
    Expect.equal (script.Run([ "--quiet"; "--out"; out ] @ options)) Ending.Finished "the run"
    out

let private lines (out: string) =
    List.ofArray (File.ReadAllLines(Path.Combine(out, "metrics.csv")))

let private figures (out: string) = Map.ofList (RunFiles.figures out).Value

/// Two runs, the second with an option.
let private compared (options: string list) (check: string -> string -> unit) =
    inFolder (fun folder ->
        let plain = runIn folder "plain" [ "--samples"; "5" ]
        let other = runIn folder "other" options
        check plain other)

let private read (line: string) =
    Request.read script.File (Settings.split (List.ofArray (line.Split ' ')))

let private refused (line: string) (words: string list) =
    testCase $"{line} is refused" (fun () -> expectBad words (fun () -> read line))

[<Tests>]
let tests =
    testList
        "VariationalBound"
        [ testCase
              "--samples is the most samples in a bound, and leaves smaller bounds alone"
              (fun () ->
                  compared [ "--samples"; "12" ] (fun plain other ->
                      Expect.equal (lines plain).Length 4 "names, 1, 2, 5"
                      Expect.equal (List.truncate 4 (lines other)) (lines plain) "the same"

                      Expect.equal
                          [ for line in (lines other)[4..] -> line.Split(',')[0] ]
                          [ "10"; "12" ]
                          "two more"

                      Expect.equal (Map.find "samples" (figures other)) 12.0 "metrics.json"))

          testCase "--seed changes the draws and nothing that is exact" (fun () ->
              compared [ "--samples"; "5"; "--seed"; "1" ] (fun plain other ->
                  let differ =
                      [ for KeyValue(name, value) in figures plain do
                            if Map.find name (figures other) <> value then
                                name ]

                  Expect.equal
                      differ
                      [ for model in [ "discrete"; "gaussian" ] do
                            for figure in [ "elbo_estimate"; "importance_bound" ] do
                                $"{model}_{figure}"
                                $"{model}_{figure}_error" ]
                      "estimates and their errors"))

          testCase "equal settings give equal bytes" (fun () ->
              compared [ "--samples"; "5" ] (fun plain other ->
                  for name in [ "metrics.csv"; "metrics.json" ] do
                      Expect.equal
                          (File.ReadAllBytes(Path.Combine(other, name)))
                          (File.ReadAllBytes(Path.Combine(plain, name)))
                          name))

          testCase "--out is the run's folder, which is whole and stands in the index" (fun () ->
              inFolder (fun folder ->
                  let out = runIn folder "bound" [ "--samples"; "2" ]

                  Expect.equal
                      (Directory.GetFiles out |> Array.map Path.GetFileName |> Array.sort)
                      [| "config.json"
                         "metrics.csv"
                         "metrics.json"
                         "report.html"
                         "timing.json" |]
                      "files"

                  let names = (RunFiles.config out).Value |> List.map fst

                  Expect.equal
                      names
                      [ "script"
                        "seed"
                        "engine"
                        "out"
                        "name"
                        "one-file"
                        "quiet"
                        "samples"
                        "changed"
                        "engine-version"
                        "workbench"
                        "dotnet"
                        "script-path"
                        "script-sha256"
                        "script-text" ]
                      "no setting that the script does not have"

                  let index = File.ReadAllText(Path.Combine(folder, "runs", "index.html"))
                  Expect.stringContains index "bound/report.html" "the index"))

          testCase "the identity holds in the files to rounding" (fun () ->
              inFolder (fun folder ->
                  let figures = figures (runIn folder "bound" [ "--samples"; "1" ])

                  for model in [ "gaussian"; "discrete" ] do
                      Less.than figures[$"{model}_largest_residual"] 1e-13 "log p(x) - KL - L"

                      Expect.equal
                          figures[$"{model}_kl_at_posterior"]
                          0.0
                          "no gap at the posterior"

                      Expect.isGreaterThan
                          figures[$"{model}_kl_at_prior"]
                          0.5
                          "a gap at the prior"))

          testCase "the page shows a chart and a table of both questions for each model" (fun () ->
              inFolder (fun folder ->
                  let out = runIn folder "bound" [ "--samples"; "20" ]
                  let html = File.ReadAllText(Path.Combine(out, "report.html"))
                  let count (pattern: string) = Regex.Count(html, pattern)
                  Expect.equal (count "<div class=\"chart\">") 4 "charts"
                  Expect.equal (count "<figure class=\"table\">") 4 "tables"

                  Expect.equal
                      (count
                          "<th scope=\"row\">posterior, t = 1</th><td class=\"number\">0.000000</td>")
                      2
                      "closed gaps"

                  Expect.stringContains html "\"error_y\"" "error bars"))

          testCase "the script says what it found, and --quiet says nothing" (fun () ->
              inFolder (fun folder ->
                  let said (name: string) (options: string list) =
                      let out = Path.Combine(folder, name)

                      [ "--samples"; "2"; "--out"; out ] @ options
                      |> exitOf ``Variational-bound``.experiment

                  let loud, quiet = said "loud" [], said "quiet" [ "--quiet" ]
                  Expect.equal (loud.Code, loud.Errors) (0, "") "no error"
                  Expect.stringContains loud.Output "log p(x)" "a line for people"
                  Expect.stringContains loud.Output "the page is " "and where"
                  Expect.equal (quiet.Code, quiet.Output, quiet.Errors) (0, "", "") "nothing"))

          testCase "--help lists what the script takes" (fun () ->
              let text = Request.help 80 script.File []

              Expect.equal
                  [ for option in Regex.Matches(text, @"^  (--[a-z-]+)", RegexOptions.Multiline) ->
                        option.Groups[1].Value ]
                  [ "--samples"
                    "--seed"
                    "--engine"
                    "--out"
                    "--name"
                    "--one-file"
                    "--quiet"
                    "--help" ]
                  "options")

          refused "--samples 0" [ "--samples: must be at least 1" ]
          refused "--samples 1.5" [ "--samples: must be a whole number" ]
          refused "--samples 100001" [ "--samples: must be at most 100000" ]
          refused "--epochs 1" [ "unknown option --epochs" ]
          refused "--data glyphs" [ "unknown option --data" ]
          refused "--threads 2" [ "unknown option --threads" ]
          refused "--latent 2" [ "unknown option --latent" ] ]
