namespace FSharp.Data

open System
open System.Globalization
open System.IO

/// How JSON is written: indented, on one line, or on one line with a space after each comma.
type JsonSaveOptions =
    | None = 0
    | DisableFormatting = 1
    | CompactSpaceAfterComma = 2

/// Numbers as JSON writes them.
[<RequireQualifiedAccess>]
module internal JsonNumber =

    /// The shortest digits that read back as the same number, with a point or an exponent; null where JSON has no number.
    let ofFloat (value: float) =
        if not (Double.IsFinite value) then
            "null"
        else
            let digits = value.ToString("R", CultureInfo.InvariantCulture)
            if digits.Contains '.' || digits.Contains 'E' then digits else digits + ".0"

/// A JSON text as a value. Equal values are structurally equal.
[<RequireQualifiedAccess>]
type JsonValue =
    | String of string
    | Number of decimal
    | Float of float
    | Record of properties: (string * JsonValue)[]
    | Array of elements: JsonValue[]
    | Boolean of bool
    | Null

    static member private WriteText (w: TextWriter) (text: string) =
        w.Write '"'

        for c in text do
            match c with
            | '"' -> w.Write "\\\""
            | '\\' -> w.Write "\\\\"
            | '\n' -> w.Write "\\n"
            | '\r' -> w.Write "\\r"
            | '\t' -> w.Write "\\t"
            | '\b' -> w.Write "\\b"
            | '\f' -> w.Write "\\f"
            | c when c < ' ' -> w.Write $"\\u{int c:x4}"
            | c -> w.Write c

        w.Write '"'

    /// Writes the value; indented by so many spaces (2) unless the options say otherwise.
    member x.WriteTo(w: TextWriter, saveOptions: JsonSaveOptions, ?indentationSpaces: int) : unit =
        let spaces = defaultArg indentationSpaces 2
        let indented = saveOptions = JsonSaveOptions.None

        let comma =
            if saveOptions = JsonSaveOptions.CompactSpaceAfterComma then ", " else ","

        let line depth =
            if indented then
                w.Write '\n'
                w.Write(String.replicate (depth * spaces) " ")

        let all depth (write: 'T -> unit) (items: 'T[]) =
            items
            |> Array.iteri (fun i item ->
                if i > 0 then
                    w.Write comma

                line (depth + 1)
                write item)

            line depth

        let rec value depth (json: JsonValue) =
            match json with
            | JsonValue.String text -> JsonValue.WriteText w text
            | JsonValue.Number number -> w.Write(number.ToString CultureInfo.InvariantCulture)
            | JsonValue.Float number -> w.Write(JsonNumber.ofFloat number)
            | JsonValue.Boolean true -> w.Write "true"
            | JsonValue.Boolean false -> w.Write "false"
            | JsonValue.Null -> w.Write "null"
            | JsonValue.Array [||] -> w.Write "[]"
            | JsonValue.Array elements ->
                w.Write '['
                all depth (value (depth + 1)) elements
                w.Write ']'
            | JsonValue.Record properties ->
                w.Write '{'

                properties
                |> all depth (fun (name, json) ->
                    JsonValue.WriteText w name
                    w.Write(if indented then ": " else ":")
                    value (depth + 1) json)

                w.Write '}'

        value 0 x

    /// The value as text.
    member x.ToString(saveOptions: JsonSaveOptions, ?indentationSpaces: int) : string =
        use writer = new StringWriter(CultureInfo.InvariantCulture)
        x.WriteTo(writer, saveOptions, ?indentationSpaces = indentationSpaces)
        string writer

    /// The value as text, one element a line.
    member x.ToString(?indentationSpaces: int) : string =
        x.ToString(JsonSaveOptions.None, ?indentationSpaces = indentationSpaces)

    override x.ToString() : string = x.ToString JsonSaveOptions.None
