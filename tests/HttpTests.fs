/// FSharp.Data's Http in its stand-in, against what shared/api says of the package.
module Workbench.Tests.HttpTests

open System
open System.IO
open System.IO.Compression
open System.Net
open System.Threading
open Expecto
open FSharp.Data
open Workbench.Tests.FileSupport
open Workbench.Tests.HttpServer

/// The address answers with what it was asked: method, path, a header.
let private echo (header: string) (asked: Asked) stream =
    let value = asked.Headers.TryFind header |> Option.defaultValue "-"
    respond stream "200 OK" [] (latin $"{asked.Method} {asked.Path} {value}")

let private answering status headers body (test: string -> 'T) =
    serving (fun _ stream -> respond stream status headers body) test

let private read (response: HttpResponseWithStream) =
    use reader = new StreamReader(response.ResponseStream)
    reader.ReadToEnd()

let private webException (action: unit -> 'T) =
    try
        action () |> ignore
        failtest "no WebException was raised"
    with :? WebException as error ->
        error

let private requests =
    testList
        "requests"
        [ testCase "headers are sent as given, none that were not" (fun () ->
              serving (echo "range") (fun url ->
                  Expect.equal
                      (read (
                          Http.RequestStream(
                              url + "p?a=1",
                              headers = [ HttpRequestHeaders.Range(3L, 9L) ]
                          )
                      ))
                      "GET /p?a=1 bytes=3-9"
                      "a range")

              serving (echo "user-agent") (fun url ->
                  Expect.equal (read (Http.RequestStream url)) "GET / -" "no User-Agent"

                  Expect.equal
                      (read (
                          Http.RequestStream(url, headers = [ HttpRequestHeaders.UserAgent "me" ])
                      ))
                      "GET / me"
                      "a User-Agent"))

          testCase "customizeHttpRequest sees the request last" (fun () ->
              serving (echo "accept-encoding") (fun url ->
                  let ask customize =
                      read (Http.RequestStream(url, customizeHttpRequest = customize))

                  Expect.stringContains (ask id) "gzip" "gzip is accepted"

                  let plain (request: HttpWebRequest) =
                      request.AutomaticDecompression <- DecompressionMethods.None
                      request

                  Expect.equal (ask plain) "GET / -" "unless it is switched off")) ]

let private zipped (bytes: byte[]) =
    use target = new MemoryStream()

    using (new GZipStream(target, CompressionLevel.Optimal, true)) (fun zip ->
        zip.Write(ReadOnlySpan bytes))

    target.ToArray()

let private responses =
    testList
        "responses"
        [ testCase "gzip is undone" (fun () ->
              answering
                  "200 OK"
                  [ "Content-Encoding", "gzip" ]
                  (zipped (latin "hello"))
                  (fun url -> Expect.equal (read (Http.RequestStream url)) "hello" "unpacked"))

          testCase "status, headers and final address after a redirection" (fun () ->
              let handle (asked: Asked) stream =
                  match asked.Path, asked.Headers.TryFind "cookie" with
                  | "/end", Some "b=2" -> respond stream "202 Accepted" [ "X-Mine", "yes" ] [||]
                  | "/end", _ -> respond stream "403 Forbidden" [] [||]
                  | _ ->
                      respond stream "302 Found" [ "Location", "/end"; "Set-Cookie", "b=2" ] [||]

              serving handle (fun url ->
                  let response = Http.RequestStream url
                  use _ = response.ResponseStream
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
                  Expect.equal response.Headers["Content-Length"] "2" "the head"
                  Expect.equal (stream.ReadByte()) 1 "the first byte"
                  go.Set()
                  Expect.equal (stream.ReadByte(), stream.ReadByte()) (2, -1) "the rest")) ]

let private errors =
    testList
        "errors"
        [ testCase "a status of 400 or more raises WebException" (fun () ->
              answering "404 Not Found" [] (latin "gone") (fun url ->
                  let error = webException (fun () -> Http.RequestStream url)

                  Expect.stringStarts
                      error.Message
                      "The remote server returned an error: (404) Not Found."
                      "message"))

          testCase "silentHttpErrors gives the response" (fun () ->
              answering "500 Oops" [] (latin "why") (fun url ->
                  let response = Http.RequestStream(url, silentHttpErrors = true)
                  Expect.equal (response.StatusCode, read response) (500, "why") "response"))

          testCase "a refused connection is a WebException" (fun () ->
              for silent in [ false; true ] do
                  let error =
                      webException (fun () ->
                          Http.RequestStream(unusedAddress (), silentHttpErrors = silent))

                  Expect.isNull error.Response "no response")

          testCase "so is a timeout before the head" (fun () ->
              serving (fun _ _ -> hang ()) (fun url ->
                  let error = webException (fun () -> Http.RequestStream(url, timeout = 100))
                  Expect.equal error.Status WebExceptionStatus.Timeout "status"))

          testCase "an address that is not absolute is a format error" (fun () ->
              Expect.throwsT<UriFormatException>
                  (fun () -> Http.RequestStream "a/b" |> ignore)
                  "refused") ]

[<Tests>]
let tests = testList "FSharp.Data's Http" [ requests; responses; errors ]
