/// Scripts at a tiny size in the tests' process.
module Workbench.Tests.ScriptSupport

open System.IO
open Expecto
open Workbench

/// Glyphs and their labels as files in a folder: options that ask for them.
let tinyFiles (folder: string) (count: int) : string list =
    let glyphs = Glyphs.grey 7UL count
    let images, labels = Path.Combine(folder, "glyphs.npy"), Path.Combine(folder, "labels.idx")
    Npy.writeBytes images glyphs.Images

    Idx.write
        labels
        { Shape = [| count |]
          Bytes = glyphs.Labels }

    [ "--data"; images; "--labels"; labels ]

/// Options in place of those of the same names, and as far as the script takes them.
let private instead (script: Script) (given: (string * string list) list) (options: string list) =
    Settings.split options
    |> List.filter (fun (name, _) ->
        List.contains name script.File.Takes && not (List.exists (fst >> (=) name) given))

/// Runs a script on tiny data, for two epochs of some batches, with these options beside or instead; gives its folder.
let runIn (folder: string) (name: string) (script: Script) (options: string list) : string =
    let out = Path.Combine(folder, name)
    let given = Settings.split options

    let common =
        tinyFiles folder 120 @ [ "--epochs"; "2"; "--batch"; "20"; "--quiet"; "--out"; out ]
        |> instead script given

    let ending = script.Run(Settings.commandLine (common @ given))
    Expect.equal ending Ending.Finished $"{script.Name} ends well"
    out
