namespace Workbench

open System
open System.IO
open System.Security.Cryptography
open System.Text
open Argu

/// The options of a union whose type is not asked for: what reads them, and what they are called.
type OptionSet =
    {
        Names: string list
        /// The cases in force, boxed.
        Read: (string * string list) list -> obj
        Describe: obj -> (string * Json) list
        Help: unit -> (string * string) list
    }

/// A script as the command line knows it.
type ScriptFile =
    {
        Name: string
        Path: string
        Question: string
        /// The common options that it takes; it refuses the others, and no file of a run tells of them.
        Takes: string list
        /// Its defaults of the common options, by its own options in force.
        Common: obj list -> Common list
        Own: OptionSet list
    }

/// What a command line asks of a script.
type Request =
    {
        Script: ScriptFile
        Common: Common list
        /// The script's own options in force, for each of its unions.
        Own: obj list
        /// Every setting under its option's name, for `config.json`.
        Settings: (string * Json) list
        /// The names of those that are not the script's defaults.
        Changed: string list
    }

/// From a command line to what is in force. What is not understood raises `BadInput` with one line.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Request =

    /// The options of a union with its defaults.
    let optionSet<'S when 'S :> IArgParserTemplate> (defaults: 'S list) : OptionSet =
        { Names = Settings.names<'S>
          Read = fun given -> Settings.inForce defaults (Settings.read<'S> given) |> box
          Describe = fun cases -> Settings.describe (cases :?> 'S list)
          Help = fun () -> Settings.help defaults }

    /// The same options but for those of these names.
    let without (names: string list) (options: OptionSet) : OptionSet =
        let isLeft name = not (List.contains name names)

        { Names = options.Names |> List.filter isLeft
          Read = List.filter (fst >> isLeft) >> options.Read
          Describe = options.Describe >> List.filter (fst >> isLeft)
          Help =
            fun () ->
                options.Help()
                |> List.filter (fun (left, _) -> isLeft (Array.head (left.Split ' ')).[2..]) }

    let private standard: Common list =
        [ Common.Data "mnist"
          Common.Epochs 20
          Common.Batch 100
          Common.Lr 1e-3
          Common.Seed 0
          Common.Engine(if Engine.isManaged then Managed else Torch)
          Common.Threads Environment.ProcessorCount
          Common.Pixels Grey
          Common.Checkpoint_Every 1 ]

    /// One thread on libtorch, which is faster for networks as small as the VAE's than two; for larger ones it is not.
    let small: Common =
        Common.Threads(if Engine.isManaged then Environment.ProcessorCount else 1)

    let private commonDefaults (script: ScriptFile) (own: obj list) =
        Settings.inForce standard (script.Common own)

    let private describe (script: ScriptFile) (common: Common list) (own: obj list) =
        [ yield!
              Settings.describe common
              |> List.filter (fun (name, _) -> List.contains name script.Takes)
          for options, cases in List.zip script.Own own do
              yield! options.Describe cases ]

    /// The text of a script, with a hash over it and what it loads of experiments.
    let sources (path: string) : string list =
        let folder = Path.GetDirectoryName path

        let isExperiment (name: string) =
            Path.GetFileName name <> "prelude.fsx"
            && File.Exists(Path.Combine(folder, name))

        let loaded (text: string) =
            [ for line in text.Split '\n' do
                  if line.StartsWith("#load", StringComparison.Ordinal) then
                      match line.Split '"' with
                      | [| _; name; _ |] when isExperiment name -> Path.Combine(folder, name)
                      | _ -> () ]

        if File.Exists path then
            let text = File.ReadAllText path
            text :: List.map File.ReadAllText (loaded text)
        else
            []

    /// SHA-256, in hexadecimal, of a script's text and of the experiments that it loads.
    let hash (sources: string list) : string =
        String.concat "\u0000" sources
        |> Encoding.UTF8.GetBytes
        |> SHA256.HashData
        |> Convert.ToHexStringLower

    let private known (script: ScriptFile) =
        script.Takes @ (script.Own |> List.collect _.Names)

    let private checkNames (script: ScriptFile) (given: (string * string list) list) =
        for name, _ in given do
            if not (List.contains name (known script)) then
                BadInput.fail "unknown option --%s (see --help)" name

    let private ofOptions (script: ScriptFile) (given: (string * string list) list) : Request =
        let own = script.Own |> List.map (fun options -> options.Read given)
        let defaults = commonDefaults script own

        let taken = given |> List.filter (fun (name, _) -> List.contains name script.Takes)

        let common = Settings.inForce defaults (Settings.read<Common> taken)
        let settings = describe script common own

        let standard =
            describe script defaults (script.Own |> List.map (fun options -> options.Read []))

        { Script = script
          Common = common
          Own = own
          Settings = settings
          Changed = settings |> List.except standard |> List.map fst }

    /// On the managed engine the results do not depend on the threads; on libtorch they do, so that a run keeps its number.
    let private threads = if Engine.isManaged then [ "threads" ] else []

    /// Settings that a resumed run does not take over.
    let private ofItsTime =
        threads @ [ "quiet"; "jobs"; "out"; "resume"; "script-changed" ]

    /// Settings that a resumed run may have otherwise. Data are compared by their hash, once they are read.
    let private free = ofItsTime @ [ "epochs"; "checkpoint-every"; "data"; "labels" ]

    /// The settings of the run in a folder, which this script must have made.
    let private config (option: string) (script: ScriptFile) (folder: string) =
        match RunFiles.config folder with
        | None ->
            BadInput.fail
                "--%s: %s holds no run: give the folder that has its config.json"
                option
                folder
        | Some config ->
            match config |> List.tryFind (fst >> (=) "script") with
            | Some(_, Json.Text saved) when saved = script.Name -> config
            | Some(_, Json.Text saved) ->
                BadInput.fail "--%s: %s is a run of %s, not of %s" option folder saved script.Name
            | _ ->
                BadInput.fail
                    "--%s: the config.json of %s does not say which script made it"
                    option
                    folder

    /// What the run in a folder was asked, but for the options that are given instead.
    let evaluated
        (script: ScriptFile)
        (folder: string)
        (instead: (string * string list) list)
        : Request =
        let known = known script
        let isReplaced name = List.exists (fst >> (=) name) instead

        config "evaluate" script folder
        |> List.filter (fun (name, _) ->
            List.contains name known
            && not (isReplaced name || List.contains name [ "out"; "resume"; "quiet" ]))
        |> Settings.options
        |> List.append instead
        |> ofOptions script

    let private shown (saved: Json) =
        match Json.plain saved with
        | "" -> "the default (none)"
        | text -> $"the {text}"

    let private checkContradictions (folder: string) saved (request: Request) =
        let saved = Map.ofList saved

        for name, value in request.Settings do
            if not (List.contains name free) then
                match Map.tryFind name saved with
                | Some before when Json.plain before <> Json.plain value ->
                    BadInput.fail
                        "--%s: %s contradicts %s of the run in %s; leave the option out, or start a run of its own"
                        name
                        (Json.plain value)
                        (shown before)
                        folder
                | Some _ -> ()
                | None ->
                    BadInput.fail "--resume: the config.json of %s does not tell --%s" folder name

    let private checkScript (script: ScriptFile) (folder: string) saved =
        match saved |> List.tryFind (fst >> (=) "script-sha256") with
        | Some(_, Json.Text before) when before <> hash (sources script.Path) ->
            BadInput.fail
                "--resume: %s is no longer the script that made %s, whose text is in its config.json; --script-changed goes on all the same"
                (Path.GetFileName script.Path)
                folder
        | _ -> ()

    /// The saved settings, with those that may be otherwise as they are given.
    let private resumed (script: ScriptFile) (folder: string) (given: (string * string list) list) =
        let isGiven name = List.exists (fst >> (=) name) given

        if isGiven "out" then
            BadInput.fail "--out: a resumed run stays in its folder; leave the option out"

        let saved = config "resume" script folder

        if not (isGiven "script-changed") then
            checkScript script folder saved

        let known = known script

        let takenOver =
            saved
            |> List.filter (fun (name, _) ->
                List.contains name known && not (isGiven name || List.contains name ofItsTime))
            |> Settings.options

        let request = ofOptions script (given @ takenOver)
        checkContradictions folder saved request
        request

    /// What options ask for: of a new run, or of the one that `--resume` names.
    let read (script: ScriptFile) (given: (string * string list) list) : Request =
        checkNames script given

        match given |> List.tryFind (fst >> (=) "resume") with
        | Some("resume", [ folder ]) when folder.Trim() <> "" -> resumed script folder given
        | _ -> ofOptions script given

    /// Raises `BadInput` where the data are not those of the run in a folder.
    let checkData (option: string) (folder: string) (hash: string) : unit =
        match RunFiles.config folder |> Option.bind (List.tryFind (fst >> (=) "data-sha256")) with
        | Some(_, Json.Text saved) when saved = hash -> ()
        | _ ->
            BadInput.fail
                "--%s: these are not the data of the run in %s: its config.json tells another SHA-256"
                option
                folder

    let private section width (title: string, options: (string * string) list) =
        title :: [ for left, right in options -> $"  {left.PadRight width}  {right}" ]

    /// Usage, the script's question, its own options and the common ones, each with its default; then those of an evaluation.
    let help (script: ScriptFile) (evaluation: (string * string) list) : string =
        let own = script.Own |> List.collect (fun options -> options.Help())

        let defaults =
            commonDefaults script (script.Own |> List.map (fun set -> set.Read []))

        let isTaken (left: string, _) =
            let option = Array.head (left.Split ' ')
            List.contains (option.TrimStart '-') script.Takes

        let common =
            (Settings.help defaults |> List.filter isTaken) @ [ "--help", "this text" ]

        let sections =
            [ "Options of this script:", own
              "Common options:", common
              "To measure a run of this script, alone or with:", evaluation ]
            |> List.filter (fun (_, options) -> not options.IsEmpty)

        let width =
            sections
            |> List.collect snd
            |> List.map (fun (left, _) -> left.Length)
            |> List.max

        [ $"Usage: dotnet fsi scripts/{script.Name}.fsx [options]"
          ""
          script.Question
          for part in sections do
              ""
              yield! section width part ]
        |> String.concat Environment.NewLine
