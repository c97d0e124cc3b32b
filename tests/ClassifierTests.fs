module Workbench.Tests.ClassifierTests

open System
open System.IO
open System.Security.Cryptography
open Expecto
open FsCheck
open TorchSharp
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.TensorSupport
open Workbench.Tests.ModelSupport
open Workbench.Tests.ScriptSupport

let private head (count: int64) (tensor: torch.Tensor) = tensor.narrow (0L, 0L, count)

let private firstOf (count: int64) (examples: Examples) : Examples =
    { Images = head count examples.Images
      Labels = Option.map (head count) examples.Labels }

let private glyphs = lazy (Data.load "glyphs" None)

/// Enough to compare, and few enough for the scalar kernels.
let private few =
    lazy
        ({ glyphs.Value with
            Train = firstOf 1500L glyphs.Value.Train
            Test = firstOf 600L glyphs.Value.Test })

let private classifier = lazy (Classifier.load "glyphs").Value

let private files = Path.Combine(__SOURCE_DIRECTORY__, "..", "data", "classifiers")

let private moves =
    testList
        "moved images"
        [ testProperty "are the images, moved by no more than asked, each by itself"
          <| fun (PositiveInt seed) ->
              // One pixel of ink in the middle tells where an image went.
              let image = torch.zeros [| 1L; 28L; 28L |]
              image.narrow(1L, 14L, 1L).narrow(2L, 10L, 1L).fill_(1.0.ToScalar()) |> ignore
              let images = image.expand(50L, 28L, 28L).reshape(50L, 784L)
              let moved = Augmentation.shifted (new torch.Generator(uint64 seed)) 2 images
              let places = moved.argmax(1L).data<int64>().ToArray()

              Expect.all
                  places
                  (fun place -> abs (place / 28L - 14L) <= 2L && abs (place % 28L - 10L) <= 2L)
                  "within two pixels"

              Expect.isGreaterThan (Array.distinct places).Length 5 "not all alike"
              close 1e-6 (number (moved.sum ())) 50.0 "one pixel each"

          testCase "by 0 pixels are the same, at the rim they lose what leaves"
          <| fun () ->
              let images = images 1 20 784
              let shifted = Augmentation.shifted (new torch.Generator(1UL))
              Expect.isTrue (sameBits (shifted 0 images) images) "by 0"
              let moved = shifted 27 (torch.ones [| 200L; 784L |])
              Less.than (number (moved.min ())) 0.5 "paper comes in"
              Expect.equal (number (moved.max ())) 1.0 "what stays is as it was" ]

let private training =
    testList
        "training"
        [ testCase "lowers the loss, and a figure is the share of right answers"
          <| fun () ->
              withConvolutions (fun () ->
                  inFolder (fun folder ->
                      let weights = Path.Combine(folder, "weights.safetensors")

                      let options =
                          [ "--data"
                            "glyphs"
                            "--limit"
                            "300"
                            "--epochs"
                            "4"
                            "--weights"
                            weights ]

                      withRun "classifier" options (fun out figures _ ->
                          let losses =
                              (RunFiles.metrics out).Value
                              |> List.map (List.find (fst >> (=) "train_loss") >> snd)

                          Less.than (List.last losses) (List.head losses / 2.0) "learns"
                          Expect.isTrue (File.Exists weights) "the weights are written"
                          let state = Checkpoint.load (Path.Combine(out, Checkpoint.name))
                          let pass = Pass.evaluation state.Parameters

                          let verdicts =
                              (Net.apply pass Classifier.trunk glyphs.Value.Test.Images
                               |> Net.apply pass Classifier.head)
                                  .argmax
                                  1L

                          let right =
                              verdicts
                                  .eq(glyphs.Value.Test.Labels.Value)
                                  .to_type(torch.float32)
                                  .mean()

                          close 1e-6 figures["test_accuracy"] (number right) "the share")))

          testCase "data without labels, of other shapes or more classes are refused"
          <| fun () ->
              inFolder (fun folder ->
                  let run (shape: int[]) (labels: byte[] option) () =
                      let images = Path.Combine(folder, "images.npy")
                      let path = Path.Combine(folder, "labels.idx")

                      Npy.writeBytes
                          images
                          { Shape = shape
                            Bytes = Array.init (Array.reduce (*) shape) byte }

                      labels
                      |> Option.iter (fun labels ->
                          Idx.write
                              path
                              { Shape = [| labels.Length |]
                                Bytes = labels })

                      let given = if labels.IsSome then [ "--labels"; path ] else []

                      (Scripts.find "classifier").Run([ "--data"; images; "--quiet" ] @ given)

                  expectBad [ "labels" ] (run [| 40; 28; 28 |] None)
                  expectBad [ "28 x 28" ] (run [| 40; 20; 20 |] (Some(Array.zeroCreate 40)))

                  expectBad
                      [ "10 classes" ]
                      (run [| 44; 28; 28 |] (Some(Array.init 44 (fun i -> byte (i % 11)))))) ]

let private frozen =
    testList
        "frozen classifiers"
        [ testCase "there is one for each grey data set, and none for others"
          <| fun () ->
              for data in [ "mnist"; "fashion-mnist"; "glyphs" ] do
                  let loaded = (Classifier.load data).Value
                  Expect.equal loaded.Data data "the name"

                  let shapes (parameters: Parameters) =
                      parameters |> Map.map (fun _ tensor -> List.ofArray tensor.shape)

                  Expect.equal
                      (shapes loaded.Parameters)
                      (shapes (ModelSupport.init 0 [ Classifier.trunk; Classifier.head ]))
                      "the model"

              Expect.isNone (Classifier.load "mnist-m") "no classifier"
              Expect.isNone (Classifier.load "../mnist") "nor by paths"

          testCase "are the files whose hashes data/classifiers/README.md states"
          <| fun () ->
              let page = File.ReadAllText(Path.Combine(files, "README.md"))

              for data in [ "mnist"; "fashion-mnist"; "glyphs" ] do
                  let bytes = File.ReadAllBytes(Path.Combine(files, data + ".safetensors"))
                  let hash = Convert.ToHexStringLower(SHA256.HashData bytes)
                  Expect.isTrue (page.Contains $"{hash}  {data}.safetensors") $"{hash} of {data}"
                  let read = Safetensors.read (Path.Combine(files, data + ".safetensors"))
                  Expect.equal read.Metadata["data"] data "what they were trained on"

                  Expect.isTrue
                      (sameParameters
                          (Map.ofSeq
                              [ for KeyValue(name, tensor) in read.Tensors ->
                                    name.Replace("classes.", "classes.0."), tensor ])
                          (Classifier.load data).Value.Parameters)
                      "the file that was built in"

          testCase "that of glyphs is right for 98 % of the test images"
          <| fun () ->
              let test = glyphs.Value.Test

              let figures =
                  Generators.agreement classifier.Value test.Labels.Value test.Images
                  |> Map.ofList

              Expect.isGreaterThanOrEqual figures["agreement"].Value 0.98 "all"
              Expect.equal figures["agreement"].Count 2000 "the count"

              close
                  1e-12
                  figures["smallest_agreement"].Value
                  (List.min [ for label in 0..9 -> figures[$"agreement_{label}"].Value ])
                  "the least of ten"

          testCase "probabilities add up, and features are what they are made of"
          <| fun () ->
              let images = head 700L glyphs.Value.Test.Images
              let features = Classifier.features classifier.Value images
              let probabilities = Classifier.probabilities classifier.Value images
              Expect.equal probabilities.shape [| 700L; 10L |] "N x 10"
              Expect.equal features.shape [| 700L; 84L |] "N x 84"

              for sum in numbers (probabilities.sum (1L)) do
                  close 1e-5 sum 1.0 "a distribution"

              let pass = Pass.evaluation classifier.Value.Parameters

              let logits =
                  Net.apply pass Classifier.trunk images |> Net.apply pass Classifier.head

              close 1e-4 (number ((logits.softmax 1L - probabilities).abs().max())) 0.0 "one pass" ]

let private judged made =
    Generators.judge classifier.Value few.Value made |> Map.ofList

let private judging =
    testList
        "judged images"
        [ testCase "training images are as good as can be: at the floor, as precise as they recall"
          <| fun () ->
              let figures = judged few.Value.Train.Images
              let value name = figures[name].Value
              close 1e-6 (value "fid_lenet") (value "fid_lenet_floor") "the floor"
              Expect.equal (value "nearest_training") 0.0 "copies"
              Expect.isGreaterThan (value "nearest_training_of_test") 1.0 "test images are none"
              close 0.08 (value "precision") (value "recall") "each way"
              close 0.1 (value "density") 1.0 "density"
              close 0.04 (value "coverage") (1.0 - 2.0 ** -5.0) "coverage"
              close 0.02 (value "clear_share") (value "clear_share_of_test") "as clear"
              Expect.isGreaterThan (value "smallest_class_share") 0.08 "nearly balanced"
              Expect.equal figures["fid_lenet"].Count 1500 "the count"
              Expect.equal figures["precision"].Count 600 "equally many"
              Expect.equal figures["nearest_training"].Count 1000 "of a thousand"

          testCase "a generator of one class is precise, recalls little and lies far off"
          <| fun () ->
              let train = few.Value.Train

              let threes =
                  Seq.zip (train.Labels.Value.data<int64>().ToArray()) (Seq.initInfinite int64)
                  |> Seq.filter (fun (label, _) -> label = 3L)
                  |> Seq.map snd
                  |> Seq.truncate 100
                  |> Array.ofSeq

              let figures = judged (train.Images.index_select (0L, torch.tensor threes))
              Expect.isGreaterThan figures["precision"].Value 0.8 "precision"
              Less.than figures["recall"].Value 0.3 "recall"
              Less.than figures["coverage"].Value 0.3 "coverage"
              Expect.isGreaterThan figures["class_share_3"].Value 0.9 "threes"
              Less.than figures["smallest_class_share"].Value 0.02 "the others"

              Expect.isGreaterThan
                  figures["fid_lenet"].Value
                  (20.0 * figures["fid_lenet_floor"].Value)
                  "far off"

          testCase "noise is neither near nor real"
          <| fun () ->
              let figures = judged (images 1 300 784)
              Less.than figures["coverage"].Value 0.1 "coverage"
              Expect.isGreaterThan figures["nearest_training"].Value 10.0 "far from any image"

          testCase "a table has a row a figure, a column a model; classes have a chart"
          <| fun () ->
              let estimate value =
                  { Value = value
                    StandardError = 0.01
                    Count = 2000 }

              let figures = [ "fid_lenet", estimate 1.25; "class_share_0", estimate 0.1 ]

              match Generators.tables glyphs.Value [ "GAN", figures; "VAE", [ figures.Head ] ] with
              | [ Section.Table(caption, header, rows); Section.Chart(title, _) ] ->
                  Expect.equal header [ "figure"; "GAN"; "VAE"; "of" ] "the header"

                  Expect.equal
                      rows
                      [ [ "FID-LeNet to the test images ↓"
                          "1.250 ± 0.010"
                          "1.250 ± 0.010"
                          "2,000 new images" ] ]
                      "the rows, those of classes apart"

                  Expect.stringContains caption "glyphs, grey pixels" "what it was measured on"
                  Expect.stringContains title "GAN" "shares of classes as a chart"

                  let fashion =
                      { glyphs.Value with
                          Classes = (NamedData.classes "fashion-mnist").Value }

                  match Generators.classes fashion [ "GAN", [ "class_share_8", estimate 0.1 ] ] with
                  | [ Section.Chart(_, chart) ] ->
                      Expect.stringContains (Plots.json chart) "\"bag\"" "a class by its name"
                  | other -> failtestf "no chart: %A" other
              | other -> failtestf "no table: %A" other ]

[<Tests>]
let tests = testList "Classifier" [ moves; training; frozen; judging ]
