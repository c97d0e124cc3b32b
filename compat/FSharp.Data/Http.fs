namespace FSharp.Data

// HttpWebRequest is obsolete, and the type that `customizeHttpRequest` is given.
#nowarn "44"

open System
open System.IO
open System.Net

/// Headers of a request, each as its name and value.
module HttpRequestHeaders =

    /// Only the bytes from `start` to `finish`, both included.
    let Range (start: int64, finish: int64) : string * string = "Range", $"bytes={start}-{finish}"

    /// Who asks.
    let UserAgent (userAgent: string) : string * string = "User-Agent", userAgent

/// A response whose body is still to be read; the caller disposes the stream. The package's has
/// `Cookies`, too.
type HttpResponseWithStream =
    {
        ResponseStream: Stream
        StatusCode: int
        /// Where the response came from, after redirections.
        ResponseUrl: string
        Headers: Map<string, string>
    }

/// Sending a request and waiting for the head of its response.
[<RequireQualifiedAccess>]
module internal HttpCall =

    let prepare (url: string) (headers: (string * string) seq) : HttpWebRequest =
        let request = WebRequest.CreateHttp(Uri url)
        request.AutomaticDecompression <- DecompressionMethods.GZip ||| DecompressionMethods.Deflate
        // A redirection may set a cookie without which the next address turns the request away.
        request.CookieContainer <- CookieContainer()

        for name, value in headers do
            request.Headers[name] <- value

        request

    /// The request's own timeout counts only where it blocks, and not while a name is looked up.
    let answer (timeout: int) (request: HttpWebRequest) : WebResponse =
        try
            request
                .GetResponseAsync()
                .WaitAsync(TimeSpan.FromMilliseconds(float timeout))
                .GetAwaiter()
                .GetResult()
        with :? TimeoutException as error ->
            request.Abort()
            let message = $"No answer within {timeout} ms from {request.RequestUri}"
            raise (WebException(message, error, WebExceptionStatus.Timeout, null))

    let described (response: HttpWebResponse) : HttpResponseWithStream =
        { ResponseStream = response.GetResponseStream()
          StatusCode = int response.StatusCode
          ResponseUrl = string response.ResponseUri
          Headers = Map [ for name in response.Headers.AllKeys -> name, response.Headers[name] ] }

/// GET over HTTP.
[<AbstractClass; Sealed>]
type Http private () =

    /// Waits for the head of the response, at most `timeout` milliseconds (100 seconds); gzip and
    /// deflate are undone. No answer, and a status of 400 or more unless `silentHttpErrors`, raise
    /// `WebException`. The package has more optional arguments, also between these: pass them by
    /// name. It adds the server's words to the error of a status.
    static member RequestStream
        (
            url: string,
            ?headers: (string * string) seq,
            ?silentHttpErrors: bool,
            ?customizeHttpRequest: (HttpWebRequest -> HttpWebRequest),
            ?timeout: int
        ) : HttpResponseWithStream =
        let silent = defaultArg silentHttpErrors false

        let request =
            HttpCall.prepare url (defaultArg headers Seq.empty)
            |> defaultArg customizeHttpRequest id

        let response =
            try
                HttpCall.answer (defaultArg timeout 100_000) request
            with :? WebException as error when silent && not (isNull error.Response) ->
                error.Response

        HttpCall.described (response :?> HttpWebResponse)
