namespace Workbench

open System
open System.IO
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

/// The data of a run.
[<RequireQualifiedAccess>]
module internal RunData =

    /// Those that --data, --labels, --limit and --pixels ask for, downloaded where need be.
    let load (request: Request) (stop: CancellationToken) : Dataset =
        let download =
            { Download.defaults with
                Quiet = request.IsQuiet
                Stop = stop }

        Data.loadFrom download (Request.source request)
        |> Data.limit (request.TryGet Common.Limit)
        |> Data.withPixels (request.Get Common.Pixels)
        |> Data.onto (Device.find (request.Get Common.Device))

/// A time that a run went on by another plan: after so many epochs, by these options.
type private Turn =
    { After: int option
      Options: string }

    member this.IsFromBest: bool = this.Options.Contains "--from-best"
    member this.IsElsewhere: bool = this.Options.Contains "--device"

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

    let device = request.Get Common.Device

    /// Where the run was until now, and first of all.
    let deviceBefore, firstDevice =
        let told name other =
            saved name |> Option.map Json.plain |> Option.defaultValue other

        // Runs of earlier versions were of the CPU alone, and do not say so.
        let isNew = (request.TryGet Common.Resume).IsNone
        let before = told "device" (if isNew then device else Device.standard)
        before, told "first-device" before

    /// Each time that the run went on by another plan.
    let turns =
        let read turn =
            match turn with
            | Json.Object [ _, Json.Whole after; _, Json.Text options ] ->
                { After = Some after
                  Options = options }
            // Folders of earlier versions do not say when.
            | other ->
                { After = None
                  Options = Json.plain other }

        let before =
            match saved "went-on" with
            | Some(Json.List all) -> List.map read all
            | _ -> []

        let now =
            [ if deviceBefore <> device then
                  $"--device {device}"
              if request.IsFromBest then
                  "--from-best"
              match saved "epochs", request.TryGet Common.Epochs with
              | Some(Json.Whole before), Some epochs when before <> epochs -> $"--epochs {epochs}"
              | _ -> () ]

        let reached =
            request.TryGet Common.Resume
            |> Option.bind RunFiles.metrics
            |> Option.bind List.tryLast
            |> Option.map (fun row -> int (snd row.Head))

        if now.IsEmpty then
            before
        else
            before
            @ [ { After = reached
                  Options = String.concat " " now } ]

    let json (turn: Turn) =
        match turn.After with
        | Some after -> Json.Object [ "after", Json.Whole after; "options", Json.Text turn.Options ]
        | None -> Json.Text turn.Options

    /// The command that a run was started with, to so many epochs, in a folder of its own.
    let first (epochs: int) =
        let settings =
            Request.changed request
            |> List.filter (fun (name, _) -> name <> "epochs" && name <> "device")
            |> List.append
                [ "epochs", Json.Whole epochs
                  if firstDevice <> Device.standard then
                      "device", Json.Text firstDevice ]
            |> Settings.options
            |> Settings.commandLine

        frame.CommandOf(settings @ [ "--out"; "again" ])

    let further (options: string) =
        frame.CommandOf([ "--resume"; "again" ] @ List.ofArray (options.Split ' '))

    /// Without a schedule, epochs are the same however they were planned: a command to each epoch after which it was gone on from
    /// the best one.
    let bestByBest (turns: Turn list) =
        let ends =
            [ for turn in turns.Tail do
                  turn.After.Value
              request.Get Common.Epochs ]

        first turns.Head.After.Value
        :: [ for last in ends -> further $"--from-best --epochs {last}" ]
        |> String.concat " && "

    /// The commands as they were, and where they were stopped.
    let turnByTurn () =
        let rec follow (asked: int) (turns: Turn list) =
            match turns with
            | [] -> ""
            | turn :: later ->
                let asked' =
                    match turn.Options.Split "--epochs " with
                    | [| _; epochs |] -> int epochs
                    | _ -> asked

                let between =
                    match turn.After with
                    | Some after when after < asked ->
                        $" # stop it in epoch {after + 1} (Ctrl-C), then: "
                    | _ -> " && "

                between + further turn.Options + follow asked' later

        first planned + follow planned turns

    let config (data: Dataset option) =
        let sources = Request.sourcesOf script

        let isSetting name =
            request.Settings |> List.exists (fst >> (=) name)

        [ "script", Json.Text script.Name
          // Which script a sweep trains is an option of that name.
          for name, value in request.Settings do
              (if name = "script" then "swept" else name), value
          "changed", Json.List(List.map Json.Text request.Changed)
          if List.contains "epochs" script.Takes && planned > 0 then
              "planned-epochs", Json.Whole planned
          if not turns.IsEmpty then
              "went-on", Json.List(List.map json turns)
          if turns |> List.exists _.IsElsewhere then
              "first-device", Json.Text firstDevice
          yield!
              match data with
              | Some data -> RunPage.describe data
              | None -> RunPage.engine ()
          match request.TryGet Common.Init, saved "init-sha256" with
          | _, Some hash -> "init-sha256", hash
          | Some path, None -> "init-sha256", Json.Text(Files.hash path)
          | None, None -> ()
          if data.IsSome then
              "constants", Json.Object(RunPage.constants |> List.filter (fst >> isSetting >> not))
          yield! Machine.versions
          "script-path", Json.Text script.Path
          "script-sha256", Json.Text(Request.hash sources)
          "script-text",
          Json.List
              [ for text in List.truncate 1 sources do
                    for line in text.TrimEnd('\n').Split '\n' -> Json.Text line ] ]

    /// The folder for this process alone. A task of a cluster, whose own copy on a machine that does not answer may still have it, waits.
    let alone option path =
        if SweepPoint.isTask then
            let waiting () =
                Terminal.screen.Print $"waiting for the process that is at work in {path}"

            Files.hold frame.Stop waiting path
        else
            RunFolder.alone option path

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
            let hold = alone "--resume" path
            RunFolder.writeConfig { Path = path } (config data)
            RunFiles.underWay { Path = path }
            { Path = path }, hold
        | _, None ->
            let made = RunFolder.create script.Name (request.TryGet Common.Out) (config data)
            let hold = alone "--out" made.Path
            RunFiles.underWay made
            made, hold

    /// The command, or the commands, that make this run again: at one go it has the same bytes, unless it went on from its best
    /// epoch or on another device, or a schedule held to the first plan.
    let again () =
        let fromBest = turns |> List.filter _.IsFromBest
        let isMoved = turns |> List.exists _.IsElsewhere

        if isMoved || usesPlan && not turns.IsEmpty then turnByTurn ()
        elif fromBest.IsEmpty then frame.Command
        elif fromBest |> List.forall _.After.IsSome then bestByBest fromBest
        else turnByTurn ()

    /// Whoever asks makes a schedule of it.
    member _.Planned: int =
        usesPlan <- true
        planned

    member _.Folder: RunFolder option = Option.map fst entered

    member _.Enter(data: Dataset option) : RunFolder =
        if entered.IsNone then
            entered <- Some(enter data)

        fst entered.Value

    /// The command that goes on with the run in its folder.
    member this.GoOn(data: Dataset option) : string =
        frame.CommandOf [ "--resume"; (this.Enter data).Path ]

    /// The command at the foot of the run's page, and what it is for. An interrupted run is not what its own command makes.
    member this.Command(data: Dataset option, ending: Ending) : string * string =
        if ending = Ending.Interrupted then
            "To go on with this run", this.GoOn data
        else
            "To make this page again", again ()

    member _.Leave() : unit =
        entered |> Option.iter (fun (_, hold) -> hold.Dispose())
