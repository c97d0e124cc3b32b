namespace Workbench

open System
open System.IO
open System.Security.Cryptography
open System.Text
open Argu

/// From a command line to what is in force. What is not understood raises `BadInput` with one line.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Request =

    /// The options of a union with its defaults.
    let optionSet<'S when 'S :> IArgParserTemplate> (defaults: 'S list) : OptionSet =
        { Names = Settings.names<'S>
          Read = fun given -> Settings.inForce defaults (Settings.read<'S> given) |> box
          Describe = fun cases -> Settings.describe (cases :?> 'S list)
          Help = fun () -> Settings.help defaults }

    /// The option that a line of a help text is of.
    let private nameOf (left: string, _: string) =
        (Array.head (left.Split ' ')).TrimStart '-'

    /// The same options but for those of these names.
    let without (names: string list) (options: OptionSet) : OptionSet =
        let isLeft name = not (List.contains name names)

        { Names = options.Names |> List.filter isLeft
          Read = List.filter (fst >> isLeft) >> options.Read
          Describe = options.Describe >> List.filter (fst >> isLeft)
          Help = options.Help >> List.filter (nameOf >> isLeft) }

    let private standard: Common list =
        [ Common.Data "mnist"
          Common.Epochs 20
          Common.Batch 100
          Common.Lr 1e-3
          Common.Seed 0
          Common.Engine(if Engine.isManaged then Managed else Torch)
          Common.Device Device.standard
          Common.Threads Environment.ProcessorCount
          Common.Pixels Grey
          Common.Checkpoint_Every 1 ]

    /// One thread on libtorch, on which a network as small as the VAE's trains faster than on two (`vae.fsx --data mnist`: 19,800
    /// examples/s instead of 17,300, two cores of an AMD EPYC); a GAN's does not (6,700 instead of 9,300).
    let small: Common =
        Common.Threads(if Engine.isManaged then Environment.ProcessorCount else 1)

    let private taken (script: ScriptFile) options =
        options |> List.filter (fun (name, _) -> List.contains name script.Takes)

    let private known (script: ScriptFile) =
        script.Takes @ (script.Own |> List.collect _.Names)

    let private defaults (script: ScriptFile) (own: obj list) =
        Settings.inForce standard (script.Common own)

    let private describe (script: ScriptFile) (common: Common list) (own: obj list) =
        taken script (Settings.describe common)
        @ List.collect (fun (set, cases) -> set.Describe cases) (List.zip script.Own own)

    let private ofOptions (script: ScriptFile) (given: (string * string list) list) : Request =
        let own = script.Own |> List.map (fun options -> options.Read given)
        let usual = script.Own |> List.map (fun options -> options.Read [])
        let common = defaults script own
        let inForce = Settings.inForce common (Settings.read<Common>(taken script given))
        let settings = describe script inForce own

        { Script = script
          Common = inForce
          Own = own
          Settings = settings
          Changed = settings |> List.except (describe script common usual) |> List.map fst }

    /// Settings of what a run leaves beside its figures.
    let private ofOutput = [ "one-file"; "tensorboard" ]

    /// Settings that say how a process works, and nothing of what a run is.
    let private ofProcess =
        [ "quiet"; "jobs"; "detach"; "out"; "resume"; "from-best"; "script-changed" ]

    /// Settings of a sweep, which alone has runs at once, that say where its points are trained.
    let private ofPlace (script: ScriptFile) =
        if List.contains "jobs" script.Takes then
            [ "on"; "partition"; "time"; "mem"; "max-running"; "sbatch" ]
        else
            []

    /// The settings that are not the script's defaults, but for those that change no figure.
    let changed (request: Request) : (string * Json) list =
        let isTold name =
            List.contains name request.Changed
            && not (List.contains name (ofProcess @ ofOutput))

        request.Settings |> List.filter (fst >> isTold)

    /// Where the data are that a request asks for.
    let source (request: Request) : DataSource =
        { Data = request.Get Common.Data
          Labels = request.TryGet Common.Labels
          Test = request.TryGet Common.Test
          TestLabels = request.TryGet Common.Test_Labels }

    /// The text of a script, and of each experiment that it loads.
    let sources (path: string) : string list =
        let loaded (line: string) =
            match line.Split '"' with
            | [| start; name; _ |] when start.StartsWith("#load", StringComparison.Ordinal) ->
                let file = Path.Combine(Path.GetDirectoryName path, name)
                let isPrelude = Path.GetFileName name = "prelude.fsx"

                if isPrelude || not (File.Exists file) then
                    None
                else
                    Some(File.ReadAllText file)
            | _ -> None

        if File.Exists path then
            let text = File.ReadAllText path
            text :: (List.ofArray (text.Split '\n') |> List.choose loaded)
        else
            []

    /// The texts of a script with those of the others that it starts.
    let sourcesOf (script: ScriptFile) : string list =
        List.collect sources (script.Path :: script.Others)

    /// SHA-256, in hexadecimal, of a script's text and of the experiments that it loads.
    let hash (sources: string list) : string =
        String.concat "\u0000" sources
        |> Encoding.UTF8.GetBytes
        |> SHA256.HashData
        |> Convert.ToHexStringLower

    let private find name =
        List.tryFind (fst >> (=) name) >> Option.map snd

    /// What the `config.json` of a run's folder says under a name.
    let saved (folder: string) (name: string) : Json option =
        RunFiles.config folder |> Option.bind (find name)

    /// Settings that a resumed run does not take over. On libtorch the results depend on the threads, so that a run keeps their
    /// number.
    let private ofItsTime = (if Engine.isManaged then [ "threads" ] else []) @ ofProcess

    /// Settings that a resumed run may have otherwise. Data are compared by their hash, once they are read.
    let private free =
        ofItsTime
        @ ofOutput
        @ [ "name"
            "epochs"
            "patience"
            "checkpoint-every"
            "device"
            "data"
            "labels"
            "test"
            "test-labels" ]

    /// The settings of the run in a folder, which this script must have made.
    let private config (option: string) (script: ScriptFile) (folder: string) =
        let saved =
            match RunFiles.config folder with
            | Some config -> config
            | None ->
                BadInput.fail
                    "--%s: %s holds no run: give the folder that has its config.json"
                    option
                    folder

        match find "script" saved with
        | Some(Json.Text name) when name = script.Name -> saved
        | Some(Json.Text name) ->
            BadInput.fail "--%s: %s is a run of %s, not of %s" option folder name script.Name
        | _ ->
            BadInput.fail
                "--%s: the config.json of %s does not say which script made it"
                option
                folder

    /// What is given, and what else is saved but for some names.
    let private together script given but saved =
        saved
        |> List.filter (fun (name, _) ->
            List.contains name (known script)
            && not (List.exists (fst >> (=) name) given || List.contains name but))
        |> Settings.options
        |> List.append given
        |> ofOptions script

    /// What the run in a folder was asked, but for the options that are given instead.
    let evaluated (script: ScriptFile) (folder: string) instead : Request =
        config "evaluate" script folder
        |> together script instead [ "out"; "resume"; "quiet" ]

    /// `acted` are the run's own settings; what its config.json does not tell of came later, and its default acted.
    let private checkContradictions (folder: string) (acted: Request) (request: Request) =
        for name, value in request.Settings do
            let before = find name acted.Settings |> Option.map Json.plain

            if
                not (List.contains name (free @ ofPlace acted.Script))
                && before <> Some(Json.plain value)
            then
                BadInput.fail
                    "--%s: %s contradicts the %s of the run in %s; leave the option out, or start a run of its own"
                    name
                    (Json.plain value)
                    (match before with
                     | Some ""
                     | None -> "default (none)"
                     | Some before -> before)
                    folder

    let private resumed (script: ScriptFile) (folder: string) (given: (string * string list) list) =
        let isGiven name = List.exists (fst >> (=) name) given

        if isGiven "out" then
            BadInput.fail "--out: a resumed run stays in its folder; leave the option out"

        let saved = config "resume" script folder

        match find "script-sha256" saved with
        | Some(Json.Text before) when
            before <> hash (sourcesOf script) && not (isGiven "script-changed")
            ->
            BadInput.fail
                "--resume: %s is no longer the script that made %s, whose text is in its config.json; --script-changed goes on all the same"
                (script.Path :: script.Others
                 |> List.map Path.GetFileName
                 |> String.concat " or ")
                folder
        | _ -> ()

        let request = together script given ofItsTime saved
        checkContradictions folder (together script [] (ofItsTime @ free) saved) request

        match
            RunFiles.figures folder |> Option.bind (find "epochs"), request.TryGet Common.Epochs
        with
        | Some reached, Some epochs when float epochs < reached ->
            BadInput.fail
                "--epochs: the run in %s has %g epochs already; ask for more than that"
                folder
                reached
        | _ -> ()

        request

    /// The name that was probably meant, as words of a message: one of nearly the same letters, of the first words, or of the words'
    /// first letters (--batch-size, --learning-rate).
    let private nearest (names: string list) (name: string) : string =
        let initials =
            String.Join("", name.Split '-' |> Array.map (Seq.truncate 1 >> String.Concat))

        let mayBeMeant known =
            name.StartsWith(known + "-") || initials = known

        match Words.nearest mayBeMeant names name with
        | Some best -> $"; did you mean --{best}?"
        | None -> ""

    /// What options ask for: of a new run, or of the one that `--resume` names.
    let read (script: ScriptFile) (given: (string * string list) list) : Request =
        for name, _ in given do
            if not (List.contains name (known script)) then
                Settings.refuse $"unknown option --{name}{nearest (known script) name}"

        match find "resume" given with
        | Some [ folder ] when folder.Trim() <> "" -> resumed script folder given
        | _ ->
            let request = ofOptions script given
            BadInput.require (not request.IsFromBest) "--from-best: needs --resume"
            request

    /// Raises `BadInput` where the data are not those of the run in a folder.
    let checkData (option: string) (folder: string) (hash: string) : unit =
        if saved folder "data-sha256" <> Some(Json.Text hash) then
            BadInput.fail
                "--%s: these are not the data of the run in %s: its config.json tells another SHA-256"
                option
                folder

    /// Usage, the script's question, its own options and the common ones, each with its default; then those of an evaluation, an
    /// example, and where to find what a run leaves. Lines of a width.
    let help (width: int) (script: ScriptFile) (evaluation: (string * string) list) : string =
        let own = script.Own |> List.map (fun set -> set.Read [])

        let common =
            Settings.help (defaults script own)
            |> List.filter (fun line -> List.contains (nameOf line) script.Takes)

        let sections =
            [ "Options of this script:", script.Own |> List.collect (fun set -> set.Help())
              "Common options:", common @ [ "--help", "this text, of dotnet fsi -- SCRIPT --help" ]
              "To measure a run of this script, alone or with --engine, --threads and:", evaluation ]
            |> List.filter (fun (_, options) -> not options.IsEmpty)

        let wrapped = List.collect (Text.wrap width)

        let usual =
            if List.contains "data" script.Takes then
                "--data glyphs --limit 500 --epochs 1"
            else
                "--seed 1"

        wrapped
            [ $"Usage: dotnet fsi scripts/{script.Name}.fsx [options]"
              ""
              script.Question ]
        @ Settings.helpLines width sections
        // A command stays whole, to be copied.
        @ [ ""
            "Example:"
            $"  dotnet fsi scripts/{script.Name}.fsx {defaultArg script.Example usual}"
            "" ]
        @ wrapped
            [ $"A run leaves a folder, runs/{script.Name}/TIME or --out: its page is report.html there, beside settings, figures, checkpoints and pictures."
              "All runs are listed on runs/index.html." ]
        |> String.concat Environment.NewLine
