namespace FSharp.Data

open System
open System.Globalization
open System.IO
open System.Text.Json

/// How JSON is written: one element a line, or all on one line. The package has a third way.
type JsonSaveOptions =
    | None = 0
    | DisableFormatting = 1

/// The pieces that JSON texts are made of.
[<RequireQualifiedAccess>]
module internal JsonText =

    /// The fewest digits that read back as the same number, with a point or an exponent; null
    /// where JSON has no number.
    let ofFloat (value: float) : string =
        let digits = value.ToString("R", CultureInfo.InvariantCulture)

        if not (Double.IsFinite value) then "null"
        elif digits.Contains '.' || digits.Contains 'E' then digits
        else digits + ".0"

    let private escaped (c: char) : string =
        match c with
        | '"' -> "\\\""
        | '\\' -> "\\\\"
        | '\b' -> "\\b"
        | '\f' -> "\\f"
        | '\n' -> "\\n"
        | '\r' -> "\\r"
        | '\t' -> "\\t"
        | c when c < ' ' -> $"\\u{int c:x4}"
        | c -> string c

    let quoted (text: string) : string = $"\"{String.collect escaped text}\""

    /// A line end and the next level's spaces; nothing where all is on one line.
    let deeper (newLine: string) : string =
        if newLine = "" then "" else newLine + "  "

    let between (brackets: string) (w: TextWriter) (newLine: string) (write: 'T -> unit) items =
        w.Write brackets[0]

        items
        |> Array.iteri (fun i item ->
            w.Write(if i > 0 then "," else "")
            w.Write(deeper newLine)
            write item)

        w.Write newLine
        w.Write brackets[1]

/// A JSON text as a value, compared by what is in it. Properties keep their order; a name may be
/// there twice.
[<RequireQualifiedAccess>]
type JsonValue =
    | String of string
    /// What is read of a number without an exponent that is not too great for a decimal.
    | Number of decimal
    /// Any other number.
    | Float of float
    | Record of properties: (string * JsonValue)[]
    | Array of elements: JsonValue[]
    | Boolean of bool
    | Null

    static member private Write (w: TextWriter) (newLine: string) (json: JsonValue) : unit =
        let inner = JsonValue.Write w (JsonText.deeper newLine)

        let property (name, value) =
            w.Write(JsonText.quoted name)
            w.Write(if newLine = "" then ":" else ": ")
            inner value

        match json with
        | JsonValue.String text -> w.Write(JsonText.quoted text)
        | JsonValue.Number number -> w.Write(number.ToString CultureInfo.InvariantCulture)
        | JsonValue.Float number -> w.Write(JsonText.ofFloat number)
        | JsonValue.Record properties -> JsonText.between "{}" w newLine property properties
        | JsonValue.Array [||] -> w.Write "[]"
        | JsonValue.Array elements -> JsonText.between "[]" w newLine inner elements
        | JsonValue.Boolean value -> w.Write(if value then "true" else "false")
        | JsonValue.Null -> w.Write "null"

    /// Writes the value, with the writer's line ends.
    member x.WriteTo(w: TextWriter, saveOptions: JsonSaveOptions) : unit =
        let newLine = if saveOptions = JsonSaveOptions.None then w.NewLine else ""
        JsonValue.Write w newLine x

    /// The value as text.
    member x.ToString(saveOptions: JsonSaveOptions) : string =
        use writer = new StringWriter(CultureInfo.InvariantCulture)
        x.WriteTo(writer, saveOptions)
        string writer

    override x.ToString() : string = x.ToString JsonSaveOptions.None

    static member private OfDigits(digits: string) : JsonValue =
        let plain = NumberStyles.AllowLeadingSign ||| NumberStyles.AllowDecimalPoint

        match Decimal.TryParse(digits, plain, CultureInfo.InvariantCulture) with
        | true, number -> JsonValue.Number number
        | _ -> JsonValue.Float(Double.Parse(digits, CultureInfo.InvariantCulture))

    static member private OfElement(element: JsonElement) : JsonValue =
        match element.ValueKind with
        | JsonValueKind.String -> JsonValue.String(element.GetString())
        | JsonValueKind.Number -> JsonValue.OfDigits(element.GetRawText())
        | JsonValueKind.Object ->
            JsonValue.Record
                [| for item in element.EnumerateObject() ->
                       item.Name, JsonValue.OfElement item.Value |]
        | JsonValueKind.Array ->
            JsonValue.Array [| for item in element.EnumerateArray() -> JsonValue.OfElement item |]
        | JsonValueKind.True -> JsonValue.Boolean true
        | JsonValueKind.False -> JsonValue.Boolean false
        | _ -> JsonValue.Null

    /// Reads a JSON text of at most 64 levels; comments are read over. Raises an exception that
    /// says where the text is wrong.
    static member Parse(text: string) : JsonValue =
        let options = JsonDocumentOptions(CommentHandling = JsonCommentHandling.Skip)

        try
            use document = JsonDocument.Parse(text, options)
            JsonValue.OfElement document.RootElement
        with error ->
            raise (Exception($"Invalid JSON: {error.Message}", error))

    /// Reads a JSON text; none where it is wrong.
    static member TryParse(text: string) : JsonValue option =
        try
            Some(JsonValue.Parse text)
        with _ ->
            None
