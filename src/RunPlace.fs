namespace Workbench

open System
open System.Threading

/// What becomes of a script's models.
[<RequireQualifiedAccess>]
type Purpose =
    /// They are trained.
    | Train
    /// Those that a run has trained are measured: the run's folder, and how.
    | Evaluate of folder: string * measuring: Measuring
    /// Tell what would be trained.
    | Plan of tell: (Fit -> Dataset -> (Pass -> Can) -> unit)

/// What a run knows of how it was started.
type RunFrame =
    {
        Request: Request
        Purpose: Purpose
        /// The command that asks for the same.
        Command: string
        /// The script's command with these arguments.
        CommandOf: string list -> string
        /// Cancelled by SIGINT and SIGTERM: end the epoch under way and save what there is.
        Stop: CancellationToken
    }

/// The folder of a run, which no other process has until it is let go of.
type internal RunPlace(frame: RunFrame) =
    let request = frame.Request
    let script = request.Script
    let mutable entered: (RunFolder * IDisposable) option = None

    let mutable usesPlan = false

    /// What the resumed run's config.json says under a name.
    let saved name =
        request.TryGet Common.Resume
        |> Option.bind (fun path -> Request.saved path name)

    /// Epochs that schedules over a whole training count on: those that were asked for first, also of a run that goes on for longer.
    let planned =
        match saved "planned-epochs" with
        | Some(Json.Whole epochs) -> epochs
        | _ -> request.TryGet Common.Epochs |> Option.defaultValue 0

    /// The options with which the run went on, each time that it did so by another plan.
    let wentOn =
        let before =
            match saved "went-on" with
            | Some(Json.List all) -> List.map Json.plain all
            | _ -> []

        let now =
            [ if request.IsFromBest then
                  "--from-best"
              match saved "epochs", request.TryGet Common.Epochs with
              | Some(Json.Whole before), Some epochs when before <> epochs -> $"--epochs {epochs}"
              | _ -> () ]

        if now.IsEmpty then before else before @ [ String.concat " " now ]

    /// The same run at one go has the same bytes unless it went on from its best epoch, or a schedule held to the first plan.
    let isOfOnePlan () =
        not (List.exists (fun (options: string) -> options.Contains "--from-best") wentOn)
        && (not usesPlan || wentOn.IsEmpty)

    let config (data: Dataset option) =
        let sources = Request.sources script.Path

        [ "script", Json.Text script.Name
          yield! request.Settings
          "changed", Json.List(List.map Json.Text request.Changed)
          if List.contains "epochs" script.Takes && planned > 0 then
              "planned-epochs", Json.Whole planned
          if not wentOn.IsEmpty then
              "went-on", Json.List(List.map Json.Text wentOn)
          yield!
              match data with
              | Some data -> RunPage.describe data
              | None -> RunPage.engine ()
          if data.IsSome then
              "constants", Json.Object RunPage.constants
          yield! Machine.versions
          "script-path", Json.Text script.Path
          "script-sha256", Json.Text(Request.hash sources)
          "script-text",
          Json.List
              [ for text in List.truncate 1 sources do
                    for line in text.TrimEnd('\n').Split '\n' -> Json.Text line ] ]

    /// Makes the folder, or enters that of the run that goes on or is evaluated, whose data these must be.
    let enter (data: Dataset option) : RunFolder * IDisposable =
        let checkData option path =
            data |> Option.iter (fun data -> Request.checkData option path data.Hash)

        match frame.Purpose, request.TryGet Common.Resume with
        | Purpose.Evaluate(path, _), _ ->
            checkData "evaluate" path
            { Path = path }, RunFolder.alone "--evaluate" path
        | _, Some path ->
            checkData "data" path
            let hold = RunFolder.alone "--resume" path
            RunFolder.writeConfig { Path = path } (config data)
            RunFiles.underWay { Path = path }
            { Path = path }, hold
        | _, None ->
            let made = RunFolder.create script.Name (request.TryGet Common.Out) (config data)
            let hold = RunFolder.alone "--out" made.Path
            RunFiles.underWay made
            made, hold

    /// Whoever asks makes a schedule of it.
    member _.Planned: int =
        usesPlan <- true
        planned

    /// The command, or the commands, that make this run again.
    member _.Command: string =
        if isOfOnePlan () then
            frame.Command
        else
            let first =
                Request.changed request
                |> List.filter (fst >> (<>) "epochs")
                |> List.append [ "epochs", Json.Whole planned ]
                |> Settings.options
                |> Settings.commandLine

            let further (options: string) =
                [ "--resume"; "again" ] @ List.ofArray (options.Split ' ')

            (first @ [ "--out"; "again" ]) :: List.map further wentOn
            |> List.map frame.CommandOf
            |> String.concat " && "

    member _.Folder: RunFolder option = Option.map fst entered

    member _.Enter(data: Dataset option) : RunFolder =
        if entered.IsNone then
            entered <- Some(enter data)

        fst entered.Value

    member _.Leave() : unit =
        entered |> Option.iter (fun (_, hold) -> hold.Dispose())
