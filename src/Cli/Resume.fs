namespace Workbench

/// Going on with a run by the settings that its folder tells.
[<RequireQualifiedAccess>]
module Resume =

    /// On the managed engine the results do not depend on the threads; on libtorch they do, so that a run keeps its number.
    let private threads = if Engine.isManaged then [ "threads" ] else []

    /// Settings that a resumed run may have otherwise. Data are compared by their hash, once they are read.
    let private free =
        set (
            threads
            @ [ "epochs"
                "quiet"
                "jobs"
                "checkpoint-every"
                "data"
                "labels"
                "out"
                "resume" ]
        )

    /// Settings that a resumed run does not take over.
    let private ofItsTime = set (threads @ [ "quiet"; "jobs"; "out"; "resume" ])

    /// The engine that made the run is loaded when its script starts; another one cannot go on with its bits.
    let private always = [ "engine" ] @ (if Engine.isManaged then [] else [ "threads" ])

    let private config (script: string) (folder: string) =
        match RunFiles.config folder with
        | None ->
            BadInput.fail
                "--resume: %s holds no run: give the folder that has its config.json"
                folder
        | Some config ->
            match List.tryFind (fun (name, _) -> name = "script") config with
            | Some(_, Json.Text saved) when saved = script -> config
            | Some(_, Json.Text saved) ->
                BadInput.fail "--resume: %s is a run of %s, not of %s" folder saved script
            | _ ->
                BadInput.fail
                    "--resume: the config.json of %s does not say which script made it"
                    folder

    let private changed config =
        match List.tryFind (fun (name, _) -> name = "changed") config with
        | Some(_, Json.List names) -> names |> List.map Json.plain
        | _ -> []

    /// The options that make the run's settings, but for those that are given now.
    let options
        (script: string)
        (folder: string)
        (given: (string * string list) list)
        : (string * string list) list =
        let config = config script folder

        let isGiven name =
            given |> List.exists (fun (option, _) -> option = $"--{name}")

        [ for name in List.distinct (always @ changed config) do
              if not (isGiven name || ofItsTime.Contains name) then
                  yield! config |> List.filter (fun (field, _) -> field = name) ]
        |> Options.given

    let private shown (saved: Json) =
        match Json.plain saved with
        | "" -> "the default (none)"
        | text -> $"the {text}"

    /// Raises `BadInput` where a setting is not the saved one.
    let check (script: string) (folder: string) (settings: (string * Json) list) : unit =
        let saved = Map.ofList (config script folder)

        for name, value in settings do
            if not (free.Contains name) then
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

    /// Raises `BadInput` where the data are not those of the run.
    let checkData (folder: string) (hash: string) : unit =
        match RunFiles.config folder |> Option.bind (List.tryFind (fst >> (=) "data-sha256")) with
        | Some(_, Json.Text saved) when saved = hash -> ()
        | _ ->
            BadInput.fail
                "--data: these are not the data of the run in %s: its config.json tells another SHA-256"
                folder
