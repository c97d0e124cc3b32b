namespace FSharp.Data

// HttpWebRequest is obsolete, and the type that `customizeHttpRequest` is given.
#nowarn "44"

open System
open System.IO
open System.Net
open System.Threading
open System.Threading.Tasks

/// A request as the members of `Http` describe it.
type internal Asked =
    { Url: string
      Query: (string * string) list
      Headers: (string * string) list
      Method: string option
      Body: HttpRequestBody option
      Cookies: (string * string) list
      Container: CookieContainer
      SilentErrors: bool
      SilentCookieErrors: bool
      Customize: HttpWebRequest -> HttpWebRequest
      Timeout: int }

/// One request after another, as tasks.
[<RequireQualifiedAccess>]
module internal HttpCall =

    let withQuery (url: string) (query: (string * string) list) =
        match query with
        | [] -> url
        | _ -> url + (if url.Contains '?' then "&" else "?") + HttpBody.pairs query

    let private addCookies (asked: Asked) (address: Uri) =
        for name, value in asked.Cookies do
            try
                asked.Container.Add(address, Cookie(name, value))
            with :? CookieException when asked.SilentCookieErrors ->
                ()

    let private contentType (asked: Asked) (body: HttpRequestBody) =
        asked.Headers
        |> List.tryFind (fun (name, _) ->
            name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
        |> Option.map snd
        |> Option.defaultValue (HttpBody.contentType body)

    let private prepare (asked: Asked) : HttpWebRequest =
        let address = Uri(withQuery asked.Url asked.Query, UriKind.Absolute)
        let request = WebRequest.CreateHttp address
        let implied = if asked.Body.IsSome then HttpMethod.Post else HttpMethod.Get
        request.Method <- defaultArg asked.Method implied
        request.AutomaticDecompression <- DecompressionMethods.GZip ||| DecompressionMethods.Deflate
        request.CookieContainer <- asked.Container
        addCookies asked address

        for name, value in asked.Headers do
            request.Headers[name] <- value

        asked.Body
        |> Option.iter (fun body -> request.ContentType <- contentType asked body)

        asked.Customize request

    let private writeBody (request: HttpWebRequest) (body: HttpRequestBody) : Task =
        task {
            let bytes = HttpBody.bytes request.ContentType body
            use! stream = request.GetRequestStreamAsync()
            do! stream.WriteAsync(ReadOnlyMemory bytes)
        }

    /// The response, or the exception's own where the server answered with an error.
    let private answer
        (asked: Asked)
        (request: HttpWebRequest)
        : Task<HttpWebResponse * exn option> =
        task {
            match asked.Body with
            | Some body -> do! writeBody request body
            | None -> ()

            try
                let! response = request.GetResponseAsync()
                return response :?> HttpWebResponse, None
            with :? WebException as error when not (isNull error.Response) ->
                return error.Response :?> HttpWebResponse, Some(error :> exn)
        }

    /// Waits for work on a request, which is given up when its time is over or it is cancelled.
    let private within
        (asked: Asked)
        (token: CancellationToken)
        (request: HttpWebRequest)
        (work: Task<'T>)
        : Task<'T> =
        task {
            try
                return! work.WaitAsync(TimeSpan.FromMilliseconds(float asked.Timeout), token)
            with
            | :? TimeoutException ->
                request.Abort()

                return
                    raise (
                        WebException(
                            $"The operation has timed out after {asked.Timeout} ms: {request.RequestUri}",
                            WebExceptionStatus.Timeout
                        )
                    )
            | :? OperationCanceledException as error ->
                request.Abort()
                return raise error
        }

    let private toEnd (stream: Stream) : Task<byte[]> =
        task {
            use stream = stream
            use buffer = new MemoryStream()
            do! stream.CopyToAsync buffer
            return buffer.ToArray()
        }

    /// The error of a status of 400 or more, with what the server said of it.
    let private refusal (error: WebException) (response: HttpWebResponse) : Task<exn> =
        task {
            let! bytes = toEnd (response.GetResponseStream())
            let text = HttpBody.text response.ContentType None bytes

            let message =
                if text = "" then
                    error.Message
                else
                    $"{error.Message}\nResponse from {response.ResponseUri}:\n{text}"

            return WebException(message, error, error.Status, response) :> exn
        }

    /// Sends the request; the response with its body still to be read.
    let send (asked: Asked) (token: CancellationToken) : Task<HttpWebRequest * HttpWebResponse> =
        task {
            let request = prepare asked
            let! response, error = within asked token request (answer asked request)

            match error with
            | Some(:? WebException as error) when not asked.SilentErrors ->
                let! refusal = within asked token request (refusal error response)
                return raise refusal
            | _ -> return request, response
        }

    /// Sends the request and reads the response's body to its end.
    let sendAndRead (asked: Asked) (token: CancellationToken) =
        task {
            let! request, response = send asked token
            let! bytes = within asked token request (toEnd (response.GetResponseStream()))
            return response, bytes
        }

    let headers (response: HttpWebResponse) =
        Map.ofList [ for name in response.Headers.AllKeys -> name, response.Headers[name] ]

    let cookies (asked: Asked) (response: HttpWebResponse) =
        Map.ofSeq
            [ for cookie in asked.Container.GetCookies response.ResponseUri ->
                  cookie.Name, cookie.Value ]

    /// A task as an Async that hands its token over and raises what the task raised, unwrapped.
    let ofTask (start: CancellationToken -> Task<'T>) : Async<'T> =
        async {
            let! token = Async.CancellationToken

            let caught =
                task {
                    try
                        let! value = start token
                        return Ok value
                    with error ->
                        return Error error
                }

            match! Async.AwaitTask caught with
            | Ok value -> return value
            | Error error -> return raise error
        }
