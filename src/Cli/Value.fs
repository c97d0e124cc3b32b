namespace Workbench

open System
open System.Globalization
open System.Numerics

/// Reading what stands behind an option. Numbers are read in the invariant culture alone, without thousands separators, blanks,
/// NaN or infinity; an error says what the value must be and what it was.
[<RequireQualifiedAccess>]
module Value =
    let private wholeStyle = NumberStyles.AllowLeadingSign

    let private realStyle =
        NumberStyles.AllowLeadingSign
        ||| NumberStyles.AllowDecimalPoint
        ||| NumberStyles.AllowExponent

    let private parseWhole (text: string) =
        match BigInteger.TryParse(text, wholeStyle, CultureInfo.InvariantCulture) with
        | true, value -> Some value
        | false, _ -> None

    let private parseReal (text: string) =
        match Double.TryParse(text, realStyle, CultureInfo.InvariantCulture) with
        | true, value when Double.IsFinite value -> Some value
        | _ -> None

    let private shown (text: string) =
        if (parseReal text).IsSome then text else $"\"{text}\""

    let private mustBe (wanted: string) (text: string) =
        Error $"must be {wanted}, not {shown text}"

    /// Any text but an empty one.
    let text (text: string) : Result<string, string> =
        if String.IsNullOrWhiteSpace text then Error "must not be empty" else Ok text

    /// A whole number from `low` to `high`, both included.
    let wholeBetween (low: int) (high: int) (text: string) : Result<int, string> =
        match parseWhole text with
        | None -> mustBe "a whole number" text
        | Some value when value < BigInteger low -> mustBe $"at least {low}" text
        | Some value when value > BigInteger high -> mustBe $"at most {high}" text
        | Some value -> Ok(int value)

    /// A whole number of at least `low`.
    let wholeFrom (low: int) : string -> Result<int, string> = wholeBetween low Int32.MaxValue

    /// The size of a layer, a code, a batch of channels: what a machine may hold.
    let size: string -> Result<int, string> = wholeBetween 1 65536

    let private real (wanted: string) (fits: float -> bool) (text: string) =
        match parseReal text with
        | Some value when fits value -> Ok value
        | _ -> mustBe wanted text

    /// A number above 0.
    let positive: string -> Result<float, string> =
        real "a positive number" (fun value -> value > 0.0)

    /// A number of at least 0.
    let notNegative: string -> Result<float, string> =
        real "a number of at least 0" (fun value -> value >= 0.0)

    /// A number x with 0 <= x < 1.
    let probability: string -> Result<float, string> =
        real "a number of at least 0 and below 1" (fun value -> value >= 0.0 && value < 1.0)

    /// A number x with 0 < x <= 1.
    let factor: string -> Result<float, string> =
        real "a number above 0 and at most 1" (fun value -> value > 0.0 && value <= 1.0)

    /// One of a few words, each with what it stands for.
    let oneOf (words: (string * 'T) list) (text: string) : Result<'T, string> =
        match List.tryFind (fun (word, _) -> word = text) words with
        | Some(_, value) -> Ok value
        | None ->
            let known = words |> List.map fst |> String.concat ", "
            Error $"must be one of {known}, not \"{text}\""

    /// At least one value, each read by `read`; the first that does not fit is the error.
    let many (read: string -> Result<'T, string>) (texts: string list) : Result<'T list, string> =
        let rec readAll texts =
            match texts with
            | [] -> Ok []
            | text :: rest ->
                read text
                |> Result.bind (fun value ->
                    readAll rest |> Result.map (fun values -> value :: values))

        if List.isEmpty texts then Error "needs at least one value" else readAll texts

    /// At least one value, each read by `read`, each greater than the one before.
    let ascending
        (read: string -> Result<'T, string>)
        (texts: string list)
        : Result<'T list, string> =
        many read texts
        |> Result.bind (fun values ->
            if List.pairwise values |> List.forall (fun (a, b) -> a < b) then
                Ok values
            else
                let given = String.concat " " texts
                Error $"must be in ascending order, not {given}")
