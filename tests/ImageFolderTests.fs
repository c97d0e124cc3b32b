module Workbench.Tests.ImageFolderTests

open System
open System.IO
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ImageSamples

/// A grey PNG image of 3 x 2, all of one number.
let private grey (value: byte) =
    Png.encodeGrey 3 2 (Array.create 6 value)

let private red =
    Png.encodeRgb 3 2 (Array.init 18 (fun i -> if i % 3 = 0 then 200uy else 10uy))

let private within files test =
    inFolder (fun folder ->
        write folder files
        test folder)

let private parts folder =
    ImageFolder.parts folder
    |> List.map (fun part -> part.Name, part.Images.Shape, part.Labels)

let private bytes (part: DataPart) =
    match part.Images.Pixels with
    | ImageNumbers.Bytes bytes -> bytes
    | ImageNumbers.Numbers _ -> failtest "bytes"

let private refused files words =
    within files (fun folder -> expectBad words (fun () -> ImageFolder.parts folder))

let private numbers (list: int64 list) =
    Some(LabelArray.Numbers(Array.ofList list))

let private words (list: string list) =
    Some(LabelArray.Words(Array.ofList list))

let private reading =
    testList
        "reading"
        [ testCase "grey images in the order of their names, nothing else of a folder" (fun () ->
              let files =
                  [ "b.PNG", grey 2uy
                    "a.png", grey 1uy
                    ".hidden.png", grey 9uy
                    "Thumbs.db", latin "no image"
                    "__MACOSX/._a.png", latin "no image" ]

              within files (fun folder ->
                  let part = List.exactlyOne (ImageFolder.parts folder)
                  Expect.equal part.Images.Shape [| 2; 2; 3 |] "N x H x W"

                  Expect.equal
                      (bytes part)
                      (Array.append (Array.create 6 1uy) (Array.create 6 2uy))
                      "the pixels"

                  Expect.equal part.Labels None "no labels"))
          testCase "one image in colour makes all colour, channels first" (fun () ->
              within [ "a.png", red; "b.png", grey 7uy ] (fun folder ->
                  let part = List.exactlyOne (ImageFolder.parts folder)
                  Expect.equal part.Images.Shape [| 2; 3; 2; 3 |] "N x C x H x W"

                  let planes =
                      [ for value in [ 200uy; 10uy; 10uy; 7uy; 7uy; 7uy ] -> Array.create 6 value ]

                  Expect.equal (bytes part) (Array.concat planes) "red, green, blue"))
          testCase "sub-folders are classes" (fun () ->
              within
                  [ "cat/1.png", grey 1uy; "ant/2.png", grey 2uy; "cat/0.jpg", jpeg 3 2 ]
                  (fun folder ->
                      Expect.equal
                          (parts folder)
                          [ "train", [| 3; 2; 3 |], words [ "ant"; "cat"; "cat" ] ]
                          "by their names")

              within [ "10/1.png", grey 1uy; "9/2.png", grey 2uy ] (fun folder ->
                  Expect.equal
                      (parts folder)
                      [ "train", [| 2; 2; 3 |], numbers [ 10L; 9L ] ]
                      "numbers"))
          testCase "train, validation and test are parts, with classes or without" (fun () ->
              within
                  [ "train/a.png", grey 1uy; "Test/a.png", grey 2uy; "val/a.png", grey 3uy ]
                  (fun folder ->
                      Expect.equal
                          (ImageFolder.parts folder
                           |> List.map (fun part -> part.Name, (bytes part)[0]))
                          [ "test", 2uy; "train", 1uy; "validation", 3uy ]
                          "each its own images")

              within
                  [ "train/a/1.png", grey 1uy; "train/b/1.png", red; "test/b/1.png", grey 2uy ]
                  (fun folder ->
                      Expect.equal
                          (parts folder)
                          [ "test", [| 1; 3; 2; 3 |], words [ "b" ]
                            "train", [| 2; 3; 2; 3 |], words [ "a"; "b" ] ]
                          "colour everywhere"))
          testCase "JPEG and opaque colours with opacity" (fun () ->
              within [ "a.jpeg", jpeg 30 20 ] (fun folder ->
                  let pixels = bytes (List.exactlyOne (ImageFolder.parts folder))

                  for x in 0..29 do
                      Less.than (abs (int pixels[30 * 7 + x] - x * 255 / 29)) 3 $"column {x}")

              within
                  [ "a.png", png 1 2 [| 1uy; 2uy; 3uy; 255uy; 4uy; 5uy; 6uy; 255uy |] ]
                  (fun folder ->
                      Expect.equal
                          (bytes (List.exactlyOne (ImageFolder.parts folder)))
                          [| 1uy; 4uy; 2uy; 5uy; 3uy; 6uy |]
                          "planes"))
          testCase "a data set, with test images in a folder of their own" (fun () ->
              within
                  [ for i in 1..12 do
                        $"x/{i % 2}/{i}.png", grey (byte (20 * i))
                    for i in 1..4 do
                        $"t/{i % 2}/{i}.png", grey (byte i) ]
                  (fun folder ->
                      let data =
                          Data.loadFrom
                              Download.defaults
                              { Data = Path.Combine(folder, "x")
                                Labels = None
                                Test = Some(Path.Combine(folder, "t"))
                                TestLabels = None }

                      Expect.equal
                          (data.Train.Images.shape[0], data.Test.Images.shape[0])
                          (12L, 4L)
                          "all"

                      Expect.equal data.Classes [ "0"; "1" ] "the classes"
                      // Dark images beside others are dark, not ink.
                      Expect.equal (data.Test.Images.max().item<float32>()) (4f / 255f) "bytes"))
          testProperty "any grey images come back" (fun (seed: int) ->
              let random = Random seed
              let width, height, count = random.Next(1, 40), random.Next(1, 40), random.Next(1, 5)

              let images =
                  List.init count (fun _ ->
                      Array.init (width * height) (fun _ -> byte (random.Next 256)))

              within
                  [ for i, image in List.indexed images ->
                        $"{i}.png", Png.encodeGrey width height image ]
                  (fun folder ->
                      bytes (List.exactlyOne (ImageFolder.parts folder)) = Array.concat images)) ]

let private refusing =
    testList
        "refusing"
        [ testCase "folders that do not tell" (fun () ->
              refused [] [ "a folder without PNG or JPEG images" ]

              refused
                  [ ("train-images-idx3-ubyte", [||]) ]
                  [ "IDX files"; "train-images-idx3-ubyte" ]

              refused [ ("a.gif", grey 1uy) ] [ "without PNG" ]

              refused
                  [ "a.png", grey 1uy; "cat/a.png", grey 1uy ]
                  [ "a.png"; "beside its sub-folders (cat)" ]

              refused [ "cat/a.png", grey 1uy; "dog/notes.txt", [||] ] [ "dog"; "without PNG" ]

              refused
                  [ "x/cat/a.png", grey 1uy; "x/dog/a.png", grey 1uy ]
                  [ "no images but folders"; "cat" ]

              refused
                  [ "train/a.png", grey 1uy; "training/a.png", grey 1uy ]
                  [ "two sub-folders"; "train, training" ])
          testCase "images of another size, damaged, transparent" (fun () ->
              refused
                  [ "a.png", grey 1uy; "b.png", Png.encodeGrey 2 3 (Array.zeroCreate 6) ]
                  [ "b.png has 2 x 3"; "a.png has 3 x 2" ]

              let whole = grey 1uy
              refused [ "a.png", whole; "b.png", Array.truncate 45 whole ] [ "b.png"; "damaged" ]
              refused [ "a.png", latin "no image" ] [ "a.png"; "no PNG or JPEG" ]
              refused [ ("a.png", [||]) ] [ "a.png" ]
              refused [ ("a.png", png 1 1 [| 9uy; 9uy; 9uy; 254uy |]) ] [ "a.png"; "transparent" ])
          testCase "the first of several faults is told" (fun () ->
              for _ in 1..20 do
                  refused
                      [ for i in 10..40 -> $"{i}.png", (if i < 12 then grey 1uy else [| 0uy |]) ]
                      [ "12.png" ])
          testCase "huge images are not decoded" (fun () ->
              let huge = grey 1uy
              Array.blit [| 0uy; 0uy; 0x40uy; 0uy; 0uy; 0uy; 0x40uy; 0uy |] 0 huge 16 8
              let crc = Arrays.crc32 huge[12..28]
              Array.blit (Array.rev (BitConverter.GetBytes crc)) 0 huge 29 4
              refused [ ("a.png", huge) ] [ "16384 x 16384"; "smaller" ]) ]

[<Tests>]
let tests = testList "ImageFolder" [ reading; refusing ]
