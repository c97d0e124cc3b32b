/// FSharp.Data's JsonValue in its stand-in, against what shared/api says of the package.
module Workbench.Tests.JsonTests

open System
open System.IO
open Expecto
open FSharp.Data

let private record =
    JsonValue.Record
        [| "n", JsonValue.Number 1.50m
           "list", JsonValue.Array [| JsonValue.Boolean true; JsonValue.Null |]
           "none", JsonValue.Array [||]
           "empty", JsonValue.Record [||] |]

let private inLines =
    [ "{"
      "  \"n\": 1.50,"
      "  \"list\": ["
      "    true,"
      "    null"
      "  ],"
      "  \"none\": [],"
      "  \"empty\": {"
      "  }"
      "}" ]

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
                  (String.concat Environment.NewLine inLines)
                  "indented"

              Expect.equal
                  (record.ToString JsonSaveOptions.DisableFormatting)
                  "{\"n\":1.50,\"list\":[true,null],\"none\":[],\"empty\":{}}"
                  "one line")

          testCase "a writer's own line ends" (fun () ->
              for ending in [ "\n"; "\r\n" ] do
                  use writer = new StringWriter(NewLine = ending)
                  record.WriteTo(writer, JsonSaveOptions.None)
                  Expect.equal (string writer) (String.concat ending inLines) $"{ending.Length}")

          testCase "texts are escaped where they must be, and come back" (fun () ->
              let hard = JsonValue.String "é</script>\"\\\n\t\u0001/"
              Expect.equal (hard.ToString()) "\"é</script>\\\"\\\\\\n\\t\\u0001/\"" "written"
              Expect.equal (JsonValue.Parse(hard.ToString())) hard "read"

              Expect.equal
                  (JsonValue.Parse "\"\\u00e9\\/\"")
                  (JsonValue.String "é/")
                  "other escapes")

          testCase "what is written is read" (fun () ->
              for option in [ JsonSaveOptions.None; JsonSaveOptions.DisableFormatting ] do
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
                  Expect.stringStarts error.Message "Invalid JSON" "what"
                  Expect.stringContains error.Message "3" "where")

              Expect.isNone (JsonValue.TryParse(String('[', 1_000_000))) "and no depth is fatal")

          testCase "looking things up" (fun () ->
              let json = JsonValue.Parse """{"x": [1, "2", 3.5], "x": 0, "y": null, "t": true}"""
              Expect.equal (json.["x"].[0].AsInteger()) 1 "by name and index"

              Expect.equal
                  [ for item in json.["x"].AsArray() -> string item ]
                  [ "1"; "\"2\""; "3.5" ]
                  "all"

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
                    (fun () -> JsonValue.Null.["q"] |> ignore), "Not an object: null"
                    (fun () -> JsonValue.Record([||]).["q"] |> ignore),
                    "Didn't find property 'q' in {}" ] do
                  Expect.throwsC action (fun error -> Expect.equal error.Message message message))

          testCase "whole numbers, as far as they go" (fun () ->
              let most = JsonValue.Parse "9223372036854775807"
              Expect.equal (most.AsInteger64()) Int64.MaxValue "the greatest of 64 bits"
              Expect.throws (fun () -> most.AsInteger() |> ignore) "not of 32"
              Expect.equal (JsonValue.Float(1e3).AsInteger()) 1000 "a float"
              Expect.throws (fun () -> JsonValue.Float(1e19).AsInteger64() |> ignore) "too great")

          testCase "a text stands for what is no number in JSON" (fun () ->
              let figure text = JsonValue.String(text).AsFloat()
              Expect.isNaN (figure "NaN") "NaN"
              Expect.equal (figure "-Infinity") -infinity "infinity") ]

module private Dynamic =
    open FSharp.Data.JsonExtensions

    let test =
        testCase "the operator ? and the property Properties" (fun () ->
            let json = JsonValue.Parse """{"a": {"b": 1}}"""
            Expect.equal (json?a?b.AsInteger()) 1 "?"
            Expect.equal (Array.map fst json.Properties) [| "a" |] "Properties")

[<Tests>]
let tests = testList "FSharp.Data's JSON" [ json; Dynamic.test ]
