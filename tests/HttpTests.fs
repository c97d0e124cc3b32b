/// FSharp.Data's Http in its stand-in, against what shared/api says of the package.
module Workbench.Tests.HttpTests

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

[<Tests>]
let tests = testList "FSharp.Data's Http" [ requests; responses; errors ]
