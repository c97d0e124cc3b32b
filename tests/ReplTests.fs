/// The README's interactive session, run for real.
module Workbench.Tests.ReplTests

open System
open System.IO
open Expecto
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport

let private command = "$ dotnet fsi --load:scripts/prelude.fsx"

/// The session as the README prints it: what follows the command in its block.
let private printed =
    lazy
        (File.ReadAllLines(Path.Combine(root.Value, "README.md"))
         |> Seq.skipWhile (fun line -> line <> command)
         |> Seq.skip 1
         |> Seq.takeWhile (fun line -> line <> "```")
         |> List.ofSeq)

let private typed =
    lazy
        (printed.Value
         |> List.filter _.StartsWith("> ", StringComparison.Ordinal)
         |> List.map _.Substring(2))

/// What a session prints of these lines.
let private session (lines: string list) =
    inFolder (fun folder ->
        // A pseudo-terminal that does not answer would hold up fsi's own line editor.
        let arguments =
            [ "fsi"; "--nologo"; "--readline-"; "--load:" + scriptPath "prelude.fsx" ]

        use running =
            startWith (fun info -> info.RedirectStandardInput <- true) "dotnet" arguments folder

        for line in lines @ [ "#quit;;" ] do
            running.StandardInput.WriteLine line

        running.StandardInput.Close()
        finish running "")

[<Tests>]
let tests =
    testList
        "interactive session"
        [ testCase "the README's three lines load, train and show" (fun () ->
              Expect.equal typed.Value.Length 3 "three lines"
              let result = session typed.Value
              Expect.equal (result.Code, result.Errors.Trim()) (0, "") "no error"

              for text in
                  [ "val data: Dataset = glyphs: 10000 train, 2000 test, 1x28x28, grey"
                    "epoch 2/2  train_loss "
                    "epoch 2, 200 steps, seed 0, 334,048 parameters"
                    "epoch    loss  weight  reconstruction"
                    "their reconstructions:"
                    "new samples:" ] do
                  Expect.stringContains result.Output text "printed"

              let images =
                  printed.Value |> List.skipWhile (fun line -> line <> "> " + typed.Value[2])

              for line in
                  images
                  |> List.skip 1
                  |> List.takeWhile (fun line -> line <> "their reconstructions:") do
                  Expect.stringContains result.Output line "the same test images") ]
