module Workbench.Tests.PlotsTests

open System.Text.Json
open System.Text.Json.Nodes
open Expecto
open Plotly.NET
open Workbench

let private series (name: string) (values: float list) : Series =
    { Name = name
      Points = values |> List.mapi (fun i value -> float (i + 1), value) }

/// An axis of a chart: its kind and the texts of its own ticks.
let private axis (name: string) chart =
    use json = JsonDocument.Parse(Plots.json chart)
    let axis = json.RootElement.GetProperty("layout").GetProperty(name)

    let texts =
        match axis.TryGetProperty "ticktext" with
        | true, ticks -> [ for tick in ticks.EnumerateArray() -> tick.GetString() ]
        | false, _ -> []

    axis.GetProperty("type").GetString(), texts

let private curves (ends: float list) =
    ends
    |> List.mapi (fun i last -> series (string i) [ 300.0; last ])
    |> Plots.lines "nats"
    |> axis "yaxis"

[<Tests>]
let tests =
    testList
        "Plots"
        [ testCase "many curves that end more than a factor of two apart have a log axis" (fun () ->
              Expect.equal
                  (curves [ 600.0; 220.0; 200.0 ])
                  ("log", [ "200"; "300"; "400"; "500" ])
                  "apart"

              Expect.equal (curves [ 380.0; 220.0; 200.0 ]) ("linear", []) "near")
          testCase "two curves have one when they end more than a factor of ten apart" (fun () ->
              Expect.equal (fst (curves [ 600.0; 200.0 ])) "linear" "training and test"
              Expect.equal (fst (curves [ 600.0; 20.0 ])) "log" "far apart")
          testCase "a single epoch is in the middle, with no epochs beside it" (fun () ->
              let range values =
                  let chart = Plots.json (Plots.lines "nats" [ series "one" values ])
                  string (JsonNode.Parse chart).["layout"].["xaxis"].["range"]

              Expect.equal (range [ 300.0 ]) (string (JsonNode.Parse "[0.5, 1.5]")) "one"
              Expect.equal (range [ 300.0; 200.0 ]) "" "two: plotly.js's own")

          testCase "a value that is not positive keeps the axis linear" (fun () ->
              let lines =
                  [ series "a" [ 0.0; 1.0 ]; series "b" [ 5.0; 50.0 ]; series "c" [ 2.0; 9.0 ] ]

              Expect.equal (axis "yaxis" (Plots.lines "nats" lines)) ("linear", []) "zero")
          testCase "ticks are round numbers in full, few or many decades" (fun () ->
              Expect.equal
                  (curves [ 430.0; 29.0; 4.0 ])
                  ("log", [ "5"; "10"; "20"; "50"; "100"; "200" ])
                  "two decades"

              Expect.equal
                  (curves [ 2000.0; 0.05; 1.0 ])
                  ("log", [ "0.1"; "1"; "10"; "100"; "1,000" ])
                  "five")
          testCase "points more than a factor of two apart are drawn on log axes" (fun () ->
              let chart = Plots.path "KL" "ELBO" [ "0", 400.0, 200.0; "1", 11.0, 180.0 ]
              Expect.equal (fst (axis "xaxis" chart)) "log" "KL"
              Expect.equal (fst (axis "yaxis" chart)) "linear" "ELBO")
          testCase "a value that is no number keeps the axis one of numbers" (fun () ->
              let chart = Plots.lines "nats" [ series "a" [ 3.0; nan; 1.0 ] ]
              Expect.equal (axis "yaxis" chart) ("linear", []) "as the others say")
          testCase "charts made of the same lines do not change each other" (fun () ->
              let lines = [ series "a" [ 3.0; 1.0 ] ]
              let chart = Plots.lines "nats" lines
              let before = Plots.json chart
              Plots.lines "bits" lines |> Plots.json |> ignore
              Expect.equal (Plots.json chart) before "told twice, the same")
          testCase "measured lines have bars and markers, exact ones neither" (fun () ->
              let chart =
                  Plots.estimates
                      "K"
                      "nats"
                      [ "exact", [ 1.0, -2.0, 0.0; 100.0, -2.0, 0.0 ]
                        "measured", [ 1.0, -3.0, 0.5; 100.0, -2.0, 0.0 ] ]

              use json = JsonDocument.Parse(Plots.json chart)
              let traces = json.RootElement.GetProperty "data"

              let mode at =
                  traces[at].GetProperty("mode").GetString()

              Expect.equal (mode 0, mode 1) ("lines", "lines+markers") "modes"
              Expect.isFalse (fst (traces[0].TryGetProperty "error_y")) "no bars"

              let bars = traces[1].GetProperty("error_y").GetProperty "array"

              Expect.equal
                  [ for bar in bars.EnumerateArray() -> bar.GetDouble() ]
                  [ 0.5; 0.0 ]
                  "bars"

              Expect.equal (fst (axis "xaxis" chart)) "log" "1 to 100")
          testCase "of an author's chart only what he sets is told" (fun () ->
              let told (chart: GenericChart) =
                  let parts = JsonNode.Parse(Plots.json chart)
                  [ for part in parts["layout"].AsObject() -> part.Key ]

              let histogram () = Chart.Histogram(X = [ 1.0; 2.0; 2.0 ])
              Expect.isEmpty (told (histogram ())) "Plotly.NET's size and template are left out"

              let own =
                  histogram ()
                  |> Chart.withTemplate ChartTemplates.light
                  |> Chart.withSize (500, 300)
                  |> Chart.withTitle "</script> of his"
                  |> Chart.withConfigStyle (DisplayModeBar = true)

              Expect.containsAll (told own) [ "template"; "width"; "height"; "title" ] "layout"
              let json = Plots.json own
              Expect.stringContains json "\"displayModeBar\":true" "config"
              Expect.isFalse (json.Contains '<') "harmless within a script element"

              Expect.equal
                  (GenericChart.getLayout own |> _.TryGetTypedPropertyValue<int>("width"))
                  (Some 500)
                  "the chart itself is as it was") ]
