namespace Workbench

open System
open Argu

/// What a command line asks for.
[<RequireQualifiedAccess>]
type Request<'Own> =
    | Help of text: string
    | Run of common: CommonOptions * own: 'Own

/// The command line of every script: common options and the script's own, in any order, `--name value` or `--name=value`.
/// Whatever is not understood raises `BadInput` with one line.
[<RequireQualifiedAccess>]
module CommandLine =
    let private isOption (token: string) =
        token.StartsWith("--", StringComparison.Ordinal)

    let private refuse (complaint: string) =
        BadInput.fail "%s (see --help)" complaint

    /// Each option with the values that follow it. Splitting first, by the names alone, keeps one parser from taking the other's
    /// options for values of its own.
    let rec private split (tokens: string list) : (string * string list) list =
        match tokens with
        | [] -> []
        | token :: rest when isOption token ->
            let values = List.takeWhile (isOption >> not) rest
            let later = split (List.skip values.Length rest)

            match token.IndexOf '=' with
            | -1 -> (token, values) :: later
            | at -> (token.Substring(0, at), token.Substring(at + 1) :: values) :: later
        | stray :: _ -> refuse $"unexpected argument \"{stray}\""

    /// Argu's complaint without its heading and the usage text that follows it.
    let private firstLine (complaint: string) =
        let line = complaint.Split('\n').[0].Trim()
        let heading = "ERROR: "

        if line.StartsWith(heading, StringComparison.Ordinal) then
            line.Substring(heading.Length).TrimEnd('.')
        else
            line

    let private names (cases: ArgumentCaseInfo list) =
        cases |> List.map _.Name.Value |> Set.ofList

    let private parse<'A when 'A :> IArgParserTemplate> (options: (string * string list) list) =
        let known = names (ArgumentParser.Create<'A>().GetArgumentCases())

        let tokens =
            options
            |> List.filter (fun (name, _) -> known.Contains name)
            |> List.collect (fun (name, values) -> name :: values)

        try
            ArgumentParser.Create<'A>().ParseCommandLine(List.toArray tokens)
        with :? ArguParseException as complaint ->
            refuse (firstLine complaint.Message)

    let private checkNames (cases: ArgumentCaseInfo list) (options: (string * string list) list) =
        let known = names cases

        for name, _ in options do
            if not (known.Contains name) then
                refuse $"unknown option {name}"

    /// What a script was asked, by the settings that its run's config.json tells.
    let ofSettings
        (own: OwnOptions<'Argument, 'Own>)
        (saved: (string * Json) list)
        : CommonOptions * 'Own =
        let saved = Map.ofList saved

        let options =
            [ for name, standard in Options.settings Options.defaults @ own.Settings own.Defaults do
                  match Map.tryFind name saved with
                  | Some value when Json.plain value <> Json.plain standard -> name, value
                  | _ -> () ]
            |> Options.given

        Options.readCommon Options.defaults (parse<CommonArgument> options),
        own.Read(parse<'Argument> options)

    /// The saved settings, with those that may be otherwise as they are given.
    let private resumed (script: Script<'Argument, 'Own>) (folder: string) given =
        if given |> List.exists (fun (name, _) -> name = "--out") then
            BadInput.fail "--out: a resumed run stays in its folder; leave the option out"

        let options = given @ Resume.options script.Name folder given
        let common = Options.readCommon script.Common (parse<CommonArgument> options)
        let own = script.Own.Read(parse<'Argument> options)
        Resume.check script.Name folder (Options.settings common @ script.Own.Settings own)
        Request.Run(common, own)

    /// `arguments` is what follows the script's name.
    let read (script: Script<'Argument, 'Own>) (arguments: string list) : Request<'Own> =
        if List.contains "--help" arguments then
            Request.Help(Help.text script)
        else
            let options = split arguments

            checkNames
                (ArgumentParser.Create<'Argument>().GetArgumentCases()
                 @ Options.cases script.Common)
                options

            let asked = parse<CommonArgument> options |> Options.readCommon script.Common

            match asked.Resume with
            | None -> Request.Run(asked, script.Own.Read(parse<'Argument> options))
            | Some folder -> resumed script folder options
