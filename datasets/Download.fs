namespace Workbench

open System
open System.IO
open System.Net
open System.Net.Http
open System.Security.Cryptography
open System.Threading
open FSharp.Data

/// Fetching published data sets: never what is there already, and nothing into place that is not whole and right. A file under
/// way is `NAME.part`; what stops a download leaves it there, for the next one to go on from.
[<RequireQualifiedAccess>]
module Download =

    /// Tells of itself, is not stopped, waits 15 s for an answer and 30 s for more of it, tries three times.
    let defaults: DownloadOptions =
        { Quiet = false
          Stop = CancellationToken.None
          Patience =
            { Connect = TimeSpan.FromSeconds 15.0
              Stall = TimeSpan.FromSeconds 30.0
              Tries = 3
              Backoff = TimeSpan.FromSeconds 1.0 } }

    /// The data set of that name, if it can be downloaded.
    let tryFind (name: string) : RemoteSet option =
        Remote.sets |> List.tryFind (fun set -> set.Name = name)

    /// The file of these sets of which that at `path` is a copy, whatever it is called; none of one that is somebody's own.
    let tryIdentify (sets: RemoteSet list) (path: string) : (RemoteSet * RemoteFile) option =
        let length = FileInfo(path).Length

        let alike =
            [ for set in sets do
                  for file in set.Files do
                      if file.Bytes = length then
                          set, file ]

        if alike.IsEmpty then
            None
        else
            let hash = Files.hash path
            alike |> List.tryFind (fun (_, file) -> file.Sha256 = hash)

    /// Why an address did not give a file. `passing`: it may the next time, as after a stall, a cut connection, a server in trouble.
    exception private Fault of passing: bool * why: string

    let private guarded (path: string) (action: unit -> 'T) : 'T =
        Files.guarded path "set WORKBENCH_DATA to another folder" action

    /// Where the answer's bytes belong. Without what the server does not have the next try begins anew.
    let private start (file: RemoteFile) (part: FileStream) (response: HttpResponseWithStream) =
        let header (name: string) =
            response.Headers
            |> Map.tryPick (fun key value ->
                let isThis = name.Equals(key, StringComparison.OrdinalIgnoreCase)
                if isThis then Some value else None)

        let place =
            match response.StatusCode, header "content-range" with
            | 200, _ -> 0L
            | 206, Some range when
                range.StartsWith($"bytes {part.Length}-", StringComparison.Ordinal)
                ->
                part.Length
            | (206 | 416), _ when part.Length > 0L ->
                part.SetLength 0L
                raise (Fault(true, "it has no such part"))
            | status, _ ->
                let passing = status = 408 || status = 429 || status >= 500
                raise (Fault(passing, $"status {status} {enum<HttpStatusCode> status}"))

        match header "content-length" with
        | Some length when place + int64 length <> file.Bytes ->
            raise (Fault(false, $"{place + int64 length} bytes instead of {file.Bytes}"))
        | _ -> place

    /// Makes the partial file as long as the file, going on from what is there if the server can, waiting for each piece no longer
    /// than a stall may be.
    let private receive
        options
        (ended: CancellationTokenSource)
        url
        file
        (part: FileStream)
        reached
        =
        let range = HttpRequestHeaders.Range(part.Length, file.Bytes - 1L)

        let response =
            Http.RequestStream(
                url,
                headers =
                    [ HttpRequestHeaders.UserAgent "Workbench"
                      if part.Length > 0L then
                          range ],
                silentHttpErrors = true,
                timeout = int options.Patience.Connect.TotalMilliseconds,
                customizeHttpRequest =
                    fun request ->
                        // The bytes as they lie there: unpacked on the way they would have another hash.
                        request.AutomaticDecompression <- DecompressionMethods.None
                        ended.Token.Register(fun () -> request.Abort()) |> ignore
                        request
            )

        use body = response.ResponseStream
        let start = start file part response

        if start < part.Length then
            part.SetLength start

        part.Position <- start
        let buffer = Array.zeroCreate<byte>(1 <<< 16)

        let rec copy () =
            reached part.Length
            ended.CancelAfter options.Patience.Stall

            match body.ReadAsync(Memory buffer, ended.Token).AsTask().GetAwaiter().GetResult() with
            | 0 when part.Length < file.Bytes ->
                let why = $"the connection ended after {part.Length} of {file.Bytes} bytes"
                raise (Fault(true, why))
            | 0 -> ()
            | count when part.Length + int64 count > file.Bytes ->
                part.SetLength 0L
                raise (Fault(false, $"more than {file.Bytes} bytes"))
            | count ->
                guarded part.Name (fun () -> part.Write(buffer, 0, count))
                copy ()

        copy ()

    /// Nobody answers: waiting for another address makes more sense than for this one.
    let rec private isUnreachable (error: exn) =
        match error with
        | null -> false
        | :? WebException as error when error.Status = WebExceptionStatus.Timeout -> true
        | :? HttpRequestException as error when
            error.HttpRequestError = HttpRequestError.ConnectionError
            || error.HttpRequestError = HttpRequestError.NameResolutionError
            || error.HttpRequestError = HttpRequestError.SecureConnectionError
            ->
            true
        | error -> isUnreachable error.InnerException

    /// One try to make the partial file whole and right. Raises `Fault`, `OperationCanceledException` when stopped, `BadInput` when
    /// the file cannot be written.
    let private attempt
        (options: DownloadOptions)
        url
        (file: RemoteFile)
        (part: FileStream)
        reached
        =
        use ended = CancellationTokenSource.CreateLinkedTokenSource options.Stop
        let resumed = part.Length > 0L

        try
            if part.Length < file.Bytes then
                receive options ended url file part reached
        with
        | :? WebException
        | :? HttpRequestException
        | :? IOException
        | :? OperationCanceledException
        | :? ObjectDisposedException as error ->
            options.Stop.ThrowIfCancellationRequested()
            let passing = not (isUnreachable error)
            let stall = options.Patience.Stall.TotalSeconds

            let why =
                if passing && ended.IsCancellationRequested then
                    $"no more bytes for {stall} s"
                else
                    $"no answer, or not to its end ({error.GetBaseException().Message})"

            raise (Fault(passing, why))

        part.Position <- 0L
        let hash = Convert.ToHexStringLower(SHA256.HashData(part: Stream))

        if hash <> file.Sha256 then
            // Bytes that were there before may be at fault: then a try from the beginning tells.
            part.SetLength 0L
            raise (Fault(resumed, $"its SHA-256 is {hash} instead of {file.Sha256}"))

    /// Tries one address as often as patience has it; what kept the file from coming, if it did not.
    let private fromAddress options (display: DownloadDisplay) (file: RemoteFile) part address =
        let rec tries number (delay: TimeSpan) =
            try
                attempt options (address + file.Name) file part display.Reached
                None
            with
            | Fault(true, why) when number < options.Patience.Tries ->
                display.Note $"{file.Name}: {address}: {why}; once more in {delay.TotalSeconds} s"
                options.Stop.WaitHandle.WaitOne delay |> ignore
                options.Stop.ThrowIfCancellationRequested()
                tries (number + 1) (delay * 2.0)
            | Fault(_, why) -> Some $"{address}: {why}"

        tries 1 options.Patience.Backoff

    let private missing (set: RemoteSet) (folder: string) =
        set.Files
        |> List.filter (fun file -> not (File.Exists(Path.Combine(folder, file.Name))))

    /// Fetches a file from the first address that has it, and gives the addresses in the order to try for the next file: those
    /// that failed come last.
    let private fetchFile options display (set: RemoteSet) folder addresses (file: RemoteFile) =
        let rec from untried failed faults part =
            match untried with
            | [] ->
                let names = String.Join(", ", missing set folder |> List.map _.Name)
                let faults = String.Join("; ", List.rev faults)

                BadInput.fail
                    $"{set.Name} is not there and cannot be downloaded: {file.Name}: {faults}. Put {names} into {folder}, or set WORKBENCH_DATA to the folder that holds {set.Name}/, or use --data glyphs"
            | address :: rest ->
                match fromAddress options display file part address with
                | None -> untried @ List.rev failed
                | Some fault ->
                    // The last address's fault is told by the error alone.
                    if not rest.IsEmpty then
                        display.Note $"{file.Name}: {fault}"

                    from rest (address :: failed) (fault :: faults) part

        display.Begin file
        let place = Path.Combine(folder, file.Name)
        let name = place + ".part"

        let order =
            // Unbuffered, so that a full disk is noticed by the write that fills it.
            use part =
                new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1)

            try
                let order = from addresses [] [] part
                part.Flush(flushToDisk = true)
                order
            finally
                let isEmpty = part.Length = 0L
                part.Close()

                if isEmpty then
                    File.Delete name

        File.Move(name, place, overwrite = true)
        order

    /// Fetches those files of the set that the folder lacks. Another process or thread that is at it already is waited for. Raises
    /// `BadInput` with one line where a file cannot be had or not be written, `OperationCanceledException` when stopped; what
    /// has come of a file by then is kept, and gone on from the next time.
    let fetchSet (options: DownloadOptions) (set: RemoteSet) (folder: string) : unit =
        if not (List.isEmpty (missing set folder)) then
            DownloadDisplay.show options.Quiet set.Name (fun display ->
                let waiting () =
                    display.Note $"another process is downloading into {folder}; waiting for it"

                guarded folder (fun () ->
                    Directory.CreateDirectory folder |> ignore
                    use _ = Files.hold options.Stop waiting folder

                    missing set folder
                    |> List.fold (fetchFile options display set folder) set.Addresses
                    |> ignore))

    /// `fetchSet` from the published addresses, or from WORKBENCH_MIRROR: an address below which folders lie as in `data/`.
    let fetch (options: DownloadOptions) (set: RemoteSet) (folder: string) : unit =
        let addresses =
            match Environment.GetEnvironmentVariable "WORKBENCH_MIRROR" with
            | null
            | "" -> set.Addresses
            | mirror when mirror.StartsWith "http://" || mirror.StartsWith "https://" ->
                [ $"{mirror.TrimEnd '/'}/{set.Name}/" ]
            | other ->
                BadInput.fail $"WORKBENCH_MIRROR: {other} does not begin with http:// or https://"

        fetchSet options { set with Addresses = addresses } folder
