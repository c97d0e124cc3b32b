/// What an interactive session shows of values.
module Workbench.Tests.PrintersTests

open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.TensorSupport
open Workbench.Tests.ModelSupport

let private shows value (expected: string list) =
    Expect.equal value (String.concat "\n  " expected) "as text"

let private tensors =
    testList
        "tensors"
        [ testCase "a scalar" (fun () ->
              shows (Printers.tensor (torch.tensor 2.5f)) [ "float32 scalar: 2.5" ])

          testCase "a vector, cut where it is long" (fun () ->
              shows
                  (Printers.tensor (torch.arange (8L.ToScalar())))
                  [ "int64 8: least 0, mean 3.5, most 7"; "0  1  2  3  4  5  ..." ])

          testCase "a matrix, in columns" (fun () ->
              shows
                  (Printers.tensor (matrix [ [ 1.0; -0.25 ]; [ 10.0; 0.0 ] ]))
                  [ "float32 2 x 2: least -0.25, mean 2.6875, most 10"; " 1  -0.25"; "10      0" ])

          testCase "numbers are the same under every culture" (fun () ->
              let tensor = matrix [ [ -1234.5; 0.25 ] ]
              Expect.equal (abroad (fun () -> Printers.tensor tensor)) (Printers.tensor tensor) "")

          testCase "a large matrix, its corner" (fun () ->
              let lines = (Printers.tensor (torch.zeros (9L, 9L))).Split '\n'
              Expect.equal lines.Length 8 "a heading, six rows, and more"

              Expect.equal
                  (lines[1].Trim())
                  "0    0    0    0    0    0  ..."
                  "six numbers, and more"

              Expect.equal (lines[7].Trim()) "...  ...  ...  ...  ...  ...  ..." "more rows")

          testCase "more dimensions, truth values, nothing, disposed" (fun () ->
              shows
                  (Printers.tensor (torch.ones ([| 2L; 3L; 4L |])))
                  [ "float32 2 x 3 x 4: least 1, mean 1, most 1" ]

              shows (Printers.tensor (torch.zeros (2L, 0L))) [ "float32 2 x 0, empty" ]

              shows
                  (Printers.tensor (torch.tensor ([| true; false |]: bool[])))
                  [ "bool 2: least 0, mean 0.5, most 1"; "1  0" ]

              let gone = torch.ones 3L
              gone.Dispose()
              shows (Printers.tensor gone) [ "a disposed tensor" ]) ]

let private epochs =
    [ { Epoch = 9
        Figures = [ "train_loss", 123.456789; "beta", 1.0 ] }
      { Epoch = 10
        Figures = [ "train_loss", 99.0; "beta", 0.5 ] } ]

let private runs =
    testList
        "runs"
        [ testCase "a history is a table" (fun () ->
              shows
                  (Printers.history epochs)
                  [ "        train         "
                    "epoch    loss     beta"
                    "    9  123.46   1.0000"
                    "   10  99.000  0.50000" ]

              shows (Printers.history []) [ "no epochs" ])

          testCase "parameters are names and shapes" (fun () ->
              let parameters =
                  Map.ofList [ "a", torch.zeros (2L, 3L); "long.name", torch.zeros 4L ]

              shows
                  (Printers.parameters parameters)
                  [ "a          float32 2 x 3"; "long.name  float32 4"; "10 numbers" ])

          testCase "a state says how far it is" (fun () ->
              let state =
                  { Parameters = Map.ofList [ "a", torch.zeros 1234L ]
                    Averages = Map.empty
                    Moments = Map.empty
                    Steps = 1200L
                    Seed = 7
                    Epoch = 10
                    History = epochs }

              let lines = (Printers.state state).Split '\n'

              Expect.equal
                  lines[0]
                  "epoch 10, 1,200 steps, seed 7, 1,234 parameters"
                  "the first line"

              Expect.equal lines.Length 5 "and the table")

          testCase "a data set is a line" (fun () ->
              Expect.equal
                  (string (tinyData 9 5 3))
                  "random: 5 train, 3 test, 1x1x9, grey"
                  "name, sizes, pixels") ]

let private pictured characters shape (pixels: float32 list) =
    (TextPicture.row
        characters
        { Shape = shape
          Values = Array.ofList pixels })
        .Split
        '\n'
    |> List.ofArray

let private pictures =
    testList
        "images as text"
        [ testCase "a block is two pixels across and four down" (fun () ->
              let pixels = [ 1f; 0f; 1f; 1f; 1f; 0f; 1f; 1f; 0f; 1f; 1f; 1f; 0f; 1f; 1f; 1f ]

              Expect.equal (pictured 80 [| 1; 1; 4; 4 |] pixels) [ "▚█" ] "two blocks")

          testCase "odd sides are filled up with nothing" (fun () ->
              Expect.equal
                  (pictured 80 [| 1; 1; 5; 3 |] (List.replicate 15 1f))
                  [ "█▌"; "▀▘" ]
                  "two rows")

          testCase "grey images are not solid: what is brighter than their mean is on" (fun () ->
              let pixels = [ 0.6f; 0.4f; 0.6f; 0.4f; 0.4f; 0.6f; 0.4f; 0.6f ]
              Expect.equal (pictured 80 [| 1; 1; 4; 2 |] pixels) [ "▚" ] "two of four dots")

          testCase "as many as fit, one at least" (fun () ->
              let count characters =
                  (pictured characters [| 3; 1; 4; 4 |] (List.replicate 48 1f)).Head

              Expect.equal (count 80) "██ ██ ██" "all"
              Expect.equal (count 5) "██ ██" "two"
              Expect.equal (count 1) "██" "one")

          testCase "colours are averaged" (fun () ->
              let pixels = List.replicate 8 1f @ List.replicate 16 0f
              Expect.equal (pictured 80 [| 1; 3; 4; 2 |] pixels) [ "" ] "a third is dark") ]

[<Tests>]
let tests = testList "printers" [ tensors; runs; pictures ]
