namespace FSharp.Data

open System.Net

/// Requests over HTTP. GET without a body and POST with one, unless `httpMethod` says otherwise; gzip and deflate are undone; a
/// status of 400 or more, a refused connection and a timeout (`timeout` milliseconds, 100 seconds by default) raise `WebException`.
[<AbstractClass; Sealed>]
type Http private () =

    static let standardTimeout = 100_000

    static let asked
        (
            url,
            query,
            headers,
            httpMethod,
            body,
            cookies,
            cookieContainer,
            silentHttpErrors,
            silentCookieErrors,
            customizeHttpRequest,
            timeout
        ) : Asked =
        { Url = url
          Query = defaultArg query []
          Headers = headers |> Option.map List.ofSeq |> Option.defaultValue []
          Method = httpMethod
          Body = body
          Cookies = cookies |> Option.map List.ofSeq |> Option.defaultValue []
          Container = cookieContainer |> Option.defaultWith CookieContainer
          SilentErrors = defaultArg silentHttpErrors false
          SilentCookieErrors = defaultArg silentCookieErrors false
          Customize = defaultArg customizeHttpRequest id
          Timeout = defaultArg timeout standardTimeout }

    /// The address with the query's parameters, escaped.
    static member AppendQueryToUrl(url: string, query: (string * string) list) : string =
        HttpCall.withQuery url query

    /// Sends a request; the response's body is read by the caller, who disposes the stream.
    static member AsyncRequestStream
        (
            url: string,
            ?query: (string * string) list,
            ?headers: (string * string) seq,
            ?httpMethod: string,
            ?body: HttpRequestBody,
            ?cookies: (string * string) seq,
            ?cookieContainer: CookieContainer,
            ?silentHttpErrors: bool,
            ?silentCookieErrors: bool,
            ?customizeHttpRequest: (HttpWebRequest -> HttpWebRequest),
            ?timeout: int
        ) : Async<HttpResponseWithStream> =
        async {
            let asked =
                asked (
                    url,
                    query,
                    headers,
                    httpMethod,
                    body,
                    cookies,
                    cookieContainer,
                    silentHttpErrors,
                    silentCookieErrors,
                    customizeHttpRequest,
                    timeout
                )

            let! _, response = HttpCall.ofTask (HttpCall.send asked)

            return
                { ResponseStream = response.GetResponseStream()
                  StatusCode = int response.StatusCode
                  ResponseUrl = string response.ResponseUri
                  Headers = HttpCall.headers response
                  Cookies = HttpCall.cookies asked response }
        }

    /// Sends a request and reads the response to its end.
    static member AsyncRequest
        (
            url: string,
            ?query: (string * string) list,
            ?headers: (string * string) seq,
            ?httpMethod: string,
            ?body: HttpRequestBody,
            ?cookies: (string * string) seq,
            ?cookieContainer: CookieContainer,
            ?silentHttpErrors: bool,
            ?silentCookieErrors: bool,
            ?responseEncodingOverride: string,
            ?customizeHttpRequest: (HttpWebRequest -> HttpWebRequest),
            ?timeout: int
        ) : Async<HttpResponse> =
        async {
            let asked =
                asked (
                    url,
                    query,
                    headers,
                    httpMethod,
                    body,
                    cookies,
                    cookieContainer,
                    silentHttpErrors,
                    silentCookieErrors,
                    customizeHttpRequest,
                    timeout
                )

            let! response, bytes = HttpCall.ofTask (HttpCall.sendAndRead asked)

            return
                { Body = HttpBody.ofResponse response.ContentType responseEncodingOverride bytes
                  StatusCode = int response.StatusCode
                  ResponseUrl = string response.ResponseUri
                  Headers = HttpCall.headers response
                  Cookies = HttpCall.cookies asked response }
        }

    /// Sends a request and reads the response as text.
    static member AsyncRequestString
        (
            url: string,
            ?query: (string * string) list,
            ?headers: (string * string) seq,
            ?httpMethod: string,
            ?body: HttpRequestBody,
            ?cookies: (string * string) seq,
            ?cookieContainer: CookieContainer,
            ?silentHttpErrors: bool,
            ?silentCookieErrors: bool,
            ?responseEncodingOverride: string,
            ?customizeHttpRequest: (HttpWebRequest -> HttpWebRequest),
            ?timeout: int
        ) : Async<string> =
        async {
            let asked =
                asked (
                    url,
                    query,
                    headers,
                    httpMethod,
                    body,
                    cookies,
                    cookieContainer,
                    silentHttpErrors,
                    silentCookieErrors,
                    customizeHttpRequest,
                    timeout
                )

            let! response, bytes = HttpCall.ofTask (HttpCall.sendAndRead asked)
            return HttpBody.text response.ContentType responseEncodingOverride bytes
        }

    /// `AsyncRequestStream`, waited for.
    static member RequestStream
        (
            url: string,
            ?query: (string * string) list,
            ?headers: (string * string) seq,
            ?httpMethod: string,
            ?body: HttpRequestBody,
            ?cookies: (string * string) seq,
            ?cookieContainer: CookieContainer,
            ?silentHttpErrors: bool,
            ?silentCookieErrors: bool,
            ?customizeHttpRequest: (HttpWebRequest -> HttpWebRequest),
            ?timeout: int
        ) : HttpResponseWithStream =
        Http.AsyncRequestStream(
            url,
            ?query = query,
            ?headers = headers,
            ?httpMethod = httpMethod,
            ?body = body,
            ?cookies = cookies,
            ?cookieContainer = cookieContainer,
            ?silentHttpErrors = silentHttpErrors,
            ?silentCookieErrors = silentCookieErrors,
            ?customizeHttpRequest = customizeHttpRequest,
            ?timeout = timeout
        )
        |> Async.RunSynchronously

    /// `AsyncRequest`, waited for.
    static member Request
        (
            url: string,
            ?query: (string * string) list,
            ?headers: (string * string) seq,
            ?httpMethod: string,
            ?body: HttpRequestBody,
            ?cookies: (string * string) seq,
            ?cookieContainer: CookieContainer,
            ?silentHttpErrors: bool,
            ?silentCookieErrors: bool,
            ?responseEncodingOverride: string,
            ?customizeHttpRequest: (HttpWebRequest -> HttpWebRequest),
            ?timeout: int
        ) : HttpResponse =
        Http.AsyncRequest(
            url,
            ?query = query,
            ?headers = headers,
            ?httpMethod = httpMethod,
            ?body = body,
            ?cookies = cookies,
            ?cookieContainer = cookieContainer,
            ?silentHttpErrors = silentHttpErrors,
            ?silentCookieErrors = silentCookieErrors,
            ?responseEncodingOverride = responseEncodingOverride,
            ?customizeHttpRequest = customizeHttpRequest,
            ?timeout = timeout
        )
        |> Async.RunSynchronously

    /// `AsyncRequestString`, waited for.
    static member RequestString
        (
            url: string,
            ?query: (string * string) list,
            ?headers: (string * string) seq,
            ?httpMethod: string,
            ?body: HttpRequestBody,
            ?cookies: (string * string) seq,
            ?cookieContainer: CookieContainer,
            ?silentHttpErrors: bool,
            ?silentCookieErrors: bool,
            ?responseEncodingOverride: string,
            ?customizeHttpRequest: (HttpWebRequest -> HttpWebRequest),
            ?timeout: int
        ) : string =
        Http.AsyncRequestString(
            url,
            ?query = query,
            ?headers = headers,
            ?httpMethod = httpMethod,
            ?body = body,
            ?cookies = cookies,
            ?cookieContainer = cookieContainer,
            ?silentHttpErrors = silentHttpErrors,
            ?silentCookieErrors = silentCookieErrors,
            ?responseEncodingOverride = responseEncodingOverride,
            ?customizeHttpRequest = customizeHttpRequest,
            ?timeout = timeout
        )
        |> Async.RunSynchronously
