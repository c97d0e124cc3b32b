namespace Workbench

open System
open System.Globalization
open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

/// A JSON value whose object keeps the order of its names, so that equal settings make equal files.
[<RequireQualifiedAccess>]
type Json =
    | Null
    | Flag of bool
    | Whole of int
    | Real of float
    | Text of string
    | List of Json list
    | Object of (string * Json) list

/// Writing JSON, the same bytes under every culture.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Json =
    /// A number in the fewest digits that read back as the same number: `0.1`, `1E-05`, `NaN`, `Infinity`, `-Infinity`.
    let number (value: float) : string =
        let shortest = value.ToString("R", CultureInfo.InvariantCulture)

        // .NET 10.0.12 leaves out a digit that matters of two powers of two, 2^-25 and 2^-958 (findings/).
        if value.Equals(Double.Parse(shortest, CultureInfo.InvariantCulture)) then
            shortest
        else
            value.ToString("G17", CultureInfo.InvariantCulture)

    /// What is not set is null.
    let optional (json: 'T -> Json) (value: 'T option) : Json =
        value |> Option.map json |> Option.defaultValue Json.Null

    let rec private put (writer: Utf8JsonWriter) (json: Json) =
        match json with
        | Json.Null -> writer.WriteNullValue()
        | Json.Flag value -> writer.WriteBooleanValue value
        | Json.Whole value -> writer.WriteNumberValue value
        | Json.Real value when Double.IsFinite value -> writer.WriteRawValue(number value)
        | Json.Real value -> writer.WriteStringValue(number value)
        | Json.Text value -> writer.WriteStringValue value
        | Json.List items ->
            writer.WriteStartArray()
            List.iter (put writer) items
            writer.WriteEndArray()
        | Json.Object fields ->
            writer.WriteStartObject()

            for name, value in fields do
                writer.WritePropertyName name
                put writer value

            writer.WriteEndObject()

    let private written (options: JsonWriterOptions) (json: Json) : MemoryStream =
        let memory = new MemoryStream()
        using (new Utf8JsonWriter(memory, options)) (fun writer -> put writer json)
        memory

    /// Indented UTF-8 with a line feed at the end. JSON knows no NaN and no infinity: they are written as the strings "NaN",
    /// "Infinity" and "-Infinity".
    let bytes (json: Json) : byte[] =
        let options =
            JsonWriterOptions(
                Indented = true,
                NewLine = "\n",
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping
            )

        use memory = written options json
        memory.WriteByte(byte '\n')
        memory.ToArray()

    /// The same values on one line, which may stand inside a script element: `<`, `>` and `&` are escaped.
    let line (json: Json) : string =
        use memory = written (JsonWriterOptions()) json
        Encoding.UTF8.GetString(memory.ToArray())

    /// `bytes` as text.
    let text (json: Json) : string = Encoding.UTF8.GetString(bytes json)

    /// A value as it would stand on a command line: text bare, the items of a list one after another, nothing for null. Lists in a
    /// list are apart by commas.
    let rec plain (json: Json) : string =
        match json with
        | Json.Null -> ""
        | Json.Flag value -> if value then "yes" else "no"
        | Json.Whole value -> value.ToString CultureInfo.InvariantCulture
        | Json.Real value -> number value
        | Json.Text value -> value
        | Json.List items ->
            let between = if items |> List.exists _.IsList then ", " else " "
            items |> List.map plain |> String.concat between
        | Json.Object fields ->
            fields
            |> List.map (fun (name, value) -> $"{name}={plain value}")
            |> String.concat " "

    let rec private ofElement (element: JsonElement) : Json =
        match element.ValueKind with
        | JsonValueKind.True -> Json.Flag true
        | JsonValueKind.False -> Json.Flag false
        | JsonValueKind.String -> Json.Text(element.GetString())
        | JsonValueKind.Array ->
            Json.List [ for item in element.EnumerateArray() -> ofElement item ]
        | JsonValueKind.Object ->
            Json.Object
                [ for field in element.EnumerateObject() -> field.Name, ofElement field.Value ]
        | JsonValueKind.Number ->
            match element.TryGetInt32() with
            | true, whole when whole <> 0 || element.GetRawText() = "0" -> Json.Whole whole
            | _ -> Json.Real(element.GetDouble())
        | _ -> Json.Null

    /// Reads JSON. What is none raises `JsonException`.
    let parse (text: string) : Json =
        use document = JsonDocument.Parse text
        ofElement document.RootElement

    /// A number, or what stands for NaN and infinity. Anything else raises `FormatException`.
    let toFloat (json: Json) : float =
        match json with
        | Json.Whole value -> float value
        | Json.Real value -> value
        | Json.Text text -> Double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)
        | _ -> raise (FormatException "a figure is a number")

    /// The fields of an object. Anything else raises `FormatException`.
    let fields (json: Json) : (string * Json) list =
        match json with
        | Json.Object fields -> fields
        | _ -> raise (FormatException "an object is needed")

    /// The items of a list. Anything else raises `FormatException`.
    let items (json: Json) : Json list =
        match json with
        | Json.List items -> items
        | _ -> raise (FormatException "a list is needed")

/// Tables for other programs.
[<RequireQualifiedAccess>]
module Csv =

    let private quoted (cell: string) =
        if cell.IndexOfAny [| ','; '"'; '\r'; '\n' |] < 0 then
            cell
        else
            "\"" + cell.Replace("\"", "\"\"") + "\""

    let private line (cells: string list) =
        (cells |> List.map quoted |> String.concat ",") + "\r\n"

    /// Rows by the names of their columns, as RFC 4180 has it: a header of all names in the order in which they come, empty cells
    /// where a row has nothing.
    let text (rows: (string * string) list list) : string =
        let header = rows |> List.collect (List.map fst) |> List.distinct

        [ line header
          for row in rows do
              let row = Map.ofList row
              line [ for name in header -> row.TryFind name |> Option.defaultValue "" ] ]
        |> String.concat ""
