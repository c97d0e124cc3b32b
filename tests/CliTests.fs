/// How a script ends: its exit code and its one line. What only a process of its own can show runs as one, on the assemblies of the
/// last Release build.
module Workbench.Tests.CliTests

open System
open System.Diagnostics
open System.IO
open System.Runtime.InteropServices
open System.Threading
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport

let private expectError (code: int) (words: string list) (result: Result) =
    Expect.equal result.Code code $"exit code; {result.Errors}"
    Expect.equal result.Output "" "nothing on standard output"
    let lines = result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)
    Expect.equal lines.Length 1 $"one line: {result.Errors}"
    Expect.isTrue (lines[0].StartsWith("error: ", StringComparison.Ordinal)) lines[0]

    for word in words do
        Expect.isTrue (lines[0].Contains word) $"'{lines[0]}' contains '{word}'"

let private vae = exitOf Vae.experiment

let private body (body: unit -> Ending) =
    exitOf (experimentOf (fun _ -> body ())) []

let private raising (error: exn) = body (fun () -> raise error)

/// As a terminal that is gone.
type private Gone() =
    inherit StringWriter()

    override _.Write(_: string) : unit =
        raise (IOException "Input/output error")

    override _.Flush() : unit =
        raise (IOException "Input/output error")

let private codes =
    testList
        "exit codes"
        [ testCase "bad input exits with 2 and one line, and makes no folder" (fun () ->
              inFolder (fun folder ->
                  let out = Path.Combine(folder, "run")

                  vae [ "--hidden"; "40"; "20"; "--epochs=0"; "--out"; out ]
                  |> expectError 2 [ "--epochs: must be at least 1, not 0" ]

                  Expect.equal (Directory.GetFileSystemEntries folder) [||] "nothing is written"))

          testCase "a folder that is a file is told before anything is loaded" (fun () ->
              withFile "plain" [||] (fun file ->
                  vae [ "--data"; "no-such-data"; "--out"; Path.Combine(file, "run") ]
                  |> expectError 2 [ "--out"; "is a file" ]))

          testCase "bad input found later, in a task, exits with 2" (fun () ->
              body (fun () ->
                  async { return BadInput.fail "the file %s is bad" "x" }
                  |> Async.StartAsTask
                  |> _.Result)
              |> expectError 2 [ "error: the file x is bad" ])

          testCase "a failed run exits with 1 and its reason" (fun () ->
              body (fun () -> Ending.Failed "the loss is NaN\nat step 3")
              |> expectError 1 [ "error: the loss is NaN at step 3" ])

          testCase "an unexpected exception is one line and 1" (fun () ->
              raising (Exception "boom\nboom")
              |> expectError 1 [ "boom boom"; "WORKBENCH_TRACE=1" ])

          testCase "what the disk refuses is bad input, too little memory a failure" (fun () ->
              raising (IOException "no room") |> expectError 2 [ "no room"; "check the path" ]
              raising (OutOfMemoryException()) |> expectError 1 [ "out of memory"; "--batch" ]

              raising (ExternalException "CUDA out of memory. Tried to allocate 2.00 GiB.")
              |> expectError 1 [ "out of memory of the graphics card"; "--device cpu" ])

          testCase "an interrupted run exits with 130 and no complaint" (fun () ->
              let silent = { Code = 130; Output = ""; Errors = "" }
              Expect.equal (body (fun () -> Ending.Interrupted)) silent "saved"
              Expect.equal (raising (OperationCanceledException())) silent "cancelled")

          testCase "a terminal that is gone takes nothing and ends nothing" (fun () ->
              use writer = new ForgivingWriter(new Gone())
              writer.Write "line"
              writer.WriteLine "line"
              writer.Flush()
              let kept = new StringWriter()
              use writer = new ForgivingWriter(kept)
              writer.Write 'a'
              writer.WriteLine "b"
              Expect.equal (kept.ToString()) $"ab{Environment.NewLine}" "what can be written is")

          testCase "--help is the help text, whatever stands beside it" (fun () ->
              let result = vae [ "--epochs"; "0"; "--help" ]
              Expect.equal (result.Code, result.Errors) (0, "") "no error"
              Expect.stringStarts result.Output "Usage: dotnet fsi scripts/vae.fsx" "usage"
              Expect.equal (vae [ "help" ]) result "so is help, which fsi leaves to the script") ]

/// A script with nothing in it but `body`, which sees `run` and gives an `Ending`.
let private scriptOf (body: string) (folder: string) =
    let path = Path.Combine(folder, "script.fsx")
    let prelude = scriptPath "prelude.fsx"

    File.WriteAllLines(
        path,
        [ $"#load @\"{prelude}\""
          "open Argu"
          "open Workbench"
          "type Setting ="
          "    | Latent of units: int"
          "    interface IArgParserTemplate with"
          "        member _.Usage = \"?\""
          $"let body (run: Run<Setting>) = {body}"
          "Experiment.Main(Experiment.Create(\"?\", [ Latent 2 ], body))" ]
    )

    path

let private waiting =
    "run.Say \"ready\"; run.Stop.WaitHandle.WaitOne() |> ignore; run.Say \"saved\"; Ending.Interrupted"

let private saving =
    waiting.Replace("run.Say \"saved\"", "System.Threading.Thread.Sleep 1500; run.Say \"saved\"")

let private stubborn =
    "run.Say \"ready\"; System.Threading.Thread.Sleep 60000; Ending.Finished"

let private onAnotherThread =
    "System.Threading.Thread(fun () -> failwith \"boom\").Start(); System.Threading.Thread.Sleep 60000; Ending.Finished"

/// Libraries that write escape codes ask the environment whether a terminal knows them.
let private withTerm (info: ProcessStartInfo) =
    info.Environment["TERM"] <- "xterm-256color"

/// Starts a script in a process group of its own, hands its id to `act` once the script is at work, and waits for the end.
let private whileRunning (body: string) (act: Process -> string -> unit) =
    inFolder (fun folder ->
        let command = [ "dotnet"; "fsi"; scriptOf body folder ]
        use running = startWith withTerm "setsid" command folder
        let first = running.StandardOutput.ReadLine()
        act running folder
        finish running first)

let private kill (signal: string) (target: string) (folder: string) =
    use kill = start "kill" [ signal; "--"; target ] folder
    kill.WaitForExit()

/// The process group gets a signal so many times.
let private interrupt (body: string) (signal: string) (times: int) =
    whileRunning body (fun running folder ->
        for time in 1..times do
            kill signal $"-{running.Id}" folder

            // A second signal counts as one only some time after the first was taken.
            if time < times then
                running.StandardError.ReadLine() |> ignore
                Thread.Sleep 1000)

let private copyScripts (folder: string) =
    let source = Path.Combine(root.Value, "scripts")

    for path in Directory.GetFiles(source, "*.fsx", SearchOption.AllDirectories) do
        let target = Path.Combine(folder, "scripts", Path.GetRelativePath(source, path))
        Directory.CreateDirectory(Path.GetDirectoryName target) |> ignore
        File.Copy(path, target)

let private processes =
    testList
        "processes"
        [ testCase "a script runs by its own name and explains itself" (fun () ->
              inFolder (fun folder ->
                  use running = start (scriptPath "vae.fsx") [ "--help" ] folder
                  let result = finish running ""
                  Expect.equal (result.Code, result.Errors) (0, "") "no error"
                  Expect.stringStarts result.Output "Usage: " "usage"
                  Expect.stringContains result.Output "--lr-drop-at" "options"))

          testCase "an exception on another thread is one line and 1" (fun () ->
              inFolder (fun folder ->
                  run (scriptOf onAnotherThread folder) [] folder |> expectError 1 [ "boom" ]))

          testCase "SIGINT to the group lets the script save and exits with 130" (fun () ->
              let result = interrupt waiting "-INT" 1
              Expect.equal result.Code 130 result.Errors
              Expect.equal result.Output "readysaved\n" "the script ended by itself")

          testCase "a second signal ends a script that does not listen" (fun () ->
              let result = interrupt stubborn "-INT" 2
              Expect.equal result.Code 130 result.Errors)

          testCase "a terminal that closes, SIGHUP, lets it save, too" (fun () ->
              let result = interrupt waiting "-HUP" 1
              Expect.equal result.Output "readysaved\n" result.Errors)

          testCase "so does the end of the process that waits for it, and none is left" (fun () ->
              let result = whileRunning waiting (fun running -> kill "-KILL" (string running.Id))

              Expect.equal result.Output "readysaved\n" result.Errors)

          testCase
              "a task that a cluster stops by several SIGTERM saves, and leaves its code as a proof"
              (fun () ->
                  inFolder (fun folder ->
                      let proof = Path.Combine(folder, "proof")

                      let ofTask (info: ProcessStartInfo) =
                          info.Environment["WORKBENCH_SWEEP"] <- proof
                          info.Environment["SLURM_RESTART_COUNT"] <- "2"

                      let command = [ "dotnet"; "fsi"; scriptOf saving folder ]
                      use running = startWith ofTask "setsid" command folder
                      let first = running.StandardOutput.ReadLine()
                      kill "-TERM" $"-{running.Id}" folder
                      running.StandardError.ReadLine() |> ignore
                      Thread.Sleep 1000
                      kill "-TERM" $"-{running.Id}" folder
                      let result = finish running first
                      Expect.equal result.Output "readysaved\n" result.Errors

                      Expect.equal
                          (File.ReadAllText proof)
                          "130 2\n"
                          "its exit code, and the restarts"))

          testCase "without a build, a script says how to build" (fun () ->
              inFolder (fun folder ->
                  copyScripts folder

                  run (Path.Combine(folder, "scripts", "vae.fsx")) [] folder
                  |> expectError 1 [ "not built"; "dotnet build -c Release" ])) ]

/// What .ci/run counts, passed and failed, of a test program that ends so.
let private counted (summary: string) (code: int) =
    let script =
        "set -euo pipefail; eval \"$(sed -n '/^tests() {/,/^}/p' .ci/run)\"; step() { :; }; "
        + "logs=$(mktemp -d); passed=0 failed=0; "
        + "program() { echo \"$1\"; return \"$2\"; }; "
        + "tests some program \"$1\" \"$2\" >\"$logs/out\"; rm -r \"$logs\"; echo $passed $failed"

    use running = start "bash" [ "-c"; script; "-"; summary; string code ] root.Value
    (finish running "").Output.Trim()

let private ci =
    testCase "CI counts tests, and refuses a run without any" (fun () ->
        let summary passed failed errored =
            $"1 tests run - {passed} passed, 0 ignored, {failed} failed, {errored} errored. Success!"

        for text, code, expected in
            [ summary 3 0 0, 0, "3 0"
              summary 3 1 2, 3, "3 3"
              summary 0 0 0, 0, "0 1" // a filter that matches nothing
              "a name is there twice", 1, "0 1"
              "", 0, "0 1"
              summary 3 0 0, 134, "3 1" ] do
            Expect.equal (counted text code) expected $"'{text}', exit code {code}")

[<Tests>]
let tests = testList "Cli" (codes :: onceForBoth [ processes; ci ])
