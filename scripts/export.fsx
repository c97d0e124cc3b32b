#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

// A run's weights for other programs: what PyTorch's load_state_dict takes, without Adam's moments.
open System.IO
open Argu
open Workbench

[<Unique>]
type Setting =
    | [<Help "the file; by default weights.safetensors in the run's folder">] Out of file: string
    | [<Help "of the epoch that best.safetensors keeps, not the last">] Best

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let help () =
    [ "Usage: dotnet fsi scripts/export.fsx <run> [options]"
      ""
      "Writes the weights of a run's model as safetensors, under the names of PyTorch's nn.Sequential; averages where it was trained with --ema. Of a run of several models give the folder of one of them."
      yield! Settings.helpLines Terminal.screen.Width [ ("Options:", Settings.help<Setting> []) ]
      ""
      "Example:"
      "  dotnet fsi scripts/export.fsx runs/vae/20261128-162752 --out vae.safetensors" ]

let export (arguments: string list) =
    let runs, settings = Settings.readWithWords<Setting> arguments

    let folder =
        match runs with
        | [ run ] -> run
        | _ -> Settings.refuse "one run's folder is needed"

    let name =
        if Settings.has settings <@ Best @> then
            Checkpoint.bestName
        else
            Checkpoint.name

    let path = Path.Combine(folder, name)

    if not (File.Exists path) then
        BadInput.fail "%s has no %s: give the folder of a run, or of one of its models" folder name

    let out =
        Settings.tryGet settings <@ Out @>
        |> Option.defaultValue (Path.Combine(folder, "weights.safetensors"))

    let state = Checkpoint.load path
    Checkpoint.export out state
    Terminal.screen.Print $"the weights of epoch {state.Epoch} are in {out}"
    0

exit (Tool.run help export (List.tail (List.ofArray fsi.CommandLineArgs)))
