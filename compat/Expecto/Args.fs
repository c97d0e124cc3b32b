namespace Expecto

open System
open System.IO
open System.Text

/// Reads command lines: a table of switches, each with the parameters that follow it.
module internal Args =

    /// A switch: Read takes what follows it up to the next one, and returns what it leaves over.
    type Switch<'a> =
        { Name: string
          Help: string
          Read: string list -> Result<'a, string> * string list }

    let flag name case help =
        { Name = name
          Help = help
          Read = fun rest -> Ok case, rest }

    let private single name convert help =
        { Name = name
          Help = help
          Read =
            function
            | [] -> Error $"{name} requires a parameter", []
            | first :: rest -> convert first, rest }

    let text name case help = single name (case >> Ok) help

    let number name case help =
        let convert (given: string) =
            match Int32.TryParse given with
            | true, n -> Ok(case n)
            | _ -> Error $"{name} Cannot parse parameter '{given}'"

        single name convert help

    /// Any number of parameters, each of which must be convertible.
    let many name (convert: string -> 'b option) (case: 'b list -> 'a) help =
        let read given =
            match given |> List.filter (convert >> Option.isNone) with
            | [] -> Ok(case (List.choose convert given)), []
            | wrong ->
                let all = String.Join(", ", wrong)
                Error $"{name} Cannot parse parameter '{all}'", []

        { Name = name
          Help = help
          Read = read }

    let private helpWords = set [ "--help"; "-h"; "-?"; "/?" ]

    /// The values in order, or the errors: none of them when help was asked for.
    let parse (switches: Switch<'a> list) (args: string array) =
        let isSwitch (word: string) =
            word.StartsWith "--"
            || helpWords.Contains word
            || switches |> List.exists (fun s -> s.Name = word)

        let rec read values errors unknown asked words =
            match words with
            | [] -> List.rev values, List.rev errors, List.rev unknown, asked
            | word :: rest when helpWords.Contains word -> read values errors unknown true rest
            | word :: rest ->
                match switches |> List.tryFind (fun s -> s.Name = word) with
                | None -> read values errors (word :: unknown) asked rest
                | Some switch ->
                    let mine = rest |> List.takeWhile (isSwitch >> not)
                    let value, left = switch.Read mine
                    let next = left @ List.skip mine.Length rest

                    match value with
                    | Ok v -> read (v :: values) errors unknown asked next
                    | Error e -> read values (e :: errors) unknown asked next

        match read [] [] [] false (List.ofArray args) with
        | values, [], [], false -> Ok values
        | _, errors, [], _ -> Error errors
        | _, errors, unknown, _ ->
            let words = String.Join(" ", unknown)
            Error(errors @ [ $"unknown options: {words}" ])

    /// What `--help` prints.
    let usage (switches: Switch<'a> list) =
        let program = Environment.GetCommandLineArgs()[0] |> Path.GetFileName
        let command = if program.EndsWith ".dll" then "dotnet " + program else program

        let rows =
            [ for s in switches -> s.Name, s.Help ]
            @ [ "--help", "Show this help message." ]

        let width = rows |> List.map (fun (name, _) -> name.Length) |> List.max
        let text = StringBuilder $"Usage: {command} [options]\n\nOptions:\n"

        for name, help in rows do
            text.Append("  ").Append(name.PadRight width).Append("  ").Append(help).Append('\n')
            |> ignore

        string text
