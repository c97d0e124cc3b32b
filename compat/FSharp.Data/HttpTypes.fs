namespace FSharp.Data

open System.IO

/// What a request carries.
type HttpRequestBody =
    | TextRequest of string
    | BinaryUpload of byte[]
    | FormValues of seq<string * string>

/// What came back: text for types that are text, else bytes.
type HttpResponseBody =
    | Text of string
    | Binary of byte[]

/// A response, read to its end.
type HttpResponse =
    {
        Body: HttpResponseBody
        StatusCode: int
        /// Where the response came from, after redirections.
        ResponseUrl: string
        Headers: Map<string, string>
        Cookies: Map<string, string>
    }

/// A response whose body is still to be read. The caller disposes the stream.
type HttpResponseWithStream =
    {
        ResponseStream: Stream
        StatusCode: int
        /// Where the response came from, after redirections.
        ResponseUrl: string
        Headers: Map<string, string>
        Cookies: Map<string, string>
    }
