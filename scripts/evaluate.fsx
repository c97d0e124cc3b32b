#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

// How good are the models of a run? What they can do stands in the script that made it, which is started with --evaluate.
open System.IO
open Workbench

/// The script that made a run.
let scriptOf (folder: string) : string =
    let config =
        match RunFiles.config folder with
        | Some config -> config
        | None ->
            BadInput.fail "--run: %s holds no run: give the folder that has its config.json" folder

    match config |> List.tryFind (fst >> (=) "script-path") with
    | Some(_, Json.Text script) when File.Exists script -> script
    | Some(_, Json.Text script) ->
        BadInput.fail
            "--run: %s, which made the run, is not there any more: give the script itself, with --evaluate %s"
            script
            folder
    | _ ->
        BadInput.fail
            "--run: the config.json of %s does not say where the script is that made it: give the script itself, with --evaluate %s"
            folder
            folder

let help () =
    let isTold (option: string, _) = not (option.StartsWith "--evaluate")

    let options =
        [ "--run <dir>", "folder of the run; evaluation.json and evaluation.html go there"
          yield! Settings.help Measuring.Defaults |> List.filter isTold
          yield!
              Settings.help<Common> []
              |> List.filter (fun (option, _) ->
                  option.StartsWith "--engine" || option.StartsWith "--device") ]

    [ "Usage: dotnet fsi scripts/evaluate.fsx --run <dir> [options]"
      ""
      "How good are the models of a run?"
      yield! Settings.helpLines Terminal.screen.Width [ ("Options:", options) ]
      ""
      "Example:"
      "  dotnet fsi scripts/evaluate.fsx --run runs/vae/20261128-162752 --limit 100" ]

let evaluate (arguments: string list) : int =
    let given, others = Settings.split arguments |> List.partition (fst >> (=) "run")

    match given with
    | [ _, [ folder ] ] when folder <> "" ->
        ScriptProcess.run (scriptOf folder) ("--evaluate" :: folder :: Settings.commandLine others)
    | _ -> Settings.refuse "--run: needed, the folder of one run"

exit (Tool.run help evaluate (List.tail (List.ofArray fsi.CommandLineArgs)))
