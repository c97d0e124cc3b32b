module Workbench.Tests.ProgressTests

open System
open System.IO
open System.Text
open Expecto
open Spectre.Console
open Workbench

/// A clock that goes when it is told to.
type private Clock() =
    inherit TimeProvider()
    let mutable now = 0L
    override _.TimestampFrequency = 1000L
    override _.GetTimestamp() = now
    member _.Advance(milliseconds: int) = now <- now + int64 milliseconds

/// A console of a given width that writes into the text it is given.
let private console (width: int) (isTerminal: bool) (text: StringBuilder) =
    let settings =
        AnsiConsoleSettings(
            Ansi = (if isTerminal then AnsiSupport.Yes else AnsiSupport.No),
            Interactive = (if isTerminal then InteractionSupport.Yes else InteractionSupport.No),
            ColorSystem = ColorSystemSupport.NoColors,
            Out = AnsiConsoleOutput(TextWriter.Synchronized(new StringWriter(text)))
        )

    let console = AnsiConsole.Create settings
    console.Profile.Width <- width
    console

let private lines (text: StringBuilder) =
    text.ToString().Split([| '\r'; '\n' |], StringSplitOptions.RemoveEmptyEntries)
    |> List.ofArray

/// Twenty epochs of 1,000 examples in ten steps; a step takes 100 ms, and `between` happens after each epoch.
let private train (progress: Progress) (clock: Clock) (epochs: int) =
    for epoch in 1..epochs do
        for step in 1..10 do
            clock.Advance 100
            progress.Step 100 (200.0 / float step)

        progress.Epoch epoch [ "loss", 112.3451; "test_nelbo", 110.2 ]

let private plain (epochs: int) =
    let text, clock = StringBuilder(), Clock()
    use progress = Progress.startOn (console 80 false text) clock true 0 20 1000
    train progress clock epochs
    progress.Finish()
    lines text

let private onTerminal (width: int) (epochs: int) =
    let text, clock = StringBuilder(), Clock()
    use progress = Progress.startOn (console width true text) clock false 0 20 1000
    train progress clock epochs
    progress.Finish()
    text.ToString()

[<Tests>]
let tests =
    testList
        "Progress"
        [ testCase "a redirected run prints a plain line an epoch" (fun () ->
              Expect.equal
                  (plain 3)
                  [ "epoch  1/20  loss 112.345  test_nelbo 110.2  1,000 examples/s  0:19 left"
                    "epoch  2/20  loss 112.345  test_nelbo 110.2  1,000 examples/s  0:18 left"
                    "epoch  3/20  loss 112.345  test_nelbo 110.2  1,000 examples/s  0:17 left" ]
                  "lines")

          testCase "the last epoch has no time left to tell" (fun () ->
              Expect.equal
                  (List.last (plain 20))
                  "epoch 20/20  loss 112.345  test_nelbo 110.2  1,000 examples/s"
                  "last line")

          testCase "the time between epochs counts for what is left, not for the rate" (fun () ->
              let text, clock = StringBuilder(), Clock()
              use progress = Progress.startOn (console 80 false text) clock true 0 3 1000
              clock.Advance 1000
              progress.Step 1000 1.0
              progress.Epoch 1 []
              clock.Advance 60000
              progress.Step 1000 1.0
              progress.Epoch 2 []

              Expect.equal
                  (lines text)
                  [ "epoch 1/3  1,000 examples/s  0:02 left"
                    "epoch 2/3  17 examples/s  0:30 left" ]
                  "lines")

          testCase "a line wider than the console is not broken when redirected" (fun () ->
              let text, clock = StringBuilder(), Clock()
              use progress = Progress.startOn (console 10 false text) clock true 0 20 1000
              train progress clock 2
              Expect.equal (lines text).Length 2 "a line an epoch")

          testCase "figures that are no numbers are printed" (fun () ->
              let text, clock = StringBuilder(), Clock()
              use progress = Progress.startOn (console 80 false text) clock true 0 1 1000
              progress.Epoch 1 [ "loss", nan; "kl", infinity ]
              Expect.equal (lines text) [ "epoch 1/1  loss NaN  kl Infinity  0 examples/s" ] "line")

          testCase "a terminal gets the lines of the epochs too, and its cursor back" (fun () ->
              let text = onTerminal 100 20
              Expect.isTrue (text.Contains "epoch  3/20  loss 112.345  test_nelbo 110.2") "a line"
              let hidden, shown = text.LastIndexOf "\u001b[?25l", text.LastIndexOf "\u001b[?25h"
              Expect.isTrue (hidden >= 0) "the cursor was hidden"
              Expect.isTrue (shown > hidden) "the cursor is shown at the end")

          testList
              "any width will do"
              [ for width in [ 1; 2; 7; 25; 79; 80; 200 ] do
                    testCase $"{width} columns" (fun () ->
                        Expect.isTrue
                            ((onTerminal width 3).EndsWith "\u001b[?25h")
                            "ran to its end") ]

          testCase "finishing twice is finishing once" (fun () ->
              let text, clock = StringBuilder(), Clock()
              use progress = Progress.startOn (console 80 true text) clock false 0 2 1000
              progress.Finish()
              progress.Finish())

          testCase "a quiet run is silent" (fun () ->
              use progress = Progress.start true 0 2 1000
              progress.Step 100 1.0
              progress.Epoch 1 [ "loss", 1.0 ])

          testCase "durations" (fun () ->
              Expect.equal
                  (List.map
                      Progress.duration
                      [ 0.0; 9.4; 65.0; 3599.6; 7265.0; -1.0; nan; infinity ])
                  [ "0:00"; "0:09"; "1:05"; "1:00:00"; "2:01:05"; "0:00"; "0:00"; "277777:46:40" ]
                  "as text") ]
