namespace Workbench

open System
open System.Globalization
open System.Numerics
open Argu
open Microsoft.FSharp.Quotations
open Microsoft.FSharp.Quotations.Patterns
open Microsoft.FSharp.Reflection

/// What computes, as a word of the command line.
type EngineName =
    | Torch
    | Managed

/// The options that scripts have in common.
[<RequireQualifiedAccess; Unique>]
type Common =
    | Data of name: string
    | Labels of path: string
    | Epochs of n: int
    | Batch of n: int
    | Lr of rate: float
    | Clip_Norm of length: float
    | Seed of seed: int
    | Limit of n: int
    | Engine of EngineName
    | Threads of threads: int
    | Pixels of Pixels
    | Out of dir: string
    | Resume of dir: string
    | Script_Changed
    | Checkpoint_Every of n: int
    | Jobs of n: int
    | Quiet

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Data _ -> "data set, or the path of a data file; glyphs needs no download"
            | Labels _ -> "file of labels for a data file"
            | Epochs _ -> "passes over the training examples"
            | Batch _ -> "examples in a batch"
            | Lr _ -> "learning rate"
            | Clip_Norm _ ->
                "longest gradient of an update (L2 norm); longer ones are scaled down to it"
            | Seed _ -> "seed of all randomness"
            | Limit _ -> "only the first n training examples"
            | Engine _ ->
                "torch: TorchSharp on libtorch; managed: the workbench's own, faster on a CPU"
            | Threads _ -> "threads; on torch, the last digits of the results depend on it"
            | Pixels _ ->
                "grey: as they are; static: made black or white once; dynamic: anew every epoch"
            | Out _ -> "folder of the run; by default a new one named by the time, in runs/"
            | Resume _ -> "folder of a run to go on with, by its settings, to --epochs"
            | Script_Changed -> "with --resume: go on although the script is not what it was"
            | Checkpoint_Every _ -> "epochs from one checkpoint to the next"
            | Jobs _ -> "runs at once; by default as many as there are cores for their threads"
            | Quiet -> "nothing on standard output"

/// Options as the cases of a union, one field each at most: Argu reads them, and what is in force is a list of cases. A field's
/// label, or its type, says which values it takes.
[<RequireQualifiedAccess>]
module Settings =

    // Numbers are read in the invariant culture alone: Argu would take "1,5" for 15, and NaN for a number.
    let private wholeStyle = NumberStyles.AllowLeadingSign

    let private realStyle =
        NumberStyles.AllowLeadingSign
        ||| NumberStyles.AllowDecimalPoint
        ||| NumberStyles.AllowExponent

    let private (|Number|_|) (text: string) =
        match Double.TryParse(text, realStyle, CultureInfo.InvariantCulture) with
        | true, value when Double.IsFinite value -> Some value
        | _ -> None

    let private whole low high (text: string) =
        match BigInteger.TryParse(text, wholeStyle, CultureInfo.InvariantCulture) with
        | false, _ -> Some "a whole number"
        | true, value when value < BigInteger(low: int) -> Some $"at least {low}"
        | true, value when value > BigInteger(high: int) -> Some $"at most {high}"
        | _ -> None

    let private real wanted fits (text: string) =
        match text with
        | Number value when fits value -> None
        | _ -> Some wanted

    /// What a value of a label must be and is not; none where it is.
    let private ranges: Map<string, string -> string option> =
        Map.ofList
            [ "n", whole 1 Int32.MaxValue
              "units", whole 1 65536
              "epochs", whole 0 Int32.MaxValue
              "seed", whole 0 Int32.MaxValue
              "label", whole 0 Int32.MaxValue
              "threads", whole 1 1024
              "images", whole 20 100_000
              "pixels", whole 0 65536
              "k", whole 1 1_000_000
              "draws", whole 1 100_000
              "x", real "a number of at least 0" (fun x -> x >= 0.0)
              "rate", real "a positive number" (fun x -> x > 0.0)
              "length", real "a positive number" (fun x -> x > 0.0)
              "share", real "a number of at least 0 and below 1" (fun x -> x >= 0.0 && x < 1.0)
              "factor", real "a number above 0 and at most 1" (fun x -> x > 0.0 && x <= 1.0) ]

    let private isListed (field: Type) =
        field.IsGenericType && field.GetGenericTypeDefinition() = typedefof<list<_>>

    let private itemOf (field: Type) =
        if isListed field then field.GetGenericArguments()[0] else field

    /// A case's name as Argu makes it: `Kl_Weight` is kl-weight.
    let private optionOf (case: UnionCaseInfo) =
        case.Name.ToLowerInvariant().Replace('_', '-')

    /// The word for a case of a union without fields, which is a type of values.
    let private word (case: UnionCaseInfo) =
        case.GetCustomAttributes typeof<CustomCommandLineAttribute>
        |> Array.tryHead
        |> Option.map (fun attribute -> (attribute :?> CustomCommandLineAttribute).Name)
        |> Option.defaultWith (fun () -> optionOf case)

    let private isWords (field: Type) =
        FSharpType.IsUnion field && not (isListed field)

    let private cases<'S> = FSharpType.GetUnionCases typeof<'S>

    /// The names of a union's options, in its order.
    let names<'S> : string list = cases<'S> |> Array.map optionOf |> List.ofArray

    let private refuse (complaint: string) =
        BadInput.fail "%s (see --help)" complaint

    let private isOption (token: string) =
        token.StartsWith("--", StringComparison.Ordinal)

    /// Each option, by its name without dashes, with the values that follow it: `--name value` or `--name=value`.
    let rec split (tokens: string list) : (string * string list) list =
        match tokens with
        | [] -> []
        | token :: rest when isOption token ->
            let values = List.takeWhile (isOption >> not) rest
            let later = split (List.skip values.Length rest)

            match token.IndexOf '=' with
            | -1 -> (token[2..], values) :: later
            | at -> (token[2 .. at - 1], token.Substring(at + 1) :: values) :: later
        | stray :: _ -> refuse $"unexpected argument \"{stray}\""

    let private shown (text: string) =
        match text with
        | Number _ -> text
        | _ -> $"\"{text}\""

    /// What the label and type of a case's field ask of its values.
    let private checkValues (case: UnionCaseInfo) (values: string list) =
        let option = optionOf case

        for field in case.GetFields() do
            let item = itemOf field.PropertyType

            if isListed field.PropertyType && values.IsEmpty then
                BadInput.fail "--%s: needs at least one value" option

            for value in values do
                if item = typeof<string> then
                    if String.IsNullOrWhiteSpace value then
                        BadInput.fail "--%s: must not be empty" option
                elif isWords item then
                    let words = FSharpType.GetUnionCases item |> Array.map word

                    if not (Array.contains value words) then
                        BadInput.fail
                            "--%s: must be one of %s, not \"%s\""
                            option
                            (String.concat ", " words)
                            value
                else
                    match (Map.find field.Name ranges) value with
                    | Some wanted ->
                        BadInput.fail "--%s: must be %s, not %s" option wanted (shown value)
                    | None -> ()

    /// Argu's complaint without its heading and the usage text that follows it.
    let private firstLine (complaint: string) =
        let line = complaint.Split('\n')[0]
        line.Trim().Replace("ERROR: ", "").TrimEnd '.'

    /// Argu reads numbers by the culture of the thread.
    let private invariantly (read: unit -> 'T) : 'T =
        let before = CultureInfo.CurrentCulture
        CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture

        try
            read ()
        finally
            CultureInfo.CurrentCulture <- before

    /// The cases that the options of this union give, of all that are given.
    let read<'S when 'S :> IArgParserTemplate> (options: (string * string list) list) : 'S list =
        let byName = cases<'S> |> Array.map (fun case -> optionOf case, case) |> Map.ofArray
        let own = options |> List.filter (fun (name, _) -> byName.ContainsKey name)

        for name, values in own do
            checkValues byName[name] values

        if own.IsEmpty then
            []
        else
            let tokens =
                [| for name, values in own do
                       yield! "--" + name :: values |]

            try
                invariantly (fun () ->
                    ArgumentParser.Create<'S>().ParseCommandLine(tokens).GetAllResults())
            with :? ArguParseException as complaint ->
                refuse (firstLine complaint.Message)

    let private tag (case: 'S) =
        let case, _ = FSharpValue.GetUnionFields(case, typeof<'S>)
        case.Tag

    /// The given cases, and the default ones of what was not given, in the order of the union.
    let inForce (defaults: 'S list) (given: 'S list) : 'S list =
        let givenTags = given |> List.map tag |> Set.ofList

        given
        @ (defaults |> List.filter (fun case -> not (givenTags.Contains(tag case))))
        |> List.sortBy tag

    let rec private caseOf (quotation: Expr) =
        match quotation with
        | Lambda(_, body) -> caseOf body
        | NewUnionCase(case, _) -> case
        | _ -> invalidArg (nameof quotation) "an option is asked for by its case"

    let private find (settings: 'S list) (quotation: Expr) : obj[] option =
        let wanted = (caseOf quotation).Tag

        settings
        |> List.tryPick (fun setting ->
            match FSharpValue.GetUnionFields(setting, typeof<'S>) with
            | case, fields when case.Tag = wanted -> Some fields
            | _ -> None)

    /// The value of an option, where it is in force.
    let tryGet (settings: 'S list) (case: Expr<'V -> 'S>) : 'V option =
        find settings case |> Option.map (fun fields -> fields[0] :?> 'V)

    /// Whether an option without a value is in force.
    let has (settings: 'S list) (case: Expr<'S>) : bool = (find settings case).IsSome

    let rec private json (value: obj) : Json =
        match value with
        | :? int as number -> Json.Whole number
        | :? float as number -> Json.Real number
        | :? string as text -> Json.Text text
        | :? System.Collections.IEnumerable as items -> Json.List [ for item in items -> json item ]
        | word' -> Json.Text(word (fst (FSharpValue.GetUnionFields(word', word'.GetType()))))

    /// Every option under its name: what is not in force is null, a flag no.
    let describe (settings: 'S list) : (string * Json) list =
        let values =
            [ for setting in settings do
                  let case, fields = FSharpValue.GetUnionFields(setting, typeof<'S>)
                  optionOf case, (Array.tryHead fields |> Option.map json) ]
            |> Map.ofList

        [ for case in cases<'S> do
              let isFlag = case.GetFields().Length = 0

              optionOf case,
              match Map.tryFind (optionOf case) values with
              | Some(Some value) -> value
              | Some None -> Json.Flag true
              | None when isFlag -> Json.Flag false
              | None -> Json.Null ]

    /// Described settings as options with their values; what is not in force is left out.
    let options (settings: (string * Json) list) : (string * string list) list =
        settings
        |> List.collect (fun (name, value) ->
            match value with
            | Json.Null
            | Json.Flag false
            | Json.List [] -> []
            | Json.Flag true -> [ name, [] ]
            | Json.List items -> [ name, List.map Json.plain items ]
            | value -> [ name, [ Json.plain value ] ])

    /// Options as they stand on a command line.
    let commandLine (options: (string * string list) list) : string list =
        [ for name, values in options do
              yield! "--" + name :: values ]

    let private placeholder (case: UnionCaseInfo) =
        match case.GetFields() with
        | [||] -> ""
        | fields ->
            let item = itemOf fields[0].PropertyType

            let value =
                if isWords item then
                    FSharpType.GetUnionCases item |> Array.map word |> String.concat "|"
                else
                    fields[0].Name

            if isListed fields[0].PropertyType then
                $" <{value}> [<{value}> ...]"
            else
                $" <{value}>"

    /// Each option with its placeholder, and its description with its default: lines of a help text.
    let help<'S when 'S :> IArgParserTemplate> (defaults: 'S list) : (string * string) list =
        let standard = describe defaults |> Map.ofList
        let descriptions = ArgumentParser.Create<'S>().GetArgumentCases()

        [ for case in cases<'S> do
              let name = optionOf case

              let description =
                  descriptions
                  |> List.find (fun info -> info.Name.Value = "--" + name)
                  |> _.Description.Value

              let note =
                  match standard[name] with
                  | Json.Null
                  | Json.Flag _
                  | Json.List [] -> ""
                  | value -> $" (default {Json.plain value})"

              "--" + name + placeholder case, description + note ]
