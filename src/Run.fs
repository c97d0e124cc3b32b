namespace Workbench

open System
open System.Diagnostics
open System.Globalization
open System.IO
open System.Threading
open Argu
open Microsoft.FSharp.Quotations
open TorchSharp

/// A run that ends before its page is due.
exception Stopped of Ending

/// What a script is given: its settings, its data, the training of its models, and the page at the end.
type Run<'S when 'S :> IArgParserTemplate>(frame: RunFrame, own: 'S list) =
    let request = frame.Request
    let script = request.Script
    let clock = Stopwatch.StartNew()
    let place = RunPlace frame
    let mutable data: Dataset option = None
    let mutable models: (Fit * State * Evaluated option) list = []
    let mutable explorers: Section list = []
    let mutable ending = Ending.Finished
    let seed = request.Get Common.Seed

    /// What was shown last, to be replaced by what comes next of its kind.
    let mutable passing: string option = None

    let say (text: string) =
        if not request.IsQuiet then
            if passing.IsSome then
                Terminal.screen.Show []

            for line in Option.toList passing @ [ text ] do
                Terminal.screen.Print line

            passing <- None

    /// A line that is to be copied: broken by the terminal alone.
    let sayWhole (line: string) =
        if not request.IsQuiet then
            Terminal.screen.PrintWhole line

    let epochs () =
        [ for _, state, _ in models -> state.Epoch ]

    /// Epochs that this process has trained, and the time of its training, without that of pages under way.
    let mutable trained = 0
    let mutable training = TimeSpan.Zero

    /// What a resumed run tells of its time so far.
    let before = request.TryGet Common.Resume |> Option.map RunFiles.times

    /// A run of models that had their epochs already, and only gets its page anew, took no longer for that.
    let seconds () =
        let earlier = before |> Option.map _.Seconds |> Option.defaultValue 0.0
        let isDone = trained = 0 && not models.IsEmpty && earlier > 0.0
        if isDone then earlier else earlier + clock.Elapsed.TotalSeconds

    let timing () =
        [ if not models.IsEmpty then
              "epochs", Json.Whole(List.sum (epochs ()))
          if trained > 0 then
              let examples = data.Value.Train.Images.shape[0] * int64 trained
              "examples-per-second", Json.Real(float examples / training.TotalSeconds) ]

    let leadOf models = Fit.lead script.Name seed data models

    let threads = Machine.threads (request.Get Common.Threads)

    /// What the page says of the run, what its reader must know first, and how many threads worked.
    let words () : string * string list * string =
        let told = models |> List.collect (fun (fit, state, _) -> Fit.notices fit state)
        let crowded = Machine.crowded (request.Get Common.Threads)
        leadOf models, Option.toList (RunPage.notice (epochs ()) ending) @ crowded @ told, threads

    /// When the run was started first.
    let started =
        before |> Option.bind _.Started |> Option.defaultValue DateTimeOffset.Now

    let page (seconds: float) (lead, notices, threads) (sections: Section list) : Page =
        { RunPage.blank request (place.Enter data) data (epochs ()) with
            When = $"started {Report.minute started}, took {RunPage.duration seconds}"
            Lead = lead
            Notices = notices @ Sections.warnings sections
            Sections = sections
            Command = place.Command(data, ending)
            Facts = RunPage.facts data seconds threads }

    let mutable spentOnCourse = TimeSpan.Zero

    /// Rewrites the page of what is under way, where it must or as often as takes a fiftieth of the time; with the first comes the
    /// index of runs.
    let showCourse isDue (lead: unit -> string) (sections: unit -> Section list) =
        let before = clock.Elapsed

        if isDue || spentOnCourse * 50.0 <= before then
            let run = place.Enter data

            RunPage.write
                run
                RunFolder.pageName
                { page (seconds ()) (lead (), [], threads) (sections ()) with
                    When = $"started {Report.minute started}, under way; the page renews itself"
                    Live = Some DateTimeOffset.UtcNow }

            if spentOnCourse = TimeSpan.Zero && not SweepPoint.isThis then
                RunIndex.update run.Path

            spentOnCourse <- spentOnCourse + (clock.Elapsed - before)

    let train (fit: Fit) fresh given can (folder: RunFolder) : Outcome =
        let show (state: State) =
            trained <- trained + 1

            if state.Epoch < fit.Settings.Epochs then
                showCourse false (fun () -> leadOf (models @ [ fit, state, None ])) (fun () ->
                    Fit.course fit folder state)

        let start = clock.Elapsed - spentOnCourse
        let outcome = Fit.run fit fresh given can folder say show frame.Stop
        training <- training + (clock.Elapsed - spentOnCourse - start)
        outcome

    /// Writes what is told of the last whole epochs; of a run that has nothing to tell, the page alone, with these sections.
    let conclude
        (timing: (string * Json) list)
        words
        (told: Summary option)
        (sections: Section list)
        =
        let folder, seconds = place.Enter data, seconds ()
        let page = page seconds words sections

        [ "started", Json.Text(started.ToString("o", CultureInfo.InvariantCulture))
          "seconds", Json.Real seconds
          "ended", Json.Text(Ending.word ending)
          if not page.Notices.IsEmpty then
              "notices", Json.List(List.map Json.Text page.Notices) ]
        @ timing
        @ [ "device", Json.Text(request.Get Common.Device) ]
        @ Machine.facts (request.Get Common.Threads)
        |> RunFolder.writeTiming folder

        for told in Option.toList told do
            RunFolder.writeFigures folder told.Figures

            for name, png in told.Pictures do
                RunFolder.writeSample folder name png

        RunPage.write folder RunFolder.pageName page

        RunPage.outdate folder (epochs ())

        if not SweepPoint.isThis then
            RunIndex.update folder.Path

        told |> Option.iter (fun told -> say told.Line)

        if ending = Ending.Finished then
            let early = models |> List.choose (fun (fit, state, _) -> Fit.early fit state)

            for notice in List.except early page.Notices do
                say ("warning: " + notice)

        if ending = Ending.Interrupted then
            RunPage.stopped [ for fit, state, _ in models -> fit.Name, state.Epoch ] |> say

            sayWhole ("to go on: " + place.GoOn data)

        if SweepPoint.isThis then
            sayWhole $"the run is in {folder.Path}"
        else
            sayWhole $"the page is {Terminal.link (Path.Combine(folder.Path, RunFolder.pageName))}"

    let reportEvaluation folder (measuring: Measuring) =
        let page = page clock.Elapsed.TotalSeconds (words ()) []

        [ for fit, _, evaluated in models -> fit.Name, evaluated ]
        |> EvaluationReport.write measuring script.Name data.Value { Path = folder } page

        Ending.Finished

    interface IDisposable with
        member _.Dispose() = place.Leave()

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

    member _.Epochs: int = request.Get Common.Epochs
    member _.Batch: int = request.Get Common.Batch
    member _.Seed: int = seed
    member _.Threads: int = request.Get Common.Threads
    member _.Stop: CancellationToken = frame.Stop
    member _.Request: Request = request
    member _.Folder: RunFolder option = place.Folder

    /// The epochs that the training was first planned for: what a schedule over all of them depends on.
    member _.Planned: int = place.Planned

    /// A line on standard output, unless the run is quiet.
    member _.Say(line: string) : unit = say line

    /// A line that takes the place of the one shown before; only the last of them stays.
    member _.Show(line: string) : unit =
        if not request.IsQuiet then
            passing <- Some line
            Terminal.screen.Show [ line ]

    /// The generator of a script's own draws, under the run's seed.
    member _.Generator(number: int) : torch.Generator =
        Random.generatorOn (Device.find (request.Get Common.Device)) seed Random.Sampling number

    /// The data that --data, --labels, --limit and --pixels ask for, downloaded where need be.
    member _.Data: Dataset =
        if data.IsNone then
            torch.set_num_threads (request.Get Common.Threads)
            data <- Some(RunData.load request frame.Stop)

        data.Value

    /// Trains a model by --epochs, --batch, --clip-norm and --patience, or goes on with its training, or measures what it `can`. A run of
    /// several models gives each a `name`, its sub-folder. `lr` is the option, with its value, that takes the place of --lr, `rate` makes
    /// a schedule of it; `beta1` and `epsilon` are Adam's, `best` is the figure whose least epoch is kept, `shown` are those told on the
    /// terminal, `picture` draws one for each epoch. What has no whole epoch has nothing to show, and the run ends there.
    member _.Fit
        (
            given: Dataset,
            objective: Objective,
            can: Pass -> Can,
            ?name: string,
            ?lr: string * float,
            ?rate: float -> int -> float,
            ?beta1: float,
            ?epsilon: float,
            ?best: string,
            ?shown: string list,
            ?picture: Pass -> byte[]
        ) : Trained =
        if ending <> Ending.Finished then
            raise (Stopped ending)

        data <- Some given
        let option, lr = defaultArg lr ("--lr", request.Get Common.Lr)

        let fit =
            { Name = defaultArg name ""
              Objective = objective
              Settings = Fit.settings request (lr, rate) (beta1, epsilon) best
              Rate = option
              Shown = defaultArg shown []
              Best = best
              Picture = picture
              Request = request }

        match frame.Purpose with
        | Purpose.Plan tell ->
            tell fit given can
            Fit.trained { Path = "" } (Fit.fresh fit)
        | Purpose.Evaluate(_, measuring) ->
            let folder = { Path = Path.Combine((place.Enter data).Path, fit.Name) }
            let trained, evaluated = Fit.evaluate fit given folder can measuring
            models <- models @ [ fit, trained.State, evaluated ]
            trained
        | Purpose.Train ->
            Train.rehearse fit.Settings objective given seed
            let fresh = Fit.fresh fit
            let folder = RunFolder.sub (place.Enter data) fit.Name
            let outcome = train fit fresh given can folder
            let state = Train.stateOf outcome
            models <- models @ [ fit, state, None ]
            ending <- Fit.ending fit outcome

            if state.Epoch = 0 then
                raise (Stopped ending)

            let trained = Fit.trained folder state

            explorers <-
                explorers
                @ Explorer.sections (fit.Name <> "") given (can trained.Pass) trained.Pass

            trained

    /// Writes the figures, the pictures and the page that `told` makes; of an evaluation, its own page instead.
    member _.Report(told: unit -> Summary) : Ending =
        match frame.Purpose with
        | Purpose.Evaluate(folder, measuring) -> reportEvaluation folder measuring
        | Purpose.Plan _ -> ending
        | Purpose.Train ->
            use _ = torch.no_grad ()
            place.Enter data |> ignore

            if not request.IsQuiet then
                Terminal.screen.Show [ "measuring, and drawing the page" ]

            let told = told ()
            Terminal.screen.Show []

            for name, _ in told.Figures |> List.filter (snd >> Double.IsFinite >> not) do
                if ending = Ending.Finished then
                    ending <-
                        Ending.Failed $"the run diverged: {name} is not finite; try a smaller --lr"

            conclude (timing ()) (words ()) (Some told) (told.Sections @ explorers)
            ending

    /// Writes the page of a run that ended before all of its models had epochs: what there is of those that have some.
    member internal _.EndEarly() : Ending =
        for folder in Option.toList place.Folder do
            let reached = models |> List.filter (fun (_, state, _) -> state.Epoch > 0)

            [ for fit, state, _ in reached do
                  yield! Fit.course fit (RunFolder.sub folder fit.Name) state ]
            |> conclude (timing ()) (words ()) None

        ending

    /// Rewrites the page of a run under way in these words.
    member internal _.ShowCourse(isDue: bool, lead: string, sections: unit -> Section list) : unit =
        showCourse isDue (fun () -> lead) sections

    /// The folder of a run that trains on these data, or on several.
    member internal _.Place(data: Dataset option) : RunFolder = place.Enter data

    /// Writes what was told of a run that ended so, and the page in these words, with more facts of the time than its seconds.
    member internal _.Conclude(ended, timing, words, told) : unit =
        ending <- ended
        conclude timing words (Some told) told.Sections
