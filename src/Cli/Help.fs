namespace Workbench

open System
open Argu
open Microsoft.FSharp.Reflection

/// The help text of a script.
[<RequireQualifiedAccess>]
module Help =
    let private placeholder (case: ArgumentCaseInfo) =
        match case.UnionCaseInfo.GetFields() with
        | [| field |] when field.PropertyType = typeof<string list> ->
            $" <{field.Name}> [<{field.Name}> ...]"
        | [| field |] -> $" <{field.Name}>"
        | _ -> ""

    let private standard (defaults: (string * Json) list) (case: ArgumentCaseInfo) =
        let name = case.Name.Value.TrimStart '-'

        match List.tryFind (fun (setting, _) -> setting = name) defaults with
        | None
        | Some(_, (Json.Null | Json.Flag _ | Json.List [])) -> ""
        | Some(_, value) -> $" (default {Json.plain value})"

    let private lines defaults (cases: ArgumentCaseInfo list) =
        cases
        |> List.map (fun case ->
            case.Name.Value + placeholder case, case.Description.Value + standard defaults case)

    let private section width (title: string, options: (string * string) list) =
        title :: [ for left, right in options -> $"  {left.PadRight width}  {right}" ]

    /// Usage, the script's question, its own options and the common ones, each with its default.
    let text (script: Script<'Argument, 'Own>) : string =
        let own =
            lines
                (script.Own.Settings script.Own.Defaults)
                (ArgumentParser.Create<'Argument>().GetArgumentCases())

        let common = lines (Options.settings script.Common) (Options.cases script.Common)
        let common = common @ [ "--help", "this text" ]
        let width = own @ common |> List.map (fun (left, _) -> left.Length) |> List.max

        [ [ $"Usage: dotnet fsi scripts/{script.Name}.fsx [options]" ]
          [ ""; script.Question; "" ]
          section width ("Options of this script:", own)
          [ "" ]
          section width ("Common options:", common) ]
        |> List.concat
        |> String.concat Environment.NewLine
