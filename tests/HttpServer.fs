/// A web server for tests, on a free port of this machine, that does exactly what its handler writes.
module Workbench.Tests.HttpServer

open System
open System.IO
open System.Net
open System.Net.Sockets
open System.Text
open System.Threading
open System.Threading.Tasks
open Workbench.Tests.FileSupport

type Asked =
    { Method: string
      Path: string
      Headers: Map<string, string>
      Body: byte[] }

let private readLine (stream: Stream) =
    let line = StringBuilder()

    let rec more () =
        match stream.ReadByte() with
        | -1
        | 10 -> string line
        | 13 -> more ()
        | c ->
            line.Append(char c) |> ignore
            more ()

    more ()

let private readHeaders (stream: Stream) =
    Seq.initInfinite (fun _ -> readLine stream)
    |> Seq.takeWhile (fun line -> line <> "")
    |> Seq.map (fun line ->
        let colon = line.IndexOf ':'
        line.Substring(0, colon).ToLowerInvariant(), line.Substring(colon + 1).Trim())
    |> Map.ofSeq

/// The request, unless the client went away without one.
let private readRequest (stream: Stream) =
    match (readLine stream).Split ' ' with
    | [| verb; path; _ |] ->
        let headers = readHeaders stream

        let length =
            headers.TryFind "content-length" |> Option.map int |> Option.defaultValue 0

        let body = Array.zeroCreate length
        stream.ReadExactly(body, 0, length)

        Some
            { Method = verb
              Path = path
              Headers = headers
              Body = body }
    | _ -> None

/// Writes a head: status line and headers.
let head (stream: Stream) (status: string) (headers: (string * string) list) =
    let lines =
        $"HTTP/1.1 {status}"
        :: [ for name, value in headers @ [ "Connection", "close" ] -> $"{name}: {value}" ]

    let bytes = latin (String.concat "\r\n" lines + "\r\n\r\n")
    stream.Write(bytes, 0, bytes.Length)

/// Writes a whole response.
let respond (stream: Stream) (status: string) (headers: (string * string) list) (body: byte[]) =
    head stream status (headers @ [ "Content-Length", string body.Length ])
    stream.Write(body, 0, body.Length)

/// Answers every request by `handle`, each connection on a thread of its own, until disposed.
type Server(handle: Asked -> Stream -> unit) =
    let listener = new TcpListener(IPAddress.Loopback, 0)

    let serve (client: TcpClient) =
        try
            use client = client
            use stream = client.GetStream()
            readRequest stream |> Option.iter (fun asked -> handle asked stream)
        with
        | :? IOException
        | :? SocketException
        | :? ObjectDisposedException -> ()

    let rec accept () =
        task {
            let! client = listener.AcceptTcpClientAsync()

            Task.Factory.StartNew((fun () -> serve client), TaskCreationOptions.LongRunning)
            |> ignore

            return! accept ()
        }

    do
        listener.Start()
        accept () |> ignore<Task>

    /// `http://127.0.0.1:PORT/`
    member _.Address = $"http://{listener.LocalEndpoint}/"

    interface IDisposable with
        member _.Dispose() = listener.Stop()

/// Hands the address of a running server to `test`.
let serving (handle: Asked -> Stream -> unit) (test: string -> 'T) : 'T =
    use server = new Server(handle)
    test server.Address

/// An address at which nothing listens.
let unusedAddress () : string =
    use listener = new TcpListener(IPAddress.Loopback, 0)
    listener.Start()
    $"http://{listener.LocalEndpoint}/"

/// Waits without an end that a test would see.
let hang () = Thread.Sleep(TimeSpan.FromSeconds 10.0)
