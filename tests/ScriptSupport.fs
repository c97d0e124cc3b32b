/// Scripts at a tiny size in the tests' process.
module Workbench.Tests.ScriptSupport

open System.IO
open Expecto
open Workbench

/// Glyphs and their labels as files in a folder: options that ask for them.
let tinyFiles (folder: string) (count: int) : string list =
    let glyphs = Glyphs.grey 7UL count

    let images, labels =
        Path.Combine(folder, "glyphs.npy"), Path.Combine(folder, "labels.idx")

    Npy.writeBytes images glyphs.Images

    Idx.write
        labels
        { Shape = [| count |]
          Bytes = glyphs.Labels }

    [ "--data"; images; "--labels"; labels ]

/// Options in place of those of the same names, and as far as the script takes them. Other data bring their own labels.
let private instead (script: Script) (given: (string * string list) list) (options: string list) =
    let isGiven name = List.exists (fst >> (=) name) given

    Settings.split options
    |> List.filter (fun (name, _) ->
        List.contains name script.File.Takes
        && not (isGiven name || (name = "labels" && isGiven "data")))

/// Runs a script on tiny data, for two epochs of some batches, with these options beside or instead; gives its folder.
let runIn (folder: string) (name: string) (script: Script) (options: string list) : string =
    let out = Path.Combine(folder, name)
    let given = Settings.split options

    let common =
        tinyFiles folder 120
        @ [ "--epochs"; "2"; "--batch"; "20"; "--quiet"; "--out"; out ]
        |> instead script given

    let ending = script.Run(Settings.commandLine (common @ given))
    Expect.equal ending Ending.Finished $"{script.Name} ends well"
    out

/// A run's final figures and its settings.
let told (out: string) : Map<string, float> * Map<string, Json> =
    match RunFiles.figures out, RunFiles.config out with
    | Some figures, Some config -> Map.ofList figures, Map.ofList config
    | _ -> failtest "figures and settings"

/// Runs a script on tiny data and hands over its folder, its figures, all finite, and its settings.
let withRun (name: string) (options: string list) check : unit =
    FileSupport.inFolder (fun folder ->
        let out = runIn folder "run" (Scripts.find name) options
        let figures, config = told out

        for KeyValue(figure, value) in figures do
            Expect.isTrue (System.Double.IsFinite value) $"{name}: {figure} is finite"

        check out figures config)

/// What a script would train on tiny data, in turn.
let allPlanned (name: string) (options: string list) : (Fit * Dataset) list =
    FileSupport.inFolder (fun folder ->
        let given = Settings.split options
        let script = Scripts.find name

        tinyFiles folder 60 @ [ "--batch"; "20" ]
        |> instead script given
        |> fun common -> Settings.commandLine (common @ given)
        |> script.Plan)

/// The first of them.
let planned (name: string) (options: string list) : Fit * Dataset =
    List.head (allPlanned name options)

/// A batch of all training images.
let wholeBatch (data: Dataset) : Batch =
    { Epoch = 1
      Generator = new TorchSharp.torch.Generator(3UL)
      Images = data.Train.Images
      Labels = data.Train.Labels }
