module Workbench.Tests.LabelsTests

open System
open System.IO
open System.Text
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.NpySupport

let private read name bytes count =
    withFile name bytes (fun path -> Sources.readLabels path count)

let private numbers (list: int64 list) = LabelArray.Numbers(Array.ofList list)
let private words (list: string list) = LabelArray.Words(Array.ofList list)

let private refused name bytes (hints: string list) =
    withFile name bytes (fun path -> expectBad hints (fun () -> Sources.readLabels path 2))

/// Texts as numpy's `U`, `size` letters each.
let private unicode (encoding: Encoding) size (texts: string list) =
    texts
    |> List.map (fun text -> encoding.GetBytes(text.PadRight(size, '\000')))
    |> Array.concat

let private arrays =
    testList
        "arrays"
        [ testCase "whole numbers of every type, negative ones too" (fun () ->
              for descr, size in [ ("|i1", 1); ("<i2", 2); ("<i4", 4); ("<i8", 8) ] do
                  let bytes = file descr "False" "(3,)" (wholes size [ -1; 9; 100 ])
                  Expect.equal (read "a.npy" bytes 3) (numbers [ -1L; 9L; 100L ]) descr

              for descr, size in [ ("|u1", 1); ("<u2", 2); ("<u4", 4); ("<u8", 8) ] do
                  let bytes = file descr "False" "(2,)" (wholes size [ 0; 200 ])
                  Expect.equal (read "a.npy" bytes 2) (numbers [ 0L; 200L ]) descr)
          testCase "floats that are whole" (fun () ->
              let bytes = file "<f4" "False" "(2,)" (floats [ 7f; 0f ])
              Expect.equal (read "a.npy" bytes 2) (numbers [ 7L; 0L ]) "f4"

              refused
                  "a.npy"
                  (file "<f4" "False" "(2,)" (floats [ 7f; 0.5f ]))
                  [ "0.5"; "x.round()" ]

              refused "a.npy" (file "<f4" "False" "(2,)" (floats [ 7f; nanf ])) [ "NaN" ])
          testCase "a column, a row" (fun () ->
              for shape in [ "(3, 1)"; "(1, 3)" ] do
                  let bytes = file "<i4" "False" shape (wholes 4 [ 4; 5; 6 ])
                  Expect.equal (read "a.npy" bytes 3) (numbers [ 4L; 5L; 6L ]) shape)
          testCase "one-hot rows, in both orders" (fun () ->
              let rows = [ 0; 0; 1; 0; 255; 0 ]
              let bytes = file "|u1" "False" "(2, 3)" (wholes 1 rows)
              Expect.equal (read "a.npy" bytes 2) (numbers [ 2L; 1L ]) "C order"
              let byColumn = file "|u1" "True" "(2, 3)" (wholes 1 [ 0; 0; 0; 255; 1; 0 ])
              Expect.equal (read "a.npy" byColumn 2) (numbers [ 2L; 1L ]) "Fortran order"
              let ofBools = file "|b1" "False" "(2, 2)" [| 1uy; 0uy; 0uy; 1uy |]
              Expect.equal (read "a.npy" ofBools 2) (numbers [ 0L; 1L ]) "bools"

              for bad in [ [ 1; 0; 1; 0; 1; 0 ]; [ 1; 0; 0; 0; 0; 0 ] ] do
                  refused
                      "a.npy"
                      (file "|u1" "False" "(2, 3)" (wholes 1 bad))
                      [ "x.argmax(1)"; "row" ])
          testCase "bools and texts" (fun () ->
              let bools = file "|b1" "False" "(2,)" [| 1uy; 0uy |]
              Expect.equal (read "a.npy" bools 2) (words [ "True"; "False" ]) "bools"

              for descr, encoding in
                  [ "<U4", UTF32Encoding(false, false); ">U4", UTF32Encoding(true, false) ] do
                  let texts = file descr "False" "(2,)" (unicode encoding 4 [ "été"; "cat" ])
                  Expect.equal (read "a.npy" texts 2) (words [ "été"; "cat" ]) descr

              let bytes = file "|S3" "False" "(2,)" (latin "cata\000\000")
              Expect.equal (read "a.npy" bytes 2) (words [ "cat"; "a" ]) "S"
              let digits = file "|S2" "False" "(2,)" (latin "107\000")
              Expect.equal (read "a.npy" digits 2) (numbers [ 10L; 7L ]) "numbers as texts")
          testCase "Python objects: texts and numbers in a list" (fun () ->
              let objects (items: string) =
                  let pickle =
                      "\128\002cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\000tC\001btR"
                      + "(K\001K\002\133cnumpy\ndtype\n(X\002\000\000\000O8\137\136tR\137]("
                      + items
                      + "etb."

                  file "|O" "False" "(2,)" (latin pickle)

              let texts = objects "X\003\000\000\000catX\001\000\000\000a"
              Expect.equal (read "a.npy" texts 2) (words [ "cat"; "a" ]) "texts"
              Expect.equal (read "a.npy" (objects "K\005K\006") 2) (numbers [ 5L; 6L ]) "numbers"
              refused "a.npy" (objects "NN") [ "no whole number" ])
          testCase "an IDX file will do, an .npz, too" (fun () ->
              inFolder (fun folder ->
                  let path = Path.Combine(folder, "labels.gz")
                  let bytes = [| 1uy; 2uy; 3uy |]
                  Idx.write path { Shape = [| 3 |]; Bytes = bytes }
                  Expect.equal (Sources.readLabels path 3) (numbers [ 1L; 2L; 3L ]) "the labels"
                  Idx.write path { Shape = [| 3; 1 |]; Bytes = bytes }
                  expectBad [ path; "2 dimensions" ] (fun () -> Sources.readLabels path 3)))
          testCase "what is no labels" (fun () ->
              refused
                  "a.npy"
                  (file "|u1" "False" "(2, 2, 1)" (wholes 1 [ 1; 2; 3; 4 ]))
                  [ "2 x 2 x 1" ]

              refused "a.npy" (file "<c8" "False" "(1,)" (Array.zeroCreate 8)) [ "<c8" ]) ]

let private texts =
    testList
        "text"
        [ testCase "one label a line, with a heading or without" (fun () ->
              for text in
                  [ "3\n1\n"
                    "label\n3\n1\n"
                    "3\r\n1"
                    "\"3\"\n\"1\"\n"
                    "\u00ef\u00bb\u00bf3\n1\n" ] do
                  for name in [ "a.txt"; "a.csv"; "A.CSV" ] do
                      Expect.equal (read name (latin text) 2) (numbers [ 3L; 1L ]) text

              let exact = latin "5.000000000000000000e+00\n0.000000000000000000e+00\n"

              Expect.equal
                  (read "a.txt" exact 2)
                  (numbers [ 5L; 0L ])
                  "as numpy.savetxt writes them"

              Expect.equal
                  (read "a.txt" (latin "007\n1\n") 2)
                  (words [ "007"; "1" ])
                  "007 is a word"

              Expect.equal (read "a.txt" (latin "cat\ndog\n") 2) (words [ "cat"; "dog" ]) "words")
          testCase "several columns, empty lines" (fun () ->
              refused "a.csv" (latin ",label\n0,5\n1,7\n") [ "several columns"; "index=False" ]
              refused "a.txt" (latin "1\n\n2\n3") [ "empty line"; "(2)" ]) ]

let private classes =
    testList
        "classes"
        [ testCase "labels become numbers of classes, in order" (fun () ->
              let found =
                  Labels.renumbered "a" false [ numbers [ 255L; 0L; -3L ]; numbers [ 10L ] ]

              Expect.equal
                  found
                  ([ "-3"; "0"; "10"; "255" ], [ [| 3L; 1L; 0L |]; [| 2L |] ])
                  "numbers"

              let found = Labels.renumbered "a" false [ words [ "b"; "B"; "a" ]; numbers [ 1L ] ]
              Expect.equal found ([ "1"; "B"; "a"; "b" ], [ [| 3L; 1L; 2L |]; [| 0L |] ]) "words")
          testCase "of ten digits none is left out" (fun () ->
              let names, labels = Labels.renumbered "a" true [ numbers [ 7L; 3L ] ]
              Expect.equal names [ for digit in 0..9 -> string digit ] "the names"
              Expect.equal labels [ [| 7L; 3L |] ] "as they were"
              let names, _ = Labels.renumbered "a" true [ numbers [ 1L; 26L ] ]
              Expect.equal names [ "1"; "26" ] "letters")
          testCase "what makes no classes" (fun () ->
              let each count = LabelArray.Numbers [| 1L .. count |]

              let twice count =
                  LabelArray.Numbers(Array.init (2 * count) (fun i -> int64 (i / 2)))

              expectBad [ "a:"; "50 labels of which 50" ] (fun () ->
                  Labels.renumbered "a" false [ each 50L ])

              expectBad [ "1001 are different" ] (fun () ->
                  Labels.renumbered "a" false [ twice 1001 ])

              Labels.renumbered "a" false [ twice 1000 ] |> ignore
              Labels.renumbered "a" false [ each 10L ] |> ignore)
          testProperty "the names of the classes give the labels back" (fun (given: int16 list) ->
              let given = List.truncate 10 given |> List.map int64
              let names, labels = Labels.renumbered "a" false [ numbers given ]

              [ for label in labels.Head -> int64 names[int label] ] = given
              && List.map int64 names = List.sort (List.distinct given)) ]

[<Tests>]
let tests = testList "Labels" [ arrays; texts; classes ]
