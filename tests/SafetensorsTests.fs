module Workbench.Tests.SafetensorsTests

open System
open System.IO
open System.Text
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.TensorSupport

let private written (contents: SavedTensors) =
    use memory = new MemoryStream()
    Safetensors.writeTo memory contents
    memory.ToArray()

let private readBytes (bytes: byte[]) =
    use memory = new MemoryStream(bytes)
    Safetensors.readFrom "a.safetensors" memory

/// A file with this header and this many bytes of data behind it, all 0.
let private file (header: string) (data: int) =
    let header = Encoding.UTF8.GetBytes header
    Array.concat [ BitConverter.GetBytes header.LongLength; header; Array.zeroCreate data ]

let private refused (bytes: byte[]) words =
    expectBad ("a.safetensors" :: words) (fun () -> readBytes bytes)

let private everyType () =
    { Tensors =
        Map.ofList
            [ "encoder.0.weight", matrix [ [ 1.5; -2.0; 0.0 ]; [ 3.0; nan; 1e-40 ] ]
              "double", torch.tensor [| 0.1; -infinity |]
              "long", torch.tensor [| 1L; -1L; Int64.MaxValue |]
              "int", torch.tensor [| 1; -1; Int32.MinValue |]
              "byte", torch.from_array [| 0uy; 255uy; 7uy |]
              "bool", torch.tensor [| true; false; true |]
              "scalar", torch.tensor 3.25
              "empty", torch.zeros [| 0L; 4L |] ]
      Metadata = Map.ofList [ "config", "{\"epochs\": 3}"; "motto", "naïve ≥ \"quoted\"\n" ] }

let private sameTensor (a: torch.Tensor) (b: torch.Tensor) =
    Expect.equal b.shape a.shape "shape"
    Expect.equal b.dtype a.dtype "type"
    Expect.equal (b.bytes.ToArray()) (a.bytes.ToArray()) "bytes"

let private writing =
    testList
        "writing"
        [ testCase "what is written comes back to the last bit, of every type and shape"
          <| fun () ->
              inFolder (fun folder ->
                  let path = Path.Combine(folder, "a.safetensors")
                  let contents = everyType ()
                  Safetensors.write path contents
                  let back = Safetensors.read path
                  Expect.equal back.Metadata contents.Metadata "the texts"

                  Expect.equal
                      (List.ofSeq back.Tensors.Keys)
                      (List.ofSeq contents.Tensors.Keys)
                      "the names"

                  for KeyValue(name, tensor) in contents.Tensors do
                      sameTensor tensor back.Tensors[name]

                  Expect.equal (Directory.GetFiles folder).Length 1 "no other file")

          testCase "the bytes are those of the format's description"
          <| fun () ->
              let bytes =
                  written
                      { Tensors =
                          Map.ofList
                              [ "b", torch.tensor [| 1f; 2f |]; "a", torch.from_array [| 9uy |] ]
                        Metadata = Map.ofList [ "k", "v" ] }

              let header =
                  """{"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}"""

              let padded = header.PadRight((header.Length + 7) / 8 * 8)

              let expected =
                  Array.concat
                      [ BitConverter.GetBytes(int64 padded.Length)
                        Encoding.ASCII.GetBytes padded
                        BitConverter.GetBytes 1f
                        BitConverter.GetBytes 2f
                        [| 9uy |] ]

              Expect.equal bytes expected "length, header, data"

          testCase "equal contents give equal bytes, whatever the order they were named in"
          <| fun () ->
              let file names =
                  { Tensors = Map.ofList [ for name in names -> name, torch.tensor [| 1f |] ]
                    Metadata = Map.ofList [ for name in names -> name, name ] }

              Expect.equal
                  (written (file [ "z"; "A"; "é"; "a" ]))
                  (written (file [ "a"; "é"; "z"; "A" ]))
                  "the same"

          testCase "views and parameters are written as what they show"
          <| fun () ->
              let matrix = matrix [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]

              let back =
                  readBytes (
                      written
                          { Tensors =
                              Map.ofList
                                  [ "t", matrix.t ()
                                    "p", torch.nn.Parameter(matrix.clone (), true) ]
                            Metadata = Map.empty }
                  )

              Expect.equal (numbers back.Tensors["t"]) [ 1.0; 3.0; 2.0; 4.0 ] "transposed"
              Expect.equal (numbers back.Tensors["p"]) [ 1.0; 2.0; 3.0; 4.0 ] "a parameter"

          testCase "the metadata's name is refused, and what was there stays"
          <| fun () ->
              inFolder (fun folder ->
                  let path = Path.Combine(folder, "a.safetensors")
                  File.WriteAllText(path, "before")

                  let wrong =
                      { Tensors = Map.ofList [ "__metadata__", torch.tensor [| 1f |] ]
                        Metadata = Map.empty }

                  Expect.throwsT<ArgumentException>
                      (fun () -> Safetensors.write path wrong)
                      "the name"

                  Expect.equal (File.ReadAllText path) "before" "the old file"
                  Expect.equal (Directory.GetFiles folder).Length 1 "nothing else") ]

let private tensor = """{"dtype":"U8","shape":[2],"data_offsets":[0,2]}"""

let private damaged =
    testList
        "damaged files"
        [ testCase "headers that cannot be"
          <| fun () ->
              refused [||] [ "0 bytes" ]
              refused [| 1uy; 0uy; 0uy |] [ "3 bytes" ]
              refused (Array.create 20 255uy) [ "18446744073709551615" ]
              refused (BitConverter.GetBytes 100_000_001L) [ "100000001" ]
              refused (Array.append (BitConverter.GetBytes 50L) (latin "{}")) [ "cut short"; "50" ]
              refused (file "" 0) [ "{" ]
              refused (file " {}" 0) [ "{" ]

              for header in
                  [ "{"
                    "{} {}"
                    "{'a': 1}"
                    "{\"a\": {\"a\": NaN}}"
                    $"{{\"a\": {tensor}, \"a\": {tensor}}}"
                    String.replicate 70 "{\"a\":" + "1" + String.replicate 70 "}" ] do
                  refused (file header 2) [ "no JSON" ]

              let latin1 = latin "{\"\233\": 1}"
              refused (Array.append (BitConverter.GetBytes latin1.LongLength) latin1) [ "no JSON" ]
              refused (file "{\"\\ud800\": 1}" 0) [ "no JSON" ]
              refused (file "{\"__metadata__\": {\"a\": \"\\ud800\"}}" 0) [ "no text" ]

          testCase "metadata that are not texts"
          <| fun () ->
              refused (file "{\"__metadata__\": [1]}" 0) [ "__metadata__" ]
              refused (file "{\"__metadata__\": {\"a\": 1}}" 0) [ "__metadata__" ]

          testCase "tensors without type, shape or offsets"
          <| fun () ->
              for description, word in
                  [ "1", "dtype"
                    "{}", "dtype"
                    """{"dtype":1,"shape":[2],"data_offsets":[0,2]}""", "dtype"
                    """{"dtype":"U8","data_offsets":[0,2]}""", "shape"
                    """{"dtype":"U8","shape":2,"data_offsets":[0,2]}""", "shape"
                    """{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}""", "shape"
                    """{"dtype":"U8","shape":[2.5],"data_offsets":[0,2]}""", "shape"
                    """{"dtype":"U8","shape":["2"],"data_offsets":[0,2]}""", "shape"
                    """{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,2]}""",
                    "shape"
                    """{"dtype":"U8","shape":[2]}""", "data_offsets"
                    """{"dtype":"U8","shape":[2],"data_offsets":[0]}""", "data_offsets"
                    """{"dtype":"U8","shape":[2],"data_offsets":[0,2,4]}""", "data_offsets"
                    """{"dtype":"U8","shape":[2],"data_offsets":[-1,1]}""", "data_offsets"
                    """{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}""", "BF16" ] do
                  refused (file $"{{\"weight\": {description}}}" 2) [ "weight"; word ]

              let many = String.Join(",", Array.create 33 "1")

              refused
                  (file
                      $"{{\"w\": {{\"dtype\":\"U8\",\"shape\":[{many}],\"data_offsets\":[0,1]}}}}"
                      1)
                  [ "32" ]

          testCase "shapes that do not fit their offsets, however large"
          <| fun () ->
              for dtype, shape, offsets in
                  [ "F32", "[1]", "[0,2]"
                    "U8", "[3]", "[0,2]"
                    "U8", "[2]", "[2,0]"
                    "U8", "[0]", "[0,2]"
                    "U8", "[4294967296,4294967296,2]", "[0,2]"
                    "F64", "[9223372036854775807]", "[0,9223372036854775807]"
                    "U8", "[9223372036854775807,2]", "[0,9223372036854775806]" ] do
                  let text =
                      $"{{\"w\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}"

                  refused (file text 2) [ "tensor w"; "does not fit" ]

              refused
                  (file
                      """{"w":{"dtype":"U8","shape":[4000000000],"data_offsets":[0,4000000000]}}"""
                      2)
                  [ "4000000000 bytes" ]

          testCase "overlaps, gaps, missing and spare bytes"
          <| fun () ->
              let two a b =
                  let describe (first, last) =
                      $"{{\"dtype\":\"U8\",\"shape\":[{last - first}],\"data_offsets\":[{first},{last}]}}"

                  $"{{\"a\":{describe a},\"b\":{describe b}}}"

              Expect.equal (readBytes (file (two (0, 2) (2, 5)) 5)).Tensors.Count 2 "well laid out"
              Expect.equal (readBytes (file (two (2, 5) (0, 2)) 5)).Tensors.Count 2 "in any order"
              refused (file (two (0, 3) (2, 5)) 5) [ "tensor b overlaps" ]
              refused (file (two (0, 5) (0, 5)) 5) [ "overlaps" ]
              refused (file (two (0, 2) (3, 5)) 5) [ "gap before tensor b" ]
              refused (file (two (1, 2) (2, 5)) 5) [ "gap before tensor a" ]
              refused (file (two (0, 2) (2, 6)) 5) [ "cut short"; "tensor b" ]
              refused (file (two (0, 2) (2, 5)) 7) [ "2 bytes after" ]

          testCase "a bool that is neither"
          <| fun () ->
              let bytes = file """{"m":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}""" 2
              bytes[bytes.Length - 1] <- 2uy
              refused bytes [ "tensor m" ]

          testCase "a file cut anywhere"
          <| fun () ->
              let whole = written (everyType ())

              for length in 0 .. whole.Length - 1 do
                  refused (Array.truncate length whole) []

          testProperty "a damaged file gives BadInput or tensors"
          <| fun seed -> survives "a.safetensors" (written (everyType ())) Safetensors.read seed

          testCase "missing files and folders are named"
          <| fun () ->
              inFolder (fun folder ->
                  expectBad [ folder; "folder" ] (fun () -> Safetensors.read folder)
                  let missing = Path.Combine(folder, "none")
                  expectBad [ missing; "does not exist" ] (fun () -> Safetensors.read missing)) ]

[<Tests>]
let tests = testList "Safetensors" [ writing; damaged ]
