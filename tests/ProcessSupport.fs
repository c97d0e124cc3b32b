/// Programs as processes of their own: what the tests that start scripts share.
module Workbench.Tests.ProcessSupport

open System
open System.Diagnostics
open System.IO
open Expecto
open Workbench

/// The repository.
let root =
    let rec up (folder: DirectoryInfo) =
        if isNull folder then
            failtest "the tests run inside the repository"
        elif File.Exists(Path.Combine(folder.FullName, "Workbench.sln")) then
            folder.FullName
        else
            up folder.Parent

    lazy (up (DirectoryInfo AppContext.BaseDirectory))

/// Tests of whole scripts that say the same of either engine: with the faster one's alone.
let onManaged (tests: Test list) : Test list = if Engine.isManaged then tests else []

/// Tests of processes that say the same of either engine: with libtorch's tests alone.
let onceForBoth (tests: Test list) : Test list = if Engine.isManaged then [] else tests

/// How a process ended and what it wrote.
type Result =
    { Code: int
      Output: string
      Errors: string }

/// Starts a program whose output is read here, after `configure` has seen how it starts.
let startWith
    (configure: ProcessStartInfo -> unit)
    (program: string)
    (arguments: string list)
    (folder: string)
    =
    let info = ProcessStartInfo(program, arguments, WorkingDirectory = folder)
    info.RedirectStandardOutput <- true
    info.RedirectStandardError <- true
    configure info
    Process.Start info

let start (program: string) (arguments: string list) (folder: string) =
    startWith ignore program arguments folder

/// A script of this repository.
let scriptPath (name: string) =
    Path.Combine(root.Value, "scripts", name)

let private longest = TimeSpan.FromMinutes 2.0

/// Waits for the end of a process of whose output `output` was read already.
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
