/// A file to download and servers that have it: what the tests of downloads share.
module Workbench.Tests.DownloadSupport

open System
open System.IO
open System.Security.Cryptography
open Expecto
open Workbench
open Workbench.Tests.HttpServer

/// Big enough to come in several pieces.
let content = RandomNumberGenerator.GetBytes 300_000

let wrong = Array.map (fun b -> b ^^^ 1uy) content

let hash (bytes: byte[]) =
    Convert.ToHexStringLower(SHA256.HashData bytes)

let file =
    { Name = "a.gz"
      Bytes = content.LongLength
      Sha256 = hash content }

let setOf files addresses =
    { Name = "tiny"
      Files = files
      Addresses = addresses }

let impatient =
    { Download.defaults with
        Quiet = true
        Patience =
            { Connect = TimeSpan.FromSeconds 10.0
              Stall = TimeSpan.FromSeconds 1.0
              Tries = 3
              Backoff = TimeSpan.FromMilliseconds 10.0 } }

let fetch addresses folder =
    Download.fetchSet impatient (setOf [ file ] addresses) folder

let place folder = Path.Combine(folder, file.Name)
let part folder = place folder + ".part"

let isThere folder =
    Expect.equal (File.ReadAllBytes(place folder)) content "the file is whole"
    Expect.equal (Directory.GetFiles folder) [| place folder |] "and nothing else is left"

/// The first byte that a request wants.
let first (asked: Asked) =
    match asked.Headers.TryFind "range" with
    | Some range -> int (range.Substring("bytes=".Length).Split('-').[0])
    | None -> 0

/// The rest of `bytes` from where the request wants it, as a server does that knows ranges.
let answerRange (bytes: byte[]) (asked: Asked) (stream: Stream) =
    match first asked with
    | 0 -> respond stream "200 OK" [] bytes
    | from ->
        let range = $"bytes {from}-{bytes.Length - 1}/{bytes.Length}"
        respond stream "206 Partial Content" [ "Content-Range", range ] bytes[from..]

let answerAll (bytes: byte[]) (_: Asked) (stream: Stream) = respond stream "200 OK" [] bytes

let answerStatus status (_: Asked) (stream: Stream) = respond stream status [] [||]

/// Announces all, gives the first half from where the request wants it, then does as `after` says.
let halfOfIt after (asked: Asked) (stream: Stream) =
    let from = first asked
    let rest = content.Length - from
    let status = if from = 0 then "200 OK" else "206 Partial Content"

    head
        stream
        status
        [ "Content-Length", string rest
          "Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}" ]

    stream.Write(content, from, rest / 2)
    stream.Flush()
    after ()

/// One handler after the other, the last one for good; and what each was asked.
let inTurn (handlers: (Asked -> Stream -> unit) list) =
    let asked = Collections.Concurrent.ConcurrentQueue<Asked>()

    let handle request stream =
        let number = min asked.Count (handlers.Length - 1)
        asked.Enqueue request
        handlers[number] request stream

    handle, asked

/// Fetches from a server with these handlers; what it was asked.
let fetchInTurn handlers folder =
    let handle, asked = inTurn handlers
    serving handle (fun url -> fetch [ url ] folder)
    List.ofSeq asked
