module Workbench.Tests.DataTests

open System.IO
open System.IO.Compression
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.NpySupport
open Workbench.Tests.ProcessSupport

let private write folder name (bytes: byte[]) =
    let path = Path.Combine(folder, name)
    File.WriteAllBytes(path, bytes)
    path

let private from path : DataSource =
    { Data = path
      Labels = None
      Test = None
      TestLabels = None }

let private load = Data.loadFrom Download.defaults

let private labelsOf (examples: Examples) =
    examples.Labels.Value.data<int64>().ToArray() |> List.ofArray

let private sizes (data: Dataset) =
    data.Train.Images.shape[0], data.Test.Images.shape[0]

/// Twelve labels, each of three twice as often as its neighbour.
let private twelve = [ -1; 7; 200; -1; 7; 200; -1; 7; 200; -1; 7; 200 ]

let private labels =
    testList
        "labels"
        [ testCase "are renumbered over all parts, and the classes named" (fun () ->
              inFolder (fun folder ->
                  let images = write folder "x.npy" (greys 12 [ 5; 5 ])
                  let labels = write folder "y.npy" (integers twelve)
                  let data = Data.load images (Some labels)
                  Expect.equal data.Classes [ "-1"; "7"; "200" ] "the classes"

                  Expect.containsAll [ 0L; 1L; 2L ] (labelsOf data.Train) "their numbers"

                  Expect.equal
                      (Map.tryFind "classes" (Map(RunPage.describe data)))
                      (Some(Json.List(List.map Json.Text data.Classes)))
                      "for config.json"))
          testCase "without them there are no classes" (fun () ->
              withFile "x.npy" (greys 12 [ 5; 5 ]) (fun path ->
                  let data = Data.load path None
                  Expect.isEmpty data.Classes "none"

                  Expect.isFalse
                      (Map.containsKey "classes" (Map(RunPage.describe data)))
                      "no word of them"))
          testCase "their names are part of the data, where they are more than numbers" (fun () ->
              inFolder (fun folder ->
                  let images = write folder "x.npy" (greys 12 [ 5; 5 ])

                  let hash (labels: int list) =
                      (Data.load images (Some(write folder "y.npy" (integers labels)))).Hash

                  let plain = List.replicate 6 [ 0; 1 ] |> List.concat
                  Expect.notEqual (hash plain) (hash (List.map ((+) 1) plain)) "1 and 2"
                  Expect.equal (hash plain) (hash plain) "the same")) ]

let private ranges =
    testList
        "numbers"
        [ testCase "IDX files, by their path, are looked at, too" (fun () ->
              inFolder (fun folder ->
                  let written most =
                      let path = Path.Combine(folder, "images.gz")

                      Idx.write
                          path
                          { Shape = [| 12; 5; 5 |]
                            Bytes = Array.init 300 (fun i -> byte (i % (most + 1))) }

                      path

                  let most path =
                      (Data.load path None).Train.Images.max().item<float32>()

                  Expect.equal (most (written 255)) 1f "bytes"
                  Expect.equal (most (written 1)) 1f "ink"
                  let dark = written 15
                  expectBad [ dark; "from 0 to 15" ] (fun () -> most dark)))
          testCase "bad input leaves nothing behind" (fun () ->
              inFolder (fun folder ->
                  let bad =
                      write
                          folder
                          "x.npy"
                          (file "<f4" "False" "(12, 5, 5)" (floats (Array.create 300 -1f)))

                  let out = Path.Combine(folder, "run")
                  let vae = Scripts.find "vae"

                  expectBad [ "(x + 1) / 2" ] (fun () ->
                      vae.Run [ "--data"; bad; "--out"; out; "--quiet" ])

                  Expect.isFalse (Directory.Exists out) "no folder")) ]

/// The page of a script that was run on glyphs of two classes with names.
let private pageOfWords name options =
    inFolder (fun folder ->
        let labels = [ for i in 0..119 -> if i % 3 = 0 then "cat" else "ant" ]
        let path = write folder "words.txt" (latin (String.concat "\n" labels))
        let images = RunSupport.writeGlyphs folder 120
        let options = [ "--data"; images; "--labels"; path ] @ options
        let out = ScriptSupport.runIn folder "run" (Scripts.find name) options
        File.ReadAllText(Path.Combine(out, "report.html")))

let private naming =
    testList
        "classes have their names"
        [ testCase "beside the rows of a conditional GAN" (fun () ->
              let page = pageOfWords "conditional-gan" []
              Expect.stringContains page "a row a label: ant, cat" "in order")
          testCase "in a cloud of codes" (fun () ->
              let page = pageOfWords "autoencoder" [ "--latent"; "2" ]
              Expect.stringContains page "\"name\":\"ant\"" "one class"
              Expect.stringContains page "\"name\":\"cat\"" "the other")
          testCase "as far as a line goes" (fun () ->
              let data count =
                  { ModelSupport.tinyData 2 1 1 with
                      Classes = [ for i in 1..count -> string i ] }

              Expect.equal (Sections.classes (data 3)) "1, 2, 3" "all"
              Expect.stringEnds (Sections.classes (data 31)) "29, 30, ..." "some") ]

let private unread =
    testCase "what is not read says how it can be" (fun () ->
        inFolder (fun folder ->
            for name, words in
                [ "a.pt", [ "torch.load" ]
                  "a.mat", [ "scipy.io.loadmat" ]
                  "a.csv", [ "numpy.loadtxt" ]
                  "a.zip", [ "unpack it" ]
                  "a.png", [ "the folder" ]
                  "a.xyz", [ "--data"; "glyphs"; "a.xyz" ] ] do
                let path = write folder name (latin "whatever")
                expectBad words (fun () -> Data.load path None)

            expectBad [ "--test"; "torch.load" ] (fun () ->
                load
                    { from (write folder "x.npy" (greys 12 [ 5; 5 ])) with
                        Test = Some(Path.Combine(folder, "a.pt")) })

            expectBad [ "none.pt"; "neither" ] (fun () -> Data.load "none.pt" None)
            expectBad [ "mnsit"; "; did you mean mnist?" ] (fun () -> Data.load "mnsit" None)))

let private testing =
    testList
        "test images of one's own"
        [ testCase "no image is held out for them" (fun () ->
              inFolder (fun folder ->
                  let train = write folder "x.npy" (greys 12 [ 5; 5 ])
                  let test = write folder "t.npy" (greys 4 [ 5; 5 ])
                  Expect.equal (sizes (load (from train))) (11L, 1L) "the last tenth"
                  let data = load { from train with Test = Some test }
                  Expect.equal (sizes data) (12L, 4L) "all of both"
                  let first = data.Train.Images[0L, 0L].item<float32>()
                  Expect.equal first (1f / 12f) "in their order"))
          testCase "with their labels, which share the classes of the others" (fun () ->
              inFolder (fun folder ->
                  let source =
                      { Data = write folder "x.npy" (greys 12 [ 5; 5 ])
                        Labels = Some(write folder "y.npy" (integers twelve))
                        Test = Some(write folder "t.npy" (greys 2 [ 5; 5 ]))
                        TestLabels = Some(write folder "ty.txt" (latin "200\n300\n")) }

                  let data = load source
                  Expect.equal data.Classes [ "-1"; "7"; "200"; "300" ] "the classes"
                  Expect.equal (labelsOf data.Test) [ 2L; 3L ] "the test labels"

                  for bad, words in
                      [ { source with TestLabels = None }, [ "test images have no labels" ]
                        { source with Labels = None }, [ "train images have no labels" ]
                        { source with Test = None }, [ "--test-labels: needs --test" ]
                        { source with Test = source.TestLabels }, [ "--test"; ".npz" ]
                        { source with
                            TestLabels = source.Labels },
                        [ "12 labels"; "2 images" ] ] do
                      expectBad words (fun () -> load bad)))
          testCase "what cannot be test images" (fun () ->
              inFolder (fun folder ->
                  let train = write folder "x.npy" (greys 12 [ 5; 5 ])
                  let large = write folder "t.npy" (greys 4 [ 6; 5 ])

                  expectBad [ "differ in size" ] (fun () ->
                      load { from train with Test = Some large })

                  expectBad [ "are its training images" ] (fun () ->
                      load { from train with Test = Some train })

                  expectBad [ "--test"; "glyphs"; "already" ] (fun () ->
                      load { from "glyphs" with Test = Some train })

                  expectBad [ "--labels"; "glyphs" ] (fun () ->
                      load
                          { from "glyphs" with
                              Labels = Some train })))
          testCase "are a setting of the run, which goes on with them" (fun () ->
              inFolder (fun folder ->
                  let glyphs = Glyphs.grey 5UL 30
                  let test, labels = Path.Combine(folder, "t.npy"), Path.Combine(folder, "t.idx")
                  Npy.writeBytes test glyphs.Images

                  Idx.write
                      labels
                      { Shape = [| 30 |]
                        Bytes = glyphs.Labels }

                  let script = Scripts.find "vae"

                  let out =
                      ScriptSupport.runIn
                          folder
                          "run"
                          script
                          [ "--test"; test; "--test-labels"; labels ]

                  let _, config = ScriptSupport.told out
                  Expect.equal config["test"] (Json.Text test) "the images"
                  Expect.equal config["test-labels"] (Json.Text labels) "the labels"

                  Expect.equal
                      (config["train-examples"], config["test-examples"])
                      (Json.Whole 120, Json.Whole 30)
                      "none held out"

                  Expect.equal
                      config["classes"]
                      (Json.List [ for digit in 0..9 -> Json.Text(string digit) ])
                      "the classes"

                  let page = File.ReadAllText(Path.Combine(out, "report.html"))

                  let option = $"<span>--test-labels</span> <span>{labels}</span>"
                  Expect.stringContains page option "the command that makes the page again"

                  let ending = script.Run [ "--resume"; out; "--epochs"; "3"; "--quiet" ]
                  Expect.equal ending Ending.Finished "resumed"
                  let figures, _ = ScriptSupport.told out
                  Expect.equal figures["epochs"] 3.0 "on the same data"))
          testCase "of an archive" (fun () ->
              let archive =
                  npz
                      CompressionLevel.Optimal
                      [ "x_train.npy", greys 12 [ 5; 5 ]
                        "y_train.npy", integers twelve
                        "x_test.npy", greys 2 [ 5; 5 ]
                        "y_test.npy", integers [ 7; 7 ] ]

              withFile "a.npz" archive (fun path ->
                  let data = Data.load path None
                  Expect.equal (sizes data) (12L, 2L) "both parts"
                  Expect.equal (labelsOf data.Test) [ 1L; 1L ] "the test labels"
                  Expect.equal data.ImageShape [ 1; 5; 5 ] "grey")) ]

/// datasets/ serves a program without an engine, too.
let private library =
    testList
        "the library"
        [ testCase "knows no tensors, charts or options" (fun () ->
              let known =
                  [ for name in typeof<DataPart>.Assembly.GetReferencedAssemblies() -> name.Name ]

              let others = set [ "TorchSharp"; "Plotly.NET"; "Argu"; "Workbench" ]
              Expect.isEmpty (Set.intersect others (set known)) "a library of its own")
          testCase "has beside it all that it needs to unpack images" (fun () ->
              let folder = Path.Combine(root.Value, "artifacts/bin/Workbench.Datasets/release")

              let count pattern =
                  Directory.GetFiles(folder, pattern).Length

              Expect.equal (count "*SkiaSharp.*") 2 "SkiaSharp and its native"
              Expect.equal (count "*TorchSharp.*") 0 "no engine") ]

[<Tests>]
let tests = testList "Data" [ labels; ranges; naming; unread; testing; library ]
