module Workbench.Tests.NpyTests

open System
open System.IO
open System.Text
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.NpySupport

let private images bytes = withFile "a.npy" bytes Npy.readImages

let private refused bytes words =
    withFile "a.npy" bytes (fun path -> expectBad (path :: words) (fun () -> Npy.readImages path))

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
          testCase "floats of every size in both byte orders are taken as they are" (fun () ->
              let grey = [| 0f; 1f; 0.5f; 0.25f |]
              let halves = grey |> Array.collect (Half.op_Explicit >> BitConverter.GetBytes)

              for descr, size, bytes in
                  [ "f2", 2, halves; "f4", 4, floats grey; "f8", 8, doubles (Seq.map float grey) ] do
                  let little = images (file ("<" + descr) "False" "(1, 2, 2)" bytes)
                  let big = images (file (">" + descr) "False" "(1, 2, 2)" (swapped size bytes))
                  Expect.equal little.Values grey $"little-endian {descr}"
                  Expect.equal big.Values grey $"big-endian {descr}")
          testCase "whole numbers of every size are ink up to 1, bytes up to 255" (fun () ->
              for descr, size in
                  [ ("u1", 1); ("u2", 2); ("u4", 4); ("u8", 8); ("i2", 2); ("i4", 4); ("i8", 8) ] do
                  let read numbers =
                      (images (file ("<" + descr) "False" "(1, 2, 2)" (wholes size numbers)))
                          .Values

                  Expect.equal (read [ 0; 1; 1; 0 ]) [| 0f; 1f; 1f; 0f |] $"ink of {descr}"

                  Expect.equal
                      (read [ 0; 255; 51; 1 ])
                      [| 0f; 1f; 51f / 255f; 1f / 255f |]
                      $"bytes of {descr}"

              let ink = [| 0uy; 1uy; 1uy; 0uy |]

              for descr in [ "|b1"; "|i1" ] do
                  let read = images (file descr "False" "(1, 2, 2)" ink)
                  Expect.equal read.Values [| 0f; 1f; 1f; 0f |] descr)
          testCase "whole numbers that are neither are refused with a call that helps" (fun () ->
              let says size descr numbers words =
                  refused
                      (file descr "False" $"(1, 1, {List.length numbers})" (wholes size numbers))
                      words

              for most in [ 2; 15; 16; 100; 127 ] do
                  says
                      1
                      "|u1"
                      [ 0; most ]
                      [ $"from 0 to {most}"; $"x * (255 / {most})"; "x / 255" ]

              says 2 "<u2" [ 0; 1000 ] [ "from 0 to 1000"; "x / 1023" ]
              says 4 "<u4" [ 0; 65535 ] [ "x / 65535" ]
              says 4 "<i4" [ -1; 1 ] [ "(x + 1) / 2" ]
              says 1 "|i1" [ -128; 127 ] [ "(x + 128.0) / 255"; "x.astype('uint8')" ]
              says 4 "<i4" [ -5; 1000 ] [ "x - x.min()" ])
          testCase "nothing but 0 is refused" (fun () ->
              for descr, size in [ ("|u1", 1); ("<f4", 4); ("|b1", 1) ] do
                  refused
                      (file descr "False" "(2, 1, 2)" (Array.zeroCreate (4 * size)))
                      [ "nothing but 0"; "x * 255" ])
          testCase "parts of a data set are looked at together" (fun () ->
              let bytes (most: byte) =
                  { Type = NpyArray.parseType "" "|u1"
                    Shape = [| 1; 1; 2 |]
                    Fortran = false
                    Data = ReadOnlyMemory [| 0uy; most |] }
                  |> ImageArray.ofArray "a.npy"

              let values (images: ImageArray) = (ImageArray.numbers images).Values

              match ImageArray.inUnit [ bytes 255uy; bytes 51uy ] |> List.map values with
              | [ _; dark ] -> Expect.equal dark [| 0f; 0.2f |] "dark images beside others"
              | other -> failtestf "%A" other)
          testCase "floats outside 0 to 1: what they look like" (fun () ->
              for numbers, words in
                  [ [ -1f; 1f; 0.3f ], [ "from -1 to 1"; "(x + 1) / 2" ]
                    [ -0.5f; 0.5f; 0.3f ], [ "x + 0.5" ]
                    [ -0.02f; 1.03f; 0.3f ], [ "x.clip(0, 1)" ]
                    [ 0f; 255f; 3f ], [ "from 0 to 255"; "x / 255" ]
                    [ 0f; 254.5f; 3f ], [ "x / 255" ]
                    [ -127.5f; 127.5f; 3f ], [ "x / 255 + 0.5" ]
                    [ 0f; 16f; 3f ], [ "where 16 is white"; "x / 255" ]
                    [ 0f; 99.5f; 3f ], [ "where 100 is white" ]
                    [ 0f; 1.4f; 3e-1f ], [ "x.clip(0, 1)"; "x / x.max()" ]
                    [ 0f; 65535f; 3f ], [ "x / 65535" ]
                    [ -0.4242f; 2.8215f; 0.1f ], [ "standardised"; "x * deviation + mean" ] ] do
                  refused (file "<f4" "False" "(1, 1, 3)" (floats numbers)) words)
          testCase "what is not finite is counted, and the first is found" (fun () ->
              for bad in [ nanf; infinityf; -infinityf ] do
                  let numbers = Array.create 24 0.5f
                  numbers[17] <- bad
                  numbers[20] <- bad

                  refused
                      (file "<f4" "False" "(2, 3, 4)" (floats numbers))
                      [ "2 numbers"; "image 1 at row 1, column 1"; "numpy.nan_to_num" ])
          testCase "what rounding carries beyond 0 and 1 is cut" (fun () ->
              let read =
                  images (file "<f4" "False" "(1, 1, 3)" (floats [ -1e-7f; 1.0000001f; 0.5f ]))

              Expect.equal read.Values [| 0f; 1f; 0.5f |] "single precision"

              let halves =
                  [| 1.001f; 0f |] |> Array.collect (Half.op_Explicit >> BitConverter.GetBytes)

              Expect.equal
                  (images (file "<f2" "False" "(1, 1, 2)" halves)).Values
                  [| 1f; 0f |]
                  "half"

              refused (file "<f4" "False" "(1, 1, 2)" (floats [ 0.5f; 1.001f ])) [ "x.clip(0, 1)" ])
          testCase "other types are refused by name" (fun () ->
              refused (file "<f16" "False" "(1, 1, 1)" (Array.zeroCreate 16)) [ "<f16"; "float32" ]
              refused (file "<M8[ns]" "False" "(1, 1, 1)" (Array.zeroCreate 8)) [ "<M8[ns]" ]

              refused
                  (file "<c16" "False" "(1, 1, 1)" (Array.zeroCreate 16))
                  [ "complex"; "abs(x)" ]

              refused
                  (file "<U3" "False" "(1, 1, 1)" (Array.zeroCreate 12))
                  [ "texts"; "--labels" ]

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
          testCase "N x 784 x 1 and N x 1 x 784 are N x 784" (fun () ->
              let bytes = Array.init 1568 (fun i -> byte (i * 7))
              let flat = images (file "|u1" "False" "(2, 784)" bytes)

              for shape in [ "(2, 784, 1)"; "(2, 1, 784)" ] do
                  Expect.equal (images (file "|u1" "False" shape bytes)) flat shape
                  let byColumn = Array.init 1568 (fun i -> bytes[i % 2 * 784 + i / 2])
                  Expect.equal (images (file "|u1" "True" shape byColumn)) flat $"{shape}, Fortran")
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
              let bytes = [| 10uy; 20uy; 30uy; 40uy; 50uy; 160uy |]
              let planes = images (file "|u1" "True" "(1, 1, 2, 3)" bytes)
              // In Fortran order the pixels, not the channels, are neighbours already.
              Expect.equal planes.Values (Arrays.unit bytes) "Fortran order"

              Expect.equal
                  (images (file "|u1" "False" "(1, 2, 3, 1)" bytes)).Shape
                  [| 1; 2; 3 |]
                  "grey")
          testCase "channels may come first; where both may, the last are" (fun () ->
              let colours = floats [ 0.1f; 0.2f; 0.3f; 0.4f; 0.5f; 0.6f ]
              let first = images (file "<f4" "False" "(1, 3, 1, 2)" colours)
              Expect.equal first.Shape [| 1; 3; 1; 2 |] "the shape"
              Expect.equal first.Values [| 0.1f; 0.2f; 0.3f; 0.4f; 0.5f; 0.6f |] "as they are"
              let grey = images (file "<f4" "False" "(1, 1, 3, 2)" colours)
              Expect.equal grey { first with Shape = [| 1; 3; 2 |] } "grey"
              let both = images (file "<f4" "False" "(1, 3, 2, 1)" colours)
              Expect.equal both.Shape [| 1; 3; 2 |] "grey of 3 x 2, not colours of 2 x 1")
          testProperty "any layout of the same images is the same array" (fun (seed: int) ->
              let random = Random seed
              let n, c, h, w = random.Next(1, 4), 3, random.Next(5, 9), random.Next(5, 9)
              let shape = [| n; c; h; w |]
              let strides = Arrays.strides shape
              let values = Array.init (Arrays.count shape) (fun _ -> random.NextSingle())

              for axes in [ [| 0; 1; 2; 3 |]; [| 0; 2; 3; 1 |] ] do
                  for isFortran in [ false; true ] do
                      let sizes = axes |> Array.map (fun axis -> shape[axis])
                      let order = if isFortran then Array.rev axes else axes

                      let rec elements at axes =
                          match axes with
                          | [] -> [ values[at] ]
                          | axis :: rest ->
                              [ 0 .. shape[axis] - 1 ]
                              |> List.collect (fun i -> elements (at + i * strides[axis]) rest)

                      let read =
                          elements 0 (List.ofArray order)
                          |> floats
                          |> file
                              "<f4"
                              (string isFortran)
                              $"({sizes[0]}, {sizes[1]}, {sizes[2]}, {sizes[3]})"
                          |> images

                      Expect.equal
                          read
                          { Shape = shape; Values = values }
                          $"%A{sizes}, {isFortran}")
          testCase "other shapes are refused, with the call that helps" (fun () ->
              for shape, words in
                  [ "()", [ "N x 784" ]
                    "(4,)", [ "shape 4"; "labels?" ]
                    "(2, 2)", [ "2 x 2"; "x[None]" ]
                    "(20, 64)", [ "x.reshape(-1, 8, 8)" ]
                    "(20, 75)", [ "x.reshape(-1, 3, 5, 5)" ]
                    "(20, 22)", [ "x.reshape(-1, H, W)" ]
                    "(28, 28, 3)", [ "x[None, :, :, :3]" ]
                    "(8, 8, 20)", [ "numpy.moveaxis(x, -1, 0)"; "x[:, None]" ]
                    "(8, 8, 3, 20)", [ "numpy.moveaxis(x, -1, 0)" ]
                    "(5, 8, 8, 4)", [ "x[..., :-1]" ]
                    "(5, 4, 8, 8)", [ "x[:, :-1]" ]
                    "(5, 3, 8, 8, 1)", [ "x.squeeze()" ]
                    "(0, 28, 28)", [ "no images" ] ] do
                  let count =
                      shape.Split([| '('; ','; ')'; ' ' |], StringSplitOptions.RemoveEmptyEntries)
                      |> Array.fold (fun count size -> count * int size) 1

                  refused (file "|u1" "False" shape (Array.create count 255uy)) words) ]

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

            Expect.equal ((Npy.read path).Data.ToArray()) [| 1uy; 2uy; 3uy |] "bytes"))

[<Tests>]
let tests = testList "Npy" [ types; shapes; headers; writing ]
