/// The stand-in for FSharp.Data against what shared/api says of the package.
module Workbench.Tests.FSharpDataTests

open System
open System.IO
open System.IO.Compression
open System.Net
open System.Text
open System.Threading
open Expecto
open FSharp.Data
open Workbench.Tests.FileSupport
open Workbench.Tests.HttpServer

let private text = "text/plain"

/// The address answers with what it was asked: method, path, a header, body.
let private echo (header: string) (asked: Asked) stream =
    let value = asked.Headers.TryFind header |> Option.defaultValue "-"
    let body = latin $"{asked.Method} {asked.Path} {value} "
    respond stream "200 OK" [ "Content-Type", text ] (Array.append body asked.Body)

let private answering status headers body (test: string -> 'T) =
    serving (fun _ stream -> respond stream status headers body) test

let private webException (action: unit -> 'T) =
    try
        action () |> ignore
        failtest "no WebException was raised"
    with :? WebException as error ->
        error

let private requests =
    testList
        "requests"
        [ testCase "GET without a body, POST with one, else as said" (fun () ->
              serving (echo "content-type") (fun url ->
                  Expect.equal (Http.RequestString url) "GET / - " "GET"

                  Expect.equal
                      (Http.RequestString(url, body = TextRequest "é"))
                      $"POST / {text} é"
                      "POST, in ISO-8859-1"

                  Expect.equal
                      (Http.RequestString(
                          url,
                          httpMethod = HttpMethod.Put,
                          body = BinaryUpload [| 65uy |]
                      ))
                      $"PUT / {HttpContentTypes.Binary} A"
                      "PUT"

                  Expect.equal
                      (Http.RequestString(url, body = FormValues [ "a", "x y&z"; "b", "2" ]))
                      $"POST / {HttpContentTypes.FormValues} a=x%%20y%%26z&b=2"
                      "a form"))

          testCase "the query is escaped" (fun () ->
              Expect.equal
                  (Http.AppendQueryToUrl("http://a/b", [ "q", "x y&z"; "n", "1" ]))
                  "http://a/b?q=x%20y%26z&n=1"
                  "appended"

              serving (echo "accept") (fun url ->
                  Expect.equal
                      (Http.RequestString(url + "p?a=1", query = [ "q", "x y&z" ]))
                      "GET /p?a=1&q=x%20y%26z - "
                      "sent"))

          testCase "headers are sent as given, none that were not" (fun () ->
              serving (echo "range") (fun url ->
                  Expect.equal
                      (Http.RequestString(url, headers = [ HttpRequestHeaders.Range(3L, 9L) ]))
                      "GET / bytes=3-9 "
                      "a range")

              serving (echo "user-agent") (fun url ->
                  Expect.equal (Http.RequestString url) "GET / - " "no User-Agent"

                  Expect.equal
                      (Http.RequestString(url, headers = [ HttpRequestHeaders.UserAgent "me" ]))
                      "GET / me "
                      "a User-Agent")

              serving (echo "authorization") (fun url ->
                  Expect.equal
                      (Http.RequestString(url, headers = [ HttpRequestHeaders.BasicAuth "u" "p" ]))
                      "GET / Basic dTpw "
                      "basic authentication"))

          testCase "customizeHttpRequest sees the request last" (fun () ->
              serving (echo "accept-encoding") (fun url ->
                  let ask customize =
                      Http.RequestString(url, customizeHttpRequest = customize)

                  Expect.stringContains (ask id) "gzip" "gzip is accepted"

                  let plain (request: HttpWebRequest) =
                      request.AutomaticDecompression <- DecompressionMethods.None
                      request

                  Expect.equal (ask plain) "GET / - " "unless it is switched off"))

          testCase "cookies go and come" (fun () ->
              let handle (asked: Asked) stream =
                  respond stream "200 OK" [ "Set-Cookie", "b=2" ] (latin asked.Headers["cookie"])

              serving handle (fun url ->
                  let response = Http.Request(url, cookies = [ "a", "1" ])
                  Expect.equal response.Body (Binary(latin "a=1")) "sent"
                  Expect.equal response.Cookies["b"] "2" "received")) ]

let private zipped (bytes: byte[]) =
    use target = new MemoryStream()

    using (new GZipStream(target, CompressionLevel.Optimal, true)) (fun zip ->
        zip.Write(ReadOnlySpan bytes))

    target.ToArray()

let private responses =
    testList
        "responses"
        [ testCase "text types are text, the rest bytes" (fun () ->
              let body contentType =
                  answering "200 OK" [ "Content-Type", contentType ] (latin "é") (fun url ->
                      (Http.Request url).Body)

              for contentType in
                  [ text
                    "text/html"
                    "application/json"
                    "application/xml"
                    "application/atom+xml" ] do
                  Expect.equal (body contentType) (Text "é") contentType

              for contentType in [ "application/octet-stream"; "application/gzip"; "image/png" ] do
                  Expect.equal (body contentType) (Binary [| 0xE9uy |]) contentType)

          testCase "a charset decides, else ISO-8859-1, unless it is overridden" (fun () ->
              let bytes = Encoding.UTF8.GetBytes "é"

              answering "200 OK" [ "Content-Type", "text/plain; charset=utf-8" ] bytes (fun url ->
                  Expect.equal (Http.RequestString url) "é" "UTF-8")

              answering "200 OK" [ "Content-Type", text ] bytes (fun url ->
                  Expect.equal (Http.RequestString url) "Ã©" "ISO-8859-1"

                  Expect.equal
                      (Http.RequestString(url, responseEncodingOverride = "utf-8"))
                      "é"
                      "overridden"))

          testCase "gzip is undone" (fun () ->
              let headers = [ "Content-Encoding", "gzip"; "Content-Type", text ]

              answering "200 OK" headers (zipped (latin "hello")) (fun url ->
                  Expect.equal (Http.RequestString url) "hello" "unpacked"))

          testCase "status, headers and final address after a redirection" (fun () ->
              let handle (asked: Asked) stream =
                  if asked.Path = "/end" then
                      respond stream "202 Accepted" [ "X-Mine", "yes" ] [||]
                  else
                      respond stream "302 Found" [ "Location", "/end" ] [||]

              serving handle (fun url ->
                  let response = Http.Request url
                  Expect.equal response.StatusCode 202 "status"
                  Expect.equal response.ResponseUrl (url + "end") "address"
                  Expect.equal response.Headers["X-Mine"] "yes" "a header"))

          testCase "a stream can be read before its end has come" (fun () ->
              use go = new ManualResetEventSlim()

              let handle _ (stream: Stream) =
                  head stream "200 OK" [ "Content-Length", "2" ]
                  stream.WriteByte 1uy
                  go.Wait(TimeSpan.FromSeconds 10.0) |> ignore
                  stream.WriteByte 2uy

              serving handle (fun url ->
                  let response = Http.RequestStream url
                  use stream = response.ResponseStream
                  Expect.equal response.Headers[HttpResponseHeaders.ContentLength] "2" "the head"
                  Expect.equal (stream.ReadByte()) 1 "the first byte"
                  go.Set()
                  Expect.equal (stream.ReadByte(), stream.ReadByte()) (2, -1) "the rest"))

          testCaseAsync
              "the asynchronous forms"
              (async {
                  use server = new Server(echo "accept")
                  let url = server.Address
                  let! text = Http.AsyncRequestString url
                  let! response = Http.AsyncRequest url
                  let! streaming = Http.AsyncRequestStream url
                  use stream = streaming.ResponseStream
                  use reader = new StreamReader(stream)
                  Expect.equal text "GET / - " "text"
                  Expect.equal response.Body (Text text) "response"
                  Expect.equal (reader.ReadToEnd()) text "stream"
              }) ]

let private errors =
    testList
        "errors"
        [ testCase "a status of 400 or more raises WebException with the body" (fun () ->
              answering "404 Not Found" [ "Content-Type", text ] (latin "gone") (fun url ->
                  let error = webException (fun () -> Http.RequestString url)

                  Expect.equal
                      error.Message
                      $"The remote server returned an error: (404) Not Found.\nResponse from {url}:\ngone"
                      "message"))

          testCase "silentHttpErrors gives the response" (fun () ->
              answering "500 Oops" [ "Content-Type", text ] (latin "why") (fun url ->
                  let response = Http.Request(url, silentHttpErrors = true)
                  Expect.equal (response.StatusCode, response.Body) (500, Text "why") "response"
                  let streaming = Http.RequestStream(url, silentHttpErrors = true)
                  use reader = new StreamReader(streaming.ResponseStream)
                  Expect.equal (reader.ReadToEnd()) "why" "stream"))

          testCase "a refused connection is a WebException" (fun () ->
              let error = webException (fun () -> Http.RequestString(unusedAddress ()))
              Expect.isNull error.Response "no response")

          testCase "so is a timeout, before the head and within the body" (fun () ->
              let silent _ _ = hang ()

              let stalling _ stream =
                  head stream "200 OK" [ "Content-Length", "2" ]
                  hang ()

              for handle in [ silent; stalling ] do
                  serving handle (fun url ->
                      let error = webException (fun () -> Http.RequestString(url, timeout = 100))
                      Expect.equal error.Status WebExceptionStatus.Timeout "status"))

          testCase "an address that is not absolute is a format error" (fun () ->
              Expect.throwsT<UriFormatException> (fun () -> Http.RequestString "a/b" |> ignore) "") ]

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

              answering "200 OK" [ "Content-Type", HttpContentTypes.Json ] bytes (fun url ->
                  Expect.equal (JsonValue.Load url) expected "address")

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
let tests =
    testList "FSharp.Data's stand-in" [ requests; responses; errors; json; Dynamic.test ]
