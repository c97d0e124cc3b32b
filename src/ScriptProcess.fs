namespace Workbench

open System
open System.Diagnostics
open System.IO
open System.Runtime.InteropServices

/// Running a script as a process of its own on this console.
[<RequireQualifiedAccess>]
module ScriptProcess =

    /// Runs a script with these arguments to its end, and gives its exit code. Ctrl-C reaches it, too, and it ends by itself; what ends
    /// this process alone is passed on to it.
    let run (script: string) (arguments: string list) : int =
        use _ =
            PosixSignalRegistration.Create(PosixSignal.SIGINT, fun signal -> signal.Cancel <- true)

        // Below this folder the script is named as a person would: its page tells the command.
        let near = Path.GetRelativePath(Environment.CurrentDirectory, script)
        let script = if near.StartsWith ".." then script else near

        use script = Process.Start(PointProcess.startInfo script arguments)

        let stop (signal: PosixSignalContext) =
            signal.Cancel <- true

            if OperatingSystem.IsWindows() then
                script.Kill()
            else
                Process.Start("kill", string script.Id).WaitForExit()

        use _ = PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop)
        script.WaitForExit()
        script.ExitCode
