/// The scripts as a user runs them: as processes of their own, on the assemblies of the last Release build.
module Workbench.Tests.CliTests

open System
open System.IO
open System.Threading
open Expecto
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport

let private vae arguments folder =
    run (Path.Combine(root.Value, "scripts", "vae.fsx")) arguments folder

/// A script with nothing in it but `body`, which sees `run` and gives an `Ending`.
let private scriptOf (body: string) (folder: string) =
    let prelude = Path.Combine(root.Value, "scripts", "prelude.fsx")
    let path = Path.Combine(folder, "script.fsx")

    File.WriteAllText(
        path,
        $"#load @\"{prelude}\"\n"
        + "open Workbench\n"
        + "let script =\n"
        + "    { Name = \"test\"; Question = \"?\"; Common = Options.defaults; Own = VaeOptions.own }\n"
        + $"Cli.run fsi.CommandLineArgs script (fun run -> {body})\n"
    )

    path

let private runBody (body: string) =
    inFolder (fun folder -> run (scriptOf body folder) [] folder)

let private expectError (code: int) (words: string list) (result: Result) =
    Expect.equal result.Code code $"exit code; {result.Errors}"
    Expect.equal result.Output "" "nothing on standard output"
    let lines = result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)
    Expect.equal lines.Length 1 $"one line: {result.Errors}"
    Expect.isTrue (lines[0].StartsWith("error: ", StringComparison.Ordinal)) lines[0]

    for word in words do
        Expect.isTrue (lines[0].Contains word) $"'{lines[0]}' contains '{word}'"

let private waiting =
    "run.Say \"ready\"; run.Stop.WaitHandle.WaitOne() |> ignore; run.Say \"saved\"; Ending.Interrupted"

let private stubborn =
    "run.Say \"ready\"; System.Threading.Thread.Sleep 60000; Ending.Finished"

/// Starts a script in a process group of its own, which gets `signal`, or its parent process alone does, `times` over.
let private interrupt (body: string) (signal: string) (toGroup: bool) (times: int) =
    inFolder (fun folder ->
        use running = start "setsid" [ "dotnet"; "fsi"; scriptOf body folder ] folder
        let first = running.StandardOutput.ReadLine()
        let target = if toGroup then $"-{running.Id}" else string running.Id

        for time in 1..times do
            use kill = start "kill" [ $"-{signal}"; "--"; target ] folder
            kill.WaitForExit()

            // A second signal counts as one only some time after the first was taken.
            if time < times then
                running.StandardError.ReadLine() |> ignore
                Thread.Sleep 1000

        finish running first)

let private copyScripts (folder: string) =
    let source = Path.Combine(root.Value, "scripts")

    for path in Directory.GetFiles(source, "*.fsx", SearchOption.AllDirectories) do
        let target = Path.Combine(folder, "scripts", Path.GetRelativePath(source, path))
        Directory.CreateDirectory(Path.GetDirectoryName target) |> ignore
        File.Copy(path, target)

[<Tests>]
let tests =
    testList
        "Cli"
        [ testCase "--help explains the script and exits with 0" (fun () ->
              inFolder (fun folder ->
                  let result = vae [ "--help" ] folder
                  Expect.equal result.Code 0 result.Errors
                  Expect.isTrue (result.Output.StartsWith "Usage: ") "usage"
                  Expect.isTrue (result.Output.Contains "--lr-drop-at") "options"
                  Expect.equal result.Errors "" "no errors"))

          testCase "a small run trains and says where its folder is" (fun () ->
              inFolder (fun folder ->
                  let result =
                      vae
                          [ "--data"
                            "glyphs"
                            "--epochs"
                            "1"
                            "--limit"
                            "100"
                            "--out"
                            "run" ]
                          folder

                  Expect.equal (result.Code, result.Errors) (0, "") "no error"
                  Expect.stringContains result.Output "the run is in run" "the folder"

                  Expect.isTrue
                      (File.Exists(Path.Combine(folder, "run", "metrics.json")))
                      "and its figures"))

          testCase "bad input exits with 2 and one line, and makes no folder" (fun () ->
              inFolder (fun folder ->
                  vae [ "--hidden"; "40"; "20"; "--epochs=0"; "--out"; "run" ] folder
                  |> expectError 2 [ "--epochs: must be at least 1, not 0" ]

                  Expect.equal (Directory.GetFileSystemEntries folder) [||] "nothing is written"))

          testCase "a folder that is a file is told before anything is loaded" (fun () ->
              withFile "plain" [||] (fun file ->
                  vae [ "--data"; "no-such-data"; "--out"; Path.Combine(file, "run") ] "."
                  |> expectError 2 [ "--out"; "is a file" ]))

          testCase "bad input found later, in a task, exits with 2" (fun () ->
              runBody
                  "async { return BadInput.fail \"the file %s is bad\" \"x\" } |> Async.StartAsTask |> _.Result"
              |> expectError 2 [ "error: the file x is bad" ])

          testCase "a failed run exits with 1 and its reason" (fun () ->
              runBody "Ending.Failed \"the loss is NaN\\nat step 3\""
              |> expectError 1 [ "error: the loss is NaN at step 3" ])

          testCase "an unexpected exception is one line and 1" (fun () ->
              runBody "failwith \"boom\"" |> expectError 1 [ "boom"; "WORKBENCH_TRACE=1" ])

          testCase "an exception on another thread is one line and 1" (fun () ->
              runBody
                  "System.Threading.Thread(fun () -> failwith \"boom\").Start(); System.Threading.Thread.Sleep 60000; Ending.Finished"
              |> expectError 1 [ "boom" ])

          testCase "SIGINT to the group lets the script save and exits with 130" (fun () ->
              let result = interrupt waiting "INT" true 1
              Expect.equal result.Code 130 result.Errors
              Expect.equal result.Output "readysaved\n" "the script ended by itself")

          testCase "SIGTERM to the parent lets the script save and exits with 130" (fun () ->
              let result = interrupt waiting "TERM" false 1
              Expect.equal result.Code 130 result.Errors
              Expect.equal result.Output "readysaved\n" "the script ended by itself")

          testCase "a second signal ends a script that does not listen" (fun () ->
              let result = interrupt stubborn "INT" true 2
              Expect.equal result.Code 130 result.Errors)

          testCase "without a build, a script says how to build" (fun () ->
              inFolder (fun folder ->
                  copyScripts folder

                  run (Path.Combine(folder, "scripts", "vae.fsx")) [] folder
                  |> expectError 1 [ "not built"; "dotnet build -c Release" ])) ]
