namespace FSharp.Data

open System
open System.Text

/// The verbs of HTTP.
module HttpMethod =
    let Options = "OPTIONS"
    let Get = "GET"
    let Head = "HEAD"
    let Post = "POST"
    let Put = "PUT"
    let Delete = "DELETE"
    let Patch = "PATCH"

/// Values of the headers Accept and Content-Type.
module HttpContentTypes =
    [<Literal>]
    let Any = "*/*"

    [<Literal>]
    let Text = "text/plain"

    [<Literal>]
    let Binary = "application/octet-stream"

    [<Literal>]
    let GZip = "application/gzip"

    [<Literal>]
    let FormValues = "application/x-www-form-urlencoded"

    [<Literal>]
    let Json = "application/json"

    [<Literal>]
    let JavaScript = "application/javascript"

    [<Literal>]
    let Xml = "application/xml"

    [<Literal>]
    let Html = "text/html"

/// Headers of a request, each as its name and value.
module HttpRequestHeaders =
    /// The types of content that the client understands.
    let Accept (contentType: string) = "Accept", contentType

    /// The encodings of content that the client understands, such as gzip.
    let AcceptEncoding (encoding: string) = "Accept-Encoding", encoding

    /// HTTP's basic authentication.
    let BasicAuth (username: string) (password: string) =
        let plain = Encoding.UTF8.GetBytes $"{username}:{password}"
        "Authorization", "Basic " + Convert.ToBase64String plain

    /// The type of the request's body.
    let ContentType (contentType: string) = "Content-Type", contentType

    /// Answer only if the content is no longer this one.
    let IfNoneMatch (etag: string) = "If-None-Match", etag

    /// Give the part only if the content is still this one, else all of it.
    let IfRange (range: string) = "If-Range", range

    /// Only the bytes from `start` to `finish`, both included.
    let Range (start: int64, finish: int64) = "Range", $"bytes={start}-{finish}"

    /// Who asks.
    let UserAgent (userAgent: string) = "User-Agent", userAgent

/// Names of headers of a response: the keys of `Headers`.
module HttpResponseHeaders =
    [<Literal>]
    let AcceptRanges = "Accept-Ranges"

    [<Literal>]
    let ContentEncoding = "Content-Encoding"

    [<Literal>]
    let ContentLength = "Content-Length"

    [<Literal>]
    let ContentRange = "Content-Range"

    [<Literal>]
    let ContentType = "Content-Type"

    [<Literal>]
    let ETag = "ETag"

    [<Literal>]
    let LastModified = "Last-Modified"

    [<Literal>]
    let Location = "Location"

    [<Literal>]
    let RetryAfter = "Retry-After"

/// The encodings of texts that do not name one.
module HttpEncodings =
    /// Of a request's body: ISO-8859-1.
    let PostDefaultEncoding: Encoding = Encoding.Latin1

    /// Of a response's body: ISO-8859-1.
    let ResponseDefaultEncoding: Encoding = Encoding.Latin1
