namespace Workbench

open System
open System.IO

/// A model with the state that its run has reached.
type TrainedModel =
    {
        Model: SavedModel
        /// The file it is from.
        Checkpoint: string
        State: State
    }

/// A run as its folder keeps it.
type SavedRun =
    {
        Folder: RunFolder
        Script: string
        /// The data that the run was trained on.
        Data: Dataset
        Models: TrainedModel list
        /// The models of which there is no checkpoint.
        Unbegun: SavedModel list
    }

/// Opening the folder of a run.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module SavedRun =

    let private config (folder: string) =
        match RunFiles.config folder with
        | Some config -> config
        | None ->
            BadInput.fail "--run: %s holds no run: give the folder that has its config.json" folder

    let private scriptOf (folder: string) config =
        match config |> List.tryFind (fst >> (=) "script") with
        | Some(_, Json.Text script) -> script
        | _ -> BadInput.fail "--run: the config.json of %s does not say which script made it" folder

    let private refuse (folder: string) (script: string) =
        if script = "kl-sweep" then
            BadInput.fail
                "--run: %s is a sweep: give the folder of one of its points, such as %s"
                folder
                (Path.Combine(folder, "kl-1"))
        else
            BadInput.fail
                "--run: %s is a run of %s, which has no model to evaluate; there is one in runs of %s"
                folder
                script
                (String.concat ", " SavedModels.names)

    let private settings (folder: string) (script: string) config =
        match SavedModels.tryFind script with
        | None -> refuse folder script
        | Some read ->
            try
                read config
            with BadInput why ->
                BadInput.fail "--run: the config.json of %s does not hold: %s" folder why

    let private data (run: ScriptRun<EvaluateOptions>) (saved: SavedSettings) =
        let common =
            { saved.Common with
                Data = Option.defaultValue saved.Common.Data run.Own.Data
                Labels = Option.orElse saved.Common.Labels run.Own.Labels
                Threads = run.Common.Threads
                Quiet = run.Common.Quiet }

        let data = Runner.dataOf common run.Stop
        Resume.checkData run.Own.Run data.Hash
        saved.Prepare data

    let private checkpointOf (options: EvaluateOptions) (model: SavedModel) =
        let folder = Path.Combine(options.Run, model.Name)

        if options.Best then
            let best = Path.Combine(folder, Checkpoint.bestName)
            if File.Exists best then Some best else None
        else
            Checkpoint.newest folder

    let private load (model: SavedModel) (path: string) =
        let state = Checkpoint.load path
        Checkpoint.fits path (model.Fresh()) state

        { Model = model
          Checkpoint = path
          State = state }

    let private models (options: EvaluateOptions) (all: SavedModel list) =
        let found = all |> List.map (fun model -> model, checkpointOf options model)

        if found |> List.forall (fun (_, path) -> path.IsNone) then
            let why =
                if options.Best then
                    $"has no {Checkpoint.bestName}: leave --best out"
                else
                    "has no checkpoint yet: wait for the end of its first epoch"

            BadInput.fail "--run: %s %s" options.Run why

        let trained =
            found |> List.choose (fun (model, path) -> path |> Option.map (load model))

        trained,
        [ for model, path in found do
              if path.IsNone then
                  model ]

    /// The folder for this process alone until it is disposed: a checkpoint is not replaced while it is read. `BadInput` where
    /// it is no run's folder, another process has it, or it cannot be written.
    let alone (options: EvaluateOptions) : IDisposable =
        let folder = options.Run
        config folder |> ignore

        try
            RunFolder.alone "--run" folder
        with
        | :? IOException
        | :? UnauthorizedAccessException as e ->
            BadInput.fail "--run: %s cannot be written: %s" folder e.Message

    /// Rebuilds the models of a run from its settings and their checkpoints, and reads its data: `BadInput` where the folder holds
    /// no run, no model to evaluate, no checkpoint or a damaged one, or where the data are not the run's.
    let read (run: ScriptRun<EvaluateOptions>) : SavedRun =
        let folder = run.Own.Run
        let config = config folder
        let script = scriptOf folder config
        let settings = settings folder script config
        let data = data run settings
        let trained, unbegun = models run.Own (settings.Models data)

        { Folder = { Path = folder }
          Script = script
          Data = data
          Models = trained
          Unbegun = unbegun }
