module Workbench.Tests.NpyTests

open System
open System.IO
open System.Text
open Expecto
open Workbench
open Workbench.Tests.FileSupport

/// An .npy file with this dictionary as its header.
let private npy (version: byte) (dictionary: string) (elements: byte[]) =
    let text =
        (if version = 3uy then Encoding.UTF8 else Encoding.Latin1).GetBytes dictionary

    let length =
        if version = 1uy then
            BitConverter.GetBytes(uint16 text.Length)
        else
            BitConverter.GetBytes(uint32 text.Length)

    Array.concat [ latin "\147NUMPY"; [| version; 0uy |]; length; text; elements ]

let private dictionary descr fortran shape =
    $"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n"

let private file descr fortran shape elements =
    npy 1uy (dictionary descr fortran shape) elements

let private images bytes = withFile "a.npy" bytes Npy.readImages
let private labels bytes = withFile "a.npy" bytes Npy.readLabels

let private refused bytes words =
    withFile "a.npy" bytes (fun path -> expectBad (path :: words) (fun () -> Npy.readImages path))

let private refusedLabels bytes words =
    withFile "a.npy" bytes (fun path -> expectBad (path :: words) (fun () -> Npy.readLabels path))

let private floats (numbers: float32 seq) =
    numbers |> Seq.collect BitConverter.GetBytes |> Seq.toArray

let private doubles (numbers: float seq) =
    numbers |> Seq.collect BitConverter.GetBytes |> Seq.toArray

let private ints (numbers: int seq) =
    numbers |> Seq.collect BitConverter.GetBytes |> Seq.toArray

let private longs (numbers: int64 seq) =
    numbers |> Seq.collect BitConverter.GetBytes |> Seq.toArray

/// Every `size` bytes in the opposite order.
let private swapped size (bytes: byte[]) =
    bytes |> Array.chunkBySize size |> Array.collect Array.rev

/// A 2 x 2 x 3 array's elements as they lie in Fortran order.
let private fortranOrder (elements: 'T[]) =
    [| for k in 0..2 do
           for j in 0..1 do
               for i in 0..1 do
                   elements[i * 6 + j * 3 + k] |]

let private types =
    testList
        "element types"
        [ testCase "u1 is divided by 255" (fun () ->
              let all = images (file "|u1" "False" "(1, 16, 16)" [| 0uy .. 255uy |])
              Expect.equal all.Shape [| 1; 16; 16 |] "the shape"
              Expect.equal all.Values (Array.init 256 (fun b -> float32 b / 255f)) "the values")
          testCase "f4, f8, i4 and i8 in both byte orders are taken as they are" (fun () ->
              let grey = [| 0f; 1f; 0.5f; 0.25f |]
              let binary = [| 0f; 1f; 1f; 0f |]

              for descr, size, bytes, expected in
                  [ "f4", 4, floats grey, grey
                    "f8", 8, doubles (Seq.map float grey), grey
                    "i4", 4, ints (Seq.map int binary), binary
                    "i8", 8, longs (Seq.map int64 binary), binary ] do
                  let little = images (file ("<" + descr) "False" "(1, 2, 2)" bytes)
                  let big = images (file (">" + descr) "False" "(1, 2, 2)" (swapped size bytes))
                  Expect.equal little.Values expected $"little-endian {descr}"
                  Expect.equal big.Values expected $"big-endian {descr}")
          testCase "values outside 0 to 1 are refused, NaN too" (fun () ->
              for value in [ -0.001f; 1.001f; nanf; infinityf ] do
                  refused (file "<f4" "False" "(1, 1, 2)" (floats [ 0.5f; value ])) [ "[0, 1]" ]

              refused (file "<i4" "False" "(1, 1, 1)" (ints [ 255 ])) [ "255"; "uint8" ])
          testCase "other types are refused by name" (fun () ->
              refused (file "<f2" "False" "(1, 1, 1)" (Array.zeroCreate 2)) [ "<f2" ]
              refused (file "|b1" "False" "(1, 1, 1)" (Array.zeroCreate 1)) [ "|b1" ]
              refused (file "<c16" "False" "(1, 1, 1)" (Array.zeroCreate 16)) [ "<c16" ]
              refused (file "<U3" "False" "(1, 1, 1)" (Array.zeroCreate 12)) [ "<U3" ]
              refused (file "|O" "False" "(1, 1, 1)" [| 0x80uy |]) [ "Python objects" ]) ]

let private shapes =
    testList
        "shapes"
        [ testCase "N x 784 is N x 28 x 28" (fun () ->
              let bytes = Array.init 1568 (fun i -> byte (i * 7))
              let flat = images (file "|u1" "False" "(2, 784)" bytes)
              let square = images (file "|u1" "False" "(2, 28, 28)" bytes)
              Expect.equal flat square "both readings"
              let byColumn = Array.init 1568 (fun i -> bytes[i % 2 * 784 + i / 2])
              Expect.equal (images (file "|u1" "True" "(2, 784)" byColumn)) flat "Fortran order")
          testCase "Fortran order is put into C order" (fun () ->
              let grey = Array.init 12 (fun i -> float32 i / 11f)
              let read = images (file "<f4" "True" "(2, 2, 3)" (floats (fortranOrder grey)))
              Expect.equal read { Shape = [| 2; 2; 3 |]; Values = grey } "the array")
          testCase "channels come first, a single one goes" (fun () ->
              // One image of 1 x 2 pixels: red, green, blue; red, green, blue.
              let colours = floats [ 0.1f; 0.2f; 0.3f; 0.4f; 0.5f; 0.6f ]
              let read = images (file "<f4" "False" "(1, 1, 2, 3)" colours)
              Expect.equal read.Shape [| 1; 3; 1; 2 |] "the shape"
              Expect.equal read.Values [| 0.1f; 0.4f; 0.2f; 0.5f; 0.3f; 0.6f |] "the planes"
              let bytes = [| 10uy; 20uy; 30uy; 40uy; 50uy; 60uy |]
              let planes = images (file "|u1" "True" "(1, 1, 2, 3)" bytes)
              // In Fortran order the pixels, not the channels, are neighbours already.
              Expect.equal planes.Values (Arrays.unit bytes) "Fortran order"

              Expect.equal
                  (images (file "|u1" "False" "(1, 2, 3, 1)" bytes)).Shape
                  [| 1; 2; 3 |]
                  "grey")
          testCase "other shapes are refused" (fun () ->
              refused (file "|u1" "False" "()" [| 1uy |]) [ "N x 784" ]
              refused (file "|u1" "False" "(4,)" [| 1uy .. 4uy |]) [ "shape 4" ]
              refused (file "|u1" "False" "(2, 2)" [| 1uy .. 4uy |]) [ "2 x 2" ]
              refused (file "|u1" "False" "(1, 1, 2, 2)" [| 1uy .. 4uy |]) [ "1 x 1 x 2 x 2" ]
              refused (file "|u1" "False" "(0, 28, 28)" [||]) [ "no images" ]) ]

let private headers =
    testList
        "headers"
        [ testCase "versions 1 to 3, any spacing and order" (fun () ->
              for version in 1uy .. 3uy do
                  for text in
                      [ dictionary "|u1" "False" "(1, 1, 1)"
                        "{'shape':(1,1,1),'descr':\"u1\",'fortran_order':False}"
                        "  { 'fortran_order' : False , 'shape' : ( 1L , 1L, 1 , ) , 'descr' : '|u1' } \n" ] do
                      let read = images (npy version text [| 255uy |])
                      Expect.equal read.Values [| 1f |] $"version {version}: {text}")
          testCase "malformed dictionaries" (fun () ->
              for text in
                  [ ""
                    "{"
                    "{}"
                    "[]"
                    "{'descr': '|u1', 'fortran_order': False}"
                    "{'descr': '|u1', 'fortran_order': 0, 'shape': (1, 1, 1)}"
                    "{'descr': '|u1', 'fortran_order': False, 'shape': (1, (1), 1)}"
                    "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 1, 1)}"
                    "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}"
                    "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1)} + f()"
                    "{'descr': '|u1, 'fortran_order': False, 'shape': (1, 1, 1)}"
                    "{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (1,)}" ] do
                  refused (npy 1uy text [| 1uy |]) [ "header" ]

              refused (npy 1uy "{'descr': [('a', '<i4')], 'shape': (1,)}" [| 1uy |]) [ "records" ])
          testCase "no .npy file, an unknown version, an absurd header" (fun () ->
              refused (latin "PK\003\004 a zip file") [ "not an .npy file" ]
              refused (latin "text") [ "not an .npy file" ]
              refused [||] [ "cut short" ]
              refused (npy 9uy "{}" [||]) [ "version 9" ]

              refused
                  (Array.append (latin "\147NUMPY\002\000") (Array.create 20 255uy))
                  [ "4294967295 bytes" ])
          testCase "absurd shapes, cut files and files that go on" (fun () ->
              refused (file "<f8" "False" "(4000000000, 28, 28)" [||]) [ "shape" ]
              refused (file "|u1" "False" "(1000000, 1000000, 1000000)" [||]) [ "elements" ]
              refused (file "<f8" "False" "(1000000, 28, 28)" [| 1uy |]) [ "cut short" ]
              refused (file "|u1" "False" "(1, 1, 1)" [| 1uy; 2uy |]) [ "goes on"; "1 bytes" ]
              let whole = file "|u1" "False" "(1, 2, 2)" [| 1uy .. 4uy |]

              for length in 0 .. whole.Length - 1 do
                  refused (Array.truncate length whole) [])
          testProperty "a damaged file gives BadInput or an array" (fun seed ->
              let bytes =
                  file ">f8" "True" "(2, 2, 3)" (swapped 8 (doubles (Array.create 12 0.5)))

              survives "a.npy" bytes Npy.readImages seed) ]

let private labelTests =
    testList
        "labels"
        [ testCase "integers of every type" (fun () ->
              for descr, bytes in
                  [ "|u1", [| 0uy; 9uy |]
                    "|i1", [| 0uy; 9uy |]
                    "<u2", [| 0uy; 0uy; 9uy; 0uy |]
                    ">i2", [| 0uy; 0uy; 0uy; 9uy |]
                    "<i4", ints [ 0; 9 ]
                    ">u4", swapped 4 (ints [ 0; 9 ])
                    "<i8", longs [ 0L; 9L ]
                    ">u8", swapped 8 (longs [ 0L; 9L ]) ] do
                  Expect.equal (labels (file descr "False" "(2,)" bytes)) [| 0uy; 9uy |] descr)
          testCase "an IDX file will do" (fun () ->
              inFolder (fun folder ->
                  let path = Path.Combine(folder, "labels.gz")

                  Idx.write
                      path
                      { Shape = [| 3 |]
                        Bytes = [| 1uy; 2uy; 3uy |] }

                  Expect.equal (Npy.readLabels path) [| 1uy; 2uy; 3uy |] "the labels"

                  Idx.write
                      path
                      { Shape = [| 3; 1 |]
                        Bytes = [| 1uy; 2uy; 3uy |] }

                  expectBad [ path; "2 dimensions" ] (fun () -> Npy.readLabels path)))
          testCase "numbers that are no labels" (fun () ->
              refusedLabels (file "<i4" "False" "(2,)" (ints [ 0; 256 ])) [ "256" ]
              refusedLabels (file "<i8" "False" "(2,)" (longs [ 0L; -1L ])) [ "-1" ]
              refusedLabels (file "<f4" "False" "(1,)" (floats [ 1f ])) [ "<f4" ]
              refusedLabels (file "|u1" "False" "(1, 1)" [| 1uy |]) [ "1 x 1" ]) ]

let private writing =
    testCase "what is written comes back" (fun () ->
        inFolder (fun folder ->
            let path = Path.Combine(folder, "a.npy")
            let values = Array.init 784 (fun i -> float32 i / 783f)

            Npy.write
                path
                { Shape = [| 1; 28; 28 |]
                  Values = values }

            Expect.equal (Npy.readImages path).Values values "numbers"
            Expect.equal (File.ReadAllBytes path).Length (128 + 4 * 784) "numpy's alignment"

            Npy.writeBytes
                path
                { Shape = [| 3 |]
                  Bytes = [| 1uy; 2uy; 3uy |] }

            Expect.equal (Npy.readLabels path) [| 1uy; 2uy; 3uy |] "bytes"))

[<Tests>]
let tests = testList "Npy" [ types; shapes; headers; labelTests; writing ]
