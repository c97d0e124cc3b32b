namespace Workbench

open System
open System.IO
open System.Net
open System.Net.Http
open System.Threading
open FSharp.Data

/// Why an address did not give a file.
type TransferFailure =
    /// It may the next time: a stall, a cut connection, a server in trouble.
    | Passing of why: string
    /// It will not: nobody there, no such file, other bytes.
    | Lasting of why: string

/// One try to get what is missing of a file from one address.
[<RequireQualifiedAccess>]
module Transfer =

    let private request (options: DownloadOptions) (ended: CancellationToken) url headers =
        Http.RequestStream(
            url,
            headers = HttpRequestHeaders.UserAgent "Workbench" :: headers,
            silentHttpErrors = true,
            timeout = int options.Patience.Connect.TotalMilliseconds,
            customizeHttpRequest =
                fun request ->
                    // The bytes as they lie there: unpacked on the way they would have another hash.
                    request.AutomaticDecompression <- DecompressionMethods.None
                    ended.Register(fun () -> request.Abort()) |> ignore
                    request
        )

    let private header name (response: HttpResponseWithStream) =
        response.Headers
        |> Map.tryPick (fun key value -> if name = key.ToLowerInvariant() then Some value else None)

    /// Where the answer's bytes belong, or why they are of no use.
    let private start (file: RemoteFile) (have: int64) (response: HttpResponseWithStream) =
        let continues () =
            match header "content-range" response with
            | Some range -> range.StartsWith($"bytes {have}-", StringComparison.Ordinal)
            | None -> false

        let status = enum<HttpStatusCode> response.StatusCode
        let shown = $"status {response.StatusCode} {status}"

        let place =
            match status with
            | HttpStatusCode.OK -> Ok 0L
            | HttpStatusCode.PartialContent when continues () -> Ok have
            | HttpStatusCode.PartialContent
            | HttpStatusCode.RequestedRangeNotSatisfiable when have > 0L ->
                Error(Passing "it has no such part")
            | HttpStatusCode.RequestTimeout
            | HttpStatusCode.TooManyRequests -> Error(Passing shown)
            | _ when response.StatusCode >= 500 -> Error(Passing shown)
            | _ -> Error(Lasting shown)

        match place, header "content-length" response with
        | Ok start, Some length when start + int64 length <> file.Bytes ->
            Error(Lasting $"{start + int64 length} bytes instead of {file.Bytes}")
        | _ -> place

    /// Appends the answer, waiting for each piece no longer than a stall may be.
    let rec private append
        (options: DownloadOptions)
        (ended: CancellationTokenSource)
        (body: Stream)
        (buffer: byte[])
        (file: RemoteFile)
        (part: FileStream)
        (reached: int64 -> unit)
        =
        ended.CancelAfter options.Patience.Stall

        let count =
            body.ReadAsync(Memory buffer, ended.Token).AsTask().GetAwaiter().GetResult()

        if count = 0 then
            if part.Length = file.Bytes then
                Ok()
            else
                Error(Passing $"the connection ended after {part.Length} of {file.Bytes} bytes")
        elif part.Length + int64 count > file.Bytes then
            PartialFile.restart part
            Error(Lasting $"more than {file.Bytes} bytes")
        else
            PartialFile.append part buffer count
            reached part.Length
            append options ended body buffer file part reached

    let private pieceBytes = 1 <<< 16

    let private receive
        options
        (ended: CancellationTokenSource)
        url
        file
        (part: FileStream)
        reached
        =
        let have = part.Length

        let range =
            if have > 0L then [ HttpRequestHeaders.Range(have, file.Bytes - 1L) ] else []

        let response = request options ended.Token url range
        use body = response.ResponseStream

        match start file have response with
        | Error failure ->
            match failure with
            | Passing _ when have > 0L && response.StatusCode < 500 -> PartialFile.restart part
            | _ -> ()

            Error failure
        | Ok start ->
            if start < have then
                PartialFile.restart part

            reached start
            append options ended body (Array.zeroCreate pieceBytes) file part reached

    let rec private innermost (error: exn) =
        if isNull error.InnerException then error else innermost error.InnerException

    let rec private causes (error: exn) =
        if isNull error then [] else error :: causes error.InnerException

    /// Nobody answered: waiting for another address makes more sense than for this one.
    let private isUnreachable (error: exn) =
        causes error
        |> List.exists (function
            | :? WebException as error -> error.Status = WebExceptionStatus.Timeout
            | :? HttpRequestException as error ->
                error.HttpRequestError = HttpRequestError.ConnectionError
                || error.HttpRequestError = HttpRequestError.NameResolutionError
                || error.HttpRequestError = HttpRequestError.SecureConnectionError
            | _ -> false)

    let private isOfTheNetwork (error: exn) =
        match error with
        | :? WebException
        | :? HttpRequestException
        | :? IOException
        | :? OperationCanceledException
        | :? ObjectDisposedException -> true
        | _ -> false

    let private explain (options: DownloadOptions) (ended: CancellationToken) (error: exn) =
        if isUnreachable error then
            Lasting $"no answer ({(innermost error).Message})"
        elif ended.IsCancellationRequested then
            Passing $"no more bytes for {options.Patience.Stall.TotalSeconds} s"
        else
            Passing $"the connection broke ({(innermost error).Message})"

    /// Whole, but other bytes. Those that were there before may be at fault: then a try from the beginning tells.
    let private check (file: RemoteFile) (part: FileStream) (resumed: bool) =
        match PartialFile.sha256 part with
        | hash when hash = file.Sha256 -> Ok()
        | hash ->
            PartialFile.restart part
            let why = $"its SHA-256 is {hash} instead of {file.Sha256}"
            Error(if resumed then Passing why else Lasting why)

    /// Makes the partial file whole and right, going on from what is there if the server can, or says why not. `reached` gets
    /// the bytes that are there, again and again. Raises `OperationCanceledException` when stopped, `BadInput` when the file
    /// cannot be written.
    let attempt
        (options: DownloadOptions)
        (url: string)
        (file: RemoteFile)
        (part: FileStream)
        (reached: int64 -> unit)
        : Result<unit, TransferFailure> =
        use ended = CancellationTokenSource.CreateLinkedTokenSource options.Stop
        let resumed = part.Length > 0L

        let received =
            try
                if part.Length >= file.Bytes then
                    Ok()
                else
                    receive options ended url file part reached
            with error when isOfTheNetwork error ->
                options.Stop.ThrowIfCancellationRequested()
                Error(explain options ended.Token error)

        received |> Result.bind (fun () -> check file part resumed)
