namespace Workbench

open System
open System.Diagnostics
open System.IO
open System.Threading
open System.Threading.Tasks

/// Running a script as a process of its own: one point of a sweep.
[<RequireQualifiedAccess>]
module PointProcess =

    /// The dotnet that runs this process, where one does (in tests, it is none).
    let host: string =
        [ Environment.ProcessPath
          Environment.GetEnvironmentVariable "DOTNET_HOST_PATH" ]
        |> List.tryFind (fun path -> Path.GetFileNameWithoutExtension path = "dotnet")
        |> Option.defaultValue "dotnet"

    /// The process of a script, its console read and written here, in whose environment a variable says what it is for.
    let start (variable: string) (script: string) (arguments: string list) : Process =
        let info = ProcessStartInfo(host, [ "fsi"; "--"; script ] @ arguments)
        info.RedirectStandardInput <- true
        info.RedirectStandardOutput <- true
        info.RedirectStandardError <- true
        info.Environment[variable] <- "1"
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
