/// Ways between images: their points, which images they join, what is measured on them and said of it.
module Workbench.Tests.InterpolationTests

open System
open System.IO
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.EvaluateSupport
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.ScriptSupport
open Workbench.Tests.TensorSupport
open Workbench.Tests.ModelSupport

let private rows (tensor: torch.Tensor) =
    numbers tensor |> List.chunkBySize (int tensor.shape[1])

let private norm (row: float list) = sqrt (List.sumBy (fun x -> x * x) row)

let private equalRows tolerance (actual: float list) (expected: float list) message =
    for a, e in List.zip actual expected do
        close tolerance a e message

let private ways =
    testList
        "ways"
        [ for way in [ Line; Arc ] do
              testCase $"{way}: ten points, with both ends"
              <| fun () ->
                  let from, until = images 1 3 5, images 2 3 5
                  let points = Interpolation.between way from until
                  Expect.equal points.shape [| 30L; 5L |] "three ways of ten points"

                  for at, ends in [ 0, from; 9, until ] do
                      List.zip (rows (Interpolation.at at points)) (rows ends)
                      |> List.iter (fun (a, e) -> equalRows 1e-5 a e "an end")

          testCase "a line has equal steps"
          <| fun () ->
              let points = Interpolation.between Line (images 1 2 5) (images 2 2 5)

              for steps in Interpolation.steps points do
                  for step in steps do
                      close 1e-4 step steps[0] "as the first"

          testCase "an arc between vectors of equal length keeps it, and turns evenly"
          <| fun () ->
              let from, until = matrix [ [ 2.0; 0.0; 0.0 ] ], matrix [ [ 0.0; 2.0; 0.0 ] ]
              let points = Interpolation.between Arc from until

              for point in rows points do
                  close 1e-5 (norm point) 2.0 "on the sphere"

              let steps = Array.head (Interpolation.steps points)
              Expect.all steps (fun step -> abs (step - steps[0]) < 1e-5) "even"

          testCase "an arc between parallel vectors is a line"
          <| fun () ->
              let from, until = matrix [ [ 1.0; 1.0 ] ], matrix [ [ 3.0; 3.0 ] ]

              equalRows
                  1e-5
                  (numbers (Interpolation.between Arc from until))
                  (numbers (Interpolation.between Line from until))
                  "the same"

          testCase "ends are as far apart as they are"
          <| fun () ->
              let points =
                  Interpolation.between Arc (matrix [ [ 0.0; 3.0 ] ]) (matrix [ [ 4.0; 0.0 ] ])

              close 1e-5 (Array.head (Interpolation.apart points)) 5.0 "3-4-5" ]

let private sharpness =
    testList
        "sharpness"
        [ testCase "of a flat image is 0"
          <| fun () ->
              let flat = torch.ones (2L, 25L) * 0.4
              equalRows 1e-9 (List.ofArray (Sharpness.laplacian [ 1; 5; 5 ] flat)) [ 0.0; 0.0 ] "0"

          testCase "of one bright pixel is the variance of -4, four times 1 and four times 0"
          <| fun () ->
              let image = torch.zeros (1L, 25L)
              image[0L, 12L] <- torch.tensor 1f
              let values = -4.0 :: List.replicate 4 1.0 @ List.replicate 4 0.0
              let mean = List.average values
              let variance = values |> List.averageBy (fun x -> (x - mean) ** 2.0)
              close 1e-5 (Array.head (Sharpness.laplacian [ 1; 5; 5 ] image)) variance "by hand"

          testCase "a blend of two images is less sharp than they are"
          <| fun () ->
              let both = images 1 2 784
              let middle = both.mean([| 0L |]).unsqueeze 0L
              let of' = Sharpness.laplacian [ 1; 28; 28 ]
              Less.than (Array.head (of' middle)) (Array.min (of' both)) "blurred" ]

/// Six images of three labels: 0 0 1 1 1 2.
let private candidates: Candidates =
    Ends.ofLabels 3 (torch.tensor [| 0L; 0L; 1L; 1L; 1L; 2L |])

let private ends =
    testList
        "ends"
        [ testCase "an image of a label, in turn, round and round"
          <| fun () ->
              Expect.equal
                  [ for turn in 0..4 -> Ends.find candidates 1 turn ]
                  [ 2; 3; 4; 2; 3 ]
                  "the three of them"

          testCase "where a label is not seen, the image that is likeliest to have it"
          <| fun () ->
              let seen =
                  Ends.ofProbabilities (matrix [ [ 0.9; 0.1 ]; [ 0.6; 0.4 ]; [ 0.8; 0.2 ] ])

              Expect.equal (Ends.find seen 1 0) 1 "the second"

          testCase "each two labels in both directions"
          <| fun () ->
              let pairs = Ends.pairs 10
              Expect.hasLength (List.distinct pairs) 90 "ninety"
              Expect.all pairs (fun (from, until) -> from <> until) "of different labels"

          testCase "no image stands at two ends while there are enough"
          <| fun () ->
              let labels = torch.tensor (Array.init 60 (fun i -> int64 (i % 3)))
              let candidates = Ends.ofLabels 3 labels
              let all = Ends.spread candidates 3 (Ends.pairs 3)

              let images = all |> List.collect (fun (from, until) -> [ from; until ])

              Expect.equal (List.length (List.distinct images)) images.Length "once each"

          testCase "labels asked for are taken"
          <| fun () ->
              Expect.equal (Ends.labels candidates 6 (Some 2, Some 0)) (2, 0) "both"
              Expect.equal (fst (Ends.labels candidates 6 (Some 2, None))) 2 "from"
              Expect.equal (snd (Ends.labels candidates 6 (None, Some 1))) 1 "to"

          testCase "labels not asked for differ, even where a classifier sees only one"
          <| fun () ->
              let one = Ends.ofProbabilities (matrix [ [ 0.9; 0.1; 0.0 ]; [ 0.8; 0.0; 0.2 ] ])

              for asked in [ None, None; Some 0, None; None, Some 0; Some 2, None ] do
                  let from, until = Ends.labels one 2 asked
                  Expect.notEqual from until $"{asked}" ]

let private scripted =
    testList
        "script"
        [ testCase "--from and --to must differ and be labels"
          <| fun () ->
              let run options () =
                  (Scripts.find "interpolation")
                      .Run([ "--data"; "glyphs"; "--limit"; "40"; "--quiet" ] @ options)

              expectBad [ "--to"; "differ" ] (run [ "--from"; "3"; "--to"; "3" ])
              expectBad [ "--to"; "0 to 9" ] (run [ "--to"; "10" ])

          testCase "data without a classifier are bad input"
          <| fun () ->
              inFolder (fun folder ->
                  expectBad [ "--data"; "classifier" ] (fun () ->
                      runIn folder "run" (Scripts.find "interpolation") []))

          testCase "a GAN and a VAE, each in its folder"
          <| fun () ->
              let options =
                  [ "--data"
                    "glyphs"
                    "--limit"
                    "200"
                    "--from"
                    "3"
                    "--to"
                    "5"
                    "--spherical" ]

              withRun "interpolation" options (fun out figures config ->
                  Expect.equal config["from"] (Json.Whole 3) "the label"
                  Expect.equal config["spherical"] (Json.Flag true) "the way"

                  for name in [ "gan"; "vae" ] do
                      Expect.isTrue (figures.ContainsKey $"{name}_path_length") name
                      Expect.isTrue (File.Exists(Path.Combine(out, name, Checkpoint.name))) "kept"

                  for start, rest in [ "GAN: ", "too much alike"; "VAE: ", "worse than" ] do
                      Expect.exists
                          (RunFiles.times(out).Notices)
                          (fun notice -> notice.StartsWith start && notice.Contains rest)
                          $"{start} ended badly"

                  evaluate (Scripts.find "interpolation") out quick |> ignore
                  let found = measured out
                  Expect.isTrue (found["gan"].ContainsKey "fid_lenet") "the GAN"
                  Expect.isTrue (found["vae"].ContainsKey "nelbo") "the VAE") ]
    |> List.singleton
    |> testList "in this process"

[<Tests>]
let tests = testList "interpolation" [ ways; sharpness; ends; scripted ]
