module Workbench.Tests.ReportTests

open System
open System.IO
open System.Text
open System.Text.Json
open System.Text.RegularExpressions
open Expecto
open Plotly.NET
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ReportSamples
open Workbench.Tests.RunSupport

let private html = lazy (Report.render page)

/// The page without plotly.js, whose text is not ours.
let private own (html: string) = html.Replace(Plots.script.Value, "")

let private matches (pattern: string) (text: string) =
    Regex.Matches(text, pattern, RegexOptions.Singleline)
    |> Seq.map _.Groups[1].Value
    |> List.ofSeq

let private structure =
    testList
        "structure"
        [ testCase "sections stand in their order, charts in one grid" (fun () ->
              let found =
                  own html.Value
                  |> matches "<(?:ul|p|div|figure|footer) ?(?:class=\"(\\w+)\")?"
                  |> List.filter (fun kind -> kind <> "" && kind <> "chart" && kind <> "blocks")

              Expect.equal
                  found
                  [ "lead"
                    "run"
                    "measured"
                    "tiles"
                    "charts"
                    "images"
                    "images"
                    "charts"
                    "table"
                    "sideways"
                    "charts" ]
                  "the order")
          testCase "a place and a chart for each chart" (fun () ->
              let places = own html.Value |> matches "(<div class=\"chart\">)"
              let json = html.Value |> matches "id=\"charts\">(.*?)</script>" |> List.exactlyOne
              use charts = JsonDocument.Parse json
              Expect.equal places.Length 8 "places"

              let kinds =
                  [ for chart in charts.RootElement.EnumerateArray() ->
                        chart.GetProperty("data").[0].GetProperty("type").GetString() ]

              Expect.equal
                  kinds
                  [ "scatter"
                    "scatter"
                    "scatter"
                    "bar"
                    "scatter"
                    "scatter"
                    "scatter"
                    "histogram" ]
                  "in order")
          testCase
              "columns of numbers are aligned at the right, a row's name is its head"
              (fun () ->
                  let table = own html.Value |> matches "<table>(.*?)</table>" |> List.head
                  Expect.stringContains table "<td class=\"number\">1.25</td>" "a number"
                  Expect.stringContains table "<td>4 of 4 epochs</td>" "a text"
                  Expect.stringContains table "<th scope=\"row\">0.5</th>" "a row's name")
          testCase "a chart without lines keeps its axes" (fun () ->
              let empty =
                  { page with
                      Sections = [ Section.Chart("None", Plots.lines "nats" []) ] }

              Expect.stringContains (Report.render empty) "\"text\":\"nats\"" "the unit")
          testCase
              "a discriminator's penalty is told of beside its loss, and has its own chart"
              (fun () ->
                  let adversarial history =
                      Sections.adversarial history "generator" "D(x)" "D(G(z))"

                  let pages figures =
                      let history =
                          [ { Epoch = 1
                              Figures = [ for figure in figures -> figure, 0.25 ] } ]

                      [ for sections in [ adversarial history; Sections.course history ] ->
                            Report.render { page with Sections = sections } ]

                  let told =
                      [ "discriminator, without its penalty"; "Steepness of the discriminator" ]

                  let losses = [ "discriminator_loss"; "generator_loss"; "d_real"; "d_fake" ]

                  for text in told do
                      for penalised in pages (losses @ [ "gradient_penalty" ]) do
                          Expect.stringContains penalised text "with a penalty"

                      for page in pages losses do
                          Expect.stringContains page "\"discriminator\"" "its loss"
                          Expect.isFalse (page.Contains text) "without one")
          testCase "axes are named, with units" (fun () ->
              for title in [ "\"text\":\"epoch\""; "\"text\":\"nats per image\"" ] do
                  Expect.stringContains html.Value title "a title")
          testCase
              "tiles name pixel mode, data and count once, and each its better direction"
              (fun () ->
                  for text in
                      [ "<p class=\"measured\">Measured on 10,000 test images of mnist, grey pixels.</p>"
                        "<strong>104.5</strong><small> nats</small><span>lower is better</span>" ] do
                      Expect.stringContains html.Value text "in the page")
          testCase
              "settings that are not the defaults stand at the top, and stand out below"
              (fun () ->
                  let changed = [ "setting-3", Json.Text "vvv"; "setting-5", Json.Text "vvvvv" ]
                  let html = Report.render { page with Changed = changed }

                  Expect.stringContains
                      html
                      "<span>setting-3 <b>vvv</b></span><span>setting-5 <b>vvvvv</b></span>"
                      "at the top"

                  Expect.equal
                      (matches "<th scope=\"row\"><b>([^<]*)</b>" html)
                      (List.map fst changed)
                      "below")
          testCase "links, and those for later once they are revealed" (fun () ->
              let html =
                  Report.render
                      { page with
                          Links = [ ("all runs", "../../index.html") ]
                          LaterLinks = [ ("evaluation", "evaluation.html") ]
                          LaterNotice = Some "Gone on." }

              let hidden = matches "<(?:a|p) [^>]*hidden[^>]*>([^<]*)<"
              Expect.stringContains html "<a href=\"../../index.html\">all runs</a>" "a link"
              Expect.equal (hidden (own html)) [ "evaluation"; "Gone on." ] "hidden"
              Expect.isEmpty (hidden (own (Report.reveal html))) "shown")
          testCase "a cloud has its images, once for all that have the same" (fun () ->
              let images =
                  { Png = Png.encodeGrey 4 2 (Array.zeroCreate 8)
                    Columns = 2
                    Width = 2
                    Height = 2 }

              let cloud =
                  Section.Cloud("Codes", Plots.cloud "x" "y" [ ("7", [ (1, 0.5, 0.25) ]) ], images)

              let html =
                  Report.render
                      { page with
                          Sections = [ cloud; cloud ] }

              Expect.equal (matches "(class=\"sprite\")" html).Length 1 "once"

              Expect.equal
                  (matches
                      "data-sprite=\"0\" data-(columns=\"2\" data-width=\"2\" data-height=\"2)\""
                      html)
                      .Length
                  2
                  "both charts find them"

              Expect.stringContains html "\"customdata\":[1]" "a point's number")
          testCase "rows of a table may be links" (fun () ->
              let table =
                  Section.LinkedTable(
                      "Points",
                      [ "weight"; "value" ],
                      [ "kl-weight-1/report.html", [ "1"; "2.50 ± 0.10" ]
                        "", [ "2"; "–" ]
                        "", [ "3"; "★\u00a02.50 ± 0.10" ]
                        "", [ "4"; "0 of 2,000" ] ]
                  )

              let html = Report.render { page with Sections = [ table ] }

              for text in
                  [ "<th scope=\"row\"><a href=\"kl-weight-1/report.html\">1</a></th><td class=\"number\">2.50 &#177; 0.10</td>"
                    "<th scope=\"row\">2</th>"
                    "<td class=\"number\">0 of 2,000</td>" ] do
                  Expect.stringContains html text "in the table")
          testCase
              "plotly.js can lie beside, and a page of a run under way renews itself"
              (fun () ->
                  let html =
                      Report.render
                          { page with
                              Script = Some "../plotly.min.js"
                              Live = Some(DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)) }

                  Expect.stringContains html "<script src=\"../plotly.min.js\"></script>" "beside"
                  Less.than html.Length 200_000 "light"
                  Expect.stringContains html "http-equiv=\"refresh\"" "renews itself"

                  Expect.stringContains
                      html
                      "data-written=\"2026-01-02T03:04:05.0000000+00:00\" hidden"
                      "and can tell when it is of long ago")
          testCase "pictures are data, with their sizes, captions and alternative texts" (fun () ->
              let sizes = own html.Value |> matches "<img width=\"(\\d+)\""
              Expect.equal sizes [ "233"; "233"; "560" ] "two blocks of eight, and the plane"

              Expect.stringContains
                  html.Value
                  "alt=\"Three rows of sixteen.\""
                  "words for the blind"

              Expect.stringContains
                  html.Value
                  "<figcaption>Three rows of sixteen.</figcaption>"
                  "a caption")
          testCase "the foot says how the page is made again" (fun () ->
              let words = Regex.Replace(own html.Value, "<[^>]*>", "")

              for text in [ snd page.Command; String('a', 64); "3 min 12 s"; "setting-24" ] do
                  Expect.stringContains words text "in the page")
          testCase "divergence stands before everything else" (fun () ->
              let html = Report.render diverged
              Expect.stringContains html "role=\"alert\">The run diverged" "the notice"
              Less.than (html.IndexOf "role=\"alert\"") (html.IndexOf "<main>") "first"
              Expect.isFalse (html.Contains "plotly.js v") "no chart, no plotly.js")
          testCase "several notices are one box with a line for each" (fun () ->
              let html =
                  Report.render
                      { page with
                          Notices = [ "First."; "Second." ] }

              Expect.hasLength (matches "role=\"alert\"()" (own html)) 1 "one box"

              Expect.equal
                  (matches "<li>(First\\.|Second\\.)</li>" html)
                  [ "First."; "Second." ]
                  "both") ]

let private safety =
    testList
        "safety"
        [ testCase "texts are encoded wherever they stand" (fun () ->
              let evil = "<img src=x onerror=alert(1)>\"'&</script>"

              let html =
                  Report.render
                      { page with
                          Question = evil
                          Run = evil
                          When = evil
                          Lead = evil
                          Changed = [ evil, Json.Text evil ]
                          Links = [ evil, evil ]
                          LaterLinks = [ evil, evil ]
                          LaterNotice = Some evil
                          Notices = [ evil ]
                          Sections =
                              [ Section.Tiles(
                                    evil,
                                    [ { Name = evil
                                        Value = evil
                                        Unit = evil
                                        Better = Some Higher
                                        Note = evil } ]
                                )
                                Section.Words evil
                                Section.Rows(evil, [ evil, [ Png.encodeGrey 1 1 [| 0uy |] ] ])
                                Section.LinkedTable(evil, [ evil ], [ evil, [ evil ] ])
                                Section.Images(evil, [ Png.encodeGrey 1 1 [| 0uy |] ])
                                Section.Chart(
                                    evil,
                                    Plots.lines evil [ { Name = evil; Points = [ 1.0, 1.0 ] } ]
                                )
                                Section.Chart(evil, Plots.columns evil evil [ evil, 1.0 ])
                                Section.Chart(evil, Chart.Point([ 1.0, 1.0 ], Name = evil)) ]
                          Settings = [ evil, Json.Text evil ]
                          Command = evil, evil
                          Facts = [ evil, evil ] }

              let own = own html
              Expect.isFalse (own.Contains "<img src=x") "never as an element"
              Expect.isFalse (own.Contains "\"'&") "no quote ends an attribute"
              // One end for plotly.js, one for the charts' data, one for the page's own script.
              Expect.equal (Regex.Count(own, "</script>")) 3 "no script ended early")
          testCase "the same page gives the same text" (fun () ->
              Expect.equal (Report.render page) html.Value "twice")
          testCase "nothing is fetched: plotly.js is in the page" (fun () ->
              Expect.stringContains Plots.script.Value "plotly.js v" "the script itself"

              Expect.isFalse
                  (Regex.IsMatch(
                      own html.Value,
                      "(src|href)=\"(?!data:)|url\\((?!\\$)|@import|https?:"
                  ))
                  "no address"

              Expect.isFalse
                  (Plots.script.Value.Contains "</script")
                  "all of it within its element")
          testCase "a page stays below 6 MB" (fun () ->
              Less.than (Encoding.UTF8.GetByteCount html.Value) 6_000_000 "bytes") ]

/// The page of a short run on 60 glyphs.
let private pageOfRun (options: string list) (check: string -> unit) =
    withGlyphs 60 (fun folder data ->
        let out = Path.Combine(folder, "run")

        let file =
            { Vae.experiment.File with
                Question = "A <question>?" }

        let line = [ "--data"; data; "--batch"; "20"; "--quiet"; "--out"; out ]
        Experiment.Run({ Vae.experiment with File = file }, line @ options) |> ignore
        check (own (File.ReadAllText(Path.Combine(out, "report.html")))))

let private runs =
    testList
        "runs"
        [ testCase "a VAE's page shows its figures, curves and pictures" (fun () ->
              pageOfRun [ "--epochs"; "2"; "--latent"; "2" ] (fun html ->
                  Expect.stringContains html "<h1>A &lt;question&gt;?</h1>" "the question"
                  Expect.equal (matches "(<li class=\"tile\">)" html).Length 5 "tiles"
                  Expect.equal (matches "(<div class=\"chart\">)" html).Length 4 "charts"
                  Expect.equal (matches "(<figure class=\"images\">)" html).Length 3 "pictures"

                  Expect.equal
                      (matches "<div class=\"label\">([^<]*)</div>" html)
                      [ "test images"
                        "reconstructions"
                        "new images"
                        "training images"
                        "reconstructions" ]
                      "rows have labels"

                  Expect.stringContains html "<span>latent <b>2</b></span>" "not the default"
                  Expect.stringContains html "What codes decode to" "the plane of codes"
                  Expect.stringContains html "Codes of the test images" "and where codes lie"
                  Expect.stringContains html "Measured on 6 test images of " "the test images"
                  Expect.stringContains html ", grey pixels." "the pixel mode"
                  Expect.stringContains html "training images are all 54." "those of the curves"
                  Expect.stringContains html "2 of 2 epochs" "the epochs"
                  Expect.stringContains html "Entropy of the pixels" "grey pixels' floor"))
          testCase "more dimensions have no plane, likelihoods no floor" (fun () ->
              pageOfRun [ "--epochs"; "1"; "--pixels"; "static" ] (fun html ->
                  Expect.isFalse (html.Contains "What codes decode to") "no plane"
                  Expect.isFalse (html.Contains "Codes of the test images") "no cloud"
                  Expect.isFalse (html.Contains "Entropy of the pixels") "no floor"
                  Expect.stringContains html ", static pixels." "the pixel mode"))
          testCase "a run that diverges at once says so and leaves a page" (fun () ->
              pageOfRun [ "--epochs"; "1"; "--lr"; "1e30" ] (fun html ->
                  Expect.stringContains html "role=\"alert\">The run diverged" "the notice"
                  Expect.stringContains html "0 of 1 epochs" "no epoch")) ]

let private vae (arguments: string list) =
    Experiment.Run(Vae.experiment, arguments @ [ "--quiet" ]) |> ignore

/// The words and addresses of a page's links that are shown.
let private links (html: string) =
    Regex.Matches(own html, "<a href=\"([^\"]*)\"(?: data-earlier=\"\")?>([^<]*)</a>")
    |> Seq.map (fun link -> link.Groups[2].Value, link.Groups[1].Value)
    |> List.ofSeq

let private beside =
    testList
        "beside"
        [ testCase "an epoch's figures are told in the order in which they matter" (fun () ->
              withGlyphs 60 (fun folder data ->
                  let arguments =
                      [ "--data"; data; "--epochs"; "1"; "--out"; Path.Combine(folder, "run") ]

                  let result = exitOf Gan.experiment arguments
                  let line = result.Output.Split '\n' |> Array.find _.StartsWith("epoch 1/1")

                  Expect.isTrue
                      (Regex.IsMatch(line, "d_loss .* g_loss .* d_real .* d_fake "))
                      line))

          testCase "a run under way has a page from its first epoch on" (fun () ->
              withGlyphs 60 (fun folder data ->
                  let out = Path.Combine(folder, "run")
                  let seen = ref []

                  let experiment =
                      experimentOf (fun run ->
                          let vae = Models.denseVae run.Data.Size [ 8 ] 2 0.0

                          let draw _ =
                              let page = Path.Combine(out, "report.html")

                              seen.Value <-
                                  seen.Value
                                  @ [ if File.Exists page then
                                          own (File.ReadAllText page)
                                      else
                                          "" ]

                              Png.encodeGrey 1 1 [| 0uy |]

                          run.Fit(
                              run.Data,
                              Objectives.vae vae run.Data,
                              Can.vae vae,
                              shown = [ "test_nelbo" ],
                              picture = draw
                          )
                          |> ignore

                          run.Report(fun () ->
                              { Line = "done"
                                Figures = []
                                Pictures = []
                                Sections = [] }))

                  finishes experiment [ "--data"; data; "--epochs"; "3"; "--out"; out; "--quiet" ]
                  Expect.equal seen.Value[0] "" "none before the first epoch ends"

                  for text in
                      [ "1 of 3 epochs"
                        "After epoch 1 of 3."
                        "test nelbo"
                        "<figcaption>Negative ELBO</figcaption>"
                        "http-equiv=\"refresh\""
                        "Drawn after the last epoch." ] do
                      Expect.stringContains seen.Value[1] text "after the first"

                  let page = own (File.ReadAllText(Path.Combine(out, "report.html")))
                  Expect.isFalse (page.Contains "http-equiv=\"refresh\"") "the last one stays"
                  Expect.stringContains page "3 of 3 epochs" "and tells of all"))
          testCase
              "pages below runs/ share one plotly.js, unless they are to be one file"
              (fun () ->
                  withGlyphs 60 (fun folder data ->
                      let runs = Path.Combine(folder, "runs")

                      let page name more =
                          let out = Path.Combine(runs, "vae", name)
                          vae ([ "--data"; data; "--epochs"; "1"; "--out"; out ] @ more)
                          File.ReadAllText(Path.Combine(out, "report.html"))

                      let light = page "light" []

                      Expect.stringContains
                          light
                          "<script src=\"../../plotly.min.js\"></script>"
                          "its address"

                      Less.than light.Length 200_000 "below 200 KB"

                      Expect.equal
                          (File.ReadAllText(Path.Combine(runs, "plotly.min.js")))
                          Plots.script.Value
                          "beside"

                      Expect.stringContains
                          (page "whole" [ "--one-file" ])
                          Plots.script.Value
                          "within"))
          testCase
              "a page links to what lies beside it, and says of which epoch an evaluation is"
              (fun () ->
                  withGlyphs 60 (fun folder data ->
                      let out = Path.Combine(folder, "runs", "vae", "one")

                      let read name =
                          File.ReadAllText(Path.Combine(out, name))

                      let small = [ "--epochs"; "1"; "--latent"; "3"; "--name"; "a first try" ]
                      vae ([ "--data"; data; "--out"; out ] @ small)

                      Expect.stringContains
                          (read "report.html")
                          "<p class=\"run\">a first try (vae/one), started "
                          "what it is called"

                      let usual =
                          [ "all runs", "../../index.html"
                            for name in [ "metrics.csv"; "config.json"; "checkpoint.safetensors" ] do
                                name, name ]

                      Expect.equal (links (read "report.html")) usual "no evaluation yet"
                      vae [ "--evaluate"; out; "--importance"; "2"; "--limit"; "6" ]
                      let evaluation = [ ("evaluation", "evaluation.html") ]

                      Expect.equal
                          (links (read "report.html"))
                          (usual @ evaluation)
                          "an evaluation"

                      Expect.equal
                          (links (read "evaluation.html"))
                          [ "the run", "report.html"; "evaluation.json", "evaluation.json" ]
                          "and back"

                      let isHidden () =
                          (read "evaluation.html").Contains "hidden>This is of another epoch"

                      Expect.isTrue (isHidden ()) "it is of the last epoch"
                      vae [ "--resume"; out; "--epochs"; "2" ]

                      Expect.equal
                          (links (read "report.html"))
                          (usual @ [ ("evaluation of epoch 1", "evaluation.html") ])
                          "of which epoch"

                      Expect.isFalse (isHidden ()) "it is not any more"

                      Expect.stringContains
                          (Regex.Replace(own (read "report.html"), "<[^>]*>", ""))
                          $"--data {data} --epochs 2 --name &#39;a first try&#39; --latent 3"
                          "the command makes the run from nothing"

                      vae [ "--evaluate"; out; "--importance"; "2"; "--limit"; "6" ]

                      Expect.equal
                          (links (read "report.html"))
                          (usual @ evaluation)
                          "evaluated anew: in place of the former link"

                      Expect.isTrue (isHidden ()) "it is of the last epoch again")) ]

let private digits =
    testList
        "digits"
        [ testCase "four significant digits, and all before the point" (fun () ->
              for value, text in
                  [ 134.4249, "134.4"
                    47.03333, "47.03"
                    0.0601234, "0.06012"
                    3430.35, "3,430"
                    -52.9182, "-52.92"
                    0.0, "0"
                    nan, "NaN" ] do
                  Expect.equal (Sections.four value) text text)
          testCase "value and error to the place of the error's second digit" (fun () ->
              for value, error, text in
                  [ 1991.2, 0.7994, "1,991.20 ± 0.80"
                    3430.36, 8.27, "3,430.4 ± 8.3"
                    0.0006, 0.000245, "0.00060 ± 0.00024"
                    33.4, 12.0, "33 ± 12"
                    5.0, nan, "5.000" ] do
                  Expect.equal (Sections.withError value error) text text)
          testCase "a share of none or all is told by its count" (fun () ->
              let share value error =
                  Sections.estimate
                      { Value = value
                        StandardError = error
                        Count = 2000 }

              Expect.equal (share 0.0 0.0) "0 of 2,000" "none"
              Expect.equal (share 1.0 0.0) "2,000 of 2,000" "all"
              Expect.equal (share 0.25 0.00968) "0.2500 ± 0.0097" "some")

          testCase "shares are told in per cent, as in tiles, other figures as they are" (fun () ->
              let told figure value =
                  Generators.told
                      figure
                      { Value = value
                        StandardError = 0.0011
                        Count = 2_000 }

              let nothing =
                  { Value = 0.0
                    StandardError = 0.0
                    Count = 2_000 }

              Expect.equal (Generators.told "recall" nothing) "0 of 2,000" "a share of none"
              Expect.equal (Generators.told "density" nothing) "0" "no share"

              for share in [ "clear_share"; "recall"; "agreement_3"; "smallest_class_share" ] do
                  Expect.equal (told share 0.012) "1.20 ± 0.11 %" share

              for other in [ "density"; "fid_lenet"; "nearest_training" ] do
                  Expect.equal (told other 0.012) "0.0120 ± 0.0011" other) ]

[<Tests>]
let tests =
    testList "Report" (runs :: beside :: ProcessSupport.onceForBoth [ structure; safety; digits ])
