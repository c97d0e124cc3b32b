module Workbench.Tests.NpzTests

open System
open System.IO.Compression
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.NpySupport

let private withNpz members test =
    withFile "a.npz" (npz CompressionLevel.Optimal members) test

let private source path : DataSource =
    { Data = path
      Labels = None
      Test = None
      TestLabels = None }

let private parts path =
    Sources.read (source path)
    |> List.map (fun part -> part.Name, part.Images.Shape[0], part.Labels |> Option.map _.Length)

let private images count = greys count [ 2; 3 ]
let private labels count = integers [ 1..count ]

let private refused members words =
    withNpz members (fun path -> expectBad words (fun () -> parts path))

let private reading =
    testList
        "reading"
        [ testCase "one array, stored or deflated, as in an .npy file" (fun () ->
              let expected = withFile "a.npy" (images 5) Npy.readImages

              for level in [ CompressionLevel.NoCompression; CompressionLevel.Optimal ] do
                  let bytes = npz level [ ("whatever.npy", images 5) ]

                  withFile "a.NPZ" bytes (fun path ->
                      let part = List.exactlyOne (Npz.parts path None)
                      Expect.equal part.Name "train" "for training"
                      Expect.equal (ImageArray.numbers part.Images) expected $"{level}"))
          testCase "names tell of parts and labels" (fun () ->
              for names in
                  [ "x_train y_train x_test y_test"
                    "train_images train_labels test_images test_labels"
                    "X_train Y_train X_test Y_test"
                    "trainX trainY testX testY"
                    "train train_targets test test_targets"
                    "training-data training-label testing.data testing.label"
                    "train/images train/labels test/images test/labels" ] do
                  let name = names.Split ' '
                  let sizes = [ images 4; labels 4; images 3; labels 3 ]
                  let members = [ for name, bytes in Seq.zip name sizes -> $"{name}.npy", bytes ]

                  withNpz members (fun path ->
                      Expect.equal (parts path) [ "train", 4, Some 4; "test", 3, Some 3 ] names))
          testCase "six arrays, as of medmnist, and one of another kind" (fun () ->
              let members =
                  [ for part, count in [ ("train", 5); ("val", 4); ("test", 3) ] do
                        $"{part}_images.npy", images count

                        $"{part}_labels.npy",
                        file "|u1" "False" $"({count}, 1)" (wholes 1 [ 1..count ])
                    "mean.npy", greys 1 [ 1 ] ]

              withNpz members (fun path ->
                  Expect.equal
                      (parts path)
                      [ "train", 5, Some 5; "validation", 4, Some 4; "test", 3, Some 3 ]
                      "three parts"))
          testCase "images and labels of all" (fun () ->
              for image, label in [ "images", "labels"; "x", "y"; "data", "target" ] do
                  withNpz [ $"{image}.npy", images 4; $"{label}.npy", labels 4 ] (fun path ->
                      Expect.equal (parts path) [ ("train", 4, Some 4) ] image))
          testCase "an array by its name, labels by theirs" (fun () ->
              let members =
                  [ "arr_0.npy", images 4; "arr_1.npy", labels 4; "arr_2.npy", images 3 ]

              withNpz members (fun path ->
                  let asked =
                      { source $"{path}:arr_0" with
                          Labels = Some $"{path}:arr_1"
                          Test = Some $"{path}:arr_2" }

                  expectBad [ "test images have no labels"; "--test-labels" ] (fun () ->
                      Sources.read asked)

                  let parts = Sources.read { asked with Labels = None }
                  Expect.equal (parts |> List.map _.Images.Shape[0]) [ 4; 3 ] "both"))
          testCase "a test file by its test images, or all there are" (fun () ->
              let members = [ "x_train.npy", images 4; "x_test.npy", images 3 ]

              withNpz members (fun path ->
                  withFile "b.npy" (images 7) (fun own ->
                      let asked = { source own with Test = Some path }
                      let parts = Sources.read asked

                      Expect.equal
                          (parts |> List.map _.Images.Shape[0])
                          [ 7; 3 ]
                          "its test images"

                      expectBad [ "--test"; "already" ] (fun () ->
                          Sources.read { source path with Test = Some own })))) ]

let private refusing =
    testList
        "refusing"
        [ testCase "names that do not tell" (fun () ->
              let both = [ "arr_0.npy", images 4; "arr_1.npy", labels 4 ]
              refused both [ "arr_0, arr_1"; "--data"; "a.npz:arr_0" ]
              refused [ "x.npy", images 4; "x_train.npy", images 4 ] [ "x, x_train" ]
              refused [ "x_train.npy", images 4; "train.npy", images 4 ] [ "x_train, train" ]
              refused [ "y_train.npy", labels 4; "y_test.npy", labels 4 ] [ "y_train, y_test" ]
              refused [ for i in 1..20 -> $"a{i}.npy", images 1 ] [ "a12, and 8 more" ]
              refused [] [ "no arrays" ]
              refused [ ("readme.txt", latin "no") ] [ "no arrays" ]
              refused [ "x_test.npy", images 4; "y_test.npy", labels 4 ] [ "no training images" ]

              withNpz both (fun path ->
                  expectBad [ "no array b"; "arr_0, arr_1" ] (fun () -> parts $"{path}:b")
                  expectBad [ "--labels"; "arr_0, arr_1" ] (fun () -> Sources.readLabels path 4)))
          testCase "labels that do not fit, or are there twice" (fun () ->
              refused
                  [ "x_train.npy", images 4; "y_train.npy", labels 3 ]
                  [ "3 labels"; "4 images" ]

              withNpz [ "x.npy", images 4; "y.npy", labels 4 ] (fun path ->
                  expectBad [ "--labels"; "already" ] (fun () ->
                      Sources.read { source path with Labels = Some path })))
          testCase "the faults of an .npy file, by the array's name" (fun () ->
              refused
                  [ ("x.npy", file "<f4" "False" "(1, 2)" (floats [ 1f; 2f ])) ]
                  [ "a.npz:x has the shape 1 x 2" ]

              refused [ ("x.npy", images 4 |> Array.truncate 140) ] [ "a.npz:x is cut short" ])
          testCase "what is no zip, or damaged" (fun () ->
              for bytes in [ latin "no zip"; [||]; latin "PK\003\004" ] do
                  withFile "a.npz" bytes (fun path -> expectBad [ path ] (fun () -> parts path))

              let whole = npz CompressionLevel.NoCompression [ ("x.npy", images 4) ]
              let at = Array.IndexOf(whole, byte 'N') + 100
              whole[at + 60] <- whole[at + 60] ^^^ 1uy
              withFile "a.npz" whole (fun path -> expectBad [ "checksum" ] (fun () -> parts path)))
          testCase "a bomb is not unpacked" (fun () ->
              let bomb = npz CompressionLevel.Optimal [ ("x.npy", Array.zeroCreate 1000) ]
              // The size that it claims, in the directory at its end, where every archive is read from.
              let directory = Array.FindLastIndex(bomb, fun b -> b = byte 'x') - 46
              Array.blit [| 0uy; 0uy; 0uy; 0x40uy |] 0 bomb (directory + 24) 4

              withFile "a.npz" bomb (fun path ->
                  expectBad [ "claims 1073741824" ] (fun () -> parts path)))
          testProperty "a damaged file gives BadInput or parts" (fun seed ->
              let bytes =
                  npz CompressionLevel.Optimal [ "x_train.npy", images 4; "y_train.npy", labels 4 ]

              survives "a.npz" bytes (fun path -> Sources.read (source path)) seed) ]

[<Tests>]
let tests = testList "Npz" [ reading; refusing ]
