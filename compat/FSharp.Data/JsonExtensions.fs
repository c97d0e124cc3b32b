namespace FSharp.Data

open System
open System.Collections
open System.Globalization
open System.Runtime.CompilerServices

/// Reading JSON values as .NET's.
[<RequireQualifiedAccess>]
module internal JsonConvert =

    let refuse (kind: string) (json: JsonValue) : 'T =
        let shown =
            match json with
            | JsonValue.String text -> text
            | json -> json.ToString JsonSaveOptions.DisableFormatting

        failwith $"Not {kind}: {shown}"

    let culture (cultureInfo: CultureInfo option) =
        defaultArg cultureInfo CultureInfo.InvariantCulture

    /// Texts that stand for a figure that is missing.
    let missing = [| "NaN"; "NA"; "N/A"; "#N/A"; ":"; "-"; "TBA"; "TBD" |]

    let decimal culture (json: JsonValue) : decimal option =
        match json with
        | JsonValue.Number number -> Some number
        | JsonValue.Float number when abs number < float Decimal.MaxValue -> Some(decimal number)
        | JsonValue.String text ->
            match Decimal.TryParse(text, NumberStyles.Number, culture) with
            | true, number -> Some number
            | _ -> None
        | _ -> None

    /// A whole number between the bounds.
    let whole culture (least: decimal) (most: decimal) (json: JsonValue) : decimal option =
        decimal culture json
        |> Option.filter (fun number ->
            Decimal.IsInteger number && number >= least && number <= most)

    let float culture (missing: string[]) (json: JsonValue) : float option =
        match json with
        | JsonValue.Number number -> Some(float number)
        | JsonValue.Float number -> Some number
        | JsonValue.String text when Array.contains (text.Trim()) missing -> Some nan
        | JsonValue.String text ->
            match Double.TryParse(text, NumberStyles.Any, culture) with
            | true, number -> Some number
            | _ -> None
        | _ -> None

    let boolean (json: JsonValue) : bool option =
        match json with
        | JsonValue.Boolean value -> Some value
        | JsonValue.Number 1m -> Some true
        | JsonValue.Number 0m -> Some false
        | JsonValue.String text ->
            match text.Trim().ToLowerInvariant() with
            | "true"
            | "yes"
            | "1" -> Some true
            | "false"
            | "no"
            | "0" -> Some false
            | _ -> None
        | _ -> None

/// Members of JsonValue for reading what is in it; each that finds something else raises an exception which says what.
[<Extension; AbstractClass; Sealed>]
type JsonExtensions private () =

    /// The properties of a record, in order; of anything else none.
    [<Extension>]
    static member Properties(x: JsonValue) : (string * JsonValue) array =
        match x with
        | JsonValue.Record properties -> properties
        | _ -> [||]

    /// The first property of that name, if there is one.
    [<Extension>]
    static member TryGetProperty(x: JsonValue, propertyName: string) : JsonValue option =
        match x with
        | JsonValue.Record properties ->
            properties
            |> Array.tryPick (fun (name, value) -> if name = propertyName then Some value else None)
        | _ -> None

    /// The first property of that name.
    [<Extension>]
    static member GetProperty(x: JsonValue, propertyName: string) : JsonValue =
        match JsonExtensions.TryGetProperty(x, propertyName) with
        | Some value -> value
        | None ->
            let shown = x.ToString JsonSaveOptions.DisableFormatting
            failwith $"Didn't find property '{propertyName}' in {shown}"

    /// The elements of an array; of anything else none.
    [<Extension>]
    static member AsArray(x: JsonValue) : JsonValue array =
        match x with
        | JsonValue.Array elements -> elements
        | _ -> [||]

    /// The element at an index of an array.
    [<Extension>]
    static member Item(x: JsonValue, index: int) : JsonValue = JsonExtensions.AsArray(x).[index]

    /// The first property of that name.
    [<Extension>]
    static member Item(x: JsonValue, propertyName: string) : JsonValue =
        JsonExtensions.GetProperty(x, propertyName)

    /// Goes over the elements of an array.
    [<Extension>]
    static member GetEnumerator(x: JsonValue) : IEnumerator =
        JsonExtensions.AsArray(x).GetEnumerator()

    /// A text as it is, a number or a truth value as it is written, null as the empty text.
    [<Extension>]
    static member AsString(x: JsonValue, ?cultureInfo: CultureInfo) : string =
        match x with
        | JsonValue.String text -> text
        | JsonValue.Boolean value -> if value then "true" else "false"
        | JsonValue.Number number -> number.ToString(JsonConvert.culture cultureInfo)
        | JsonValue.Float number -> number.ToString(JsonConvert.culture cultureInfo)
        | JsonValue.Null -> ""
        | _ -> JsonConvert.refuse "a string" x

    /// A truth value, or a number or text that stands for one.
    [<Extension>]
    static member AsBoolean(x: JsonValue) : bool =
        JsonConvert.boolean x
        |> Option.defaultWith (fun () -> JsonConvert.refuse "a boolean" x)

    /// A whole number of 32 bits, also from a text.
    [<Extension>]
    static member AsInteger(x: JsonValue, ?cultureInfo: CultureInfo) : int =
        JsonConvert.whole
            (JsonConvert.culture cultureInfo)
            (decimal Int32.MinValue)
            (decimal Int32.MaxValue)
            x
        |> Option.map int
        |> Option.defaultWith (fun () -> JsonConvert.refuse "an int" x)

    /// A whole number of 64 bits, also from a text.
    [<Extension>]
    static member AsInteger64(x: JsonValue, ?cultureInfo: CultureInfo) : int64 =
        JsonConvert.whole
            (JsonConvert.culture cultureInfo)
            (decimal Int64.MinValue)
            (decimal Int64.MaxValue)
            x
        |> Option.map int64
        |> Option.defaultWith (fun () -> JsonConvert.refuse "an int64" x)

    /// A number with all its digits, also from a text.
    [<Extension>]
    static member AsDecimal(x: JsonValue, ?cultureInfo: CultureInfo) : decimal =
        JsonConvert.decimal (JsonConvert.culture cultureInfo) x
        |> Option.defaultWith (fun () -> JsonConvert.refuse "a decimal" x)

    /// A number, also from a text; a text that says that the figure is missing gives NaN.
    [<Extension>]
    static member AsFloat
        (x: JsonValue, ?cultureInfo: CultureInfo, ?missingValues: string array)
        : float =
        JsonConvert.float
            (JsonConvert.culture cultureInfo)
            (defaultArg missingValues JsonConvert.missing)
            x
        |> Option.defaultWith (fun () -> JsonConvert.refuse "a float" x)

/// The operator `?` and the properties as a property.
module JsonExtensions =

    /// The first property of that name.
    let (?) (jsonObject: JsonValue) (propertyName: string) : JsonValue =
        JsonExtensions.GetProperty(jsonObject, propertyName)

    type JsonValue with

        /// The properties of a record, in order; of anything else none.
        member x.Properties: (string * JsonValue) array = JsonExtensions.Properties x
