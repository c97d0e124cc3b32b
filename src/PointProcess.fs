namespace Workbench

open System
open System.Diagnostics
open System.IO
open System.Threading
open System.Threading.Tasks

/// A point that is to be trained: its place in the grid, its folder, and the options in force for it.
type PointTask =
    { Index: int
      Folder: string
      Options: (string * string list) list }

/// What is told of points under way, by their places in the grid.
type PointWatch =
    {
        Start: int -> unit
        /// A line of its output.
        Hear: int -> string -> unit
        /// How it ended, and the seconds that it took.
        End: int -> Ending -> float -> unit
        /// A line about all of them.
        Say: string -> unit
    }

/// The script of which points are runs, and whether they go on although its text has changed.
type PointScript =
    { Path: string
      IsChanged: bool }

    /// The options before the folder of a point that goes on.
    member this.Resume: string list =
        if this.IsChanged then [ "--script-changed"; "--resume" ] else [ "--resume" ]

/// Where the points of a sweep are trained.
type PointRunner =
    {
        /// As many of so many points are trained at once.
        AtOnce: int -> int
        /// Trains the points of a sweep's folder until all have ended or it is stopped; false where they go on without the sweep.
        Run: string -> PointTask list -> PointWatch -> CancellationToken -> bool
    }

/// Running a script as a process of its own: one point of a sweep.
[<RequireQualifiedAccess>]
module PointProcess =

    /// The dotnet that runs this process, where one does (in tests, it is none).
    let host: string =
        [ Environment.ProcessPath
          Environment.GetEnvironmentVariable "DOTNET_HOST_PATH" ]
        |> List.tryFind (fun path -> Path.GetFileNameWithoutExtension path = "dotnet")
        |> Option.defaultValue "dotnet"

    /// The command that runs a script.
    let command (script: string) : string list = [ host; "fsi"; "--"; script ]

    /// How that is started.
    let startInfo (script: string) (arguments: string list) : ProcessStartInfo =
        ProcessStartInfo(host, List.tail (command script) @ arguments)

    /// What suits a run of seconds or minutes, where the environment has no other wish: without code that is instrumented first, which
    /// pays in hours, and without fsi's collector for servers, which takes memory for every core.
    let ofRuntime (isSet: string -> bool) : (string * string) list =
        [ "DOTNET_TieredPGO", "0"; "DOTNET_gcServer", "0" ]
        |> List.filter (fst >> isSet >> not)

    /// The process of a script, its console read and written here, in whose environment a variable says what it is for.
    let start (variable: string) (script: string) (arguments: string list) : Process =
        let info = startInfo script arguments
        info.RedirectStandardInput <- true
        info.RedirectStandardOutput <- true
        info.RedirectStandardError <- true
        info.Environment[variable] <- "1"

        for name, value in ofRuntime info.Environment.ContainsKey do
            info.Environment[name] <- value

        Process.Start info

    /// The reason in a script's complaint, or the code of a process that had no time for one.
    let reason (code: int) (errors: string) =
        let heading = "error: "

        errors.Split('\n')
        |> Array.tryFindBack _.StartsWith(heading, StringComparison.Ordinal)
        |> Option.map (fun line -> line.Substring(heading.Length).Trim())
        |> Option.defaultValue $"its process ended with code {code}"

    /// Runs `script` with `arguments` to its end, and hears the lines of its output. When `stop` is cancelled, so is the script, which
    /// then saves what it has: its standard input ends. A process of ours that is killed closes it, too, so that no point outlives its
    /// sweep.
    let run
        script
        (arguments: string list)
        (hear: string -> unit)
        (stop: CancellationToken)
        : Task<Ending> =
        task {
            use running = start SweepPoint.variable script arguments
            use _ = stop.Register(fun () -> running.StandardInput.Close())
            running.OutputDataReceived.Add(fun line -> Option.ofObj line.Data |> Option.iter hear)
            running.BeginOutputReadLine()
            let! errors = running.StandardError.ReadToEndAsync()
            do! running.WaitForExitAsync()

            // While a script is being compiled, nothing in it listens: a signal to the whole group ends it then with any code.
            return
                match running.ExitCode with
                | 0 -> Ending.Finished
                | 130 -> Ending.Interrupted
                | code when code <> 1 && stop.IsCancellationRequested -> Ending.Interrupted
                | code -> Ending.Failed(reason code errors)
        }

    let private train (script: PointScript) (watch: PointWatch) (stop: CancellationToken) point =
        task {
            if not stop.IsCancellationRequested then
                watch.Start point.Index
                let clock = Stopwatch.StartNew()
                let isThere = RunFolder.holdsRun point.Folder
                let place = if isThere then script.Resume else [ "--out" ]
                let arguments = Settings.commandLine point.Options @ place @ [ point.Folder ]
                let! ending = run script.Path arguments (watch.Hear point.Index) stop
                watch.End point.Index ending clock.Elapsed.TotalSeconds
        }

    /// A process of this machine for each point, so many at once: as are asked for, but no more than there are cores for their threads.
    let runner (script: PointScript) (jobs: int option) (threads: int) : PointRunner =
        let atOnce (count: int) =
            jobs
            |> Option.defaultValue (Environment.ProcessorCount / threads)
            |> min Environment.ProcessorCount
            |> min count
            |> max 1

        { AtOnce = atOnce
          Run =
            fun _ points watch stop ->
                let options = ParallelOptions(MaxDegreeOfParallelism = atOnce points.Length)

                let train point _ =
                    ValueTask(train script watch stop point)

                Parallel.ForEachAsync(points, options, train).Wait()
                true }
