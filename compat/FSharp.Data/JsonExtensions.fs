namespace FSharp.Data

open System
open System.Globalization
open System.Runtime.CompilerServices

/// What the members of `JsonExtensions` share.
[<RequireQualifiedAccess>]
module internal JsonConvert =

    let shown (json: JsonValue) : string =
        json.ToString JsonSaveOptions.DisableFormatting

    let refuse (kind: string) (json: JsonValue) : 'T = failwith $"Not {kind}: {shown json}"

    let integer64 (json: JsonValue) : int64 option =
        let least, most = Int64.MinValue, Int64.MaxValue

        match json with
        | JsonValue.Number n when Decimal.IsInteger n && n >= decimal least && n <= decimal most ->
            Some(int64 n)
        // As a float the greatest is rounded up, to the first that is too great.
        | JsonValue.Float n when Double.IsInteger n && n >= float least && n < float most ->
            Some(int64 n)
        | JsonValue.String text ->
            match Int64.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture) with
            | true, n -> Some n
            | _ -> None
        | _ -> None

/// What is in a JSON value; members that find something else raise an exception which says what.
/// In the package the `As...` also take cultures and other words for NaN, and `AsBoolean` texts and
/// numbers.
[<Extension; AbstractClass; Sealed>]
type JsonExtensions private () =

    /// The properties of a record, in order; of anything else none.
    [<Extension>]
    static member Properties(x: JsonValue) : (string * JsonValue) array =
        match x with
        | JsonValue.Record properties -> properties
        | _ -> [||]

    /// The elements of an array; of anything else none.
    [<Extension>]
    static member AsArray(x: JsonValue) : JsonValue array =
        match x with
        | JsonValue.Array elements -> elements
        | _ -> [||]

    /// The first property of that name, if there is one.
    [<Extension>]
    static member TryGetProperty(x: JsonValue, propertyName: string) : JsonValue option =
        JsonExtensions.Properties x
        |> Array.tryFind (fun (name, _) -> name = propertyName)
        |> Option.map snd

    /// The first property of that name.
    [<Extension>]
    static member GetProperty(x: JsonValue, propertyName: string) : JsonValue =
        match x, JsonExtensions.TryGetProperty(x, propertyName) with
        | _, Some value -> value
        | JsonValue.Record _, None ->
            failwith $"Didn't find property '{propertyName}' in {JsonConvert.shown x}"
        | _ -> failwith $"Not an object: {JsonConvert.shown x}"

    /// The first property of that name.
    [<Extension>]
    static member Item(x: JsonValue, propertyName: string) : JsonValue =
        JsonExtensions.GetProperty(x, propertyName)

    /// The element at an index of an array.
    [<Extension>]
    static member Item(x: JsonValue, index: int) : JsonValue = JsonExtensions.AsArray(x).[index]

    /// A text as it is, a number or a truth value as it is written, null as the empty text.
    [<Extension>]
    static member AsString(x: JsonValue) : string =
        match x with
        | JsonValue.String text -> text
        | JsonValue.Number n -> n.ToString CultureInfo.InvariantCulture
        | JsonValue.Float n -> n.ToString CultureInfo.InvariantCulture
        | JsonValue.Boolean value -> if value then "true" else "false"
        | JsonValue.Null -> ""
        | _ -> JsonConvert.refuse "a string" x

    /// A truth value.
    [<Extension>]
    static member AsBoolean(x: JsonValue) : bool =
        match x with
        | JsonValue.Boolean value -> value
        | _ -> JsonConvert.refuse "a boolean" x

    /// A whole number of 32 bits, also from a text.
    [<Extension>]
    static member AsInteger(x: JsonValue) : int =
        match JsonConvert.integer64 x with
        | Some n when n = int64 (int n) -> int n
        | _ -> JsonConvert.refuse "an int" x

    /// A whole number of 64 bits, also from a text.
    [<Extension>]
    static member AsInteger64(x: JsonValue) : int64 =
        match JsonConvert.integer64 x with
        | Some n -> n
        | None -> JsonConvert.refuse "an int64" x

    /// A number, also from a text such as "NaN". A `Number` of more than 15 digits may come out
    /// one bit off, as in the package.
    [<Extension>]
    static member AsFloat(x: JsonValue) : float =
        match x with
        | JsonValue.Number n -> float n
        | JsonValue.Float n -> n
        | JsonValue.String text ->
            match Double.TryParse(text, NumberStyles.Any, CultureInfo.InvariantCulture) with
            | true, n -> n
            | _ -> JsonConvert.refuse "a float" x
        | _ -> JsonConvert.refuse "a float" x

/// The operator `?`, and the properties as a property.
module JsonExtensions =

    /// The first property of that name.
    let (?) (jsonObject: JsonValue) (propertyName: string) : JsonValue =
        JsonExtensions.GetProperty(jsonObject, propertyName)

    type JsonValue with

        /// The properties of a record, in order; of anything else none.
        member x.Properties: (string * JsonValue) array = JsonExtensions.Properties x
