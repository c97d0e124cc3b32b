namespace Workbench

open System
open System.IO
open System.Runtime.InteropServices
open System.Threading

/// How a script ended. `Failed` says why in one line: a loss that is no number, a sweep without a finished run.
[<RequireQualifiedAccess>]
type Ending =
    | Finished
    | Failed of reason: string
    | Interrupted

/// What a script is given: its settings, a token that asks it to stop, and what its report says of how it was started.
type ScriptRun<'Own> =
    {
        Script: string
        Question: string
        Common: CommonOptions
        Own: 'Own
        /// Every setting under its option's name, for `config.json`.
        Settings: (string * Json) list
        /// The names of those that are not the script's defaults.
        Changed: string list
        /// The command that makes this run again.
        Command: string
        /// Cancelled by SIGINT and SIGTERM: end the epoch under way and save what there is.
        Stop: CancellationToken
        /// A line on standard output, unless the run is quiet.
        Say: string -> unit
    }

/// The word between a sweep and the processes that train its points: in these WORKBENCH_SWEEP is 1. Such a run stops when its
/// standard input ends, makes no page of its own, and leaves runs/index.html to the sweep.
[<RequireQualifiedAccess>]
module SweepPoint =
    let variable = "WORKBENCH_SWEEP"

    let isThis: bool = Environment.GetEnvironmentVariable variable = "1"

/// The frame round every script: reads the command line, maps what happens to one line and an exit code.
[<RequireQualifiedAccess>]
module Cli =
    let private finished, failed, badInput, interrupted = 0, 1, 2, 130

    /// One Ctrl-C may arrive twice, from the terminal and from the parent process of `dotnet fsi`: only a later one is a second.
    let private oneSignal = TimeSpan.FromSeconds 0.5

    let private complain (text: string) =
        Console.Error.WriteLine $"error: {text}"

    let private oneLine (text: string) = text.ReplaceLineEndings(" ").Trim()

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
                + "(a fault of the workbench: please report it with what WORKBENCH_TRACE=1 shows)"
            )

            failed

    let private guarded (body: unit -> int) =
        try
            body ()
        with error ->
            trace error
            codeOf error

    let private leave (code: int) =
        Progress.restoreCursor ()
        exit code

    let private onSignal (stop: CancellationTokenSource) =
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
    let private stopWithSweep (stop: CancellationTokenSource) =
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
    let private command (common: CommonOptions) (arguments: string list) =
        let isNamed = List.exists (fun (argument: string) -> argument.StartsWith "--engine")

        let engine =
            if common.Engine = Engine.standard || isNamed arguments then
                []
            else
                [ "--engine"; common.Engine ]

        [ "dotnet"; "fsi" ] @ arguments @ engine |> List.map quoted |> String.concat " "

    let private runOf
        (script: Script<'Argument, 'Own>)
        commandLine
        stop
        (common: CommonOptions)
        (own: 'Own)
        : ScriptRun<'Own> =
        let settingsOf common own =
            Options.settings common @ script.Own.Settings own

        let settings = settingsOf common own
        let standard = settingsOf script.Common script.Own.Defaults

        { Script = script.Name
          Question = script.Question
          Common = common
          Own = own
          Settings = settings
          Changed = settings |> List.except standard |> List.map fst
          Command = command common commandLine
          Stop = stop
          Say = if common.Quiet then ignore else Console.Out.WriteLine }

    let private answer (script: Script<'Argument, 'Own>) (commandLine: string list) stop body =
        match CommandLine.read script (List.skip 1 commandLine) with
        | Request.Help text ->
            Console.Out.WriteLine text
            finished
        | Request.Run(common, own) ->
            Engine.start common.Engine
            Option.iter RunFolder.check common.Out

            match body (runOf script commandLine stop common own) with
            | Ending.Finished -> finished
            | Ending.Interrupted -> interrupted
            | Ending.Failed reason ->
                complain (oneLine reason)
                failed

    /// Runs a script and gives its exit code: 0 finished, 1 failed, 2 bad input, 130 interrupted. `commandLine` starts with the
    /// script's own path. Errors are one line on standard error; WORKBENCH_TRACE=1 adds the stack trace.
    let exitCode
        (commandLine: string seq)
        (script: Script<'Argument, 'Own>)
        (body: ScriptRun<'Own> -> Ending)
        : int =
        use stop = new CancellationTokenSource()
        let handler = onSignal stop
        use _ = PosixSignalRegistration.Create(PosixSignal.SIGINT, handler)
        use _ = PosixSignalRegistration.Create(PosixSignal.SIGTERM, handler)

        if SweepPoint.isThis then
            stopWithSweep stop

        guarded (fun () -> answer script (List.ofSeq commandLine) stop.Token body)

    /// `exitCode`, and ends the process with it. A script passes `fsi.CommandLineArgs`.
    let run
        (commandLine: string seq)
        (script: Script<'Argument, 'Own>)
        (body: ScriptRun<'Own> -> Ending)
        : unit =
        AppDomain.CurrentDomain.UnhandledException.Add(fun event ->
            leave (guarded (fun () -> raise (event.ExceptionObject :?> exn))))

        leave (exitCode commandLine script body)
