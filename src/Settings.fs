namespace Workbench

open System
open System.Globalization
open System.Numerics
open Argu
open Microsoft.FSharp.Quotations
open Microsoft.FSharp.Quotations.Patterns
open Microsoft.FSharp.Reflection

/// What a help text says of an option.
type HelpAttribute(text: string) =
    inherit Attribute()
    member _.Text: string = text

/// Options as the cases of a union, one field each at most: Argu reads them, and what is in force is a list of cases. A field's
/// label, or its type, says which values it takes.
[<RequireQualifiedAccess>]
module Settings =

    // Numbers are read in the invariant culture alone: Argu would take "1,5" for 15, and NaN for a number.
    let private (|Number|_|) (text: string) =
        let style =
            NumberStyles.AllowLeadingSign
            ||| NumberStyles.AllowDecimalPoint
            ||| NumberStyles.AllowExponent

        match Double.TryParse(text, style, CultureInfo.InvariantCulture) with
        | true, value when Double.IsFinite value -> Some value
        | _ -> None

    let private whole (low: int) (high: int) (text: string) =
        let invariant = CultureInfo.InvariantCulture

        match BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, invariant) with
        | false, _ -> Some "a whole number"
        | true, value when value < BigInteger low -> Some $"at least {low}"
        | true, value when value > BigInteger high -> Some $"at most {high}"
        | _ -> None

    let private real wanted fits (text: string) =
        match text with
        | Number value when fits value -> None
        | _ -> Some wanted

    let private device (text: string) =
        if Device.isWord text then None else Some "cpu, cuda or cuda:N"

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
              "device", device
              "x", real "a number of at least 0" (fun x -> x >= 0.0)
              "rate", real "a positive number" (fun x -> x > 0.0)
              "epsilon", real "a positive number" (fun x -> x > 0.0)
              "length", real "a positive number" (fun x -> x > 0.0)
              "share", real "a number of at least 0 and below 1" (fun x -> x >= 0.0 && x < 1.0)
              "factor", real "a number above 0 and at most 1" (fun x -> x > 0.0 && x <= 1.0) ]

    /// A case's name as Argu makes it: `Kl_Weight` is kl-weight.
    let private optionOf (case: UnionCaseInfo) =
        case.Name.ToLowerInvariant().Replace('_', '-')

    /// The word for a case of a union without fields, which is a type of values.
    let private word (case: UnionCaseInfo) =
        match case.GetCustomAttributes typeof<CustomCommandLineAttribute> with
        | [| :? CustomCommandLineAttribute as own |] -> own.Name
        | _ -> optionOf case

    let private parts (setting: 'S) =
        FSharpValue.GetUnionFields(setting, typeof<'S>)

    /// An option's `Help`: the `Usage` that Argu asks its union for.
    let usage (setting: 'S) : string =
        let case, _ = parts setting

        match case.GetCustomAttributes typeof<HelpAttribute> with
        | [| :? HelpAttribute as help |] -> help.Text
        | _ -> invalidArg (nameof setting) $"{case.Name} has no Help"

    /// What an option takes; words where its type is a union, else text or numbers.
    type private Values =
        { Label: string
          IsList: bool
          IsText: bool
          Words: string list }

    /// None of a flag.
    let private valuesOf (case: UnionCaseInfo) =
        case.GetFields()
        |> Array.tryHead
        |> Option.map (fun field ->
            let given = field.PropertyType

            let isList =
                given.IsGenericType && given.GetGenericTypeDefinition() = typedefof<list<_>>

            let item = if isList then given.GetGenericArguments()[0] else given

            { Label = field.Name
              IsList = isList
              IsText = (item = typeof<string>)
              Words =
                if FSharpType.IsUnion item then
                    FSharpType.GetUnionCases item |> Array.map word |> List.ofArray
                else
                    [] })

    /// Made once for a union: it is asked for again and again.
    type private Case<'S>() =
        static member val All: UnionCaseInfo[] = FSharpType.GetUnionCases typeof<'S>
        static member val Tag = FSharpValue.PreComputeUnionTagReader typeof<'S>
        static member val IsFlag = Case<'S>.All |> Array.map (_.GetFields() >> Array.isEmpty)

    let private cases<'S> = Case<'S>.All

    /// The names of a union's options, in its order.
    let names<'S> : string list = cases<'S> |> Array.map optionOf |> List.ofArray

    /// Bad input that names where all options stand: fsi takes --help for itself, unless -- stands before the script.
    let refuse (complaint: string) : 'a =
        BadInput.fail "%s (see dotnet fsi -- SCRIPT --help)" complaint

    let private isOption (token: string) =
        token.StartsWith("--", StringComparison.Ordinal)

    /// Each option, by its name without dashes, with the values that follow it: `--name value` or `--name=value`. All words after a
    /// bare `--` are values of the option without a name.
    let rec split (tokens: string list) : (string * string list) list =
        match tokens with
        | [] -> []
        | "--" :: words -> [ "", words ]
        | token :: rest when isOption token ->
            let values = List.takeWhile (isOption >> not) rest
            let later = split (List.skip values.Length rest)

            match token.IndexOf '=' with
            | -1 -> (token[2..], values) :: later
            | at -> (token[2 .. at - 1], token.Substring(at + 1) :: values) :: later
        | stray :: _ -> refuse $"unexpected argument \"{stray}\""

    /// The option whose values stand at the end, after a bare `--`, whatever they look like.
    let sbatch = "sbatch"

    /// Options as they stand on a command line.
    let commandLine (options: (string * string list) list) : string list =
        let atEnd, others = options |> List.partition (fst >> (=) sbatch)

        [ for name, values in others do
              yield! "--" + name :: values
          for _, values in atEnd do
              yield! "--" :: values ]

    /// What a value must be, and is not.
    let private fault (values: Values) (value: string) =
        if values.IsText && String.IsNullOrWhiteSpace value then
            Some "not be empty"
        elif values.IsText && not (ranges.ContainsKey values.Label) then
            None
        elif values.IsList && value.Contains ',' then
            let apart = value.Split(',', StringSplitOptions.RemoveEmptyEntries)
            Some $"""have spaces between its numbers: {String.Join(' ', apart)}, not {value}"""
        else
            let wanted =
                match values.Words with
                | [] -> ranges[values.Label] value
                | words when List.contains value words -> None
                | words -> Some("one of " + String.concat ", " words)

            let shown =
                match value with
                | Number _ -> value
                | _ -> $"\"{value}\""

            wanted |> Option.map (fun wanted -> $"be {wanted}, not {shown}")

    let private check (case: UnionCaseInfo) (given: string list) =
        valuesOf case
        |> Option.iter (fun values ->
            if values.IsList && given.IsEmpty then
                BadInput.fail "--%s: needs at least one value" (optionOf case)

            List.tryPick (fault values) given
            |> Option.iter (BadInput.fail "--%s: must %s" (optionOf case)))

    /// Argu reads numbers by the culture of the thread.
    let private invariantly (read: unit -> 'T) : 'T =
        let before = CultureInfo.CurrentCulture
        CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture

        try
            read ()
        finally
            CultureInfo.CurrentCulture <- before

    /// Made once for a union, which takes a tenth of a second.
    type private Parser<'S when 'S :> IArgParserTemplate>() =
        static member val Value = ArgumentParser.Create<'S>()

    /// The cases that the options of this union give, of all that are given. What is out of range, given twice, or has too few or
    /// too many values raises `BadInput`.
    let read<'S when 'S :> IArgParserTemplate> (options: (string * string list) list) : 'S list =
        let byName = Map.ofArray [| for case in cases<'S> -> optionOf case, case |]
        let own = options |> List.filter (fun (name, _) -> byName.ContainsKey name)

        for name, values in own do
            check byName[name] values

        try
            if own.IsEmpty then
                [] // without a parser
            else
                invariantly (fun () ->
                    let tokens = Array.ofList (commandLine own)
                    Parser<'S>.Value.ParseCommandLine(tokens).GetAllResults())
        with :? ArguParseException as complaint ->
            // A heading before it, the usage after it.
            let line = (complaint.Message.Split '\n')[0]
            refuse (line.Trim().Replace("ERROR: ", "").TrimEnd '.')

    let private tag (setting: 'S) = Case<'S>.Tag(box setting)

    /// The given cases, and the default ones of what was not given, in the order of the union.
    let inForce (defaults: 'S list) (given: 'S list) : 'S list =
        let tags = set (List.map tag given)
        given @ List.filter (tag >> tags.Contains >> not) defaults |> List.sortBy tag

    let rec private caseOf (quotation: Expr) =
        match quotation with
        | Lambda(_, body) -> caseOf body
        | NewUnionCase(case, _) -> case
        | _ -> invalidArg (nameof quotation) "an option is asked for by its case"

    let private find (settings: 'S list) (quotation: Expr) : obj[] option =
        let wanted = (caseOf quotation).Tag
        settings |> List.tryFind (tag >> (=) wanted) |> Option.map (parts >> snd)

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
        | other -> Json.Text(word (fst (FSharpValue.GetUnionFields(other, other.GetType()))))

    /// Every option under its name: what is not in force is null, a flag no.
    let describe (settings: 'S list) : (string * Json) list =
        let settings =
            settings |> List.map (fun setting -> tag setting, snd (parts setting))

        [ for case in cases<'S> do
              optionOf case,
              match settings |> List.tryFind (fst >> (=) case.Tag) with
              | Some(_, [||]) -> Json.Flag true
              | Some(_, fields) -> json fields[0]
              | None when Case<'S>.IsFlag[case.Tag] -> Json.Flag false
              | None -> Json.Null ]

    /// Words that are no option's value, wherever they stand, and the options, which must be of this union.
    let readWithWords<'S when 'S :> IArgParserTemplate> (arguments: string list) =
        let first = arguments |> List.takeWhile (isOption >> not)

        /// The values that an option takes of the words after it, and those that it leaves. That of `--flag=value` is refused by `read`.
        let part (name: string, values: string list) =
            let most =
                match cases<'S> |> Array.tryFind (optionOf >> (=) name) |> Option.map valuesOf with
                | None -> refuse $"unknown option --{name}"
                | Some(Some taken) when taken.IsList -> values.Length
                | Some None when not (arguments |> List.exists _.StartsWith($"--{name}=")) -> 0
                | Some _ -> min 1 values.Length

            (name, List.truncate most values), List.skip most values

        let options, words =
            split (List.skip first.Length arguments) |> List.map part |> List.unzip

        first @ List.concat words, read<'S> options

    /// Described settings as options with their values; what is not in force is left out. Lists in a list are of an option that is
    /// given several times.
    let rec options (settings: (string * Json) list) : (string * string list) list =
        settings
        |> List.collect (fun (name, value) ->
            match value with
            | Json.Null
            | Json.Flag false
            | Json.List [] -> []
            | Json.Flag true -> [ name, [] ]
            | Json.List(Json.List _ :: _ as several) ->
                options [ for values in several -> name, values ]
            | Json.List items -> [ name, List.map Json.plain items ]
            | value -> [ name, [ Json.plain value ] ])

    let private placeholder (case: UnionCaseInfo) =
        match valuesOf case with
        | None -> ""
        | Some values ->
            let value =
                if values.Words.IsEmpty then values.Label else String.concat "|" values.Words

            if values.IsList then $" <{value}> [<{value}> ...]" else $" <{value}>"

    /// Each option with its placeholder, and its description with its default: lines of a help text.
    let help<'S when 'S :> IArgParserTemplate> (defaults: 'S list) : (string * string) list =
        let standard = Map.ofList (options (describe defaults))
        let descriptions = Parser<'S>.Value.GetArgumentCases()

        [ for case in cases<'S> do
              let name = optionOf case
              let told = descriptions |> List.find (fun info -> info.Name.Value = "--" + name)

              let note =
                  match Map.tryFind name standard with
                  | None
                  | Some [] -> ""
                  | Some values -> " (default " + String.concat " " values + ")"

              "--" + name + placeholder case, told.Description.Value + note ]

    /// Options under their titles in lines of a width, their descriptions below each other.
    let helpLines (width: int) (sections: (string * (string * string) list) list) : string list =
        let options =
            [ for _, options in sections do
                  for left, right in options -> [ "  " + left; right ] ]
            |> TextTable.fitted width

        let counts = sections |> List.map (snd >> List.length)
        let starts = List.scan (+) 0 counts

        [ for (title, _), start, count in List.zip3 sections (List.take counts.Length starts) counts do
              yield! [ ""; title ]
              yield! options |> List.skip start |> List.take count |> List.concat ]
