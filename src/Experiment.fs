namespace Workbench

open System
open System.Globalization
open System.IO
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open Argu

/// An experiment: the question that a script asks, its options, and what it does.
type Experiment<'S when 'S :> IArgParserTemplate> =
    { File: ScriptFile
      Start: RunFrame -> Ending }

/// The frame round every script: reads the command line, maps what happens to one line and an exit code.
[<RequireQualifiedAccess>]
module private Frame =
    let finished, failed, badInput, interrupted = 0, 1, 2, 130

    /// One Ctrl-C may arrive twice, from the terminal and from the parent process of `dotnet fsi`: only a later one is a second.
    let private oneSignal = TimeSpan.FromSeconds 0.5

    let complain (text: string) =
        Console.Error.WriteLine $"error: {text}"

    let oneLine (text: string) = text.ReplaceLineEndings(" ").Trim()

    /// The exception itself, out of the wrappings that tasks, reflection and static initialisers put round it.
    let rec private innermost (error: exn) =
        match error with
        | :? AggregateException
        | :? Reflection.TargetInvocationException
        | :? TypeInitializationException when not (isNull error.InnerException) ->
            innermost error.InnerException
        | _ -> error

    let private trace (error: exn) =
        if Environment.GetEnvironmentVariable "WORKBENCH_TRACE" = "1" then
            Console.Error.WriteLine(string error)

    let private (|Lacking|_|) (error: exn) = Engine.explain error

    let private codeOf (error: exn) =
        match innermost error with
        | BadInput text ->
            complain text
            badInput
        | :? OperationCanceledException -> interrupted
        | :? IOException
        | :? UnauthorizedAccessException as e ->
            complain $"{oneLine e.Message}: check the path, the rights and the room on the disk"
            badInput
        | :? OutOfMemoryException ->
            complain "out of memory: try a smaller --batch, --limit or model"
            failed
        | Lacking what ->
            complain what
            badInput
        | unexpected ->
            complain (
                $"{unexpected.GetType().Name}: {oneLine unexpected.Message} "
                + "(a fault of the workbench or of the script: WORKBENCH_TRACE=1 shows where)"
            )

            failed

    let guarded (body: unit -> int) =
        try
            body ()
        with error ->
            trace error
            codeOf error

    let leave (code: int) =
        Progress.restoreCursor ()
        exit code

    let onSignal (stop: CancellationTokenSource) =
        let first = ref None

        fun (context: PosixSignalContext) ->
            context.Cancel <- true

            lock first (fun () ->
                match first.Value with
                | None ->
                    first.Value <- Some(TimeProvider.System.GetTimestamp())
                    Console.Error.WriteLine "stopping; once more stops at once"
                    stop.Cancel()
                | Some time when TimeProvider.System.GetElapsedTime time < oneSignal -> ()
                | Some _ -> leave interrupted)

    /// A sweep holds the other end of its points' standard input: when that ends, so that it was asked to stop or is gone, its
    /// points stop as on a signal.
    let stopWithSweep (stop: CancellationTokenSource) =
        let wait () =
            use input = Console.OpenStandardInput()

            while input.Read(Array.zeroCreate<byte> 64, 0, 64) > 0 do
                ()

            stop.Cancel()

        Thread(wait, IsBackground = true).Start()

    let private quoted (argument: string) =
        let isPlain c =
            Char.IsAsciiLetterOrDigit c || "-_=./,:+@%".Contains c

        if argument <> "" && String.forall isPlain argument then
            argument
        else
            let inner = argument.Replace("'", "'\\''")
            $"'{inner}'"

    /// An engine that a variable of the environment named is named by an option here.
    let command (script: string) (arguments: string list) =
        let isNamed =
            arguments |> List.exists _.StartsWith("--engine", StringComparison.Ordinal)

        let engine =
            if Engine.name = Engine.standard || isNamed then
                []
            else
                [ "--engine"; Engine.name ]

        [ "dotnet"; "fsi"; script ] @ arguments @ engine
        |> List.map quoted
        |> String.concat " "

    let code (ending: Ending) =
        match ending with
        | Ending.Finished -> finished
        | Ending.Interrupted -> interrupted
        | Ending.Failed reason ->
            complain (oneLine reason)
            failed

/// Making experiments, and running them.
[<AbstractClass; Sealed>]
type Experiment private () =

    /// Only a sweep has runs at once.
    static let everyCommon = Settings.names<Common> |> List.except [ "jobs" ]

    static let checkEngine (given: (string * string list) list) =
        match
            Settings.tryGet
                (Settings.read<Common>
                    [ for name, values in given do
                          if name = "engine" then
                              name, values ])
                <@ Common.Engine @>
        with
        | Some Torch -> Engine.start "torch"
        | Some Managed -> Engine.start "managed"
        | None -> Engine.load ()

    static let frame request purpose command stop : RunFrame =
        { Request = request
          Purpose = purpose
          Command = command
          Stop = stop }

    /// What a body makes of a run, which may end before its page is due.
    static let guided (run: Run<'S>) (body: unit -> Ending) =
        use _ = run

        try
            body ()
        with Stopped _ ->
            run.EndEarly()

    static let train (experiment: Experiment<'S>) given command stop =
        let request = Request.read experiment.File given

        Settings.tryGet request.Common <@ Common.Out @> |> Option.iter RunFolder.check
        experiment.Start(frame request Purpose.Train command stop)

    /// Whether a script may train a model itself. A sweep, which alone has runs at once, leaves that to its points.
    static let isMeasured (file: ScriptFile) =
        List.contains "data" file.Takes && not (List.contains "jobs" file.Takes)

    static let refuseUnmeasured (file: ScriptFile) (folder: string) =
        if not (isMeasured file) then
            match
                Directory.GetDirectories folder
                |> Array.sort
                |> Array.tryFind RunFolder.holdsRun
            with
            | Some point ->
                BadInput.fail
                    "--evaluate: %s is a sweep: give the folder of one of its points, such as %s"
                    folder
                    point
            | None ->
                BadInput.fail
                    "--evaluate: %s is a run of %s, which trains no model itself"
                    folder
                    file.Name

    static let evaluate
        (experiment: Experiment<'S>)
        (given: (string * string list) list)
        command
        stop
        =
        let known = "engine" :: Settings.names<EvaluationSetting>

        for name, _ in given do
            if not (List.contains name known) then
                BadInput.fail
                    "--%s: an evaluation has the settings of the run; leave the option out"
                    name

        let settings =
            Settings.inForce EvaluationSettings.defaults (Settings.read<EvaluationSetting> given)

        let folder = (Settings.tryGet settings <@ EvaluationSetting.Evaluate @>).Value
        let isQuiet = Settings.has settings <@ EvaluationSetting.Quiet @>

        let instead =
            [ for name, values in given do
                  if List.contains name [ "data"; "labels"; "threads"; "quiet" ] then
                      name, values ]

        let request = Request.evaluated experiment.File folder instead
        refuseUnmeasured experiment.File folder

        let measuring =
            EvaluationSettings.measuring settings stop (fun line ->
                if not isQuiet then
                    Console.Out.WriteLine line)

        let isBest = Settings.has settings <@ EvaluationSetting.Best @>

        let purpose = Purpose.Evaluate(folder, isBest, measuring)
        experiment.Start(frame request purpose command stop)

    static let start (experiment: Experiment<'S>) (path: string) (arguments: string list) stop =
        let given = Settings.split arguments
        let command = Frame.command path arguments
        checkEngine given

        if given |> List.exists (fst >> (=) "evaluate") then
            evaluate experiment given command stop
        else
            train experiment given command stop

    /// An experiment of the script that calls this. `question` is the page's title, `defaults` the script's own options where none
    /// are given; `common` has other defaults of the common options, `commonBy` such that depend on the own options in force, `takes`
    /// names the common options that it takes, if not all.
    static member Create
        (
            question: string,
            defaults: 'S list,
            body: Run<'S> -> Ending,
            ?common: Common list,
            ?commonBy: 'S list -> Common list,
            ?takes: string list,
            [<CallerFilePath>] ?file: string
        ) : Experiment<'S> =
        let path = file.Value
        let standard = defaultArg common []
        let dependent = defaultArg commonBy (fun _ -> [])

        { File =
            { Name = Path.GetFileNameWithoutExtension path
              Path = path
              Question = question
              Takes = defaultArg takes everyCommon
              Common = fun own -> Settings.inForce standard (dependent (List.head own :?> 'S list))
              Own = [ Request.optionSet defaults ] }
          Start =
            fun frame ->
                let run = new Run<'S>(frame, List.head frame.Request.Own :?> 'S list)
                guided run (fun () -> body run) }

    /// An experiment that trains another one, once for each point of a grid: `body` gives the points to `sweep.Train` and what there
    /// is to see of them to `sweep.Report`. It takes the other's options, too, but for those of its own names.
    static member Sweep
        (
            swept: Experiment<'T>,
            question: string,
            defaults: 'S list,
            body: Sweep<'S, 'T> -> Ending,
            ?common: Common list,
            [<CallerFilePath>] ?file: string
        ) : Experiment<'S> =
        let path = file.Value
        let standard = defaultArg common []

        { File =
            { Name = Path.GetFileNameWithoutExtension path
              Path = path
              Question = question
              Takes = Settings.names<Common>
              Common = fun own -> Settings.inForce (swept.File.Common own.Tail) standard
              Own =
                [ Request.optionSet defaults
                  swept.File.Own.Head |> Request.without Settings.names<'S> ] }
          Start =
            fun frame ->
                let sweep = new Sweep<'S, 'T>(frame, swept.File)
                guided sweep (fun () -> body sweep) }

    /// Runs an experiment by the arguments of a command line; bad input is raised.
    static member Run
        (experiment: Experiment<'S>, arguments: string list, ?stop: CancellationToken)
        : Ending =
        start experiment experiment.File.Path arguments (defaultArg stop CancellationToken.None)

    /// What an experiment would train by the arguments of a command line: its models' objectives and settings, each with its data.
    static member Plan(experiment: Experiment<'S>, arguments: string list) : (Fit * Dataset) list =
        let planned = ResizeArray()
        let tell fit data = planned.Add((fit, data))
        let request = Request.read experiment.File (Settings.split arguments)

        frame request (Purpose.Plan tell) "" CancellationToken.None
        |> experiment.Start
        |> ignore

        List.ofSeq planned

    /// Runs an experiment and gives its exit code: 0 finished, 1 failed, 2 bad input, 130 interrupted. Errors are one line on
    /// standard error; WORKBENCH_TRACE=1 adds the stack trace. `path` is what the command line called the script.
    static member ExitCode(experiment: Experiment<'S>, path: string, arguments: string list) : int =
        CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture
        use stop = new CancellationTokenSource()
        let handler = Frame.onSignal stop
        use _ = PosixSignalRegistration.Create(PosixSignal.SIGINT, handler)
        use _ = PosixSignalRegistration.Create(PosixSignal.SIGTERM, handler)

        if SweepPoint.isThis then
            Frame.stopWithSweep stop

        Frame.guarded (fun () ->
            if List.contains "--help" arguments then
                (if isMeasured experiment.File then
                     Settings.help EvaluationSettings.defaults
                 else
                     [])
                |> Request.help experiment.File
                |> Console.Out.WriteLine

                Frame.finished
            else
                Frame.code (start experiment path arguments stop.Token))

    /// Runs an experiment where its script is the one on the command line of `dotnet fsi`, and ends the process with its exit code.
    /// Loaded by another script, or into an interactive session, it does nothing.
    static member Main(experiment: Experiment<'S>) : unit =
        let arguments = List.ofArray (Environment.GetCommandLineArgs()) |> List.skip 1

        let script =
            arguments
            |> List.tryFindIndex (fun argument ->
                not (argument.StartsWith '-')
                && argument.EndsWith(".fsx", StringComparison.Ordinal))

        match script with
        | Some index when Path.GetFullPath arguments[index] = Path.GetFullPath experiment.File.Path ->
            AppDomain.CurrentDomain.UnhandledException.Add(fun event ->
                Frame.leave (Frame.guarded (fun () -> raise (event.ExceptionObject :?> exn))))

            Experiment.ExitCode(experiment, arguments[index], List.skip (index + 1) arguments)
            |> Frame.leave
        | _ -> ()
