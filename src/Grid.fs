namespace Workbench

open System
open System.IO
open Argu

/// Where the points of a sweep are trained.
type SweepPlace =
    | Local
    | Slurm

/// Options by which a sweep is told on its command line what to train, and where.
[<RequireQualifiedAccess>]
type GridSetting =
    | [<Unique;
        Help "script that is trained, with its options and defaults: the name of one in scripts/, or a path">] Script of
        path: string
    | [<Help "an option of that script and its values, a run each; several: a run for each combination">] Vary of
        value: string list
    | [<Unique; Help "seeds of each combination, from --seed on">] Seeds of n: int
    | [<Unique;
        Help "local: as processes of this machine; slurm: as tasks of one array on the cluster that sbatch submits to">] On of
        SweepPlace
    | [<Unique; Help "with --on slurm: the partition">] Partition of name: string
    | [<Unique;
        Help "with --on slurm: the longest time of a task, such as 2:00:00; its point goes on from its last epoch">] Time of
        limit: string
    | [<Unique; Help "with --on slurm: the memory of a task, such as 4G">] Mem of size: string
    | [<Unique; Help "with --on slurm: tasks that run at once">] Max_Running of n: int
    | [<Unique; Help "with --on slurm: submit the points and end; --resume looks after them later">] Detach
    | [<Help "with --on slurm, at the end of dotnet fsi -- SCRIPT ...: further options of sbatch, as they are">] Sbatch of
        option: string list

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

/// A point of a sweep before it is trained: the settings that make it, and all that are in force for it, by their options' names.
type PlannedPoint =
    { Settings: (string * Json) list
      InForce: (string * Json) list }

    /// A number among all that is in force.
    member this.TryNumber(name: string) : int option =
        match List.tryFind (fst >> (=) name) this.InForce with
        | Some(_, Json.Whole number) -> Some number
        | _ -> None

    /// The epochs to train.
    member this.Epochs: int = this.TryNumber "epochs" |> Option.defaultValue 0

/// An option that a sweep varies, with the values of each run.
type Axis =
    { Name: string
      Values: string list list }

/// The product of all values of all options that a sweep varies.
[<RequireQualifiedAccess>]
module Grid =

    let private most = 10_000

    /// What no point takes over: it has a folder of its own, and tells the sweep alone.
    let ownToSweep: Set<string> =
        set [ "out"; "name"; "resume"; "from-best"; "script-changed"; "jobs"; "quiet" ]

    /// The name of a point's folder.
    let folderName (settings: (string * Json) list) : string =
        let fits letter =
            if Char.IsWhiteSpace letter || "/\\:".Contains letter then '-' else letter

        [ for name, value in settings -> $"{name}-{Json.plain value}" ]
        |> String.concat "_"
        |> String.map fits

    /// What is given under a name, each time that it is.
    let private valuesOf name (options: (string * string list) list) =
        [ for option, values in options do
              if option = name then
                  values ]

    /// The options of a sweep of this script, where one is named.
    let options (script: string option) : OptionSet =
        let options = Request.optionSet [ GridSetting.Seeds 1; GridSetting.On Local ]

        // A config.json has under "script" the one that made it.
        let named (name, values) =
            match name, script with
            | "script", Some script -> name, [ script ]
            | _ -> name, values

        /// The words for sbatch stand on a command line after a bare --, and may look like options of ours.
        let read (given: (string * string list) list) =
            let words, others =
                given |> List.partition (fun (name, _) -> name = "" || name = Settings.sbatch)

            (List.map named others |> options.Read :?> GridSetting list)
            @ [ match List.collect snd words with
                | [] -> ()
                | words -> GridSetting.Sbatch words ]
            |> box

        let varied (cases: obj) =
            [ for case in cases :?> GridSetting list do
                  match case with
                  | GridSetting.Vary words -> Json.List(List.map Json.Text words)
                  | _ -> () ]

        { options with
            Names = "" :: options.Names
            Read = read
            Describe =
                fun cases ->
                    [ for name, value in options.Describe cases do
                          name, (if name = "vary" then Json.List(varied cases) else value) ]
            Help =
                fun () ->
                    [ for option, text in options.Help() ->
                          option
                              .Replace("<value> [", "<option> <value> [")
                              .Replace($"--{Settings.sbatch} <", "-- <"),
                          text ] }

    /// The name of a script in a folder and its path; of another file the path alone.
    let script (scripts: string) (name: string) : string * string =
        let isName = not (name.EndsWith(".fsx", StringComparison.Ordinal))
        let path = if isName then Path.Combine(scripts, name + ".fsx") else name
        let path = Path.GetFullPath path

        if isName && not (File.Exists path) then
            let known =
                [ for path in Directory.GetFiles(scripts, "*.fsx") |> Array.sort ->
                      Path.GetFileNameWithoutExtension path ]
                |> List.except [ "prelude"; "evaluate"; "compare"; "export"; "sweep" ]

            let meant =
                match
                    Words.nearest
                        (fun other -> other.StartsWith(name, StringComparison.Ordinal))
                        known
                        name
                with
                | Some best -> $"; did you mean {best}?"
                | None -> ""

            BadInput.fail "--script: there is no %s in %s%s" name scripts meant
        elif not (File.Exists path) then
            BadInput.fail "--script: %s does not exist" name
        elif Path.GetDirectoryName path = Path.GetFullPath scripts then
            Path.GetFileNameWithoutExtension path, path
        else
            path, path

    /// Raises `BadInput` where a script trains no model whose training could be swept.
    let check (script: ScriptFile) : unit =
        let takes name = List.contains name script.Takes
        BadInput.require (not (takes "jobs")) $"--script: {script.Name} is a sweep itself"

        BadInput.require
            (takes "data" && takes "epochs" && takes "resume")
            $"--script: {script.Name} trains no model"

    let private settingOf name (request: Request) =
        request.Settings |> List.find (fst >> (=) name) |> snd

    /// An option and its values as they are given, which the script must take. Those of a list are apart by commas.
    let private axis (script: ScriptFile) (words: string list) : Axis =
        let name, values = words.Head, words.Tail

        if name = "seed" then
            BadInput.fail "--vary: of seeds there are as many as --seeds says, from --seed on"

        if ownToSweep.Contains name || List.contains name Settings.names<GridSetting> then
            BadInput.fail "--vary: %s is the sweep's own, and not of its points" name

        match Request.read script [] |> _.Settings |> List.tryFind (fst >> (=) name) with
        | Some(_, Json.Flag _) -> BadInput.fail "--vary: %s takes no value" name
        | Some _ when values.IsEmpty -> BadInput.fail "--vary: %s needs values after it" name
        | _ -> ()

        let read values =
            settingOf name (Request.read script [ name, values ])

        let isList (value: string) =
            value.Contains ',' && (read [ value.Split(',')[0] ]).IsList

        let values =
            [ for value in values ->
                  if isList value then List.ofArray (value.Split ',') else [ value ] ]

        let settings = List.map read values

        match settings |> List.countBy id |> List.tryFind (snd >> (<) 1) with
        | Some(twice, _) -> BadInput.fail "--vary: %s %s is given twice" name (Json.plain twice)
        | None -> { Name = name; Values = values }

    /// What the config.json tells of the sweep that is to go on: the script that it trains, and what it varies.
    let saved (given: (string * string list) list) : (string * string list) list =
        [ for folder in List.concat (valuesOf "resume" given) do
              for name, value in RunFiles.config folder |> Option.defaultValue [] do
                  if List.contains name [ "swept"; "vary"; "on" ] then
                      yield! Settings.options [ name, value ] ]

    /// The script to train, of this folder or elsewhere; that of a sweep that goes on stays.
    let asked scripts (given: (string * string list) list) saved : string * string =
        let before = List.concat (valuesOf "swept" saved)

        match
            valuesOf "script" given
            |> List.append [ before ]
            |> List.filter ((<>) [])
            |> List.tryLast
        with
        | Some [ name ] ->
            let name, path = script scripts name

            if before <> [] && before <> [ name ] then
                BadInput.fail
                    "--script: %s contradicts the %s of the sweep; leave the option out"
                    name
                    before.Head

            name, path
        | _ -> Settings.refuse "--script: needed, the one to train: a name such as vae, or a path"

    /// Raises `BadInput` where options are given that belong to another place than the one where the points are trained.
    let checkPlace (given: (string * string list) list) saved : unit =
        let isGiven name = List.exists (fst >> (=) name) given

        let isSlurm =
            let all = if isGiven "on" then given else saved
            List.contains [ "slurm" ] (valuesOf "on" all)

        let ofSlurm =
            [ "partition"; "time"; "mem"; "max-running"; "detach"; ""; Settings.sbatch ]

        match List.tryFind isGiven ofSlurm with
        | Some name when not isSlurm -> BadInput.fail "--%s: needs --on slurm" name
        | _ -> ()

        BadInput.require
            (not (isSlurm && isGiven "jobs"))
            "--jobs: is of this machine; on a cluster, --max-running says how many points run at once"

    /// The options that are varied, each with its values; what cannot be raises `BadInput`.
    let axes (script: ScriptFile) (given: (string * string list) list) saved : Axis list =
        let all = if (valuesOf "vary" given).IsEmpty then saved else given

        let axes =
            [ for words in valuesOf "vary" all do
                  if not words.IsEmpty then
                      axis script words ]

        for name, times in List.countBy _.Name axes do
            BadInput.require (times = 1) $"--vary: {name} is varied twice"

            BadInput.require
                (valuesOf name given).IsEmpty
                $"--{name}: is varied, too; leave one of the two out"

        axes

    let private product (axes: Axis list) : (string * string list) list list =
        let extended axis points =
            [ for value in axis.Values do
                  for point in points -> (axis.Name, value) :: point ]

        List.foldBack extended axes [ [] ]

    /// What a sweep asks of a cluster, where its points are trained on one.
    let cluster (own: GridSetting list) (threads: int) : SlurmAsk option =
        match Settings.tryGet own <@ GridSetting.On @> with
        | Some Slurm ->
            Some
                { Partition = Settings.tryGet own <@ GridSetting.Partition @>
                  Time = Settings.tryGet own <@ GridSetting.Time @>
                  Memory = Settings.tryGet own <@ GridSetting.Mem @>
                  Threads = threads
                  MaxRunning = Settings.tryGet own <@ GridSetting.Max_Running @>
                  Options = Settings.tryGet own <@ GridSetting.Sbatch @> |> Option.defaultValue []
                  IsDetached = Settings.has own <@ GridSetting.Detach @> }
        | _ -> None

    /// The points of a sweep's grid, the last option and then the seeds running fastest, each with what it asks of the script.
    let points
        (script: ScriptFile)
        (axes: Axis list)
        (request: Request)
        : (PlannedPoint * Request) list =
        let own = request.Own.Head :?> GridSetting list
        let seeds = (Settings.tryGet own <@ GridSetting.Seeds @>).Value
        let first = request.Get Common.Seed

        let seedAxis =
            if seeds = 1 then
                []
            else
                [ { Name = "seed"
                    Values =
                      [ for seed in int64 first .. int64 first + int64 (min seeds (most + 1)) - 1L ->
                            [ string seed ] ] } ]

        let axes = axes @ seedAxis

        let count =
            axes |> List.fold (fun count axis -> count * float axis.Values.Length) 1.0

        BadInput.require
            (not axes.IsEmpty)
            "--vary: nothing is varied; give an option and its values, or --seeds"

        BadInput.require (count <= float most) $"--vary: more than {most} points"

        let names = axes |> List.map _.Name
        let known = script.Takes @ List.collect _.Names script.Own

        // Beside what is asked for, the engine of this process and the sweep's number of threads.
        let shared =
            request.Settings
            |> List.filter (fun (name, _) ->
                List.contains name known
                && not (List.contains name (names @ Settings.names<GridSetting>))
                && not (ownToSweep.Contains name)
                && List.contains name ("engine" :: "threads" :: request.Changed))
            |> Settings.options

        let points =
            [ for point in product axes do
                  let request = Request.read script (shared @ point)

                  { Settings = [ for name in names -> name, settingOf name request ]
                    InForce = request.Settings |> List.filter (fst >> ownToSweep.Contains >> not) },
                  request ]

        let folders = [ for point, _ in points -> folderName point.Settings ]

        match folders |> List.countBy id |> List.tryFind (snd >> (<) 1) with
        | Some(folder, _) -> BadInput.fail "--vary: two points would have the folder %s" folder
        | None -> ()

        BadInput.require
            (folders |> List.forall (fun folder -> folder.Length <= 200))
            "--vary: so many options, or such long values, make no name of a folder"

        points
