/// What the tests of scripts share: running them as processes of their own, on the assemblies of the last Release build.
module Workbench.Tests.ScriptSupport

open System
open System.Diagnostics
open System.IO
open Expecto

/// The repository's root folder.
let root =
    let rec up (folder: DirectoryInfo) =
        if isNull folder then
            failtest "the tests run inside the repository"
        elif File.Exists(Path.Combine(folder.FullName, "Workbench.sln")) then
            folder.FullName
        else
            up folder.Parent

    lazy (up (DirectoryInfo AppContext.BaseDirectory))

/// How a process ended, and what it wrote.
type Result =
    { Code: int
      Output: string
      Errors: string }

/// Starts a program in a folder, its output redirected.
let start (program: string) (arguments: string list) (folder: string) =
    let info = ProcessStartInfo(program, arguments, WorkingDirectory = folder)
    info.RedirectStandardOutput <- true
    info.RedirectStandardError <- true
    Process.Start info

let private longest = TimeSpan.FromMinutes 2.0

/// Waits for a program's end; `output` was read from it before.
let finish (running: Process) (output: string) =
    let errors = running.StandardError.ReadToEndAsync()
    let output = output + running.StandardOutput.ReadToEnd()

    if not (running.WaitForExit longest) then
        running.Kill(entireProcessTree = true)
        failtest "the script did not end"

    { Code = running.ExitCode
      Output = output
      Errors = errors.Result }

/// Runs a script to its end.
let run (script: string) (arguments: string list) (folder: string) =
    use running = start "dotnet" ([ "fsi"; "--"; script ] @ arguments) folder
    finish running ""
