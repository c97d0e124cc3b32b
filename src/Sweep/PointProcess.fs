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
        let isDotnet (path: string) =
            Path.GetFileNameWithoutExtension path = "dotnet"

        [ Environment.ProcessPath
          Environment.GetEnvironmentVariable "DOTNET_HOST_PATH" ]
        |> List.tryFind (fun path -> not (String.IsNullOrEmpty path) && isDotnet path)
        |> Option.defaultValue "dotnet"

    let private start (script: string) (arguments: string list) =
        let info = ProcessStartInfo(host, [ "fsi"; "--"; script ] @ arguments)
        info.RedirectStandardInput <- true
        info.RedirectStandardOutput <- true
        info.RedirectStandardError <- true
        info.Environment[SweepPoint.variable] <- "1"
        Process.Start info

    let private failed, interrupted = 1, 130

    /// The reason in a script's complaint, or the code of a process that had no time for one.
    let private reason (code: int) (errors: string) =
        let heading = "error: "

        errors.Split('\n')
        |> Array.tryFindBack _.StartsWith(heading, StringComparison.Ordinal)
        |> Option.map (fun line -> line.Substring(heading.Length).Trim())
        |> Option.defaultValue $"its process ended with code {code}"

    /// While a script is being compiled, nothing in it listens: a signal to the whole group ends it then with any code.
    let private endingOf (stop: CancellationToken) (code: int) (errors: string) =
        if code = 0 then
            Ending.Finished
        elif code = interrupted || (code <> failed && stop.IsCancellationRequested) then
            Ending.Interrupted
        else
            Ending.Failed(reason code errors)

    /// Runs `script` with `arguments` to its end. When `stop` is cancelled, so is the script, which then saves what it has: its
    /// standard input ends. A process of ours that is killed closes it, too, so that no point outlives its sweep.
    let run (script: string) (arguments: string list) (stop: CancellationToken) : Task<Ending> =
        task {
            use running = start script arguments
            use _ = stop.Register(fun () -> running.StandardInput.Close())
            let output = running.StandardOutput.ReadToEndAsync()
            let! errors = running.StandardError.ReadToEndAsync()
            let! _ = output
            do! running.WaitForExitAsync()
            return endingOf stop running.ExitCode errors
        }
