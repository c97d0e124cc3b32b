namespace FSharp.Data

open System
open System.Text

/// Bodies as bytes and back.
[<RequireQualifiedAccess>]
module internal HttpBody =

    /// The body's own content type, for a request that names none.
    let contentType (body: HttpRequestBody) =
        match body with
        | TextRequest _ -> HttpContentTypes.Text
        | BinaryUpload _ -> HttpContentTypes.Binary
        | FormValues _ -> HttpContentTypes.FormValues

    /// `name=value` pairs with everything escaped that has a meaning in an address.
    let pairs (values: seq<string * string>) =
        values
        |> Seq.map (fun (name, value) ->
            $"{Uri.EscapeDataString name}={Uri.EscapeDataString value}")
        |> String.concat "&"

    /// The parameter charset of a content type, where it has one that is known.
    let private charset (contentType: string) =
        contentType.Split ';'
        |> Seq.map _.Trim()
        |> Seq.tryFind _.StartsWith("charset=", StringComparison.OrdinalIgnoreCase)
        |> Option.bind (fun part ->
            try
                Some(Encoding.GetEncoding(part.Substring("charset=".Length).Trim '"'))
            with :? ArgumentException ->
                None)

    let bytes (contentType: string) (body: HttpRequestBody) =
        let encode (text: string) =
            (charset contentType |> Option.defaultValue HttpEncodings.PostDefaultEncoding).GetBytes
                text

        match body with
        | TextRequest text -> encode text
        | BinaryUpload bytes -> bytes
        | FormValues values -> encode (pairs values)

    let private textTypes =
        [ HttpContentTypes.Json
          HttpContentTypes.JavaScript
          HttpContentTypes.Xml
          HttpContentTypes.FormValues ]

    let private isText (contentType: string) =
        let mime = contentType.Split(';').[0].Trim().ToLowerInvariant()

        mime.StartsWith("text/", StringComparison.Ordinal)
        || mime.EndsWith("+json", StringComparison.Ordinal)
        || mime.EndsWith("+xml", StringComparison.Ordinal)
        || List.contains mime textTypes

    /// A response's text, in the given encoding, or its own, or ISO-8859-1.
    let text (contentType: string) (encodingOverride: string option) (bytes: byte[]) =
        let encoding =
            match encodingOverride with
            | Some name -> Encoding.GetEncoding name
            | None ->
                charset contentType |> Option.defaultValue HttpEncodings.ResponseDefaultEncoding

        encoding.GetString bytes

    let ofResponse (contentType: string) (encodingOverride: string option) (bytes: byte[]) =
        if isText contentType then
            Text(text contentType encodingOverride bytes)
        else
            Binary bytes
