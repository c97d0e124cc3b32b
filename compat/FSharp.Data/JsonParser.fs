namespace FSharp.Data

open System
open System.Globalization
open System.IO
open System.Runtime.CompilerServices
open System.Text

/// Reads one JSON value after another from a text. `//` comments are spaces.
type internal JsonParser(text: string) =
    let mutable at = 0

    let fail () : 'T =
        let snippet = text.Substring(at, min 40 (text.Length - at))
        failwith $"Invalid JSON starting at character {at}, snippet = \n----\n{snippet}\n-----"

    let here () =
        if at < text.Length then text[at] else '\000'

    let rec skipSpace () =
        if at < text.Length && Char.IsWhiteSpace text[at] then
            at <- at + 1
            skipSpace ()
        elif String.CompareOrdinal(text, at, "//", 0, 2) = 0 then
            let ending = text.IndexOf('\n', at)
            at <- if ending < 0 then text.Length else ending
            skipSpace ()

    let expect (c: char) =
        if here () <> c then
            fail ()

        at <- at + 1

    let literal (word: string) (value: JsonValue) =
        if String.CompareOrdinal(text, at, word, 0, word.Length) <> 0 then
            fail ()

        at <- at + word.Length
        value

    let isNumeric c =
        Char.IsAsciiDigit c || c = '-' || c = '+' || c = '.' || c = 'e' || c = 'E'

    /// Decimal keeps every digit; what does not fit, and powers of ten, are floats.
    let number () =
        let mutable ending = at

        while ending < text.Length && isNumeric text[ending] do
            ending <- ending + 1

        let digits = text.AsSpan(at, ending - at)
        let culture = CultureInfo.InvariantCulture
        let plain = NumberStyles.AllowLeadingSign ||| NumberStyles.AllowDecimalPoint
        let exact, decimal = Decimal.TryParse(digits, plain, culture)
        let valid, float = Double.TryParse(digits, NumberStyles.Float, culture)

        if not valid then
            fail ()

        at <- ending
        if exact then JsonValue.Number decimal else JsonValue.Float float

    let hexadecimal () =
        let valid, code =
            if at + 4 <= text.Length then
                UInt16.TryParse(
                    text.AsSpan(at, 4),
                    NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture
                )
            else
                false, 0us

        if not valid then
            fail ()

        at <- at + 4
        char code

    let escaped () =
        let c = here ()
        at <- at + 1

        match c with
        | '"'
        | '\\'
        | '/' -> c
        | 'b' -> '\b'
        | 'f' -> '\f'
        | 'n' -> '\n'
        | 'r' -> '\r'
        | 't' -> '\t'
        | 'u' -> hexadecimal ()
        | _ ->
            at <- at - 1
            fail ()

    let quoted () =
        expect '"'
        let buffer = StringBuilder()

        while at < text.Length && text[at] <> '"' do
            let c = text[at]
            at <- at + 1
            buffer.Append(if c = '\\' then escaped () else c) |> ignore

        expect '"'
        string buffer

    /// What stands between two brackets, with commas between.
    let between (opening: char) (closing: char) (item: unit -> 'T) : 'T[] =
        expect opening
        skipSpace ()
        let items = ResizeArray()

        if here () <> closing then
            items.Add(item ())

            while here () = ',' do
                at <- at + 1
                skipSpace ()
                items.Add(item ())

        expect closing
        items.ToArray()

    let rec value () : JsonValue =
        RuntimeHelpers.EnsureSufficientExecutionStack()
        skipSpace ()

        let json =
            match here () with
            | '{' -> JsonValue.Record(between '{' '}' property)
            | '[' -> JsonValue.Array(between '[' ']' value)
            | '"' -> JsonValue.String(quoted ())
            | 't' -> literal "true" (JsonValue.Boolean true)
            | 'f' -> literal "false" (JsonValue.Boolean false)
            | 'n' -> literal "null" JsonValue.Null
            | _ -> number ()

        skipSpace ()
        json

    and property () =
        let name = quoted ()
        skipSpace ()
        expect ':'
        name, value ()

    /// The one value of the text.
    member _.Single() : JsonValue =
        let json = value ()

        if at < text.Length then
            fail ()

        json

    /// The values of the text, one after another.
    member _.Many() : JsonValue seq =
        seq {
            skipSpace ()

            while at < text.Length do
                yield value ()
        }

/// What JsonValue reads, open wherever FSharp.Data is.
[<AutoOpen>]
module JsonReading =

    type JsonValue with


        /// Reads a JSON text. Raises an exception that says where the text is wrong.
        static member Parse(text: string) : JsonValue = JsonParser(text).Single()

        /// Reads a JSON text; none where it is wrong.
        static member TryParse(text: string) : JsonValue option =
            try
                Some(JsonValue.Parse text)
            with _ ->
                None

        /// Reads values that stand one after another, as in a file of JSON lines.
        static member ParseMultiple(text: string) : JsonValue seq = JsonParser(text).Many()

        /// Reads a JSON text to its end.
        static member Load(reader: TextReader) : JsonValue = JsonValue.Parse(reader.ReadToEnd())

        /// Reads a JSON text in UTF-8, or the encoding that its byte order mark names.
        static member Load(stream: Stream) : JsonValue =
            use reader = new StreamReader(stream)
            JsonValue.Load reader

        /// Reads a file by its path, or an address that begins with http.
        static member AsyncLoad(uri: string, ?encoding: Encoding) : Async<JsonValue> =
            async {
                if uri.StartsWith("http:") || uri.StartsWith("https:") then
                    let! text =
                        Http.AsyncRequestString(
                            uri,
                            headers = [ HttpRequestHeaders.Accept HttpContentTypes.Json ],
                            responseEncodingOverride = (defaultArg encoding Encoding.UTF8).WebName
                        )

                    return JsonValue.Parse text
                else
                    use reader = new StreamReader(uri, defaultArg encoding Encoding.UTF8)
                    return JsonValue.Load reader
            }

        /// Reads a file by its path, or an address that begins with http.
        static member Load(uri: string, ?encoding: Encoding) : JsonValue =
            JsonValue.AsyncLoad(uri, ?encoding = encoding) |> Async.RunSynchronously
