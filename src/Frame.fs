namespace Workbench

open System
open System.IO
open System.Runtime.InteropServices
open Argu

/// An experiment: the question that a script asks, its options, and what it does.
type Experiment<'S when 'S :> IArgParserTemplate> =
    { File: ScriptFile
      Start: RunFrame -> Ending }

/// An experiment that depends on the command line of its script.
type GridExperiment =
    { Path: string
      Choose: string list -> Experiment<GridSetting> }

/// The frame round every script: signals, and what happens as one line and an exit code.
[<RequireQualifiedAccess>]
module internal Frame =
    let finished, failed, badInput, interrupted = 0, 1, 2, 130

    let private oneLine (text: string) = text.ReplaceLineEndings(" ").Trim()

    /// One line on standard error, which a terminal gets broken at spaces; and the code.
    let private complain (code: int) (text: string) =
        let line = $"error: {oneLine text}"

        let lines =
            if Console.IsErrorRedirected then
                [ line ]
            else
                Text.wrap Terminal.screen.Width line

        Terminal.screen.Above(fun () -> lines |> List.iter Console.Error.WriteLine)
        code

    /// The exception itself, out of the wrappings that tasks, reflection and static initialisers put round it.
    let rec private innermost (error: exn) =
        match error with
        | :? AggregateException
        | :? Reflection.TargetInvocationException
        | :? TypeInitializationException when not (isNull error.InnerException) ->
            innermost error.InnerException
        | _ -> error

    let private codeOf (error: exn) =
        match innermost error with
        | BadInput text -> complain badInput text
        | :? OperationCanceledException -> interrupted
        | :? IOException
        | :? UnauthorizedAccessException as e ->
            complain
                badInput
                $"{oneLine e.Message}: check the path, the rights and the room on the disk"
        | :? OutOfMemoryException ->
            complain failed "out of memory: try a smaller --batch, --limit or model"
        | :? ExternalException as e when e.Message.Contains "CUDA out of memory" ->
            complain
                failed
                "out of memory of the graphics card: try a smaller --batch, --limit or model, or --device cpu"
        | unexpected ->
            match Engine.explain unexpected with
            | Some lacking -> complain badInput lacking
            | None ->
                complain
                    failed
                    $"{unexpected.GetType().Name}: {oneLine unexpected.Message} (a fault of the workbench or of the script: WORKBENCH_TRACE=1 shows where)"

    /// Whether a command line asks for help, which fsi takes for itself unless -- stands before the script.
    let asksForHelp (arguments: string list) =
        List.contains "--help" arguments || arguments = [ "help" ]

    let guarded (body: unit -> int) =
        try
            body ()
        with error ->
            if Environment.GetEnvironmentVariable "WORKBENCH_TRACE" = "1" then
                Console.Error.WriteLine(string error)

            codeOf error

    let code (ending: Ending) =
        match ending with
        | Ending.Finished -> finished
        | Ending.Interrupted -> interrupted
        | Ending.Failed reason -> complain failed reason

    let leave (code: int) =
        Terminal.leave ()

        guarded (fun () ->
            SweepPoint.conclude code
            code)
        |> exit

    let private quoted (argument: string) =
        let isPlain c =
            Char.IsAsciiLetterOrDigit c || "-_=./,:+@%".Contains c

        if argument <> "" && String.forall isPlain argument then
            argument
        else
            Text.quote argument

    /// An engine that a variable of the environment named, as an option.
    let engine (arguments: string list) =
        let isNamed =
            arguments |> List.exists _.StartsWith("--engine", StringComparison.Ordinal)

        if Engine.name = Engine.standard || isNamed then
            []
        else
            [ "--engine"; Engine.name ]

    let command (script: string) (arguments: string list) =
        // fsi takes the first -- for its own.
        let before = if List.contains "--" arguments then [ "--" ] else []

        [ "dotnet"; "fsi" ] @ before @ script :: arguments
        |> List.map quoted
        |> String.concat " "

    /// An experiment of a script, whose run a body gets. `common` has its defaults of the common options by its own ones in force.
    let experiment<'S, 'R when 'S :> IArgParserTemplate and 'R :> Run<'S>>
        (path: string)
        (question, takes, common, own)
        (start: RunFrame -> 'R)
        (body: 'R -> Ending)
        : Experiment<'S> =
        let run frame =
            use run = start frame

            try
                body run
            with
            | Stopped _ -> run.EndEarly()
            | LeftAlone -> Ending.Finished

        { File =
            { Name = Path.GetFileNameWithoutExtension path
              Path = path
              Question = question
              Takes = takes
              Common = common
              Own = own
              Others = []
              Example = None }
          Start = run }

/// The frame round a script that trains nothing.
[<RequireQualifiedAccess>]
module Tool =

    /// The exit code of a script on the arguments of its command line; where these ask for help, it is printed. An error is one line,
    /// as of an experiment.
    let run (help: unit -> string list) (body: string list -> int) (arguments: string list) : int =
        Frame.guarded (fun () ->
            if Frame.asksForHelp arguments then
                help () |> List.iter Terminal.screen.Print
                Frame.finished
            else
                body arguments)
