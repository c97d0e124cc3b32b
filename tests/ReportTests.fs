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
          testCase "axes are named, with units" (fun () ->
              for title in [ "\"text\":\"epoch\""; "\"text\":\"nats per image\"" ] do
                  Expect.stringContains html.Value title "a title")
          testCase "a tile names pixel mode, data and count" (fun () ->
              Expect.stringContains
                  html.Value
                  "<span>grey pixels, mnist, 10,000 test images</span>"
                  "the note")
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

              for text in [ page.Command; String('a', 64); "3 min 12 s"; "setting-24" ] do
                  Expect.stringContains words text "in the page")
          testCase "divergence stands before everything else" (fun () ->
              let html = Report.render diverged
              Expect.stringContains html "role=\"alert\">The run diverged" "the notice"
              Expect.isLessThan (html.IndexOf "role=\"alert\"") (html.IndexOf "<main>") "first"
              Expect.isFalse (html.Contains "plotly.js v") "no chart, no plotly.js") ]

let private safety =
    testList
        "safety"
        [ testCase "texts are encoded wherever they stand" (fun () ->
              let evil = "<img src=x onerror=alert(1)>\"'&</script>"

              let html =
                  Report.render
                      { Question = evil
                        Run = evil
                        When = evil
                        Lead = evil
                        Notice = Some evil
                        Sections =
                          [ Section.Tiles
                                [ { Name = evil
                                    Value = evil
                                    Unit = evil
                                    Note = evil } ]
                            Section.Words evil
                            Section.Images(evil, [ Png.encodeGrey 1 1 [| 0uy |] ])
                            Section.Chart(
                                evil,
                                Plots.lines evil [ { Name = evil; Points = [ 1.0, 1.0 ] } ]
                            )
                            Section.Chart(evil, Plots.columns evil evil [ evil, 1.0 ])
                            Section.Chart(evil, Chart.Point([ 1.0, 1.0 ], Name = evil)) ]
                        Settings = [ evil, Json.Text evil ]
                        Command = evil
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
                  (Regex.IsMatch(own html.Value, "(src|href)=\"(?!data:)|url\\(|@import|https?:"))
                  "no address"

              Expect.isFalse
                  (Plots.script.Value.Contains "</script")
                  "all of it within its element")
          testCase "a page stays below 6 MB" (fun () ->
              Expect.isLessThan (Encoding.UTF8.GetByteCount html.Value) 6_000_000 "bytes") ]

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
                  Expect.equal (matches "(<li class=\"tile\">)" html).Length 4 "tiles"
                  Expect.equal (matches "(<div class=\"chart\">)" html).Length 4 "charts"
                  Expect.equal (matches "(<figure class=\"images\">)" html).Length 3 "pictures"
                  Expect.stringContains html "What codes decode to" "the plane of codes"
                  Expect.stringContains html "grey pixels, " "the pixel mode"
                  Expect.stringContains html ", 6 test images" "the test images"
                  Expect.stringContains html "2 of 2 epochs" "the epochs"
                  Expect.stringContains html "Least possible reconstruction" "grey pixels' floor"))
          testCase "more dimensions have no plane, likelihoods no floor" (fun () ->
              pageOfRun [ "--epochs"; "1"; "--pixels"; "static" ] (fun html ->
                  Expect.isFalse (html.Contains "What codes decode to") "no plane"
                  Expect.isFalse (html.Contains "Least possible") "no floor"
                  Expect.stringContains html "static pixels, " "the pixel mode"))
          testCase "a run that diverges at once says so and leaves a page" (fun () ->
              pageOfRun [ "--epochs"; "1"; "--lr"; "1e30" ] (fun html ->
                  Expect.stringContains html "role=\"alert\">The run diverged" "the notice"
                  Expect.stringContains html "0 of 1 epochs" "no epoch")) ]

[<Tests>]
let tests =
    testList "Report" (runs :: ProcessSupport.onceForBoth [ structure; safety ])
