namespace Workbench

open System
open System.Diagnostics
open System.IO
open System.Text
open System.Threading
open Argu
open Microsoft.FSharp.Quotations
open TorchSharp

/// A run that ends before its page is due.
exception Stopped of Ending

/// What becomes of a script's models.
[<RequireQualifiedAccess>]
type Purpose =
    /// They are trained.
    | Train
    /// Those that a run has trained are measured: the run's folder, and whether the epoch with the least test loss, not the last one.
    | Evaluate of folder: string * isBest: bool * measuring: Measuring
    /// Tell what would be trained.
    | Plan of tell: (Fit -> Dataset -> unit)

/// What a run knows of how it was started.
type RunFrame =
    {
        Request: Request
        Purpose: Purpose
        /// The command that makes this run again.
        Command: string
        /// Cancelled by SIGINT and SIGTERM: end the epoch under way and save what there is.
        Stop: CancellationToken
    }

/// What a page says of its run, beside what the script tells.
type PageWords =
    { Lead: string
      Notice: string option
      Threads: string }

/// A model of a run, as far as its page tells of it.
type private FittedModel =
    { Name: string
      Epochs: int
      State: State
      Evaluated: Evaluated option }

/// What a script is given: its settings, its data, the training of its models, and the page at the end.
type Run<'S when 'S :> IArgParserTemplate>(frame: RunFrame, own: 'S list) =
    let request = frame.Request
    let script = request.Script
    let clock = Stopwatch.StartNew()
    let mutable folder: RunFolder option = None
    let mutable hold: IDisposable option = None
    let mutable data: Dataset option = None
    let mutable models: FittedModel list = []
    let mutable ending = Ending.Finished

    let common (case: Expr<'V -> Common>) = Settings.tryGet request.Common case

    let required case = (common case).Value
    let seed = required <@ Common.Seed @>
    let isQuiet = Settings.has request.Common <@ Common.Quiet @>
    let resume = common <@ Common.Resume @>

    let say (line: string) =
        if not isQuiet then
            Console.Out.WriteLine line

    /// Epochs that schedules over a whole training count on: those that were asked for first, also of a run that goes on for longer.
    let planned =
        let saved =
            resume
            |> Option.bind RunFiles.config
            |> Option.bind (List.tryFind (fst >> (=) "planned-epochs"))

        match saved with
        | Some(_, Json.Whole epochs) -> epochs
        | _ -> common <@ Common.Epochs @> |> Option.defaultValue 0

    let config (described: (string * Json) list) =
        let sources = Request.sources script.Path

        [ "script", Json.Text script.Name ]
        @ request.Settings
        @ [ "changed", Json.List(List.map Json.Text request.Changed) ]
        @ (if List.contains "epochs" script.Takes && planned > 0 then
               [ "planned-epochs", Json.Whole planned ]
           else
               [])
        @ described
        @ Machine.versions
        @ [ "script-path", Json.Text script.Path
            "script-sha256", Json.Text(Request.hash sources)
            "script-text",
            Json.List
                [ for text in List.truncate 1 sources do
                      for line in text.TrimEnd('\n').Split '\n' -> Json.Text line ] ]

    let held (option: string) (path: string) =
        try
            RunFolder.alone option path
        with
        | :? IOException
        | :? UnauthorizedAccessException as e ->
            BadInput.fail "%s: %s cannot be written: %s" option path e.Message

    /// The run's folder, made when the first model or the page needs it, with no other process in it.
    let folderFor (described: (string * Json) list) : RunFolder =
        match folder, frame.Purpose with
        | Some folder, _ -> folder
        | None, Purpose.Plan _ -> invalidOp "a plan has no folder"
        | None, Purpose.Evaluate(path, _, _) ->
            hold <- Some(held "--evaluate" path)
            folder <- Some { Path = path }
            { Path = path }
        | None, Purpose.Train ->
            let made =
                match resume with
                | None -> RunFolder.create script.Name (common <@ Common.Out @>) (config described)
                | Some path -> { Path = path }

            hold <- Some(held "--resume" made.Path)

            if resume.IsSome then
                RunFolder.writeConfig made (config described)

            folder <- Some made
            made

    let folderOf (data: Dataset) =
        if folder.IsNone && frame.Purpose.IsTrain then
            resume |> Option.iter (fun path -> Request.checkData "data" path data.Hash)

        folderFor (RunPage.describe data)

    let endingOf (state: State) (outcome: Outcome) =
        match outcome with
        | Finished _ -> Ending.Finished
        | Interrupted _ -> Ending.Interrupted
        | Diverged(_, divergence) ->
            let reached = RunPage.reached [ state.Epoch ]
            Ending.Failed $"the run diverged: {divergence}; try a smaller --lr. {reached}"

    let note (fit: Fit) (state: State) (evaluated: Evaluated option) =
        models <-
            models
            @ [ { Name = fit.Name
                  Epochs = fit.Settings.Epochs
                  State = state
                  Evaluated = evaluated } ]

    /// Trains a model in its folder; what has no whole epoch has nothing to show, and the run ends there.
    let train (fit: Fit) (data: Dataset) : Trained =
        Train.rehearse fit.Settings fit.Objective data seed
        let place = RunFolder.sub (folderOf data) fit.Name
        let outcome = Fit.run fit data place say
        let state = Train.stateOf outcome
        ending <- endingOf state outcome

        note fit state None

        if state.Epoch = 0 then
            raise (Stopped ending)

        Fit.trained place state

    let checkpoint (place: string) isBest =
        if isBest then
            let best = Path.Combine(place, Checkpoint.bestName)
            if File.Exists best then Some best else None
        else
            Checkpoint.newest place

    /// Measures what a model can do, where there is a checkpoint of it.
    let evaluate (fit: Fit) (can: Pass -> Can) (data: Dataset) path isBest measuring : Trained =
        Request.checkData "evaluate" path data.Hash
        let place = Path.Combine((folderOf data).Path, fit.Name)
        let found = checkpoint place isBest

        let state =
            match found with
            | Some file -> Fit.load fit.Objective seed file
            | None -> Train.start fit.Objective seed

        let trained = Fit.trained { Path = place } state

        let evaluated =
            found
            |> Option.map (fun file ->
                Evaluation.measure
                    measuring
                    data
                    { Name = fit.Name
                      Checkpoint = file
                      Epoch = state.Epoch
                      Can = can trained.Pass })

        note fit state evaluated
        trained

    let seconds () =
        let before =
            match resume with
            | Some path -> RunFiles.seconds path
            | None -> 0.0

        clock.Elapsed.TotalSeconds + before

    let writeTiming (folder: RunFolder) (seconds: float) =
        let epochs = models |> List.sumBy _.State.Epoch

        let examples =
            match data with
            | Some data -> float data.Train.Images.shape[0] * float epochs
            | None -> 0.0

        RunFolder.writeTiming
            folder
            ([ "seconds", Json.Real seconds ]
             @ (if models.IsEmpty then
                    []
                else
                    [ "epochs", Json.Whole epochs
                      "examples-per-second",
                      Json.Real(if seconds > 0.0 then examples / seconds else 0.0) ])
             @ Machine.facts (required <@ Common.Threads @>))

    let page seconds (words: PageWords) (sections: Section list) : Page =
        { Question = script.Question
          Lead = words.Lead
          Notice = words.Notice
          Sections = sections
          Settings =
            request.Settings
            @ (data |> Option.map RunPage.describe |> Option.defaultValue [])
          Command = frame.Command
          Facts = RunPage.facts data seconds words.Threads }

    let threads () =
        Machine.threads (required <@ Common.Threads @>)

    let words () : PageWords =
        let progress =
            [ for model in models ->
                  $"{model.Name} {model.State.Epoch} of {model.Epochs} epochs".TrimStart() ]

        { Lead = RunPage.lead script.Name data progress seed
          Notice = RunPage.notice [ for model in models -> model.State.Epoch ] ending
          Threads = threads () }

    /// Writes what is told of the last whole epochs; the page also where there were none.
    let conclude (folder: RunFolder) (seconds: float) (words: PageWords) (told: Summary option) =
        told
        |> Option.iter (fun told ->
            RunFolder.writeFigures folder told.Figures

            for name, png in told.Pictures do
                RunFolder.writeSample folder name png)

        if not SweepPoint.isThis then
            told
            |> Option.map _.Sections
            |> Option.defaultValue []
            |> page seconds words
            |> Report.render
            |> Encoding.UTF8.GetBytes
            |> RunFolder.writeFile folder "report.html"

            RunIndex.update folder.Path

        told |> Option.iter (fun told -> say told.Line)
        say $"the run is in {folder.Path}"

    let finish (folder: RunFolder) (told: Summary option) =
        let seconds = seconds ()
        writeTiming folder seconds
        conclude folder seconds (words ()) told
        ending

    let missing folder isBest =
        if models |> List.forall _.Evaluated.IsNone then
            let why =
                if isBest then
                    $"has no {Checkpoint.bestName}: leave --best out"
                else
                    "has no checkpoint yet: wait for the end of its first epoch"

            BadInput.fail "--evaluate: %s %s" folder why

    let isMeasured (model: FittedModel) =
        match model.Evaluated with
        | Some evaluated -> not evaluated.Figures.IsEmpty
        | None -> false

    let reportEvaluation folder isBest (measuring: Measuring) =
        missing folder isBest

        if not (List.exists isMeasured models) then
            BadInput.fail
                "--evaluate: there is nothing to measure of what %s trains but what its page tells"
                script.Name

        EvaluationReport.write
            { Folder = { Path = folder }
              Script = script.Name
              Data = data.Value
              Unbegun =
                [ for model in models do
                      if model.Evaluated.IsNone then
                          model.Name ]
              Question = "What is this run's model worth?"
              Command = frame.Command
              Settings = EvaluationSettings.describe measuring isBest
              Threads = required <@ Common.Threads @>
              Say = say }
            clock.Elapsed.TotalSeconds
            (models |> List.choose _.Evaluated)

        Ending.Finished

    interface IDisposable with
        member _.Dispose() = hold |> Option.iter _.Dispose()

    /// The value of an option: as given, else the resumed run's, else the default.
    member _.Get([<ReflectedDefinition>] case: Expr<'V -> 'S>) : 'V =
        match Settings.tryGet own case with
        | Some value -> value
        | None -> invalidArg (nameof case) "an option without a default is asked for by TryGet"

    /// The value of an option that has no default, where it is given.
    member _.TryGet([<ReflectedDefinition>] case: Expr<'V -> 'S>) : 'V option =
        Settings.tryGet own case

    /// Whether an option without a value is given.
    member _.Has([<ReflectedDefinition>] case: Expr<'S>) : bool = Settings.has own case

    /// The script's options in force.
    member _.Own: 'S list = own

    member _.Epochs: int = required <@ Common.Epochs @>
    member _.Batch: int = required <@ Common.Batch @>
    member _.Seed: int = seed
    member _.Threads: int = required <@ Common.Threads @>
    member _.Stop: CancellationToken = frame.Stop
    member _.Request: Request = request
    member _.Folder: RunFolder option = folder

    /// The epochs that the training was first planned for: what a schedule over all of them depends on.
    member _.Planned: int = planned

    /// A line on standard output, unless the run is quiet.
    member _.Say(line: string) : unit = say line

    /// The generator of a script's own draws, under the run's seed.
    member _.Generator(number: int) : torch.Generator =
        Random.generator seed Random.Sampling number

    /// The data that --data, --labels, --limit and --pixels ask for, downloaded where need be.
    member _.Data: Dataset =
        match data with
        | Some loaded -> loaded
        | None ->
            torch.set_num_threads (required <@ Common.Threads @>)

            let download =
                { Download.defaults with
                    Quiet = isQuiet
                    Stop = frame.Stop }

            let loaded =
                Data.loadWith download (required <@ Common.Data @>) (common <@ Common.Labels @>)
                |> Data.limit (common <@ Common.Limit @>)
                |> Data.withPixels (required <@ Common.Pixels @>)

            data <- Some loaded
            loaded

    /// Trains a model by --epochs, --batch, --lr and --clip-norm, or goes on with its training, or measures what it `can`. A run of
    /// several models gives each a `name`, its sub-folder. `rate` makes a schedule of the learning rate, `best` is the figure whose
    /// least epoch is kept, `shown` are those told on the terminal, `picture` draws one for each epoch.
    member _.Fit
        (
            given: Dataset,
            objective: Objective,
            can: Pass -> Can,
            ?name: string,
            ?rate: float -> int -> float,
            ?beta1: float,
            ?best: string,
            ?shown: string list,
            ?picture: Pass -> byte[]
        ) : Trained =
        if ending <> Ending.Finished then
            raise (Stopped ending)

        data <- Some given
        let schedule = defaultArg rate Schedule.constant

        let fit =
            { Name = defaultArg name ""
              Objective = objective
              Settings =
                { Epochs = required <@ Common.Epochs @>
                  Batch = required <@ Common.Batch @>
                  LearningRate = schedule (required <@ Common.Lr @>)
                  Beta1 = defaultArg beta1 Train.defaults.Beta1
                  ClipNorm = common <@ Common.Clip_Norm @> }
              Shown = defaultArg shown []
              Best = best
              Picture = picture
              Seed = seed
              CheckpointEvery = required <@ Common.Checkpoint_Every @>
              IsResumed = resume.IsSome
              IsQuiet = isQuiet
              Stop = frame.Stop }

        match frame.Purpose with
        | Purpose.Train -> train fit given
        | Purpose.Evaluate(path, isBest, measuring) -> evaluate fit can given path isBest measuring
        | Purpose.Plan tell ->
            tell fit given
            Fit.trained { Path = "" } (Train.start objective seed)

    /// Writes the figures, the pictures and the page that `told` makes; of an evaluation, its own page instead.
    member _.Report(told: unit -> Summary) : Ending =
        match frame.Purpose with
        | Purpose.Evaluate(path, isBest, measuring) -> reportEvaluation path isBest measuring
        | Purpose.Plan _ -> ending
        | Purpose.Train ->
            use _ = torch.no_grad ()
            finish (folderFor (RunPage.engine ())) (Some(told ()))

    /// Writes the page of a run that ended before it had anything to tell.
    member internal _.EndEarly() : Ending =
        match folder with
        | Some folder -> finish folder None
        | None -> ending

    /// The folder of a run that trains on these data.
    member internal _.Place(data: Dataset) : RunFolder = folderOf data

    /// Seconds since the run was started first.
    member internal _.Seconds() : float = seconds ()

    /// Writes figures, pictures and the page in these words.
    member internal _.Conclude(folder, seconds, words, told) : unit =
        conclude folder seconds words told
