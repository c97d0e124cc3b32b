/// Settings beside one another: what seeds make of a figure, which differences they leave, and the pages that show them.
module Workbench.Tests.ComparisonTests

open System
open System.IO
open System.Text.Json.Nodes
open Expecto
open Workbench
open Workbench.Tests.ProcessSupport

let private spread values = (Spread.tryOf values).Value

let private isNear (actual: float) (expected: float) what =
    Expect.floatClose { absolute = 1e-7; relative = 1e-7 } actual expected what

let private p a b =
    (Spread.pValue (spread a) (spread b)).Value

let private statistics =
    testList
        "over seeds"
        [ testCase "mean and deviation of the sample" (fun () ->
              let four = spread [ 1.0; 2.0; 3.0; 4.0 ]
              isNear four.Mean 2.5 "mean"
              isNear four.Deviation.Value (sqrt (5.0 / 3.0)) "over n - 1"
              Expect.equal (spread [ 7.0 ]).Deviation None "of one there is none"
              Expect.equal (spread [ 3.0; nan; 5.0; infinity ]).Count 2 "what is finite"
              Expect.equal (Spread.tryOf [ nan ]) None "nothing"

              Expect.equal
                  (spread (List.replicate 6 0.1))
                  { Count = 6
                    Mean = 0.1
                    Deviation = Some 0.0 }
                  "equal values have none, to the last bit")

          testCase "value and deviation are told to one place" (fun () ->
              for values, told in
                  [ [ 100.0; 101.0; 103.0 ], "101.3 ± 1.5"
                    [ 0.5; 0.51 ], "0.5050 ± 0.0071"
                    [ 1230.0; 1250.0 ], "1,240 ± 14"
                    [ 8.0; 8.0 ], "8 ± 0"
                    [ 0.25; 0.25 ], "0.2500 ± 0"
                    [ 230.4752 ], "230.5" ] do
                  Expect.equal (Spread.told (spread values)) told told)

          // Of 1, 2 and 4 degrees of freedom, Student's distribution is written in closed form; the last two are integrated numerically.
          testCase "Welch's t-test" (fun () ->
              isNear (p [ 0.0; 2.0 ] [ 5.0; 5.0 ]) (1.0 - 2.0 / Math.PI * atan 4.0) "1"
              let t = 3.0 / sqrt 2.0
              isNear (p [ 0.0; 2.0 ] [ 3.0; 5.0 ]) (1.0 - t / sqrt (2.0 + t * t)) "2"
              let part = 1.5 / (1.0 + 1.5 / 4.0)
              let rest = sqrt part * (1.0 - part / 12.0)

              isNear
                  (p [ 100.0; 101.0; 102.0 ] [ 101.0; 102.0; 103.0 + 0.0 ])
                  (1.0 - 0.75 * rest)
                  "4"

              isNear (p [ 1.0; 2.0; 3.0 ] [ 2.0; 4.0; 9.0 ]) 0.2838344049616929 "2.3"
              isNear (p [ 100.0; 101.0; 102.0 ] [ 103.0; 104.5; 106.0 ]) 0.0348429174 "3.5"
              Expect.equal (p [ 4.0; 4.0 ] [ 4.0; 4.0 ]) 1.0 "alike"
              Expect.equal (p [ 4.0; 4.0 ] [ 4.5; 4.5 ]) 0.0 "apart without any spread")

          testCase "of a single seed nothing can be said" (fun () ->
              let one, three = spread [ 1.0 ], spread [ 1.0; 2.0; 3.0 ]
              Expect.equal (Spread.isWithin one three, Spread.isWithin three one) (None, None) "no")

          testProperty "shifted values have a shifted mean and the same test"
          <| fun (first: int list) (second: int list) (shift: int) ->
              let of' shift values =
                  [ for value in values -> float (value % 1000 + shift % 1000) ]

              match Spread.tryOf (of' 0 first), Spread.tryOf (of' 0 second) with
              | Some a, Some b ->
                  let c, d = spread (of' shift first), spread (of' shift second)
                  isNear c.Mean (a.Mean + float (shift % 1000)) "mean"
                  isNear (defaultArg c.Deviation -1.0) (defaultArg a.Deviation -1.0) "deviation"
                  let p = Spread.pValue a b
                  Expect.equal p (Spread.pValue b a) "either way"
                  isNear (defaultArg (Spread.pValue c d) -1.0) (defaultArg p -1.0) "the same"
                  Expect.isTrue (defaultArg p 0.5 >= 0.0 && defaultArg p 0.5 <= 1.0) "a share"

                  Expect.equal
                      (Spread.isWithin a a)
                      (a.Deviation |> Option.map (fun _ -> true))
                      "within itself"
              | _ -> () ]

let private named =
    testList
        "names of figures"
        [ testCase "which way is better" (fun () ->
              for better, figures in
                  [ Some Lower,
                    "test_nelbo vae_fid_lenet train_mse gan_path_length validation_error"
                    Some Higher, "active_units plain_recall smallest_agreement test_accuracy"
                    None,
                    "test_kl train_loss fid_lenet_floor clear_share_of_test d_real agreement_3" ] do
                  for figure in figures.Split ' ' do
                      Expect.equal (FigureNames.better figure) better figure)

          testCase "those that matter come first" (fun () ->
              Expect.equal
                  (FigureNames.ordered
                      [ "epochs"
                        "train_nelbo"
                        "vae_test_kl"
                        "active_units"
                        "class_share_1"
                        "test_mse"
                        "fid_lenet"
                        "test_nelbo" ])
                  [ "fid_lenet"
                    "test_nelbo"
                    "vae_test_kl"
                    "test_mse"
                    "active_units"
                    "train_nelbo"
                    "epochs"
                    "class_share_1" ]
                  "else as they came") ]

/// A point of these settings, with a test figure that is the better the lower, one of training, and one without a better way.
let private pointWith ending settings (figures: (string * float) list) : Point =
    { Settings = settings
      Folder = ""
      Ending = ending
      Seconds = 1.0
      Epochs =
        [ for epoch in 1.0 .. 2.0 ->
              ("epoch", epoch) :: [ for name, value in figures -> name, value / epoch ] ]
      Figures = ("epochs", 2.0) :: figures }

let private point weight seed (elbo: float) =
    pointWith
        Ending.Finished
        [ "kl-weight", Json.Real weight; "seed", Json.Whole seed ]
        [ "train_nelbo", elbo - 1.0; "test_kl", 5.0; "test_nelbo", elbo ]

let private weights =
    [ for seed, far in List.indexed [ -1.0; 0.0; 1.0 ] do
          point 10.0 seed (100.0 + far)
          point 0.5 seed (100.5 + far)
          point 2.0 seed (200.0 + far) ]

let private tables (sections: Section list) =
    [ for section in sections do
          match section with
          | Section.Table(caption, header, rows) -> caption, header, rows
          | _ -> () ]

let private charts (sections: Section list) =
    [ for section in sections do
          match section with
          | Section.Chart(title, chart) -> title, JsonNode.Parse(Plots.json chart)
          | _ -> () ]

let private captionOf points =
    let caption, _, _ = List.head (tables (Comparison.sections points))
    caption

let private grouping =
    testList
        "table"
        [ testCase "a row a setting, in order, with marks" (fun () ->
              let _, header, rows = List.exactlyOne (tables (Comparison.sections weights))

              Expect.equal
                  header
                  [ "kl-weight"; "seeds"; "test nelbo ↓"; "test kl"; "train nelbo ↓" ]
                  "test figures first, epochs that are alike left out"

              Expect.equal
                  rows
                  [ [ "0.5"; "3"; "≈\u00a0100.5 ± 1.0"; "5 ± 0"; "≈\u00a099.5 ± 1.0" ]
                    [ "2"; "3"; "200.0 ± 1.0"; "5 ± 0"; "199.0 ± 1.0" ]
                    [ "10"; "3"; "★\u00a0100.0 ± 1.0"; "5 ± 0"; "★\u00a099.0 ± 1.0" ] ]
                  "rows"

              for words in [ "Welch"; "5 %"; "within the seeds' spread" ] do
                  Expect.stringContains (captionOf weights) words "the rule")

          testCase "the best may be the highest" (fun () ->
              let point weight share =
                  pointWith Ending.Finished [ "w", Json.Whole weight ] [ "recall", share ]

              let _, header, rows =
                  Comparison.sections [ point 1 0.5; point 2 0.75 ] |> tables |> List.exactlyOne

              Expect.equal (List.last header) "recall ↑" "the arrow"

              Expect.equal
                  [ for row in rows -> List.last row ]
                  [ "0.5000"; "★\u00a00.7500" ]
                  "cells")

          testCase "what ended badly is counted, and in no mean" (fun () ->
              let ended ending seed =
                  { point 0.5 seed 9999.0 with
                      Ending = ending }

              let more =
                  [ ended (Ending.Failed "diverged") 3
                    ended Ending.Interrupted 4
                    ended Ending.Interrupted 5
                    { ended Ending.Interrupted 0 with
                        Settings = [ "kl-weight", Json.Real 4.0; "seed", Json.Whole 0 ] } ]

              let _, _, rows = List.exactlyOne (tables (Comparison.sections (weights @ more)))
              Expect.equal rows[0].[1] "3, 1 failed, 2 interrupted" "counted"
              Expect.equal rows[0].[2] "≈\u00a0100.5 ± 1.0" "the mean is as it was"
              Expect.equal rows[2] [ "4"; "0, 1 interrupted"; "–"; "–"; "–" ] "none finished")

          testCase "a run made twice is no second seed" (fun () ->
              let twice = [ point 1.0 0 100.0; point 1.0 0 100.0; point 2.0 0 101.0 ]
              let _, _, rows = List.exactlyOne (tables (Comparison.sections twice))
              Expect.equal rows[0].[1..2] [ "1 (no deviation)"; "★\u00a0100" ] "one")

          testCase "one seed: what can be said, and what not" (fun () ->
              let alone = weights |> List.truncate 3
              let _, _, rows = List.exactlyOne (tables (Comparison.sections alone))
              Expect.equal [ for row in rows -> row[2] ] [ "99.50"; "199"; "★\u00a099" ] "values"
              Expect.stringContains (captionOf alone) "cannot be said" "all"
              Expect.isFalse ((captionOf alone).Contains "Welch") "no test"
              let some = weights @ [ point 20.0 0 100.25 ]
              Expect.stringContains (captionOf some) "a single seed, nothing can be said" "one"
              let _, _, rows = List.exactlyOne (tables (Comparison.sections some))
              Expect.equal rows[3].[2] "100.2" "without a mark, but for the best")

          testCase "seeds alone: one row, and nothing is the best" (fun () ->
              let seeds = weights |> List.filter (fun point -> point.Label.Contains "0.5")
              let _, header, rows = List.exactlyOne (tables (Comparison.sections seeds))
              Expect.equal header[0] "settings" "no setting varies"
              Expect.equal rows[0].[..2] [ "all"; "3"; "100.5 ± 1.0" ] "the row")

          testCase "lesser figures have a table of their own, those alike none" (fun () ->
              let point weight epochs =
                  { point weight 0 (100.0 + weight) with
                      Figures =
                          [ "epochs", epochs
                            "test_pixel_entropy", 50.0
                            "train_nelbo", 1.0
                            "test_nelbo", weight ] }

              match tables (Comparison.sections [ point 1.0 2.0; point 2.0 3.0 ]) with
              | [ _, first, _; _, second, rows ] ->
                  Expect.equal first[2..] [ "test nelbo ↓"; "train nelbo ↓" ] "those that compare"
                  Expect.equal second[2..] [ "epochs" ] "the other"
                  Expect.equal [ for row in rows -> row[2] ] [ "2"; "3" ] "values"
              | other -> failtest $"two tables, not {other}")

          testCase "nothing in common" (fun () ->
              let point script figure =
                  pointWith Ending.Finished [ "script", Json.Text script ] [ figure, 1.0 ]
                  |> fun point ->
                      { point with
                          Figures = point.Figures.Tail
                          Epochs = [] }

              match Comparison.sections [ point "vae" "test_nelbo"; point "gan" "fid_lenet" ] with
              | Section.Words text :: _ -> Expect.stringContains text "no figure in common" "said"
              | other -> failtest $"words first, not {other}") ]

let private traces (chart: JsonNode) = List.ofSeq (chart["data"].AsArray())

let private names (chart: JsonNode) =
    [ for trace in traces chart do
          if string trace["showlegend"] = "true" then
              string trace["name"] ]

/// Those of a figure against a setting.
let private effectsOf points =
    charts (Comparison.sections points)
    |> List.filter (fun (title, _) ->
        title.Contains " by "
        && not (title.Contains "epochs" || title.Contains "coloured"))

let private kind (chart: JsonNode) =
    string chart["layout"].["xaxis"].["type"]

/// Points of every combination of values of settings, with two seeds.
let grid (settings: (string * Json list) list) =
    let rec combined (settings: (string * Json list) list) =
        match settings with
        | [] -> [ [] ]
        | (name, values) :: others ->
            [ for value in values do
                  for rest in combined others -> (name, value) :: rest ]

    [ for index, own in List.indexed (combined settings) do
          for seed in 0..1 ->
              pointWith
                  Ending.Finished
                  (own @ [ "seed", Json.Whole seed ])
                  [ "test_error", float (index + seed + 1) ] ]

let wholes (values: int list) = List.map Json.Whole values

let private drawn =
    testList
        "charts"
        [ testCase "curves: a line a setting, a band in its colour, and words" (fun () ->
              let _, chart =
                  charts (Comparison.sections weights)
                  |> List.find (fun (title, _) -> title.StartsWith "test nelbo over epochs")

              Expect.equal (names chart) [ "0.5"; "2"; "10" ] "lines"

              for band, line in
                  traces chart |> List.chunkBySize 2 |> List.map (fun two -> two[0], two[1]) do
                  Expect.equal (string band["fill"]) "toself" "a surface"

                  Expect.stringStarts
                      (string band["fillcolor"])
                      (string line["line"].["color"])
                      "its"

                  Expect.equal (string band["legendgroup"]) (string line["legendgroup"]) "with it"

              let line = List.item 1 (traces chart)
              let words = [ for text in line["text"].AsArray() -> string text ]

              Expect.equal
                  words[0]
                  "epoch 1 · kl-weight 0.5 · 100.5 ± 1.0, 3 seeds"
                  "mean and deviation")

          testCase "of a single seed there is no band" (fun () ->
              let _, chart = charts (Comparison.sections (List.truncate 3 weights)) |> List.head
              Expect.equal (traces chart).Length 3 "lines alone"

              Expect.stringEnds
                  (string (List.head (traces chart)).["text"].[0])
                  "99.50, one seed"
                  "which is said")

          testCase "of many settings the best are drawn" (fun () ->
              let points =
                  [ for weight in 1..14 -> point (float weight) 0 (float (100 - weight)) ]

              let sections = Comparison.sections points
              let _, chart = List.head (charts sections)

              let words =
                  "A line's name is its kl-weight. The best 10 of 14 settings by test nelbo."

              Expect.contains sections (Section.Words words) "said"
              Expect.equal (names chart) [ for weight in 5..14 -> string weight ] "the best")

          testCase "one number: a line with bars, a log axis over two decades" (fun () ->
              let title, chart = List.exactlyOne (effectsOf (grid [ "w", wholes [ 1; 10; 100 ] ]))

              Expect.stringStarts title "test error by w" "title"
              Expect.equal (kind chart) "linear" "two decades"
              let line = List.exactlyOne (traces chart)
              Expect.equal (string line["mode"]) "lines+markers" "a line"
              Expect.equal (line["error_y"].["array"].AsArray().Count) 3 "bars"
              Expect.equal (names chart) [] "no name is needed"
              let _, chart = List.exactlyOne (effectsOf (grid [ "w", wholes [ 1; 10; 101 ] ]))
              Expect.equal (kind chart) "log" "more"
              let _, chart = List.exactlyOne (effectsOf (grid [ "w", wholes [ 0; 1; 999 ] ]))
              Expect.equal (kind chart) "linear" "0 has no logarithm")

          testCase
              "two settings: the one of more numbers across, a line for each of the other"
              (fun () ->
                  let two = grid [ "latent", wholes [ 2; 8 ]; "w", wholes [ 1; 2; 3 ] ]
                  let title, chart = List.exactlyOne (effectsOf two)
                  Expect.stringStarts title "test error by w" "across"
                  Expect.equal (names chart) [ "latent 2"; "latent 8" ] "lines"
                  let words = List.map Json.Text [ "relu"; "tanh"; "gelu" ]
                  let mixed = grid [ "activation", words; "w", wholes [ 1; 2 ] ]
                  let _, chart = List.exactlyOne (effectsOf mixed)

                  Expect.equal
                      (names chart)
                      [ "activation relu"; "activation tanh"; "activation gelu" ]
                      "numbers have the axis")

          testCase "words stand abreast" (fun () ->
              let lists = [ Json.List(wholes [ 200 ]); Json.List(wholes [ 400; 200 ]) ]
              let _, chart = List.exactlyOne (effectsOf (grid [ "hidden", lists ]))
              Expect.equal (kind chart) "category" "the axis"
              let points = List.exactlyOne (traces chart)
              Expect.equal (string points["mode"]) "markers" "without a line"

              Expect.equal
                  [ for x in points["x"].AsArray() -> string x ]
                  [ "200"; "400 200" ]
                  "lists are none")

          testCase "three settings: parallel coordinates" (fun () ->
              let activations = List.map Json.Text [ "relu"; "tanh" ]

              let three =
                  grid [ "latent", wholes [ 2; 8 ]; "a", activations; "w", wholes [ 1; 1000 ] ]

              Expect.isEmpty (effectsOf three) "no panels"

              let _, chart =
                  charts (Comparison.sections three)
                  |> List.find (fun (title, _) -> title.StartsWith "Every setting")

              let trace = List.exactlyOne (traces chart)
              Expect.equal (string trace["type"]) "parcoords" "the kind"

              Expect.equal
                  [ for axis in trace["dimensions"].AsArray() -> string axis["label"] ]
                  [ "latent"; "a"; "w"; "test error" ]
                  "axes"

              Expect.equal
                  [ for value in trace["line"].["color"].AsArray() -> value.GetValue<float>() ]
                  [ for index in 0..7 -> float index + 1.5 ]
                  "coloured by the figure")

          testCase "bands have the colours of a page's lines" (fun () ->
              let style = File.ReadAllText(Path.Combine(root.Value, "src/Report/charts.js"))
              let listed = style.Substring(style.IndexOf "colorway")
              let listed = listed.Substring(0, listed.IndexOf ']').Split '"'

              Expect.equal
                  (SeedPlots.colours)
                  [ for part in listed do
                        if part.StartsWith '#' then
                            part ]
                  "in order") ]

[<Tests>]
let tests = testList "comparison" [ statistics; named; grouping; drawn ]
