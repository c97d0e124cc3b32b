module Workbench.Tests.PickleTests

open System
open Expecto
open Workbench
open Workbench.Tests.FileSupport

/// The array of objects that `numpy.load` would find, with this pickle in it.
let private holding (pickle: byte[]) : NpyArray =
    { Type =
        { Kind = 'O'
          Size = 8
          BigEndian = false }
      Shape = [||]
      Fortran = false
      Data = ReadOnlyMemory pickle }

let private splits pickle =
    Pickle.parts "mnist_m.npy" (holding pickle)

let private refused words pickle =
    expectBad ("mnist_m.npy" :: words) (fun () -> splits pickle)

/// A protocol 2 pickle of these instructions.
let private pickle (instructions: string) = latin ("\128\002" + instructions + ".")

/// Instructions that push a 1 x 1 x 1 array of one byte, `value`.
let private array (value: char) =
    "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\000tC\001btR"
    + "(K\001(K\001K\001K\001tcnumpy\ndtype\n(X\002\000\000\000u1\137\136tR\137C\001"
    + string value
    + "tb"

/// Instructions that push a dictionary with these keys, each with the instructions of its value.
let private dictionary (entries: (string * string) list) =
    let entry (key: string, value) =
        $"X{char key.Length}\000\000\000{key}{value}"

    "}(" + (entries |> List.map entry |> String.concat "") + "u"

let private expected =
    [| for i in [ 0; 60; 20; 80; 40; 100; 120; 180; 140; 200; 160; 220 ] -> float32 i / 255f |]

let private values (part: DataPart) = ImageArray.numbers part.Images

let private labels numbers =
    Some(LabelArray.Numbers(Array.ofList numbers))

let private samples =
    [ "protocol 2", PickleSamples.protocol2
      "protocol 3", PickleSamples.protocol3
      "protocol 4", PickleSamples.protocol4
      "protocol 5", PickleSamples.protocol5
      "protocol 4, numpy._core", PickleSamples.newNames4
      "protocol 5, numpy._core", PickleSamples.newNames5 ]

let private reading =
    testList
        "reading"
        [ testList
              "what numpy wrote"
              [ for name, sample in samples ->
                    testCase name (fun () ->
                        match splits sample with
                        | [ train; test ] ->
                            Expect.equal (train.Name, test.Name) ("train", "test") "the names"
                            Expect.equal (values train).Shape [| 2; 3; 1; 2 |] "channels first"
                            Expect.equal (values train).Values expected "the images"
                            Expect.equal (values test) (values train) "Fortran order"
                            Expect.equal train.Labels (labels [ 7L; 1L ]) "an array of labels"
                            Expect.equal test.Labels (labels [ 2L; 3L ]) "a list of labels"
                        | other -> failtestf "%A" other) ]
          testCase "splits of images alone, with a validation split and more" (fun () ->
              let found =
                  splits (
                      pickle (
                          dictionary
                              [ "valid", array '\200'
                                "train", array '\201'
                                "mean", "G\063\224\000\000\000\000\000\000"
                                "note", "N" ]
                      )
                  )

              Expect.equal (found |> List.map _.Name) [ "train"; "validation" ] "the names"
              Expect.isTrue (found |> List.forall _.Labels.IsNone) "no labels"
              Expect.equal (values found[1]).Values [| float32 '\200' / 255f |] "the image")
          testCase "pairs instead of dictionaries" (fun () ->
              let pair = $"({array 'a'}(K\005lt"
              let found = splits (pickle $"]({pair}{pair}e")

              Expect.equal
                  (found |> List.map _.Labels)
                  [ labels [ 5L ]; labels [ 5L ] ]
                  "the labels")
          testCase "labels beside the images, of words, too" (fun () ->
              let words = "(X\003\000\000\000catl"

              let entries =
                  [ "train", array '\200'
                    "train_labels", words
                    "x_test", array '\200'
                    "y_test", words ]

              for part in splits (pickle (dictionary entries)) do
                  Expect.equal part.Labels (Some(LabelArray.Words [| "cat" |])) part.Name)
          testCase "through a file" (fun () ->
              let header = "{'descr': '|O', 'fortran_order': False, 'shape': ()}\n"

              let bytes =
                  Array.concat
                      [ latin $"\147NUMPY\001\000{char header.Length}\000{header}"
                        PickleSamples.protocol3 ]

              withFile "MNIST_M.npy" bytes (fun path ->
                  Expect.equal (Pickle.parts path (Npy.read path)).Length 2 "two splits"
                  expectBad [ path; "Python objects" ] (fun () -> Npy.readImages path))) ]

let private refusing =
    testList
        "refusing"
        [ testCase "every name that is not numpy's" (fun () ->
              refused [ "posix.system" ] (pickle "cposix\nsystem\nX\004\000\000\000true\133R")
              refused [ "builtins.eval" ] (latin "\128\004\140\008builtins\140\004eval\147.")
              refused [ "numpy.load" ] (pickle "cnumpy\nload\n)R")
              // A refused name is shown without the control characters that a terminal would obey.
              refused [ "evil [2J.x" ] (pickle "cevil\027[2J\nx\n"))
          testCase "every instruction that is not plain data" (fun () ->
              for instruction in
                  [ "\129"
                    "\146"
                    "i"
                    "o"
                    "P"
                    "Q"
                    "I1\n"
                    "S'a'\n"
                    "\130\001"
                    "\151"
                    "\255" ] do
                  refused [ $"0x%02X{int instruction[0]}" ] (pickle ("))" + instruction)))
          testCase "names used in another way than numpy's" (fun () ->
              refused [ "_reconstruct" ] (pickle "cnumpy.core.multiarray\n_reconstruct\n)R")
              refused [ "_frombuffer" ] (pickle "cnumpy.core.numeric\n_frombuffer\n(K\001tR")

              refused
                  [ "idna" ]
                  (pickle "c_codecs\nencode\n(X\001\000\000\000aX\004\000\000\000idnatR")

              refused
                  [ "malformed" ]
                  (pickle
                      "c_codecs\nencode\n(X\003\000\000\000\226\130\172X\006\000\000\000latin1tR")

              refused [ "malformed" ] (pickle "NNb")
              refused [ "malformed" ] (pickle "NNR"))
          testCase "arrays whose shape does not fit" (fun () ->
              let shaped shape =
                  pickle (
                      "cnumpy.core.numeric\n_frombuffer\n(C\002abcnumpy\ndtype\n(X\002\000\000\000u1tR"
                      + shape
                      + "X\001\000\000\000CtR"
                  )

              refused [ "shape does not fit" ] (shaped "(K\003t")
              refused [ "shape" ] (shaped "(J\255\255\255\255t")
              refused [ "claims" ] (shaped "(J\255\255\255\127J\255\255\255\127J\255\255\255\127t"))
          testCase "dictionaries that are no splits" (fun () ->
              refused [ "an entry 'train'"; "numpy.stack" ] (pickle "N")
              refused [ "no entry 'train'"; "test" ] (pickle (dictionary [ "test", array 'a' ]))
              refused [ "no array of numbers" ] (pickle (dictionary [ "train", "N" ]))
              refused [ "no entry 'images'" ] (pickle (dictionary [ "train", "}" ]))

              let train labels =
                  dictionary [ "train", dictionary [ "images", array 'a'; "labels", labels ] ]

              refused [ "2 labels do not fit the 1 images" ] (pickle (train "(K\001K\002l"))
              refused [ "no whole number" ] (pickle (train "(Nl"))
              refused [ "labels" ] (pickle (train "N")))
          testCase "other protocols and no pickle at all" (fun () ->
              refused [ "no pickle" ] (latin "(dp0\n.")
              refused [ "protocol 1" ] (latin "\128\001N.")
              refused [ "protocol 6" ] (latin "\128\006N.")
              refused [ "cut short" ] [||]) ]

let private bounded =
    testList
        "staying within bounds"
        [ testCase "every cut of a good file" (fun () ->
              for length in 0 .. PickleSamples.protocol4.Length - 1 do
                  refused [] (Array.truncate length PickleSamples.protocol4))
          testCase "sizes that the file does not have" (fun () ->
              for instruction in
                  [ "X\255\255\255\255"; "B\255\255\255\127"; "\138\255"; "T\255\255\255\255" ] do
                  refused [] (pickle instruction)

              for instruction in [ "\141"; "\142"; "\150" ] do
                  refused
                      [ "cut short" ]
                      (pickle (instruction + "\255\255\255\255\255\255\255\127"))

                  refused
                      [ "cut short" ]
                      (pickle (instruction + "\255\255\255\255\255\255\255\255")))
          testCase "an empty stack, missing marks and memos" (fun () ->
              for instruction in
                  [ "0"
                    "1"
                    "2"
                    "t"
                    "a"
                    "e"
                    "s"
                    "u"
                    "q\000"
                    "h\001"
                    "\133"
                    "}(Nu"
                    "Na" ] do
                  refused [ "malformed" ] (pickle instruction))
          testCase "deep nesting and lists that hold themselves" (fun () ->
              refused [] (pickle (String('(', 200_000)))
              refused [] (pickle (String(']', 200_000) + String('a', 199_999)))
              refused [] (pickle (String(')', 1) + String('\133', 200_000)))
              refused [] (pickle "]q\000h\000a"))
          testCase "more instructions than data needs" (fun () ->
              refused [ "more Python objects" ] (pickle (String('N', 3_000_000))))
          testCase "one text encoded over and over" (fun () ->
              let once = "h\000h\001\134h\002R"
              let text = "X\000\016\000\000" + String('a', 4096)

              let calls =
                  String.replicate
                      1000
                      (once.Replace("h\000h\001\134h\002R", "h\002h\000h\001\134R"))

              refused
                  [ "malformed" ]
                  (pickle (
                      text + "q\000X\006\000\000\000latin1q\001c_codecs\nencode\nq\002" + calls
                  )))
          testProperty "a damaged file gives BadInput or splits" (fun seed ->
              for name, sample in samples do
                  try
                      splits (damage seed sample) |> ignore
                  with BadInput _ ->
                      ()) ]

[<Tests>]
let tests = testList "Pickle" [ reading; refusing; bounded ]
