/// The experiments of the scripts, compiled into the tests and run in their process.
module Workbench.Tests.Scripts

open System.IO
open Expecto
open Workbench
open Workbench.Tests.FileSupport

/// An experiment whose options' type is not asked for.
type Script =
    {
        File: ScriptFile
        /// By the arguments of a command line; bad input is raised.
        Run: string list -> Ending
    }

    member this.Name: string = this.File.Name

let private script (experiment: Experiment<'S>) : Script =
    { File = experiment.File
      Run = fun arguments -> Experiment.Run(experiment, arguments) }

let all: Script list =
    [ script Vae.experiment; script ``Kl-sweep``.experiment ]

let find (name: string) : Script =
    all |> List.find (fun script -> script.Name = name)

/// Glyphs and their labels as files in a folder: options that ask for them.
let tinyData (folder: string) (count: int) : string list =
    let glyphs = Glyphs.grey 7UL count
    let images, labels = Path.Combine(folder, "glyphs.npy"), Path.Combine(folder, "labels.idx")
    Npy.writeBytes images glyphs.Images

    Idx.write
        labels
        { Shape = [| count |]
          Bytes = glyphs.Labels }

    [ "--data"; images; "--labels"; labels ]

/// Options with other values in place of some.
let rec private without (names: string list) (options: (string * string list) list) =
    options |> List.filter (fun (name, _) -> not (List.contains name names))

/// Runs a script on tiny data, for two epochs of some batches, with these options beside or instead; gives its folder.
let runIn (folder: string) (name: string) (script: Script) (options: string list) : string =
    let out = Path.Combine(folder, name)
    let given = Settings.split options

    let common =
        tinyData folder 120 @ [ "--epochs"; "2"; "--batch"; "20"; "--quiet"; "--out"; out ]
        |> Settings.split
        |> without (List.map fst given)
        |> List.filter (fun (name, _) -> List.contains name script.File.Takes)

    let ending = script.Run(Settings.commandLine (common @ given))
    Expect.equal ending Ending.Finished $"{script.Name} ends well"
    out
