/// FSharp.Data's JsonValue in its stand-in, against what shared/api says of the package.
module Workbench.Tests.JsonTests

open System
open System.IO
open System.Text
open Expecto
open FSharp.Data
open Workbench.Tests.FileSupport
open Workbench.Tests.HttpServer

let private record =
    JsonValue.Record
        [| "n", JsonValue.Number 1.50m
           "list", JsonValue.Array [| JsonValue.Boolean true; JsonValue.Null |]
           "none", JsonValue.Array [||]
           "empty", JsonValue.Record [||] |]

let private json =
    testList
        "JSON"
        [ testCase "numbers that fit decimal are Number, the rest Float" (fun () ->
              for digits, expected in
                  [ "1", JsonValue.Number 1m
                    "-1.50", JsonValue.Number -1.50m
                    "1e300", JsonValue.Float 1e300
                    "1e-30", JsonValue.Float 1e-30
                    "123456789012345678901234567890",
                    JsonValue.Float 123456789012345678901234567890.0 ] do
                  Expect.equal (JsonValue.Parse digits) expected digits)

          testCase "numbers as they are written" (fun () ->
              for value, expected in
                  [ JsonValue.Number 1.50m, "1.50"
                    JsonValue.Float 1.0, "1.0"
                    JsonValue.Float 1e-7, "1E-07"
                    JsonValue.Float 1e22, "1E+22"
                    JsonValue.Float nan, "null"
                    JsonValue.Float -infinity, "null" ] do
                  Expect.equal (value.ToString()) expected expected)

          testCase "one element a line, or all on one" (fun () ->
              Expect.equal
                  (record.ToString())
                  "{\n  \"n\": 1.50,\n  \"list\": [\n    true,\n    null\n  ],\n  \"none\": [],\n  \"empty\": {\n  }\n}"
                  "indented"

              Expect.equal
                  (record.ToString JsonSaveOptions.DisableFormatting)
                  "{\"n\":1.50,\"list\":[true,null],\"none\":[],\"empty\":{}}"
                  "one line"

              Expect.equal
                  (record.ToString JsonSaveOptions.CompactSpaceAfterComma)
                  "{\"n\":1.50, \"list\":[true, null], \"none\":[], \"empty\":{}}"
                  "spaces after commas"

              Expect.equal
                  ((JsonValue.Array [| JsonValue.Null |]).ToString 4)
                  "[\n    null\n]"
                  "by 4")

          testCase "texts are escaped where they must be, and come back" (fun () ->
              let hard = JsonValue.String "é</script>\"\\\n\t\u0001/"
              Expect.equal (hard.ToString()) "\"é</script>\\\"\\\\\\n\\t\\u0001/\"" "written"
              Expect.equal (JsonValue.Parse(hard.ToString())) hard "read"

              Expect.equal
                  (JsonValue.Parse "\"\\u00e9\\/\"")
                  (JsonValue.String "é/")
                  "other escapes")

          testCase "what is written is read" (fun () ->
              for option in
                  [ JsonSaveOptions.None
                    JsonSaveOptions.DisableFormatting
                    JsonSaveOptions.CompactSpaceAfterComma ] do
                  Expect.equal (JsonValue.Parse(record.ToString option)) record $"{option}")

          testCase "comments are read over; broken texts are refused" (fun () ->
              Expect.equal
                  (JsonValue.Parse "// one\n[1, // two\n 2] // three")
                  (JsonValue.Array [| JsonValue.Number 1m; JsonValue.Number 2m |])
                  "comments"

              for broken in
                  [ ""
                    "[1,]"
                    "{a:1}"
                    "{\"a\":1,}"
                    "[1"
                    "\"a"
                    "tru"
                    "1 2"
                    "\"\\x\""
                    "\"\\u12\""
                    "-" ] do
                  Expect.isNone (JsonValue.TryParse broken) broken

              Expect.throwsC (fun () -> JsonValue.Parse "[1,]" |> ignore) (fun error ->
                  Expect.stringStarts
                      error.Message
                      "Invalid JSON starting at character 3, snippet = "
                      "where")

              Expect.isNone (JsonValue.TryParse(String('[', 1_000_000))) "and no depth is fatal")

          testCase "one value after another" (fun () ->
              Expect.sequenceEqual
                  (JsonValue.ParseMultiple "1\n{}\n\"a\" ")
                  [ JsonValue.Number 1m; JsonValue.Record [||]; JsonValue.String "a" ]
                  "three")

          testCase "looking things up" (fun () ->
              let json = JsonValue.Parse """{"x": [1, "2", 3.5], "x": 0, "y": null, "t": true}"""
              Expect.equal (json.["x"].[0].AsInteger()) 1 "by name and index"
              Expect.equal [ for item in json.["x"] -> string item ] [ "1"; "\"2\""; "3.5" ] "all"
              Expect.equal (json.GetProperty("x").[1].AsInteger()) 2 "a number in a text"
              Expect.equal (json.["x"].[2].AsFloat()) 3.5 "a float"
              Expect.equal (json.["y"].AsString()) "" "null as text"
              Expect.isTrue (json.["t"].AsBoolean()) "a truth value"
              Expect.equal (json.TryGetProperty "z") None "none"
              Expect.equal (json.Properties().Length) 4 "duplicates are kept"
              Expect.isEmpty (json.AsArray()) "no array"

              for action, message in
                  [ (fun () -> json.["x"].[2].AsInteger() |> ignore), "Not an int: 3.5"
                    (fun () -> json.["y"].AsFloat() |> ignore), "Not a float: null"
                    (fun () -> JsonValue.Null.["q"] |> ignore), "Didn't find property 'q' in null" ] do
                  Expect.throwsC action (fun error -> Expect.equal error.Message message message))

          testCase "from a file, a stream, an address" (fun () ->
              let bytes = Encoding.UTF8.GetBytes "[\"é\"]"
              let expected = JsonValue.Array [| JsonValue.String "é" |]
              Expect.equal (withFile "a.json" bytes JsonValue.Load) expected "file"
              Expect.equal (JsonValue.Load(new MemoryStream(bytes))) expected "stream"

              let handle _ stream =
                  respond stream "200 OK" [ "Content-Type", HttpContentTypes.Json ] bytes

              serving handle (fun url -> Expect.equal (JsonValue.Load url) expected "address")

              Expect.throwsT<FileNotFoundException>
                  (fun () -> JsonValue.Load "no such file" |> ignore)
                  "missing") ]

module private Dynamic =
    open FSharp.Data.JsonExtensions

    let test =
        testCase "the operator ? and the property Properties" (fun () ->
            let json = JsonValue.Parse """{"a": {"b": 1}}"""
            Expect.equal (json?a?b.AsInteger()) 1 "?"
            Expect.equal (Array.map fst json.Properties) [| "a" |] "Properties")

[<Tests>]
let tests = testList "FSharp.Data's JSON" [ json; Dynamic.test ]
