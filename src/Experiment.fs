namespace Workbench

open System
open System.Globalization
open System.IO
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open Argu

/// Making experiments, and running them.
[<AbstractClass; Sealed>]
type Experiment private () =

    static let start (experiment: Experiment<'S>) (request: Request) purpose path arguments stop =
        Engine.start (if request.Get Common.Engine = Managed then "managed" else "torch")
        Device.find (request.Get Common.Device) |> ignore

        let asked =
            match purpose with
            | Purpose.Evaluate _ -> arguments
            | _ -> Request.changed request |> Settings.options |> Settings.commandLine

        experiment.Start
            { Request = request
              Purpose = purpose
              Command = Frame.command path (asked @ Frame.engine asked)
              CommandOf =
                fun arguments ->
                    // A run that goes on has its own engine.
                    let isNew = not (List.contains "--resume" arguments)
                    Frame.command path (arguments @ (if isNew then Frame.engine arguments else []))
              Stop = stop }

    /// Whether a script may train a model itself. A sweep, which alone has runs at once, leaves that to its points.
    static let isMeasured (file: ScriptFile) =
        List.contains "data" file.Takes && not (List.contains "jobs" file.Takes)

    static let evaluate (experiment: Experiment<'S>) given path arguments stop =
        for name, _ in given do
            if
                not (List.contains name ("engine" :: "device" :: Settings.names<EvaluationSetting>))
            then
                BadInput.fail
                    "--%s: an evaluation has the settings of the run; leave the option out"
                    name

        let settings = Settings.inForce Measuring.Defaults (Settings.read given)
        let folder = (Settings.tryGet settings <@ EvaluationSetting.Evaluate @>).Value

        let request =
            given
            |> List.filter (fun (name, _) ->
                List.contains
                    name
                    [ "data"
                      "labels"
                      "test"
                      "test-labels"
                      "engine"
                      "device"
                      "threads"
                      "quiet" ])
            |> Request.evaluated experiment.File folder

        if not (isMeasured experiment.File) then
            let folders = Directory.GetDirectories folder |> Array.sort

            match Array.tryFind RunFolder.holdsRun folders with
            | Some point -> $"is a sweep: give the folder of one of its points, such as {point}"
            | None -> $"is a run of {experiment.File.Name}, which trains no model itself"
            |> BadInput.fail "--evaluate: %s %s" folder

        let say (text: string) =
            if not (Settings.has settings <@ EvaluationSetting.Quiet @>) then
                Terminal.screen.Print text

        let measuring =
            { Settings = settings
              Judge =
                Settings.tryGet settings <@ EvaluationSetting.Classifier @>
                |> Option.map (fun path -> Classifier.read "--classifier" path, Files.hash path)
              Stop = stop
              Say = say }

        start experiment request (Purpose.Evaluate(folder, measuring)) path arguments stop

    static let run (experiment: Experiment<'S>) (path: string) (arguments: string list) stop =
        let given = Settings.split arguments

        if given |> List.exists (fst >> (=) "evaluate") then
            evaluate experiment given path arguments stop
        else
            let request = Request.read experiment.File given
            request.TryGet Common.Out |> Option.iter RunFolder.check
            start experiment request Purpose.Train path arguments stop

    /// `choose` gives the experiment by its arguments, `watch` may ask for a stop, too.
    static let exitCode
        (choose: string list -> Experiment<'S>)
        (path: string)
        (arguments: string list)
        watch
        : int =
        CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture
        use stop = new CancellationTokenSource()
        use _ = Signals.listen stop (fun () -> Frame.leave Frame.interrupted)

        watch stop

        if SweepPoint.isHeld then
            Signals.stopWithSweep stop

        Frame.guarded (fun () ->
            let experiment = choose arguments

            if Frame.asksForHelp arguments then
                (if isMeasured experiment.File then Settings.help Measuring.Defaults else [])
                |> Request.help Terminal.screen.Width experiment.File
                |> Console.Out.WriteLine

                Frame.finished
            else
                Frame.code (run experiment path arguments stop.Token))

    /// Runs the experiment that is chosen where its script is the one on the command line.
    static let main (path: string) (choose: string list -> Experiment<'S>) : unit =
        let arguments = List.ofArray (Environment.GetCommandLineArgs()) |> List.skip 1

        let isScript (argument: string) =
            not (argument.StartsWith '-')
            && argument.EndsWith(".fsx", StringComparison.Ordinal)

        match arguments |> List.skipWhile (isScript >> not) with
        | script :: options when Path.GetFullPath script = Path.GetFullPath path ->
            AppDomain.CurrentDomain.UnhandledException.Add(fun event ->
                Frame.leave (Frame.guarded (fun () -> raise (event.ExceptionObject :?> exn))))

            Signals.outliveTerminal ()

            if AskedScript.isThis then
                AskedScript.answer (choose [ "--help" ]).File Console.In Console.Out
                Frame.leave Frame.finished

            Frame.leave (exitCode choose script options Signals.stopWithParent)
        | _ -> ()

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
        let standard = defaultArg common []
        let dependent = defaultArg commonBy (fun _ -> [])
        let ownOf (own: obj list) = List.head own :?> 'S list
        let all = Settings.names<Common> |> List.except [ "jobs" ] // a sweep alone has runs at once
        let common = ownOf >> dependent >> Settings.inForce standard

        Frame.experiment
            file.Value
            (question, defaultArg takes all, common, [ Request.optionSet defaults ])
            (fun frame -> new Run<'S>(frame, ownOf frame.Request.Own))
            body

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
        let standard = defaultArg common []

        let common (own: obj list) =
            Settings.inForce (swept.File.Common own.Tail) standard

        let own =
            [ Request.optionSet defaults
              swept.File.Own.Head |> Request.without Settings.names<'S> ]

        Frame.experiment
            file.Value
            (question, Settings.names<Common> |> List.except [ "from-best" ], common, own)
            (fun frame -> new Sweep<'S, 'T>(frame, swept.File))
            body

    /// An experiment that trains the script that its command line names, once for each point of a grid of options. `find` gives a
    /// script by its path, and what is to be done once no more is asked of it.
    static member Grid
        (
            question: string,
            example: string,
            body: GridSweep -> Ending,
            ?common: Common list,
            ?find: string -> ScriptFile * IDisposable,
            [<CallerFilePath>] ?file: string
        ) : GridExperiment =
        let names = Settings.names<Common> |> List.except [ "from-best" ]
        let standard, folder = defaultArg common [], Path.GetDirectoryName file.Value

        let experiment names common own start =
            let experiment =
                Frame.experiment file.Value (question, names, common, own) start body

            { experiment with
                File.Example = Some example }

        let choose (arguments: string list) =
            let given = Settings.split arguments
            let isGiven name = List.exists (fst >> (=) name) given
            let saved = Grid.saved given

            // Nothing is trained; where there is no sweep to go on with, the reason is told as of any run.
            if List.exists isGiven [ "help"; "evaluate" ] || isGiven "resume" && saved.IsEmpty then
                experiment names (fun _ -> standard) [ Grid.options None ] (fun _ ->
                    BadInput.fail "--script: which one?")
            else
                Grid.checkPlace given saved
                let name, path = Grid.asked folder given saved
                let swept, isDone = (defaultArg find AskedScript.start) path
                Grid.check swept
                let axes = Grid.axes swept given saved
                let varied = axes |> List.map _.Name

                let common (own: obj list) =
                    Settings.inForce (swept.Common own.Tail) standard

                let takes =
                    names
                    |> List.filter (fun name ->
                        (List.contains name swept.Takes || Grid.ownToSweep.Contains name)
                        && not (List.contains name varied))

                let experiment =
                    experiment
                        takes
                        common
                        [ Grid.options (Some name)
                          swept.Own.Head |> Request.without (varied @ Settings.names<GridSetting>) ]
                        (fun frame -> new GridSweep(frame, swept, axes, isDone))

                { experiment with
                    File.Others = [ path ] }

        { Path = file.Value; Choose = choose }

    /// Runs an experiment by the arguments of a command line; bad input is raised.
    static member Run
        (experiment: Experiment<'S>, arguments: string list, ?stop: CancellationToken)
        : Ending =
        run experiment experiment.File.Path arguments (defaultArg stop CancellationToken.None)

    /// What an experiment would train by the arguments of a command line: its models' objectives and settings, each with its data and
    /// what the model can do.
    static member Models
        (experiment: Experiment<'S>, arguments: string list)
        : (Fit * Dataset * (Pass -> Can)) list =
        let planned = ResizeArray()
        let tell fit data can = planned.Add((fit, data, can))
        let request = Request.read experiment.File (Settings.split arguments)

        start
            experiment
            request
            (Purpose.Plan tell)
            experiment.File.Path
            arguments
            CancellationToken.None
        |> ignore

        List.ofSeq planned

    /// The same without what the models can do.
    static member Plan(experiment: Experiment<'S>, arguments: string list) : (Fit * Dataset) list =
        [ for fit, data, _ in Experiment.Models(experiment, arguments) -> fit, data ]

    /// Runs an experiment and gives its exit code: 0 finished, 1 failed, 2 bad input, 130 interrupted. Errors are one line on
    /// standard error; WORKBENCH_TRACE=1 adds the stack trace. `path` is what the command line called the script.
    static member ExitCode(experiment: Experiment<'S>, path: string, arguments: string list) : int =
        exitCode (fun _ -> experiment) path arguments ignore

    /// Runs an experiment where its script is the one on the command line of `dotnet fsi`, and ends the process with its exit code.
    /// Loaded by another script, or into an interactive session, it does nothing.
    static member Main(experiment: Experiment<'S>) : unit =
        main experiment.File.Path (fun _ -> experiment)

    /// The same for one that depends on its command line.
    static member Main(grid: GridExperiment) : unit = main grid.Path grid.Choose
